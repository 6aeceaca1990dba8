import type { Runtime, Signal } from '../../../adapters/cli/command.ts'
import type { FetchHandler } from '../../../adapters/shared/listen.ts'
import type { Agent, AgentOptions } from '../../../core/agent.ts'
import { CodedError } from '../../../core/errors.ts'
import { NO_PAGES } from '../../../core/http/pages.ts'
import type { Ports } from '../../../core/ports.ts'

export interface FakeRuntime {
  readonly runtime: Runtime
  /** What was printed, and what the agent was made with. */
  readonly seen: { out: string; err: string; options: AgentOptions | undefined; handler: FetchHandler | undefined }
  /** What happened, in its order. */
  readonly done: string[]
  /** Resolves when the agent has started. */
  readonly running: Promise<void>
  readonly time: { now: number }
  /** Files by path; `-` is standard input. */
  readonly disk: Map<string, string>
  send(signal: Signal): void
}

/** The command line in a process that isn't there. */
export function setup(behaviour: Partial<Agent> = {}): FakeRuntime {
  const done: string[] = []
  const seen = {
    out: '',
    err: '',
    options: undefined as AgentOptions | undefined,
    handler: undefined as FetchHandler | undefined,
  }
  let signal: (signal: Signal) => void = () => {}
  let started = (): void => {}
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  const time = { now: 0 }
  const disk = new Map<string, string>()
  const agent: Agent = {
    load: async () => ({ ok: true }),
    reload: async () => {
      done.push('reload')
      return { ok: true }
    },
    fetch: () => new Response('app'),
    start() {
      done.push('start')
      started()
    },
    async stop() {
      done.push('stop')
    },
    ...behaviour,
  }
  const runtime: Runtime = {
    ports: {
      clock: { now: () => 0, monotonic: () => time.now, wake: () => () => {} },
      dns: { addresses: async () => [], services: async () => [] },
      files: { list: async (path: string) => listing(disk, path), read: async (path: string) => bytesOf(disk, path) },
      host: { runtime: 'test 1', os: 'linux', arch: 'amd64', hostname: 'box', interfaces: () => [] },
    } as unknown as Ports,
    version: '1.2.3',
    pages: NO_PAGES,
    color: false,
    output: { color: false, columns: undefined },
    dnsOf: (servers) => ({
      addresses: async (name) => (servers[0] === '127.0.0.1:8600' && name === 'me.test' ? ['10.0.0.7'] : []),
      services: async () => [],
      records: async () => [],
    }),
    async listen(handler, { host, port }) {
      if (port === 1) throw new CodedError('config', "can't listen on it")
      seen.handler = handler
      return { address: `${host}:${port}`, port, setTls: async () => {}, close: async () => void done.push('close') }
    },
    checkConfiguration: async () => ({ ok: true, diagnostics: [], text: '' }),
    createAgent(options) {
      seen.options = options
      return agent
    },
    print: (text) => {
      seen.out += text
    },
    printError: (text) => {
      seen.err += text
    },
    readInput: async () => bytesOf(disk, '-'),
    overwrite: async (path, text) => void disk.set(path, text),
    onSignal(handle) {
      signal = handle
    },
    exit: (code) => void done.push(`exit ${code}`),
  }
  return { runtime, seen, done, running, time, disk, send: (name: Signal) => signal(name) }
}

/** Names directly in a directory; undefined for a file. */
function listing(disk: ReadonlyMap<string, string>, path: string): string[] | undefined {
  if (disk.has(path)) return undefined
  const names = [...disk.keys()]
    .filter((name) => name.startsWith(`${path}/`))
    .map((name) => name.slice(path.length + 1))
  if (names.length === 0) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  return names
}

function bytesOf(disk: ReadonlyMap<string, string>, path: string): Uint8Array {
  return new TextEncoder().encode(disk.get(path))
}
