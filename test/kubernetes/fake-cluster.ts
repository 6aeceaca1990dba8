/**
 * What an API server knows and answers: lists in pages, watches that tell what has happened since, `410 Gone` for what it has
 * forgotten. Answers are given as texts; how they travel, and how long a watch lasts, is up to the test.
 */

export interface FakeObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface FakeAnswer {
  readonly status: number
  readonly body: string
}

export interface FakeCluster {
  /** `plural` such as `pods`. Replaces what has the same namespace and name. */
  put(plural: string, object: FakeObject): void
  remove(plural: string, name: string, namespace?: string): void
  /** Watches from before now, and lists begun before now, are answered with 410. */
  forget(): void
  /** What a refused collection answers, by path; undefined allows it again. */
  refuse(path: string, answer: FakeAnswer | undefined): void
  /** `lasts` resolves when a watch is to end. */
  answer(url: URL, lasts: (seconds: number) => Promise<unknown>): Promise<FakeAnswer>
  /** Resolves at the next change. */
  changed(): Promise<void>
  /** Everything that was asked, as `path?query`, watches and lists alike. */
  readonly asked: string[]
  /** Ends the body of the next watch with this. */
  spoil: string | undefined
}

interface Event {
  readonly version: number
  readonly plural: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: FakeObject
}

const GROUPS: Readonly<Record<string, string>> = {
  endpointslices: '/apis/discovery.k8s.io/v1',
  ingresses: '/apis/networking.k8s.io/v1',
}

const GONE = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }

export function createFakeCluster(): FakeCluster {
  const stored = new Map<string, Map<string, FakeObject>>()
  const events: Event[] = []
  const refusals = new Map<string, FakeAnswer>()
  const asked: string[] = []
  let version = 100
  let oldest = 0
  let waiting: (() => void)[] = []

  function happen(plural: string, type: Event['type'], object: FakeObject): FakeObject {
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } }
    events.push({ version, plural, type, object: stamped })
    for (const wake of waiting) wake()
    waiting = []
    return stamped
  }

  function gone(): FakeAnswer {
    return { status: 410, body: JSON.stringify(GONE) }
  }

  function list(objects: readonly FakeObject[], url: URL): FakeAnswer {
    const [from, begun] = (url.searchParams.get('continue') ?? `0@${version}`).split('@').map(Number)
    if (begun < oldest) return gone()
    const limit = Number(url.searchParams.get('limit') ?? 1e9)
    const next = from + limit < objects.length ? `${from + limit}@${begun}` : ''
    const metadata = { resourceVersion: String(begun), ...(next === '' ? {} : { continue: next }) }
    return { status: 200, body: JSON.stringify({ kind: 'List', metadata, items: objects.slice(from, from + limit) }) }
  }

  async function watch(
    url: URL,
    matching: (event: Event) => boolean,
    lasts: (seconds: number) => Promise<unknown>,
  ): Promise<FakeAnswer> {
    const since = Number(url.searchParams.get('resourceVersion'))
    if (since < oldest) return gone()
    await lasts(Number(url.searchParams.get('timeoutSeconds')))
    if (since < oldest) return { status: 200, body: `${JSON.stringify({ type: 'ERROR', object: GONE })}\n` }
    const news = events.filter((event) => event.version > since && matching(event))
    const lines = news.map(({ type, object }) => JSON.stringify({ type, object }))
    lines.push(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } }))
    const end = self.spoil ?? ''
    self.spoil = undefined
    return { status: 200, body: `${lines.join('\n')}\n${end}` }
  }

  const self: FakeCluster = {
    asked,
    spoil: undefined,
    put(plural, object) {
      const objects = stored.get(plural) ?? new Map<string, FakeObject>()
      stored.set(plural, objects)
      const key = keyOf(object)
      objects.set(key, happen(plural, objects.has(key) ? 'MODIFIED' : 'ADDED', object))
    },
    remove(plural, name, namespace) {
      const key = keyOf({ metadata: { name, ...(namespace === undefined ? {} : { namespace }) } })
      const object = stored.get(plural)?.get(key)
      if (object === undefined) throw new Error(`there is no ${plural} ${key}`)
      stored.get(plural)?.delete(key)
      happen(plural, 'DELETED', object)
    },
    forget() {
      oldest = ++version
    },
    refuse(path, answer) {
      if (answer === undefined) refusals.delete(path)
      else refusals.set(path, answer)
    },
    changed: () => new Promise((resolve) => waiting.push(resolve)),
    async answer(url, lasts) {
      asked.push(`${url.pathname}${url.search}`)
      const refusal = refusals.get(url.pathname)
      if (refusal !== undefined) return refusal
      const found = /^(.*?)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(url.pathname)
      const [, group = '', namespace, plural = ''] = found ?? []
      if (group !== (GROUPS[plural] ?? '/api/v1')) return { status: 404, body: '404 page not found\n' }
      const label = url.searchParams.get('labelSelector')?.split('=')
      const chosen = ({ metadata }: FakeObject): boolean =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (label === undefined || metadata.labels?.[label[0]] === label[1])
      if (url.searchParams.get('watch') !== null) {
        return watch(url, (event) => event.plural === plural && chosen(event.object), lasts)
      }
      const sorted = [...(stored.get(plural) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
      return list(sorted.map(([, object]) => object).filter(chosen), url)
    },
  }
  return self
}

function keyOf({ metadata }: FakeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
