import { describe, expect, it } from 'vitest'
import type { EndpointStatus } from '../../core/remote-write/status.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createFakeDisk } from '../support/fake-segments.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  endpoint,
  REFUSED,
  settings,
  sourceOf,
  status,
} from './setup.ts'

const T0 = 1_700_000_000_000
const NOTHING = { samples: 0, histograms: 0, exemplars: 0, metadata: 0 }

function start(respond: (attempt: number) => Answer, changes: Parameters<typeof endpoint>[0] = {}) {
  const clock = createFakeClock({ now: T0 })
  const receiver = createFakeReceiver(clock, respond)
  const metadata = { send: false, sendInterval: 60_000, maxSamplesPerSend: 1 }
  const rig = createRig(settings(endpoint({ metadata, ...changes })), receiver.send, clock)
  const sink = rig.remoteWrite.receiver.open(sourceOf({ __name__: 'up' }, { __name__: 'down' }))
  const shown = (): EndpointStatus => rig.remoteWrite.status()[0]
  return { ...rig, receiver, sink, shown }
}

describe('the state of an endpoint', () => {
  it('shows nothing before there is anything, and everything afterwards', async () => {
    const { clock, sink, shown, remoteWrite } = start(() => status(204), { url: 'http://me:secret@receiver.test/push' })
    const empty: EndpointStatus = {
      endpoint: 'one',
      url: 'http://me:xxxxx@receiver.test/push',
      protocol: '1.0',
      pending: NOTHING,
      memoryBytes: 0,
      diskBytes: 0,
      disk: 'off',
      oldestUnsent: null,
      lagSeconds: 0,
      sent: NOTHING,
      retried: NOTHING,
      failed: NOTHING,
      dropped: {},
      lost: {},
      bytesSent: 0,
      series: 0,
      requestsInFlight: 0,
      shards: 1,
      shardsDesired: 1,
      shardsMax: 50,
      retryWaitSeconds: 0,
      lastError: null,
    }
    expect(shown()).toEqual(empty)
    await sink.append(batchOf(T0, [1, 2]))
    await sink.append(batchOf(T0, [1]))
    await clock.advance(5000)
    const after = shown()
    expect(after).toMatchObject({
      sent: { ...NOTHING, samples: 2 },
      dropped: { duplicate_timestamp: { ...NOTHING, samples: 1 } },
      series: 2,
      lagSeconds: 0,
      oldestUnsent: null,
      lastError: null,
    })
    expect(Object.keys(after.dropped)).toEqual(['duplicate_timestamp'])
    expect(after.bytesSent).toBeGreaterThan(0)
    // A value of its own, which may be kept.
    await sink.append(batchOf(T0 + 5000, [1, 2]))
    await clock.advance(5000)
    expect(after.sent.samples).toBe(2)
    await remoteWrite.stop()
  })

  it('shows how far sending is behind, why, and when it is tried again', async () => {
    let answer: Answer = status(204)
    const { clock, sink, shown, remoteWrite } = start(() => answer)
    await sink.append(batchOf(T0, [1]))
    await clock.advance(5000)
    answer = status(503, `<html>\n  overloaded, see http://me:secret@wiki/  ${'x'.repeat(2000)}`)
    for (const seconds of [10, 40]) {
      await sink.append(batchOf(T0 + seconds * 1000, [1]))
      await clock.advance(10_000)
    }
    const behind = shown()
    expect(behind).toMatchObject({
      pending: { samples: 2 },
      lagSeconds: 40,
      oldestUnsent: new Date(T0 + 10_000).toISOString(),
    })
    expect(behind.retryWaitSeconds).toBeGreaterThan(0)
    expect(behind.retried.samples).toBeGreaterThan(0)
    const { text = '', at = '' } = behind.lastError ?? {}
    expect(text).toMatch(/^HTTP 503: <html> overloaded, see http:\/\/me:xxxxx@wiki\/ x+$/)
    expect(text.length).toBeLessThan(320)
    expect(clock.now() - Date.parse(at)).toBeLessThan(6000)
    answer = REFUSED
    await clock.advance(10_000)
    expect(shown().lastError?.text).toBe('connect ECONNREFUSED 127.0.0.1:9')
    answer = status(204)
    await clock.advance(10_000)
    expect(shown()).toMatchObject({ pending: NOTHING, lagSeconds: 0, retryWaitSeconds: 0, lastError: null })
    await remoteWrite.stop()
  })

  it('keeps what a receiver refused for as long as it takes nothing', async () => {
    const { clock, sink, shown, remoteWrite } = start((attempt) => status(attempt === 1 ? 400 : 204, 'too old'))
    await sink.append(batchOf(T0, [1]))
    await clock.advance(60_000)
    expect(shown()).toMatchObject({
      pending: NOTHING,
      lagSeconds: 0,
      failed: { samples: 1 },
      lost: { rejected: { samples: 1 } },
      lastError: { at: new Date(T0 + 5000).toISOString(), text: 'HTTP 400: too old' },
    })
    await sink.append(batchOf(T0 + 60_000, [1]))
    await clock.advance(5000)
    expect(shown().lastError).toBeNull()
    await remoteWrite.stop()
  })

  it('shows how far behind is what an earlier run left, before this one has queued anything', async () => {
    const clock = createFakeClock({ now: T0 })
    const directories: ReturnType<typeof createFakeDisk>['directories'] = new Map()
    const run = () =>
      createRig(
        settings(endpoint()),
        createFakeReceiver(clock, () => REFUSED).send,
        clock,
        createFakeDisk(directories, clock.now),
      )
    const first = run()
    await first.remoteWrite.receiver.open(sourceOf({ __name__: 'up' })).append(batchOf(T0, [1]))
    const stopping = first.remoteWrite.stop()
    await clock.advance(60_000)
    await stopping
    const second = run()
    await clock.advance(3_000)
    expect(second.remoteWrite.status()[0]).toMatchObject({ pending: { samples: 1 }, lagSeconds: 63 })
    const sink = second.remoteWrite.receiver.open(sourceOf({ __name__: 'up' }))
    await sink.append(batchOf(clock.now(), [1]))
    await clock.advance(10_000)
    expect(second.remoteWrite.status()[0]).toMatchObject({ pending: { samples: 2 }, lagSeconds: 63 })
    const ending = second.remoteWrite.stop()
    await clock.advance(10_000)
    await ending
  })

  it('says whether the disk takes what it is to keep', async () => {
    const clock = createFakeClock({ now: T0 })
    const disk = createFakeDisk(new Map(), clock.now)
    const rig = createRig(settings(endpoint()), createFakeReceiver(clock, () => REFUSED).send, clock, disk)
    expect(rig.remoteWrite.status()[0].disk).toBe('working')
    await rig.remoteWrite.receiver.open(sourceOf({ __name__: 'up' })).append(batchOf(T0, [1]))
    await clock.advance(10_000)
    const [{ disk: state, diskBytes }] = rig.remoteWrite.status()
    expect(state).toBe('working')
    expect(diskBytes).toBeGreaterThan(0)
    await rig.remoteWrite.stop()
  })
})
