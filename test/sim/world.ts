/**
 * All processes of one simulation and the network between them; starts, stops and kills them, and knows at every moment
 * who truly runs. What the processes believe is compared with this.
 */
import type { PeerAddress } from '../../core/cluster/address.ts'
import type { Peer } from '../../core/cluster/peer.ts'
import { type Timing, timing } from '../../core/cluster/timing.ts'
import type { LogFields, Logger } from '../../core/telemetry/logger.ts'
import { type Agenda, createAgenda, type SimTime } from './agenda.ts'
import { createJournal, type Journal } from './journal.ts'
import { createMachine, type Machine } from './machine.ts'
import { createNetwork, type Network } from './network.ts'
import type { Install, Program } from './program.ts'
import { createDraw, type Draw } from './random.ts'

export type Life = 'running' | 'leaving' | 'left' | 'crashed'

export interface Process {
  /** `name`, or `name#2` for a later life or a rival. */
  readonly id: string
  readonly name: string
  readonly address: PeerAddress
  readonly started: number
  readonly timing: Timing
  readonly machine: Machine
  readonly program: Program
  readonly startedAt: SimTime
  life: Life
  endedAt: SimTime
  /** What it believes, by name, as of its last change. */
  view: ReadonlyMap<string, Peer>
}

/** Told of every change of belief: `before` and `after` are undefined when the peer wasn't or isn't there. */
export type ViewListener = (process: Process, name: string, before: Peer | undefined, after: Peer | undefined) => void

export interface StartOptions {
  readonly name: string
  readonly address: PeerAddress
  readonly discover: () => readonly PeerAddress[]
  readonly install?: Install
}

export interface World {
  readonly agenda: Agenda
  readonly draw: Draw
  readonly network: Network
  readonly journal: Journal
  /** All that ever ran, in the order of their start. */
  readonly processes: readonly Process[]
  running(): Process[]
  at(address: PeerAddress): Process | undefined
  start(options: StartOptions): Process
  /** Ends it at once; `silent` when its machine doesn't even refuse connections. */
  crash(process: Process, silent: boolean): void
  leave(process: Process): void
  onView(listener: ViewListener): void
  freshAddress(): PeerAddress
}

export interface WorldOptions {
  readonly seed: string
  readonly install: Install
  readonly latency: readonly [number, number]
  /** Of a process by its number. */
  readonly probeIntervalMs: (draw: Draw) => number
  readonly rejoinMs: number
  /** How wrong wall clocks are at most, ms. */
  readonly wallErrorMs: number
  readonly ipv6Share: number
  /** No digest, no views, no journal: for large worlds. Log lines of processes go here instead. */
  readonly quiet?: (message: string) => void
}

const PORT = 12_345

