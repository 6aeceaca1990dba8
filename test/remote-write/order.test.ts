/** The samples of a series arrive in order, whatever the receiver does, and none is lost while the queue has room. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RemoteWriteConfig } from '../../core/remote-write/config.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  delivered,
  endpoint,
  REFUSED,
  rules,
  settings,
  sourceOf,
  status,
} from './setup.ts'

const STEP = 1000
const reply = fc.record({
  delay: fc.integer({ min: 0, max: 4000 }),
  kind: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'unavailable', 'refused', 'busy'),
})

function answerOf(kind: string): Answer {
  if (kind === 'ok') return status(204)
  if (kind === 'refused') return REFUSED
  return kind === 'busy' ? status(429, '', { 'retry-after': '2' }) : status(503)
}

describe('order', () => {
  it('holds per series and loses nothing under random delays and failures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(reply, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (replies, maxShards, maxSamplesPerSend) => {
          const clock = createFakeClock({ now: 1_700_000_000_000 })
          const receiver = createFakeReceiver(clock, async (attempt) => {
            // After the script the receiver is well, so that everything can arrive.
            const { delay, kind } = replies[attempt - 1] ?? { delay: 10, kind: 'ok' }
            await new Promise<void>((resolve) => clock.wake(clock.monotonic() + delay, resolve))
            return answerOf(kind)
          })
          const config = settings(
            endpoint({}, { minShards: maxShards, maxShards, maxSamplesPerSend, batchSendDeadline: 700 }),
          )
          const rig = createRig(config, receiver.send, clock)
          // Two sources send the same series besides their own: their blocks must not overtake one another either.
          const sources = [0, 1, 2, 3].map((i) =>
            sourceOf(
              { __name__: 'own', i: String(i) },
              { __name__: 'shared', pair: String(i >> 1) },
              { __name__: 'more', i: String(i) },
            ),
          )
          const sinks = sources.map((source) => rig.remoteWrite.receiver.open(source))
          const expected = new Map<string, number>()
          for (let round = 0; round < 12; round++) {
            for (const [i, sink] of sinks.entries()) {
              const timestamp = 1_700_000_000_000 + round * STEP + i * 3
              await sink.append(batchOf(timestamp, [round, round, round]))
            }
            await clock.advance(STEP / 4)
          }
          await clock.advance(600_000)

          const last = new Map<string, number>()
          for (const line of delivered(receiver)) {
            const [key, timestamp] = line.split(' ')
            expect(Number(timestamp), `${key} after ${last.get(key)}`).toBeGreaterThan(last.get(key) ?? 0)
            last.set(key, Number(timestamp))
            expected.set(key, (expected.get(key) ?? 0) + 1)
          }
          expect([...expected].filter(([key]) => !key.includes('shared')).map(([, count]) => count)).toEqual(
            Array(8).fill(12),
          )
          expect([...expected].filter(([key]) => key.includes('shared')).map(([, count]) => count)).toEqual([24, 24])
          expect(receiver.maxInFlight).toBeLessThanOrEqual(maxShards)
          await rig.remoteWrite.stop()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('sends blocks of different sources at once, and of the same source one after the other', async () => {
    const { receiver, rig, release } = held(
      settings(endpoint({}, { maxSamplesPerSend: 1, minShards: 3, maxShards: 3 })),
    )
    const sources = [0, 1, 2, 3, 4].map((i) => sourceOf({ __name__: 'm', i: String(i) }))
    const sinks = sources.map((source) => rig.remoteWrite.receiver.open(source))
    await sinks[0].append(batchOf(1_700_000_000_000, [1]))
    await sinks[0].append(batchOf(1_700_000_001_000, [2]))
    await rig.clock.settle()
    expect(receiver.inFlight).toBe(1)
    for (let i = 1; i < 5; i++) await sinks[i].append(batchOf(1_700_000_000_000, [1]))
    await rig.clock.settle()
    expect(receiver.inFlight).toBe(3)
    const labels = '{remote_name="one",url="http://receiver.test/push"}'
    expect(rig.metric(`prometheus_remote_storage_requests_in_flight${labels}`)).toBe(3)
    expect(rig.metric(`prometheus_remote_storage_shards${labels}`)).toBe(3)
    release()
    await rig.clock.advance(1000)
    expect(delivered(receiver)).toHaveLength(6)
    await rig.remoteWrite.stop()
  })

  it('keeps the order accepted of two slots that end up with the same labels', async () => {
    const clock = createFakeClock()
    const receiver = createFakeReceiver(clock)
    const rig = createRig(
      settings(endpoint({ writeRelabel: rules({ action: 'replace', targetLabel: '__name__', replacement: 'same' }) })),
      receiver.send,
      clock,
    )
    const source = sourceOf({ __name__: 'a' }, { __name__: 'b' })
    const sink = rig.remoteWrite.receiver.open(source)
    const slots = Uint32Array.of(2, 1)
    await sink.append(batchOf(1_700_000_000_000, [1, 1]))
    const timestamps = Float64Array.of(1_700_000_001_000, 1_700_000_002_000)
    await sink.append(batchOf(1_700_000_003_000, [2, 3], { slots, timestamps, layout: 9 }))
    await rig.remoteWrite.stop()
    expect(delivered(receiver).map((line) => Number(line.split(' ')[1]) - 1_700_000_000_000)).toEqual([0, 1000, 2000])
    expect(rig.metric('prometheus_remote_storage_samples_dropped_total')).toBeUndefined()
  })
})

function held(config: RemoteWriteConfig) {
  const clock = createFakeClock({ now: 1_700_000_000_000 })
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const receiver = createFakeReceiver(clock, () => gate.then(() => status(204)))
  return { receiver, rig: createRig(config, receiver.send, clock), release: () => release() }
}
