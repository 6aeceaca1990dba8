/**
 * What must be true at every moment of a run: nobody that can be reached is taken for dead for long, the dead are noticed
 * in time, who leaves in order is never seen as failed, and nothing grows without bound. Its limits are written here, from
 * the timing that nodes are given, and not taken from what they do.
 */
import type { Peer } from '../../core/cluster/peer.ts'
import type { SimTime } from './agenda.ts'
import type { Course } from './faults.ts'
import { emptyPushPull, membersOf } from './wire-peek.ts'
import type { Process, World } from './world.ts'

export interface Violation {
  readonly at: SimTime
  readonly check: string
  readonly text: string
}

export interface WatchOptions {
  readonly world: World
  readonly course: Course
  /** The longest probe interval of any node, ms. */
  readonly probeMs: number
  readonly rejoinMs: number
  /** Not even a suspicion of a live node is allowed. */
  readonly faultless: boolean
  readonly violated: (violation: Violation) => void
}

export interface Watch {
  /** Suspicions of processes that were running, and how many of them were taken for dead. */
  readonly suspicions: () => number
  readonly falseDeaths: () => number
  /** From a crash in fair conditions until the last one had noticed, ms. */
  readonly detections: readonly number[]
  /** All is calm since a while: nothing of the protocol's counters may move any more. */
  rest(): void
}

const TICK_MS = 1_000
/** Ticks between looks at what costs more. */
const SIGHT_EVERY = 3
const STATS_EVERY = 5
const INCARNATION_EVERY = 20

/** How long trouble casts its shadow: suspicions run at most 6 x 4 probe intervals, times log10 of the size. */
export const shadowMs = (probeMs: number): number => 40 * probeMs + 10_000

/** A live and reachable node may be missing from a view for so long: until the next rejoin, and a suspicion. */
export const missingMs = (probeMs: number, rejoinMs: number): number => 1.1 * rejoinMs + shadowMs(probeMs)

/** A crash is noticed by all within: being probed, a failed probe, the longest suspicion, gossip. */
export function noticeMs(probeMs: number, count: number): number {
  const scale = Math.max(1, Math.log10(count))
  if (count <= 3) return (4 + 2 + 4) * probeMs + 2_000
  return (10 + 2 + 24 * scale) * probeMs + 3_000
}

/** A farewell reaches all within. */
const FAREWELL_MS = 5_000

interface End {
  readonly process: Process
  readonly at: SimTime
  readonly fair: boolean
  readonly gone: boolean
}

