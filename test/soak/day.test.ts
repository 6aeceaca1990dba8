/**
 * A day in the life of a queue, in seconds: see day.ts. SKEIN_SOAK_SEED chooses another day, SKEIN_SOAK_HOURS a longer or
 * shorter one, SKEIN_SOAK_SERIES one with more in it; a failure says which one it was.
 */
import { expect, it } from 'vitest'
import { MAX_QUEUE_BYTES, MAX_SEGMENT_BYTES } from '../../core/limits.ts'
import { DEFAULT_QUEUE, DEFAULT_WAL } from '../../core/remote-write/config.ts'
import { type DayReport, runDay } from './day.ts'

const SEED = Number(process.env['SKEIN_SOAK_SEED'] ?? 1)
const HOURS = Number(process.env['SKEIN_SOAK_HOURS'] ?? 24)
/** Of each source of the first day. */
const SERIES = Number(process.env['SKEIN_SOAK_SERIES'] ?? 20)
const MB = 1_000_000
/** What a queue takes on disk though nothing waits in it: segments are only removed as a whole. */
const EMPTY_DISK = 2 * MAX_SEGMENT_BYTES

/** What holds on every day. */
function expectOrder({ ledger, violations, receiver, maxMemoryBytes }: DayReport): void {
  expect(ledger.violations).toEqual([])
  expect(violations).toEqual([])
  expect(maxMemoryBytes).toBeLessThanOrEqual(MAX_QUEUE_BYTES)
  // It was a day with everything in it.
  expect([...receiver.answers.keys()].length).toBeGreaterThan(HOURS < 20 ? 1 : 3)
  expect(ledger.acceptedSamples).toBeGreaterThan(0)
}

it(`seed ${SEED}: always on disk, stopped and killed, the disk full at times: nothing is lost`, async () => {
  const day = await runDay({
    seed: SEED,
    hours: HOURS,
    sources: 8,
    series: SERIES,
    wal: { persistence: 'always' },
    ends: ['SIGTERM', 'SIGKILL'],
    diskFills: true,
  })
  expectOrder(day)
  expect(day.ledger.missing().slice(0, 3)).toEqual([])
  expect(day.ledger.deliveredSamples).toBe(day.ledger.acceptedSamples)
  expect([...day.lost].filter(([, samples]) => samples > 0)).toEqual([])
  expect(day.pending).toBe(0)
  expect(day.diskBytes).toBeLessThan(EMPTY_DISK)
  expect(day.disk.peak).toBeLessThan(40 * MB)
  expect(day.kills.length + day.stops).toBeGreaterThan(HOURS / 6)
}, 120_000)

it(`seed ${SEED}: on disk when needed, killed: nothing is lost but the last few seconds`, async () => {
  const day = await runDay({
    seed: SEED + 1,
    hours: HOURS / 2,
    sources: 10,
    series: 10,
    wal: { persistence: 'spill' },
    ends: ['SIGTERM', 'SIGKILL'],
    diskFills: false,
  })
  expectOrder(day)
  const open = DEFAULT_QUEUE.batchSendDeadline + DEFAULT_WAL.spillDelay
  const early = day.ledger
    .missing()
    .filter(({ timestamp }) => !day.kills.some((kill) => timestamp <= kill && timestamp > kill - open))
  expect(early.slice(0, 3)).toEqual([])
  expect(day.pending).toBe(0)
  expect(day.diskBytes).toBeLessThan(EMPTY_DISK)
}, 120_000)

it(`seed ${SEED}: a disk that is too small for the outages: what is lost is counted, and the newest is kept`, async () => {
  const day = await runDay({
    seed: SEED + 2,
    hours: HOURS / 2,
    sources: 10,
    series: 20,
    wal: { persistence: 'always', maxDiskSize: 300_000 },
    ends: ['SIGTERM'],
    diskFills: false,
  })
  expectOrder(day)
  const lost = [...day.lost].filter(([, samples]) => samples > 0)
  // `shutdown`: what was under way just then, and gone from the disk already.
  expect(lost.map(([reason]) => reason).filter((reason) => reason !== 'shutdown')).toEqual(['queue_full'])
  // What came although it was dropped, because its request was under way, is counted on both sides.
  const { acceptedSamples, deliveredSamples } = day.ledger
  const counted = lost.reduce((sum, [, samples]) => sum + samples, 0)
  expect(deliveredSamples + counted).toBeGreaterThanOrEqual(acceptedSamples)
  expect(day.pending).toBe(0)
  expect(day.disk.peak).toBeLessThan(300_000 + 200_000)
}, 120_000)

it(`seed ${SEED}: in memory only, never ended: nothing is lost that memory holds`, async () => {
  const day = await runDay({
    seed: SEED + 3,
    hours: HOURS / 2,
    sources: 10,
    series: 10,
    wal: { persistence: 'off' },
    ends: [],
    diskFills: true,
  })
  expectOrder(day)
  expect(day.ledger.missing().slice(0, 3)).toEqual([])
  expect(day.disk.peak).toBe(0)
}, 120_000)
