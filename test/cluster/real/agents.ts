/** Whole agents on real sockets in this process, on the server and the client of the runtime that runs the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterFlags } from '../../../adapters/cli/cluster-flags.ts'
import { parseFlags, RUN_FLAGS } from '../../../adapters/cli/flags.ts'
import { clock as realClock } from '../../../adapters/shared/clock.ts'
import { PATIENCE } from '../../../adapters/shared/listen.ts'
import { processPorts } from '../../../adapters/shared/process-ports.ts'
import { type Agent, createAgent } from '../../../core/agent.ts'
import { MESSAGE_PATH, STREAM_PATH } from '../../../core/cluster/http-transport.ts'
import { peerAddress } from '../../../core/cluster/ip.ts'
import { flagProblems, prepareCluster } from '../../../core/cluster/settings.ts'
import type { Clock, HttpFailure, HttpRequest, PeerClients, Ports } from '../../../core/ports.ts'
import { listenWith, peerClients, RUNTIME } from '../../adapters/shared/this-runtime.ts'
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts'

export interface TestAgent {
  readonly name: string
  readonly port: number
  /** `ip:port`. */
  readonly address: string
  readonly agent: Agent
  readonly log: RecordingLog
  /** Names of those that this node sees as participants. */
  participants(): Promise<readonly string[]>
  /** The value of a metric line that begins like this; undefined when there is none. */
  metric(start: string): Promise<number | undefined>
  get(path: string): Promise<{ readonly status: number; readonly text: string }>
  /** From now on nothing gets through to these addresses, nor from here. */
  cutOff(addresses: readonly string[]): void
  /** From now on gossip from here is lost when this says so, and questions to the API of others get through. */
  loses(lost: Lost): void
  /** From now on its timers don't go off: a process that hangs, and still answers when it is asked. */
  freeze(): void
  /** From now on it is dead to everybody, with no word of farewell. */
  crash(): void
  stop(): Promise<void>
}

/** `packet` is undefined for an exchange of tables. */
export type Lost = (to: string, packet: Uint8Array | undefined) => boolean

export interface AgentSetup {
  readonly name: string
  /** `join-addresses=…`; names without `--cluster.`. */
  readonly flags?: readonly string[]
  readonly config?: string
  readonly dnsServer?: string
  /** 127.0.0.1 and any free port unless told. */
  readonly host?: string
  readonly port?: number
  /** The real one unless told. */
  readonly clock?: Clock
  /** From the start. */
  readonly loses?: Lost
}

const cleanups: (() => unknown)[] = []

/** For afterEach: ends everything that was started. */
export async function stopEverything(): Promise<void> {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()))
}

/** A directory that goes with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'skein-cluster-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function fileWith(text: string): string {
  const path = join(temporaryDirectory(), 'file')
  writeFileSync(path, text)
  return path
}

/** A port that nobody listens at in either family of addresses, as far as can be known. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Quick in everything that has a setting. */
const FAST = ['probe-interval=200ms', 'rejoin-interval=500ms']

export async function startAgent(setup: AgentSetup): Promise<TestAgent> {
  const { name, flags = [], config = '', dnsServer, host = '127.0.0.1' } = setup
  const log = recordingLog()
  const cut = new Set<string>()
  let lost: Lost = setup.loses ?? (() => false)
  let crashed = false
  const own = processPorts(`test on ${RUNTIME}`, peerClients, { dnsServers: dnsServer ? [dnsServer] : undefined })
  const { clock, freeze, thaw } = freezable(setup.clock ?? own.clock)
  const isCut = ({ url, body }: HttpRequest): boolean => {
    if (crashed || cut.has(url.host)) return true
    if (url.pathname === MESSAGE_PATH) return lost(url.host, body)
    return url.pathname === STREAM_PATH && lost(url.host, undefined)
  }
  const ports: Ports = { ...own, clock, peers: cuttable(own.peers, isCut) }
  let agent: Agent | undefined
  const listening = await listenWith(
    (request, connection) =>
      (crashed ? undefined : agent?.fetch(request, connection)) ?? new Response('not there', { status: 503 }),
    { host, port: setup.port ?? 0 },
    PATIENCE,
  )
  cleanups.push(() => listening.close(0))

  const parsed = parseFlags(
    [...FAST, `advertise-address=${host}`, `node-name=${name}`, ...flags].map((flag) => `--cluster.${flag}`),
    RUN_FLAGS,
  )
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  const given = clusterFlags(parsed.values)
  const usage = flagProblems(given)
  if (usage.length > 0) throw new Error(usage.join('\n'))
  const prepared = await prepareCluster(given, { host, port: listening.port }, ports)
  if (!prepared.ok) throw new Error(prepared.problems.join('\n'))

  const started = createAgent(
    {
      configPath: fileWith(config),
      listenAddress: listening.address,
      memoryAddress: 'skein.internal:12345',
      uiPathPrefix: '/',
      storagePath: temporaryDirectory(),
      stability: 'generally-available',
      logger: log,
      cluster: prepared.options,
      setTls: (tls) => listening.setTls(tls),
      version: '0.0.0-test',
    },
    ports,
  )
  agent = started
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= started.stop().finally(() => listening.close(0))
    return stopped
  }
  cleanups.push(() => {
    thaw()
    return stop()
  })
  const loaded = await started.load()
  if (!loaded.ok) throw new Error(loaded.text)
  started.start()

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await started.fetch(new Request(`http://localhost${path}`))
    return { status: response.status, text: await response.text() }
  }

  return {
    name,
    port: listening.port,
    address: peerAddress(host, listening.port),
    agent: started,
    log,
    get,
    async participants() {
      const peers = JSON.parse((await get('/api/v0/web/peers')).text) as { name: string; state: string }[]
      return peers.filter(({ state }) => state === 'participant').map((peer) => peer.name)
    },
    async metric(start) {
      const line = (await get('/metrics')).text.split('\n').find((text) => text.startsWith(start))
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
    },
    cutOff(addresses) {
      cut.clear()
      for (const address of addresses) cut.add(address)
    },
    loses(which) {
      lost = which
    },
    freeze,
    crash() {
      crashed = true
    },
    stop,
  }
}