export function createWatch(options: WatchOptions): Watch {
  const { world, course, probeMs, rejoinMs } = options
  const { agenda } = world
  const detections: number[] = []
  const missing = new Map<string, SimTime>()
  const ended = new Map<Process, End>()
  const shadow = shadowMs(probeMs)
  let suspicions = 0
  let falseDeaths = 0
  let ticks = 0

  const violated = (check: string, text: string) => options.violated({ at: agenda.now, check, text })
  const calm = () => !course.roughWithin(shadow)
  const lossless = () => world.network.weather.loss === 0 && calm()
  const settledIn = (process: Process) => agenda.now - process.startedAt > shadow

  world.onView((process, name, before, after) => {
    if (process.life !== 'running') return
    const peer = after ?? before
    if (peer === undefined || peer.self) return
    const there = world.at(peer.address)
    if (there === undefined || there.name !== name) {
      seenEnd(process, name, after)
      return
    }
    const suspected = after?.suspect === true && before?.suspect !== true
    if (there.life === 'running') {
      if (suspected) suspicions++
      if (suspected && options.faultless) violated('suspicion', `${process.id} suspects ${there.id} without any fault`)
      if (after === undefined && before?.state !== 'terminating') lostSight(process, there)
    } else if (suspected && lossless()) {
      violated('leave', `${process.id} suspects ${there.id}, which is leaving in order`)
    }
  })

  function lostSight(process: Process, there: Process): void {
    if (process.program.conflict() !== undefined || there.program.conflict() !== undefined) return
    falseDeaths++
    if (calm() && settledIn(there) && settledIn(process)) {
      violated('false-death', `${process.id} takes ${there.id} for dead, which runs and can be reached`)
    }
  }

  /** Somebody changed its mind about a process that has ended. */
  function seenEnd(process: Process, name: string, after: Peer | undefined): void {
    const last = [...ended.values()].findLast((end) => end.process.name === name)
    if (last === undefined || after?.suspect !== true) return
    if (last.process.life === 'left' && last.fair && lossless() && after.address === last.process.address) {
      violated('leave', `${process.id} suspects ${last.process.id}, which has left in order`)
    }
  }

  function tick(): void {
    ticks++
    const running = world.running().filter(({ machine }) => !machine.paused)
    noteEnds(running)
    checkEnds(running)
    if (ticks % SIGHT_EVERY === 0) checkSight(running)
    if (ticks % STATS_EVERY === 0) for (const process of running) checkStats(process)
    agenda.after(TICK_MS, tick)
  }

  function noteEnds(running: readonly Process[]): void {
    for (const process of world.processes) {
      if (process.life === 'running' || process.life === 'leaving' || ended.has(process)) continue
      const at = agenda.now - TICK_MS
      const gone = !running.some(({ view }) => view.get(process.name)?.address === process.address)
      ended.set(process, { process, at: Math.max(at, process.endedAt), fair: lossless(), gone })
    }
  }

  /** Who crashed or left must vanish from all views, unless somebody else has the name by now. */
  function checkEnds(running: readonly Process[]): void {
    for (const [process, end] of ended) {
      if (end.gone || !end.fair) continue
      if (!lossless() || world.running().some(({ name }) => name === process.name)) {
        ended.set(process, { ...end, fair: false })
        continue
      }
      const holders = running.filter(
        ({ view, program }) => program.conflict() === undefined && view.get(process.name)?.address === process.address,
      )
      const waited = agenda.now - end.at
      if (holders.length === 0) {
        ended.set(process, { ...end, gone: true })
        if (process.life === 'crashed' && running.length > 0) detections.push(waited)
        continue
      }
      const limit = process.life === 'crashed' ? noticeMs(probeMs, 1 + running.length) : FAREWELL_MS
      if (waited <= limit) continue
      const seers = holders.map(({ id }) => id).join(', ')
      violated(process.life === 'crashed' ? 'crash' : 'leave', `${seers} still see ${process.id} after ${waited} ms`)
      ended.set(process, { ...end, gone: true })
    }
  }

  /** Pairs of live nodes that could hear of each other and don't. */
  function checkSight(running: readonly Process[]): void {
    const limit = missingMs(probeMs, rejoinMs)
    const working = running.filter(({ program }) => program.conflict() === undefined)
    for (const process of working) {
      for (const other of working) {
        if (process === other) continue
        if (process.view.get(other.name)?.address === other.address) {
          if (missing.size > 0) missing.delete(`${process.id}>${other.id}`)
          continue
        }
        const key = `${process.id}>${other.id}`
        if (course.roughBetween(process.address, other.address, limit)) {
          missing.delete(key)
          continue
        }
        const since = missing.get(key) ?? agenda.now
        missing.set(key, since)
        if (agenda.now - since <= limit) continue
        violated('missing', `${process.id} has not seen ${other.id} for ${agenda.now - since} ms, and could have`)
        missing.delete(key)
      }
    }
  }

  function checkStats(process: Process): void {
    const stats = process.program.stats()
    const names = new Set(world.processes.map(({ name }) => name)).size
    const bound = (what: string, value: number, limit: number) => {
      if (value > limit) violated('bounds', `${process.id} has ${what} ${value}, more than ${limit}`)
    }
    bound('known members', stats.knownMembers, names)
    bound('alive members', stats.aliveMembers, names)
    bound('queued broadcasts', stats.queuedBroadcasts, 3 * names)
    bound('a health score of', stats.healthScore, 7)
    const age = (agenda.now - process.startedAt) / 1000
    bound('a Lamport time of', Number(stats.lamportTime), lamportLimit(world))
    if (stats.malformed.size > 0) {
      const reasons = [...stats.malformed].map(([reason, count]) => `${count} x ${reason}`)
      violated('malformed', `${process.id} could not read what others sent: ${reasons.join(', ')}`)
    }
    const own = ticks % INCARNATION_EVERY === 0 ? incarnationOf(process) : undefined
    if (own !== undefined) bound('an incarnation of', own, 10 + age + world.processes.length)
  }

  function rest(): void {
    const names = new Set(world.running().map(({ name }) => name)).size
    const before = world.running().map((process) => [process, incarnationOf(process)] as const)
    for (const [process] of before) {
      if (process.program.conflict() !== undefined) continue
      const { knownMembers, queuedBroadcasts } = process.program.stats()
      if (knownMembers !== names) violated('rest', `${process.id} knows ${knownMembers} members of ${names}`)
      // Who is alone keeps them for the first that comes.
      if (queuedBroadcasts > 0 && names > 1) violated('rest', `${process.id} still has ${queuedBroadcasts} broadcasts`)
    }
    agenda.after(REST_MS, () => {
      for (const [process, then] of before) {
        const now = incarnationOf(process)
        if (now !== then) violated('rest', `${process.id} is restless: incarnation ${then}, then ${now}`)
      }
    })
  }

  agenda.after(TICK_MS, tick)
  return { suspicions: () => suspicions, falseDeaths: () => falseDeaths, detections, rest }
}

export const REST_MS = 9_000

/** Each merge of an exchange may raise a Lamport clock by one, and so may each change of state and its correction. */
function lamportLimit({ network, processes }: World): number {
  return 20 + 2 * network.counts.exchanges + 10 * processes.length
}

/** Asked as a peer would ask. A node that yields is not in its own table. */
function incarnationOf(process: Process): number | undefined {
  const answer = process.program.stream(emptyPushPull(), undefined)
  if (answer.kind !== 'answer') return undefined
  return membersOf(answer.bytes)?.find(({ name }) => name === process.name)?.incarnation
}