export function createWorld(options: WorldOptions): World {
  const agenda = createAgenda()
  const draw = createDraw(options.seed)
  const journal = createJournal(options.quiet !== undefined)
  const network = createNetwork(agenda, draw.fork('network'), journal, { latency: options.latency })
  const processes: Process[] = []
  /** How many processes there were of each name. */
  const lives = new Map<string, number>()
  const byAddress = new Map<PeerAddress, Process>()
  const listeners: ViewListener[] = []
  const addresses = draw.fork('addresses')
  let hosts = 0

  function start({ name, address, discover, install = options.install }: StartOptions): Process {
    const earlier = lives.get(name) ?? 0
    lives.set(name, earlier + 1)
    const id = earlier === 0 ? name : `${name}#${earlier + 1}`
    const own = draw.fork(`process/${id}`)
    const machine = createMachine(agenda, own.fork('machine'), {
      wallError: own.between(-options.wallErrorMs, options.wallErrorMs),
      drift: own.between(-1e-4, 1e-4),
    })
    const started = Math.floor(machine.clock.now() / 1000)
    const times = timing(options.probeIntervalMs(own))
    const program = install({
      name,
      address,
      started,
      timing: times,
      rejoinMs: options.rejoinMs,
      discover,
      clock: machine.clock,
      random: own.fork('random'),
      transport: network.transport(address, machine),
      log: options.quiet === undefined ? logTo(journal, agenda, id, {}) : countingLog(options.quiet),
    })
    const process: Process = {
      id,
      name,
      address,
      started,
      timing: times,
      machine,
      program,
      startedAt: agenda.now,
      life: 'running',
      endedAt: Number.POSITIVE_INFINITY,
      view: new Map(),
    }
    processes.push(process)
    byAddress.set(address, process)
    network.listen(address, { name: id, machine, receiver: program })
    journal.note(agenda.now, id, `starts at ${address}`)
    if (options.quiet === undefined) {
      program.onChange(() => look(process))
      machine.enter(() => look(process))
    }
    machine.enter(() => program.start())
    return process
  }

  function look(process: Process): void {
    if (!process.machine.alive) return
    const before = process.view
    const after = new Map<string, Peer>()
    for (const peer of process.program.peers()) after.set(peer.name, peer)
    process.view = after
    for (const [name, peer] of after) {
      const was = before.get(name)
      if (was === peer || (was !== undefined && same(was, peer))) continue
      journal.note(agenda.now, process.id, `sees ${describe(was)} -> ${describe(peer)}`)
      for (const listener of listeners) listener(process, name, was, peer)
    }
    for (const [name, peer] of before) {
      if (after.has(name)) continue
      journal.note(agenda.now, process.id, `sees ${describe(peer)} -> gone`)
      for (const listener of listeners) listener(process, name, peer, undefined)
    }
  }

  function end(process: Process, life: Life, silent: boolean): void {
    process.life = life
    process.endedAt = Math.min(process.endedAt, agenda.now)
    process.machine.kill()
    // Another life of the same name may have taken the address over.
    if (byAddress.get(process.address) !== process) return
    byAddress.delete(process.address)
    network.close(process.address, silent)
  }

  return {
    agenda,
    draw,
    network,
    journal,
    processes,
    running: () => processes.filter((process) => process.life === 'running'),
    at: (address) => byAddress.get(address),
    start,
    crash(process, silent) {
      journal.note(agenda.now, process.id, silent ? 'crashes, with its machine' : 'crashes')
      end(process, 'crashed', silent)
    },
    leave(process) {
      journal.note(agenda.now, process.id, 'is told to leave')
      process.life = 'leaving'
      process.endedAt = agenda.now
      process.machine.enter(() => {
        void process.program.leave().then(() => {
          if (process.life !== 'leaving') return
          journal.note(agenda.now, process.id, 'has left')
          end(process, 'left', false)
        })
      })
    },
    onView(listener) {
      listeners.push(listener)
    },
    freshAddress() {
      const host = ++hosts
      if (addresses.chance(options.ipv6Share)) return `[fd00::${host.toString(16)}]:${PORT}`
      return `10.0.${host >> 8}.${host & 255}:${PORT}`
    },
  }
}

function same(a: Peer, b: Peer): boolean {
  return a.address === b.address && a.state === b.state && a.suspect === b.suspect
}

function describe(peer: Peer | undefined): string {
  if (peer === undefined) return 'nothing'
  return `${peer.name}${peer.self ? ' (itself)' : ''} ${peer.address} ${peer.suspect ? 'suspect ' : ''}${peer.state}`
}

/** Warnings and worse are notable, the rest only counts into the digest. */
function logTo(journal: Journal, agenda: Agenda, id: string, constant: LogFields): Logger {
  const line = (level: string, notable: boolean) => (message: string, fields?: LogFields) => {
    let text = `${level}: ${message}`
    for (const [key, value] of Object.entries({ ...constant, ...fields })) text += ` ${key}=${value}`
    if (notable) journal.note(agenda.now, id, text)
    else journal.fold(agenda.now, text)
  }
  return {
    debug: line('debug', false),
    info: line('info', false),
    warn: line('warn', true),
    error: line('error', true),
    with: (fields) => logTo(journal, agenda, id, { ...constant, ...fields }),
  }
}

function countingLog(line: (message: string) => void): Logger {
  return { debug: line, info: line, warn: line, error: line, with: () => countingLog(line) }
}
