/**
 * A copy of all objects of one kind, kept current: a list first, then watches one after the other. Owns when to list again and
 * how long to wait after failures. Keeps of each object only what its reader makes of it.
 */
import { MAX_KUBERNETES_OBJECTS } from '../limits.ts'
import type { Monotonic, Random } from '../ports.ts'
import { deepEqual } from '../syntax/value.ts'
import type { Timers } from '../time/timers.ts'
import type { ApiProblem } from './api.ts'
import { fieldsOf, textOf } from './json.ts'
import { type Looking, list, type ObjectEvent, type ResourceVersion, type Selection, TOO_MANY, watch } from './list.ts'

export interface Mirror<T> {
  /** By `namespace/name`, or by name for what is in no namespace. An object that didn't change stays the same one. */
  readonly objects: ReadonlyMap<string, T>
  /** Whether the objects have been listed once. */
  readonly complete: boolean
  /** Why it is not current; undefined while it is. */
  readonly problem: string | undefined
  /** How often looking failed so far. */
  readonly failures: number
  /** Resolves after `signal` aborted. Never rejects. */
  run(signal: AbortSignal): Promise<void>
}

export interface MirrorSurroundings extends Omit<Looking, 'signal'> {
  readonly timers: Timers
  readonly random: Random
}

/** What is kept of an object; undefined for what can't be used. */
export type Reader<T> = (object: unknown) => T | undefined

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
/** Between the beginnings of two watches, for servers that end them early. */
const SHORTEST_WATCH_MS = 1_000

/** `changed` is called whenever any of the mirror's properties may have changed. */
export function createMirror<T>(
  selection: Selection,
  read: Reader<T>,
  surroundings: MirrorSurroundings,
  changed: () => void,
): Mirror<T> {
  const { clock, timers, random } = surroundings
  let objects = new Map<string, T>()
  let complete = false
  let problem: { readonly of: 'list' | 'watch'; readonly message: string } | undefined
  let failures = 0
  let failuresInARow = 0

  function put(into: Map<string, T>, object: unknown): boolean {
    const key = keyOf(object)
    const kept = key === '' ? undefined : read(object)
    if (kept === undefined) return false
    const before = objects.get(key)
    const same = before !== undefined && deepEqual(before, kept)
    into.set(key, same ? before : kept)
    return !same
  }

  async function listAll(looking: Looking): Promise<ResourceVersion | ApiProblem> {
    const found = new Map<string, T>()
    let differs = !complete
    const seen = await list(selection, looking, (object) => {
      differs = put(found, object) || differs
    })
    if (!seen.ok) return seen
    differs ||= found.size !== objects.size
    objects = found
    complete = true
    const mended = problem?.of === 'list'
    if (mended) problem = undefined
    // A watch that keeps failing between lists that succeed goes on being waited for longer and longer.
    if (problem === undefined) failuresInARow = 0
    if (differs || mended) changed()
    return seen.version
  }

  async function watchOnce(version: ResourceVersion, looking: Looking): Promise<ResourceVersion | ApiProblem> {
    let differs = false
    const apply = ({ type, object }: ObjectEvent): void => {
      if (type === 'set') differs = put(objects, object) || differs
      else differs = objects.delete(keyOf(object)) || differs
    }
    const seen = await watch(selection, version, looking, apply)
    const mended = seen.ok && problem !== undefined
    if (seen.ok) {
      problem = undefined
      failuresInARow = 0
    }
    if (differs || mended) changed()
    if (objects.size > MAX_KUBERNETES_OBJECTS) return TOO_MANY
    return seen.ok ? seen.version : seen
  }

  function fail(of: 'list' | 'watch', { message, retryAfterMs }: ApiProblem): number {
    problem = { of, message: `${of === 'list' ? 'listing' : 'watching'} ${selection.what}: ${message}` }
    failures++
    const wait = Math.min(FIRST_WAIT_MS * 2 ** failuresInARow++, LONGEST_WAIT_MS)
    changed()
    return Math.max(wait * (0.5 + random.next() / 2), retryAfterMs)
  }

  async function run(signal: AbortSignal): Promise<void> {
    const looking: Looking = { ...surroundings, signal }
    let version: ResourceVersion | undefined
    /** Since the last list no watch has succeeded. */
    let fresh = true
    while (!signal.aborted) {
      const start: Monotonic = clock.monotonic()
      const of = version === undefined ? 'list' : 'watch'
      const result = version === undefined ? await listAll(looking) : await watchOnce(version, looking)
      if (signal.aborted) return
      if (typeof result === 'string') {
        version = result
        fresh = of === 'list'
        if (of === 'watch') await timers.sleep(start + SHORTEST_WATCH_MS - clock.monotonic(), signal)
        continue
      }
      const relists = result.reason !== 'unreachable'
      if (relists) version = undefined
      // Usual after a long silence. Right after a list it would go round in circles.
      if (of === 'watch' && result.reason === 'gone' && !fresh) continue
      await timers.sleep(fail(of, result), signal)
    }
  }

  return {
    get objects() {
      return objects
    },
    get complete() {
      return complete
    },
    get problem() {
      return problem?.message
    },
    get failures() {
      return failures
    },
    run,
  }
}

function keyOf(object: unknown): string {
  const { namespace, name } = fieldsOf(fieldsOf(object)['metadata'])
  return textOf(name) === '' ? '' : objectKey(textOf(namespace), textOf(name))
}

/** As Mirror.objects has them. `namespace` is empty for what is in none. */
export function objectKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}
