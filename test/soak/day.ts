/**
 * A simulated day of prometheus.remote_write: sources that are scraped every 15 s, a receiver with moods, a disk that fills up
 * at times, and an agent that is stopped and killed now and then. Everything is by the seed and on the virtual clock.
 */
import type { Random } from '../../core/ports.ts'
import type { WalConfig } from '../../core/remote-write/config.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createDisk, type Disk } from './disk.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createReceiver, moodsOfADay, type Receiver } from './moods.ts'
import { createRun, type Run, SCRAPE_MS, START, scrapeAll } from './run.ts'
import { seeded } from './seeded.ts'

const HOUR_MS = 3_600_000
const STOP_MS = 4500
/** Between two looks at the invariants. */
const LOOK_EVERY = 40

export interface DayOptions {
  readonly seed: number
  readonly hours: number
  readonly sources: number
  readonly series: number
  readonly wal: Partial<WalConfig>
  /** How the agent may end; not at all when there are none. */
  readonly ends: readonly ('SIGTERM' | 'SIGKILL')[]
  readonly diskFills: boolean
}

export interface DayReport {
  readonly ledger: Ledger
  readonly receiver: Receiver
  readonly disk: Disk
  /** What must be empty. */
  readonly violations: readonly string[]
  /** When the agent was killed, ms since the epoch. */
  readonly kills: readonly number[]
  readonly stops: number
  /** Samples counted as lost, by reason, over all runs of the agent. */
  readonly lost: ReadonlyMap<string, number>
  readonly maxMemoryBytes: number
  readonly maxPending: number
  /** In the end, after all was well for a while. */
  readonly pending: number
  readonly diskBytes: number
}

