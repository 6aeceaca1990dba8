/** How fast a backlog goes out, and what one endpoint costs the others, with receivers that take their time. */
import { describe, expect, it } from 'vitest'
import type { SegmentDirectory, SegmentStore } from '../../core/ports.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createFakeDisk } from '../support/fake-segments.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  delivered,
  endpoint,
  type FakeReceiver,
  REFUSED,
  type Rig,
  settings,
  sourceOf,
  status,
} from './setup.ts'

const T0 = 1_700_000_000_000
const LATENCY = 200

function later(clock: FakeClock, answer: () => Answer): Promise<Answer> {
  return new Promise((resolve) => clock.wake(clock.monotonic() + LATENCY, () => resolve(answer())))
}

async function stop({ remoteWrite, clock }: Rig): Promise<void> {
  const stopping = remoteWrite.stop()
  await clock.advance(5000)
  await stopping
}

function between(receiver: FakeReceiver, from: number, to: number): number {
  return receiver.attempts.filter(
    ({ sentAt, answer }) => answer?.ok && answer.status < 300 && sentAt >= from && sentAt < to,
  ).length
}

describe('a backlog', () => {
  it('of many sources goes out as fast as max_shards allow, and then one request at a time is enough', async () => {
    const clock = createFakeClock({ now: T0 })
    let well = false
    const receiver = createFakeReceiver(clock, () => later(clock, () => (well ? status(204) : status(503))))
    const rig = createRig(settings(endpoint({}, { maxSamplesPerSend: 10, maxShards: 10 })), receiver.send, clock)
    const sinks = Array.from({ length: 40 }, (_, source) =>
      rig.remoteWrite.receiver.open(
        sourceOf(...Array.from({ length: 10 }, (_, i) => ({ __name__: `m${source}`, i: `${i}` }))),
      ),
    )
    const scrapeAll = async (): Promise<void> => {
      for (const sink of sinks) await sink.append(batchOf(clock.now(), Array(10).fill(1)))
    }
    for (let i = 0; i < 60; i++) {
      await scrapeAll()
      await clock.advance(15_000)
    }
    expect(receiver.attempts.filter(({ answer }) => answer?.ok && answer.status === 204)).toHaveLength(0)
    expect(receiver.maxInFlight).toBe(1)

    well = true
    const start = clock.monotonic()
    await clock.advance(60_000)
    // 10 under way at a time, 200 ms each: 50 a second, of which there are 2,400.
    expect(between(receiver, start + 10_000, start + 30_000)).toBeGreaterThan(950)
    expect(receiver.maxInFlight).toBe(10)
    expect(
      rig.metric('prometheus_remote_storage_shards{remote_name="one",url="http://receiver.test/push"}'),
    ).toBeLessThan(10)
    await clock.advance(60_000)
    expect(new Set(delivered(receiver)).size).toBe(60 * 400)
    expect(rig.metric('prometheus_remote_storage_shards{remote_name="one",url="http://receiver.test/push"}')).toBe(1)

    // Nothing was sent before what came before it.
    const last = new Map<string, number>()
    for (const line of delivered(receiver)) {
      const [key, timestamp] = line.split(' ')
      expect(Number(timestamp)).toBeGreaterThan(last.get(key) ?? 0)
      last.set(key, Number(timestamp))
    }
    await rig.remoteWrite.stop()
  })

  it('does not grow with a receiver that takes 200 ms for each request, if that is enough', async () => {
    const clock = createFakeClock({ now: T0 })
    const receiver = createFakeReceiver(clock, () => later(clock, () => status(204)))
    const rig = createRig(settings(endpoint()), receiver.send, clock)
    const sinks = ['a', 'b', 'c'].map((name) => rig.remoteWrite.receiver.open(sourceOf({ __name__: name })))
    for (let i = 0; i < 120; i++) {
      for (const sink of sinks) await sink.append(batchOf(clock.now(), [i]))
      await clock.advance(1000)
    }
    expect(receiver.maxInFlight).toBe(1)
    await stop(rig)
  })

  it('keeps min_shards requests under way when it can', async () => {
    const clock = createFakeClock({ now: T0 })
    const receiver = createFakeReceiver(clock, () => later(clock, () => status(204)))
    const rig = createRig(settings(endpoint({}, { maxSamplesPerSend: 1, minShards: 3 })), receiver.send, clock)
    for (const name of ['a', 'b', 'c', 'd']) {
      await rig.remoteWrite.receiver.open(sourceOf({ __name__: name })).append(batchOf(T0, [1]))
    }
    await clock.advance(1000)
    expect(receiver.maxInFlight).toBe(3)
    await stop(rig)
  })
})

describe('endpoints', () => {
  const never = new Promise<never>(() => undefined)
  const noSpace = Promise.reject(new Error("ENOSPC: no space left on device, write '/data/x'"))
  noSpace.catch(() => undefined)

  it.each<[string, () => Answer | Promise<Answer>, (() => Promise<never>) | undefined]>([
    ['whose receiver refuses connections', () => REFUSED, undefined],
    ['whose receiver fails', () => status(503), undefined],
    ['whose receiver hangs', () => never, undefined],
    ['whose disk is full', () => status(503), () => noSpace],
    ['whose disk hangs', () => status(503), () => never],
  ])('are not held up by one %s', async (_what, dead, writing) => {
    const clock = createFakeClock({ now: T0 })
    const receiver = createFakeReceiver(clock, (_attempt, request) =>
      request.url.host === 'dead.test' ? dead() : later(clock, () => status(204)),
    )
    const config = settings(
      endpoint({}, { batchSendDeadline: 1000 }),
      endpoint({ name: 'dead', url: 'http://dead.test/' }, { batchSendDeadline: 1000 }),
    )
    const disk = createFakeDisk(new Map(), clock.now)
    const store: SegmentStore = {
      ...disk,
      async open(path) {
        const directory = await disk.open(path)
        if (writing === undefined || !path.includes('dead.test')) return directory
        const create: SegmentDirectory['create'] = async (name) => ({
          ...(await directory.create(name)),
          append: writing,
          sync: writing,
        })
        return { ...directory, create }
      },
    }
    const rig = createRig(config, receiver.send, clock, store)
    const sink = rig.remoteWrite.receiver.open(sourceOf({ __name__: 'up' }))
    for (let i = 0; i < 60; i++) {
      expect(sink.append(batchOf(clock.now(), [i]))).toBeUndefined()
      await clock.advance(1000)
    }
    await clock.advance(LATENCY)
    const sent = receiver.attempts.filter(({ request }) => request.url.host === 'receiver.test')
    expect(sent).toHaveLength(60)
    for (const { sentAt, series } of sent) {
      const [{ timestamp }] = series[0].samples
      expect(sentAt - clock.monotonic() - (timestamp - clock.now())).toBe(1000)
    }
    const from = clock.monotonic()
    await stop(rig)
    expect(clock.monotonic() - from).toBeLessThanOrEqual(5000)
  })
})
