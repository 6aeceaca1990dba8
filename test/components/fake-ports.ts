/** Ports without a world behind them: files in a map, hosts as functions, a clock that stands still. */
import type {
  FileChange,
  Files,
  HttpClientOptions,
  HttpClients,
  HttpFailure,
  HttpRequest,
  HttpResponse,
  Ports,
} from '../../core/ports.ts'
import { codecs } from '../support/codecs.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createFakeDisk, type FakeDisk } from '../support/fake-segments.ts'
import { type DecodedWriteRequest, decodeWriteRequest } from '../support/remote-write-decoder.ts'

export type Answer = HttpResponse | HttpFailure

export interface FakeFiles extends Files {
  /** Writes the file and tells whoever watches it; undefined removes it. */
  put(path: string, text: string | undefined): void
  /** The same without telling anybody. */
  putUnnoticed(path: string, text: string | undefined): void
  /** Of all files that there are. */
  paths(): string[]
  readonly watched: string[]
  readonly appended: { readonly path: string; readonly text: string }[]
}

export interface FakePorts {
  readonly ports: Ports
  readonly clock: FakeClock
  readonly files: FakeFiles
  /** Of the segments: may be handed to the ports of another process when this one has ended. */
  readonly disk: FakeDisk
  /** What answers at a host (`app:80` is `app`); nothing there means refused. */
  readonly hosts: Map<string, (request: HttpRequest) => Answer | Promise<Answer>>
  readonly requests: HttpRequest[]
  /** Options of every client that was opened and is not closed. */
  readonly clients: Set<HttpClientOptions>
}

export function fakePorts(used?: FakeDisk): FakePorts {
  const clock = createFakeClock()
  const disk = used ?? createFakeDisk(new Map(), clock.now)
  const files = fakeFiles()
  const hosts: FakePorts['hosts'] = new Map()
  const requests: HttpRequest[] = []
  const clients = new Set<HttpClientOptions>()
  const http: HttpClients = {
    proxyFromEnvironment: () => undefined,
    open(options) {
      const key = { ...options }
      clients.add(key)
      return {
        async send(request) {
          requests.push(request)
          const answer = hosts.get(request.url.host)
          return answer?.(request) ?? { ok: false, reason: 'refused', message: `connect ${request.url.host}: refused` }
        },
        close: () => clients.delete(key),
      }
    },
  }
  const peers = { open: http.open }
  const dns = { addresses: async () => [], services: async () => [], records: async () => [] }
  const host = {
    hostname: 'box',
    interfaces: () => [],
    os: 'linux',
    arch: 'amd64',
    runtime: 'test',
    env: { REGION: 'eu' },
    cpuSeconds: () => 1,
    residentBytes: () => 2,
    heapBytes: () => 3,
    memory: () => ({ heapTotal: 5, external: 6, arrayBuffers: 7 }),
    timerDelays: () => [0.002],
    startTimeSeconds: 4,
  }
  const ports: Ports = { clock, random: { next: () => 0.5 }, http, peers, dns, files, segments: disk, codecs, host }
  return { ports, clock, files, disk, hosts, requests, clients }
}

export function answer(body: string, headers: Record<string, string> = {}, status = 200): HttpResponse {
  const bytes = new TextEncoder().encode(body)
  return { ok: true, status, statusText: '', header: (name) => headers[name], body: bytes }
}

/** A remote_write receiver: keeps what was written, in order. */
export function receiving(into: DecodedWriteRequest[]): (request: HttpRequest) => Answer {
  return (request) => {
    into.push(decodeWriteRequest((request.body as Uint8Array).slice()))
    return answer('', {}, 204)
  }
}

/** The value of a header line; undefined when it isn't there. */
export function header(request: HttpRequest | undefined, name: string): string | undefined {
  return request?.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

function fakeFiles(): FakeFiles {
  const contents = new Map<string, Uint8Array>()
  const watches = new Set<{ readonly path: string; readonly changed: () => void }>()
  const appended: { path: string; text: string }[] = []

  function readSync(path: string): Uint8Array {
    const content = contents.get(path)
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return content
  }

  function putUnnoticed(path: string, text: string | undefined): void {
    if (text === undefined) contents.delete(path)
    else contents.set(path, new TextEncoder().encode(text))
  }

  async function list(path: string): Promise<readonly string[] | undefined> {
    if (contents.has(path)) return undefined
    const inside = [...contents.keys()].filter((file) => file.startsWith(`${path}/`))
    if (inside.length === 0) throw new Error(`ENOENT: no such file or directory, scandir '${path}'`)
    return [...new Set(inside.map((file) => file.slice(path.length + 1).split('/')[0]))].sort()
  }

  return {
    read: async (path) => readSync(path),
    readSync,
    list,
    watch(path, changed): FileChange {
      const watch = { path, changed }
      watches.add(watch)
      return { close: () => watches.delete(watch) }
    },
    async append(path, text) {
      appended.push({ path, text })
    },
    async replace(path, bytes) {
      contents.set(path, bytes)
    },
    put(path, text) {
      putUnnoticed(path, text)
      const directory = path.slice(0, path.lastIndexOf('/'))
      for (const watch of watches) if (watch.path === path || watch.path === directory) watch.changed()
    },
    putUnnoticed,
    paths: () => [...contents.keys()],
    get watched() {
      return [...watches].map(({ path }) => path)
    },
    appended,
  }
}