export async function runDay(options: DayOptions): Promise<DayReport> {
  const { sources, series, hours } = options
  const scrapes = (hours * HOUR_MS) / SCRAPE_MS
  const clock = createFakeClock({ now: START })
  const random = seeded(options.seed)
  const disk = createDisk(clock, random)
  const ledger = createLedger({ sources, series, start: START, interval: SCRAPE_MS, scrapes: scrapes + 1 })
  const receiver = createReceiver(ledger, clock, random)
  const moods = moodsOfADay(random, hours * HOUR_MS)
  const fills = options.diskFills ? fillsOfADay(random, scrapes) : []
  const ends = endsOfADay(random, scrapes, options.ends, fills)
  const violations: string[] = []
  const kills: number[] = []
  const lost = new Map<string, number>()
  let stops = 0
  let maxMemoryBytes = 0
  let maxPending = 0
  let kept: number | undefined = 0
  let resumeAt = 0
  let run: Run | undefined = await startRun()

  async function startRun(): Promise<Run> {
    const started = createRun(options, clock, disk, receiver, random, kept)
    await clock.advance(0)
    return started
  }

  function look(now: Run): void {
    // What is on disk is still being looked at.
    if (clock.now() < now.startedAt + SCRAPE_MS) return
    const pending = now.metric('samples_pending')
    const memory = now.metric('queue_bytes')
    maxMemoryBytes = Math.max(maxMemoryBytes, memory)
    maxPending = Math.max(maxPending, pending)
    const lostHere = [...now.byReason('samples_lost_total').values()].reduce((sum, one) => sum + one, 0)
    const settled = receiver.acknowledged - now.acknowledgedBefore + lostHere
    // What it found on disk is whatever makes the first look right; from then on nothing may vanish or appear.
    if (now.inherited === undefined) {
      now.inherited = settled + pending - now.accepted
      const { inherited, bequeathed = inherited } = now
      if (inherited !== bequeathed) violation(`${inherited} samples were on disk instead of ${bequeathed}`)
    }
    const missing = now.accepted + now.inherited - settled - pending
    if (missing !== 0) violation(`${missing} samples are neither pending, nor delivered, nor counted as lost`)
  }
  function violation(text: string): void {
    const at = new Date(clock.now()).toISOString().slice(11, 19)
    if (violations.length < 20) violations.push(`${at} ${receiver.mood}: ${text}`)
  }
  /** While it can still be asked. */
  function keepLosses(gone: Run): void {
    for (const [reason, samples] of gone.byReason('samples_lost_total')) addLoss(gone, reason, samples)
  }
  function addLoss(by: Run, reason: string, samples: number): void {
    by.lost += samples
    lost.set(reason, (lost.get(reason) ?? 0) + samples)
  }
  /** Returns what is kept on disk. Its metrics end with it, so what happens meanwhile is read from its log. */
  async function stop(ending: Run): Promise<number> {
    const before = ending.log.lines.length
    for (const sink of ending.sinks) sink.close()
    let stopped = false
    void ending.stop(STOP_MS).then(() => {
      stopped = true
    })
    await clock.advance(STOP_MS)
    if (!stopped) violation(`it did not stop within ${STOP_MS} ms`)
    const said = ending.log.lines.slice(before)
    for (const line of said) {
      if (/^(warn|error) .*(dropped|is lost)/.test(line)) {
        addLoss(ending, /"reason":"(\w+)"/.exec(line)?.[1] ?? 'shutdown', samplesIn(line))
      }
    }
    const left = said.filter((line) => line.includes('waits on disk')).reduce((sum, line) => sum + samplesIn(line), 0)
    const settled = receiver.acknowledged - ending.acknowledgedBefore + ending.lost
    const missing = ending.accepted + (ending.inherited ?? Number.NaN) - settled - left
    if (missing !== 0 && ending.inherited !== undefined) {
      violation(`${missing} samples were lost at the end, and nobody said so: ${said.join('\n')}`)
    }
    return left
  }

  for (let scrape = 0; scrape < scrapes; scrape++) {
    const change = moods.findLast(({ at }) => at <= scrape * SCRAPE_MS)
    if (change !== undefined) receiver.mood = change.mood
    disk.full = fills.some(([from, to]) => scrape >= from && scrape < to)
    if (run === undefined && scrape >= resumeAt) run = await startRun()
    if (run !== undefined) await scrapeAll(run, scrape, options, ledger, clock)
    const end = ends.get(scrape)
    if (run !== undefined && scrape % LOOK_EVERY === LOOK_EVERY - 1) look(run)
    if (run === undefined || end === undefined) {
      await clock.advance(START + (scrape + 1) * SCRAPE_MS - clock.now())
      continue
    }
    // Some seconds after the scrape: what was just written is written.
    await clock.advance(1000 + Math.floor(random.next() * 8000))
    const ending: Run = run
    run = undefined
    resumeAt = scrape + 2
    keepLosses(ending)
    if (end === 'SIGTERM') {
      stops++
      kept = await stop(ending)
    } else {
      kills.push(clock.now())
      kept = undefined
    }
    ending.dead = true
    await clock.advance(START + (scrape + 1) * SCRAPE_MS - clock.now())
  }

  receiver.mood = 'well'
  disk.full = false
  run ??= await startRun()
  await clock.advance(HOUR_MS / 4)
  look(run)
  const pending = run.metric('samples_pending')
  const report = { pending, diskBytes: disk.bytes }
  keepLosses(run)
  run.dead = true
  return { ledger, receiver, disk, violations, kills, stops, lost, maxMemoryBytes, maxPending, ...report }
}

/** When it ends, by scrape: about every two hours, never while the disk is full or in the last hour. */
function endsOfADay(
  random: Random,
  scrapes: number,
  ends: DayOptions['ends'],
  fills: readonly (readonly [number, number])[],
): Map<number, 'SIGTERM' | 'SIGKILL'> {
  const found = new Map<number, 'SIGTERM' | 'SIGKILL'>()
  if (ends.length === 0) return found
  for (let at = 100; at < scrapes - 240; at += 60 + Math.floor(random.next() * 800)) {
    if (fills.some(([from, to]) => at >= from - 10 && at < to + 40)) continue
    found.set(at, ends[Math.floor(random.next() * ends.length)])
  }
  return found
}

/** From which scrape to which the disk is full: a few times for some minutes. */
function fillsOfADay(random: Random, scrapes: number): [from: number, to: number][] {
  return [0.2, 0.5, 0.8].map((part) => {
    const from = Math.floor(scrapes * (part + random.next() * 0.05))
    return [from, from + 20 + Math.floor(random.next() * 60)]
  })
}

function samplesIn(line: string): number {
  return Number(/"samples":(\d+)/.exec(line)?.[1] ?? 0)
}
