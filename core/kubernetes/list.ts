/** Lists and watches of one kind of objects, one of each per call. Owns pages, lines of events and their bounds. */
import { MAX_KUBERNETES_BODY_BYTES, MAX_KUBERNETES_OBJECTS } from '../limits.ts'
import type { Clock } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import type { ApiProblem, KubernetesApi } from './api.ts'
import { fieldsOf, parsedJson, textOf } from './json.ts'

/** What is asked for: a kind of objects, where, and which of them. */
export interface Selection {
  /** For people: `pods in namespace "a"`. */
  readonly what: string
  /** Such as `/api/v1/namespaces/a/pods`. */
  readonly path: string
  readonly labelSelector: string
  readonly fieldSelector: string
}

export interface Looking {
  readonly api: KubernetesApi
  readonly clock: Pick<Clock, 'monotonic'>
  readonly slices: Slices
  readonly signal: AbortSignal
}

/** How far one has seen; the server's own word for it, opaque. */
export type ResourceVersion = string

export type Seen = { readonly ok: true; readonly version: ResourceVersion } | ApiProblem

export type ObjectEvent = { readonly type: 'set' | 'deleted'; readonly object: unknown }

/** Parsing a page holds the event loop: 50 pods of 10 KiB hold it for 5 ms, 500 (what others ask for) would for 60. */
const PAGE_OBJECTS = 50
const MAX_PAGES: number = (2 * MAX_KUBERNETES_OBJECTS) / PAGE_OBJECTS
const PAGE_DEADLINE_MS = 30_000
/** Changes are read when the server ends the answer: this is how old they may be. */
const WATCH_SECONDS = 5
const WATCH_GRACE_MS = 10_000

/** All objects that there are, page by page; `take` gets each. */
export async function list(
  selection: Selection,
  { api, clock, slices, signal }: Looking,
  take: (object: unknown) => void,
): Promise<Seen> {
  let token = ''
  let count = 0
  // Pages may be empty before the last one, where a selector leaves nothing of them.
  for (let pages = 0; pages < MAX_PAGES && !signal.aborted; pages++) {
    const answer = await api.get({
      path: selection.path,
      query: [...selectors(selection), ['limit', String(PAGE_OBJECTS)], ['continue', token]],
      deadline: clock.monotonic() + PAGE_DEADLINE_MS,
      maxBodyBytes: MAX_KUBERNETES_BODY_BYTES,
      signal,
    })
    if (!answer.ok) return answer
    const page = await slices.run(readPage(answer.body, take))
    if (page === undefined) return problem('unreachable', 'the API server answered something that is no list')
    count += page.count
    if (count > MAX_KUBERNETES_OBJECTS) return TOO_MANY
    if (page.next === '') return { ok: true, version: page.version }
    if (page.next === token) return problem('unreachable', 'the API server repeats a page of its list')
    token = page.next
  }
  return signal.aborted ? problem('unreachable', 'stopped') : TOO_MANY
}

interface Page {
  readonly count: number
  /** What to ask the next page with; empty for the last one. */
  readonly next: string
  readonly version: ResourceVersion
}

function* readPage(body: Uint8Array, take: (object: unknown) => void): Generator<undefined, Page | undefined> {
  const { items, metadata } = fieldsOf(parsedJson(body))
  yield
  if (!Array.isArray(items)) return undefined
  for (const item of items) {
    take(item)
    yield
  }
  const { resourceVersion, continue: next } = fieldsOf(metadata)
  return { count: items.length, next: textOf(next), version: textOf(resourceVersion) }
}

/** What has changed since `version`, for some seconds; `take` gets each event in order. */
export async function watch(
  selection: Selection,
  version: ResourceVersion,
  { api, clock, slices, signal }: Looking,
  take: (event: ObjectEvent) => void,
): Promise<Seen> {
  const answer = await api.get({
    path: selection.path,
    query: [
      ...selectors(selection),
      ['watch', '1'],
      ['resourceVersion', version],
      ['allowWatchBookmarks', 'true'],
      ['timeoutSeconds', String(WATCH_SECONDS)],
    ],
    deadline: clock.monotonic() + WATCH_SECONDS * 1000 + WATCH_GRACE_MS,
    maxBodyBytes: MAX_KUBERNETES_BODY_BYTES,
    signal,
  })
  return answer.ok ? slices.run(readEvents(answer.body, version, take)) : answer
}

/** JSON objects, one a line. */
function* readEvents(
  body: Uint8Array,
  from: ResourceVersion,
  take: (event: ObjectEvent) => void,
): Generator<undefined, Seen> {
  let version = from
  for (let start = 0; start < body.length; ) {
    const feed = body.indexOf(0x0a, start)
    const end = feed === -1 ? body.length : feed
    const line = body.subarray(start, end)
    start = end + 1
    if (line.length === 0) continue
    const event = fieldsOf(parsedJson(line))
    const object = fieldsOf(event['object'])
    switch (event['type']) {
      case 'ADDED':
      case 'MODIFIED':
        take({ type: 'set', object })
        break
      case 'DELETED':
        take({ type: 'deleted', object })
        break
      case 'BOOKMARK':
        break
      case 'ERROR':
        return object['code'] === 410 || object['reason'] === 'Expired'
          ? problem('gone', 'the API server has forgotten the state to watch from')
          : problem('refused', `the API server ended the watch: ${textOf(object['message']).slice(0, 400)}`)
      default:
        // Whatever it was is missed: only a list can tell.
        return problem('gone', 'the API server sent an event that is none')
    }
    version = textOf(fieldsOf(object['metadata'])['resourceVersion']) || version
    yield
  }
  return { ok: true, version }
}

function selectors({ labelSelector, fieldSelector }: Selection): (readonly [string, string])[] {
  return [
    ['labelSelector', labelSelector],
    ['fieldSelector', fieldSelector],
  ]
}

export const TOO_MANY: ApiProblem = {
  ok: false,
  reason: 'refused',
  message: `there are more than ${MAX_KUBERNETES_OBJECTS} of them; narrow it down with namespaces or selectors`,
  retryAfterMs: 0,
}

function problem(reason: ApiProblem['reason'], message: string): ApiProblem {
  return { ok: false, reason, message, retryAfterMs: 0 }
}