/** A network that can be cut: requests to these addresses fail as if nobody were there. */
function cuttable(peers: PeerClients, isCut: (request: HttpRequest) => boolean): PeerClients {
  return {
    open(options) {
      const client = peers.open(options)
      return {
        async send(request) {
          const refused: HttpFailure = { ok: false, reason: 'refused', message: 'cut off by the test' }
          return isCut(request) ? refused : client.send(request)
        },
        close: () => client.close(),
      }
    },
  }
}

/** A clock whose wake-up calls can be held back. */
function freezable(clock: Clock): { readonly clock: Clock; freeze(): void; thaw(): void } {
  let frozen = false
  const held = new Set<() => void>()
  return {
    clock: {
      ...clock,
      wake(at, wakeUp) {
        const cancel = clock.wake(at, () => (frozen ? held.add(wakeUp) : wakeUp()))
        return () => {
          cancel()
          held.delete(wakeUp)
        }
      },
    },
    freeze() {
      frozen = true
    },
    thaw() {
      frozen = false
      for (const wakeUp of held) wakeUp()
      held.clear()
    },
  }
}

export interface JumpingClock {
  readonly clock: Clock
  /** For all who share the clock so much time has passed, in which they did nothing. */
  jump(seconds: number): void
}

/** The real clock, until somebody is in a hurry. */
export function jumpingClock(): JumpingClock {
  let ahead = 0
  return {
    clock: {
      ...realClock,
      now: () => realClock.now() + ahead,
      monotonic: () => realClock.monotonic() + ahead,
      // What was set before a jump comes when it would have come without it.
      wake: (at, wakeUp) => realClock.wake(at - ahead, wakeUp),
    },
    jump(seconds) {
      ahead += seconds * 1000
    },
  }
}

/** Asks until the answer is yes; the test's own time limit ends it. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 8_000): Promise<void> {
  const from = performance.now()
  while (!(await holds())) {
    if (performance.now() - from > limitMs) throw new Error(`not in ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Every agent sees exactly these, itself among them, as participants. */
export async function untilAgreed(agents: readonly TestAgent[], limitMs = 8_000): Promise<void> {
  const names = agents
    .map(({ name }) => name)
    .sort()
    .join()
  await until(
    `all see ${names}`,
    async () => {
      for (const agent of agents) if ((await agent.participants()).join() !== names) return false
      return true
    },
    limitMs,
  )
}

export interface Targets {
  /** For the configuration: a list of targets. */
  readonly list: string
  /** Scrapes of each target since the last look, by path. */
  take(): ReadonlyMap<string, number>
}

/** Targets at one server, told apart by their paths. */
export async function startTargets(count: number): Promise<Targets> {
  let hits = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    hits.set(path, (hits.get(path) ?? 0) + 1)
    response.setHeader('content-type', 'text/plain')
    response.end('x 1\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const targets = Array.from(
    { length: count },
    (_, i) => `{ "__address__" = "127.0.0.1:${port}", "__metrics_path__" = "/t${i}" }`,
  )
  return {
    list: `[${targets.join(', ')}]`,
    take() {
      const taken = hits
      hits = new Map()
      return taken
    },
  }
}

/** A clustered job over these targets. */
export function clusteredJob(targets: Targets, interval = '250ms'): string {
  return `prometheus.scrape "all" {
  targets         = ${targets.list}
  forward_to      = []
  scrape_interval = "${interval}"
  scrape_timeout  = "${interval}"
  clustering { enabled = true }
}
`
}

/** How many of the targets an agent has taken. */
export function ownTargets(agent: TestAgent): Promise<number | undefined> {
  return agent.metric('prometheus_scrape_targets_gauge{')
}
