/** What goes over the wire, when, and what becomes of it: the component with a fake receiver on a fake clock. */
import { describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { decodeWriteRequest, STALE_BITS } from '../support/remote-write-decoder.ts'
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

const T0 = 1_700_000_000_000
const LABELS = '{remote_name="one",url="http://receiver.test/push"}'

function withReason(name: string, reason: string): string {
  return `prometheus_remote_storage_${name}{remote_name="one",url="http://receiver.test/push",reason="${reason}"}`
}

function start(respond?: (attempt: number) => Answer | Promise<Answer>, queue: Parameters<typeof endpoint>[1] = {}) {
  const clock = createFakeClock({ now: T0 })
  const receiver = createFakeReceiver(clock, respond)
  const rig = createRig(settings(endpoint({}, queue)), receiver.send, clock)
  const source = sourceOf({ __name__: 'up', job: 'x' }, { __name__: 'down', job: 'x' })
  return { ...rig, receiver, source, sink: rig.remoteWrite.receiver.open(source) }
}

function sleep(clock: FakeClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.wake(clock.monotonic() + ms, resolve))
}

describe('a request', () => {
  it('carries the headers of remote_write 1.0 and those configured', async () => {
    const clock = createFakeClock()
    const receiver = createFakeReceiver(clock)
    const config = settings(endpoint({ headers: [['X-Scope-OrgID', 'tenant']], remoteTimeout: 1234 }))
    const { remoteWrite } = createRig(config, receiver.send, clock)
    const source = sourceOf({ __name__: 'up' })
    await remoteWrite.receiver.open(source).append(batchOf(T0, [1]))
    await remoteWrite.stop()
    const { request } = receiver.attempts[0]
    expect(request.method).toBe('POST')
    expect(request.url.href).toBe('http://receiver.test/push')
    expect(request.deadline).toBe(clock.monotonic() + 1234)
    expect(request.headers).toEqual([
      ['Content-Encoding', 'snappy'],
      ['Content-Type', 'application/x-protobuf'],
      ['X-Prometheus-Remote-Write-Version', '0.1.0'],
      ['User-Agent', 'skein/test'],
      ['X-Scope-OrgID', 'tenant'],
    ])
  })

  it('goes out when the block is full, and with the deadline when it is not', async () => {
    const { clock, sink, receiver, remoteWrite } = start(undefined, { maxSamplesPerSend: 3 })
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(4999)
    expect(receiver.attempts).toHaveLength(0)
    await sink.append(batchOf(T0 + 1, [1, 2]))
    await clock.settle()
    expect(receiver.attempts.map(({ series }) => series.length)).toEqual([3])
    // The deadline counts from the first sample of the block that is open now.
    await clock.advance(4999)
    expect(receiver.attempts).toHaveLength(1)
    await clock.advance(1)
    expect(receiver.attempts.map(({ series }) => series.length)).toEqual([3, 1])
    await clock.advance(60_000)
    expect(receiver.attempts).toHaveLength(2)
    await remoteWrite.stop()
  })

  it('adds external labels where absent and says once that internal ones are not sent', async () => {
    const clock = createFakeClock()
    const receiver = createFakeReceiver(clock)
    const config = { ...settings(endpoint()), externalLabels: ['cluster', 'c1', 'job', 'external'] }
    const { remoteWrite, logs } = createRig(config, receiver.send, clock)
    const source = sourceOf(
      { __name__: 'up', job: 'x', __tmp: 't' },
      { __name__: 'down', __tmp: 't' },
      { job: 'nameless' },
    )
    await remoteWrite.receiver.open(source).append(batchOf(T0, [1, 2, 3], { stale: Uint8Array.of(0, 1, 0) }))
    await remoteWrite.stop()
    expect(delivered(receiver)).toEqual([
      `{__name__="up",cluster="c1",job="x"} ${T0} 3ff0000000000000`,
      `{__name__="down",cluster="c1",job="external"} ${T0} ${STALE_BITS}`,
    ])
    expect(logs).toMatchObject([{ level: 'warn', fields: { label: '__tmp', endpoint: 'one' } }])
  })
})

describe('an answer', () => {
  it.each([400, 401, 403, 404, 409, 413, 415, 302])(
    '%i drops the block, counts it and shows what was said',
    async (code) => {
      const { clock, sink, receiver, remoteWrite, logs, metric } = start((attempt) =>
        attempt === 1 ? status(code, `no: ${'x'.repeat(5000)}`) : status(204),
      )
      await sink.append(batchOf(T0, [1, 2]))
      await clock.advance(5000)
      await sink.append(batchOf(T0 + 5000, [3, 4]))
      await clock.advance(5000)
      expect(receiver.attempts).toHaveLength(2)
      expect(delivered(receiver).map((line) => line.split(' ')[1])).toEqual([`${T0 + 5000}`, `${T0 + 5000}`])
      expect(metric(`prometheus_remote_storage_samples_failed_total${LABELS}`)).toBe(2)
      expect(metric(`prometheus_remote_storage_samples_total${LABELS}`)).toBe(4)
      expect(metric(withReason('samples_lost_total', 'rejected'))).toBe(2)
      expect(logs).toHaveLength(1)
      expect(logs[0]).toMatchObject({ level: 'error', fields: { status: code, endpoint: 'one', samples: 2 } })
      expect(String(logs[0].fields['answer'])).toBe(`no: ${'x'.repeat(1020)}`)
      await remoteWrite.stop()
    },
  )

  it.each([
    ['500', status(500)],
    ['429', status(429)],
    ['a refused connection', REFUSED],
    ['a timeout', { ok: false, reason: 'timeout', message: 'no answer' } as const],
  ])('%s is tried again with the same bytes, and counted', async (_name, answer) => {
    const { clock, sink, receiver, remoteWrite, metric } = start((attempt) => (attempt < 4 ? answer : status(204)))
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    await clock.advance(1000)
    expect(receiver.attempts).toHaveLength(4)
    expect(new Set(receiver.attempts.map(({ request }) => request.body)).size).toBe(1)
    expect(
      receiver.attempts.map(({ request }) => request.headers.find(([name]) => name === 'Retry-Attempt')?.[1]),
    ).toEqual([undefined, '1', '2', '3'])
    expect(metric(`prometheus_remote_storage_samples_retried_total${LABELS}`)).toBe(6)
    expect(metric(`prometheus_remote_storage_samples_failed_total${LABELS}`)).toBe(0)
    expect(metric(`prometheus_remote_storage_samples_pending${LABELS}`)).toBe(0)
    await remoteWrite.stop()
  })

  it('after a retry never sees its bytes change: the first attempt may still be on its way out', async () => {
    const { clock, sink, receiver, remoteWrite } = start((attempt) => (attempt === 1 ? REFUSED : status(204)))
    for (let i = 0; i < 5; i++) {
      await sink.append(batchOf(T0 + i, [i, i]))
      await clock.advance(6000)
    }
    const { request, series } = receiver.attempts[0]
    expect(decodeWriteRequest(request.body as Uint8Array).series).toEqual(series)
    // Those delivered at once are filled again.
    const buffers = receiver.attempts.slice(2).map(({ request }) => request.body?.buffer)
    expect(new Set(buffers).size).toBe(1)
    await remoteWrite.stop()
  })

  it('429 drops the block when retry_on_http_429 is off', async () => {
    const { clock, sink, receiver, remoteWrite } = start(() => status(429), { retryOnHttp429: false })
    await sink.append(batchOf(T0, [1]))
    await clock.advance(10_000)
    expect(receiver.attempts).toHaveLength(1)
    await remoteWrite.stop()
  })

  it('with Retry-After is obeyed to the millisecond', async () => {
    const { clock, sink, receiver, remoteWrite } = start((attempt) =>
      attempt === 1 ? status(503, '', { 'retry-after': '7' }) : status(204),
    )
    await sink.append(batchOf(T0, [1]))
    await clock.advance(5000)
    await clock.advance(6999)
    expect(receiver.attempts).toHaveLength(1)
    await clock.advance(1)
    expect(receiver.attempts).toHaveLength(2)
    await remoteWrite.stop()
  })

  it('that is recoverable silences the endpoint but for one probe, then all go at once', async () => {
    let well = false
    const clock = createFakeClock({ now: T0 })
    const receiver = createFakeReceiver(clock, async () => {
      await sleep(clock, 100)
      return well ? status(204) : status(503)
    })
    const rig = createRig(
      settings(endpoint({}, { maxSamplesPerSend: 1, minShards: 4, maxShards: 4 })),
      receiver.send,
      clock,
    )
    for (let i = 0; i < 6; i++) {
      const source = sourceOf({ __name__: 'm', i: String(i) })
      await rig.remoteWrite.receiver.open(source).append(batchOf(T0, [1]))
    }
    await clock.advance(100)
    expect(receiver.attempts).toHaveLength(4)
    await clock.advance(20_000)
    const probes = receiver.attempts.slice(4)
    expect(probes.length).toBeGreaterThan(6)
    for (let i = 1; i < probes.length; i++) expect(probes[i].sentAt - probes[i - 1].sentAt).toBeGreaterThan(100)
    well = true
    receiver.maxInFlight = 0
    await clock.advance(6000)
    expect(receiver.maxInFlight).toBe(4)
    expect(delivered(receiver)).toHaveLength(6)
    await rig.remoteWrite.stop()
  })

  it('that never comes because the way out is broken is tried again', async () => {
    const { clock, sink, receiver, remoteWrite, logs } = start((attempt) => {
      if (attempt === 1) throw new Error('a bug')
      return status(204)
    })
    await sink.append(batchOf(T0, [1]))
    await clock.advance(6000)
    expect(delivered(receiver)).toHaveLength(1)
    expect(logs[0].fields['error']).toBe('a bug')
    await remoteWrite.stop()
  })
})

describe('bounds', () => {
  it('drops what is older than max_keepalive_time, and counts it', async () => {
    const clock = createFakeClock({ now: T0 })
    let well = false
    const receiver = createFakeReceiver(clock, () => (well ? status(204) : status(503)))
    const config = settings(endpoint())
    const rig = createRig({ ...config, wal: { ...config.wal, maxKeepaliveTime: 60_000 } }, receiver.send, clock)
    const source = sourceOf({ __name__: 'up' })
    const sink = rig.remoteWrite.receiver.open(source)
    for (let i = 0; i < 30; i++) {
      await sink.append(batchOf(T0 + i * 5000, [i]))
      await clock.advance(5000)
    }
    well = true
    await clock.advance(10_000)
    const lost = rig.metric(withReason('samples_lost_total', 'too_old_in_queue')) ?? 0
    expect(lost).toBeGreaterThan(15)
    expect(delivered(receiver)).toHaveLength(30 - lost)
    await rig.remoteWrite.stop()
  })

  it('with sample_age_limit drops blocks that are too old before sending them', async () => {
    const { clock, sink, receiver, remoteWrite, metric } = start(undefined, { sampleAgeLimit: 10_000 })
    await sink.append(batchOf(T0 - 6000, [1, 2]))
    await clock.advance(5000)
    expect(receiver.attempts).toHaveLength(0)
    expect(metric(withReason('samples_dropped_total', 'too_old'))).toBe(2)
    await sink.append(batchOf(T0 + 1000, [1, 2]))
    await clock.advance(5000)
    expect(delivered(receiver)).toHaveLength(2)
    await remoteWrite.stop()
  })

  it('counts duplicates, samples out of order and series that rules drop', async () => {
    const clock = createFakeClock({ now: T0 })
    const receiver = createFakeReceiver(clock)
    const writeRelabel = rules({ action: 'drop', sourceLabels: ['__name__'], regex: 'down' })
    const rig = createRig(settings(endpoint({ writeRelabel })), receiver.send, clock)
    const first = sourceOf({ __name__: 'up' }, { __name__: 'down' })
    const twin = sourceOf({ __name__: 'up' }, { __name__: 'down' })
    const sinks = [rig.remoteWrite.receiver.open(first), rig.remoteWrite.receiver.open(twin)]
    await sinks[0].append(batchOf(T0, [1, 1]))
    await sinks[1].append(batchOf(T0, [2, 2]))
    await sinks[1].append(batchOf(T0 - 1, [3, 3]))
    await sinks[1].append(batchOf(T0 + 1, [4, 4]))
    sinks[0].close()
    await sinks[1].append(batchOf(T0 + 1, [5, 5]))
    expect(rig.metric(withReason('samples_dropped_total', 'duplicate_timestamp'))).toBe(2)
    expect(rig.metric(withReason('samples_dropped_total', 'out_of_order'))).toBe(1)
    expect(rig.metric(withReason('samples_dropped_total', 'dropped_series'))).toBe(5)
    expect(rig.metric('prometheus_remote_write_wal_out_of_order_samples_total')).toBe(1)
    expect(rig.metric('prometheus_remote_write_wal_storage_active_series')).toBe(1)
    expect(rig.metric('prometheus_remote_write_wal_storage_created_series_total')).toBe(1)
    expect(rig.metric('prometheus_remote_write_wal_storage_removed_series_total')).toBe(0)
    sinks[1].close()
    expect(rig.metric('prometheus_remote_write_wal_storage_active_series')).toBe(0)
    expect(rig.metric('prometheus_remote_write_wal_storage_removed_series_total')).toBe(1)
    expect(rig.metric('prometheus_remote_storage_samples_in_total')).toBe(10)
    await rig.remoteWrite.stop()
    expect(delivered(receiver)).toHaveLength(2)
  })
})

describe('stopping', () => {
  it('sends what the open block holds, at once', async () => {
    const { sink, receiver, remoteWrite, clock } = start()
    await sink.append(batchOf(T0, [1, 2]))
    const before = clock.monotonic()
    await remoteWrite.stop()
    expect(clock.monotonic()).toBe(before)
    expect(delivered(receiver)).toHaveLength(2)
  })

  it.each([
    ['hangs', () => new Promise<Answer>(() => undefined)],
    ['refuses', () => REFUSED],
    ['wants an hour', () => status(503, '', { 'retry-after': '3600' })],
  ])('ends in time when the receiver %s, and says what was lost', async (_what, respond) => {
    const { clock, sink, receiver, remoteWrite, logs, metrics } = start(respond)
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    let exposed = ''
    const stopped = remoteWrite.stop(3000).then(() => 'stopped')
    // A third of the time is for the disk, if there is one.
    await clock.advance(1999)
    exposed = metrics.expose()
    expect(await Promise.race([stopped, 'running'])).toBe('running')
    expect(exposed).toContain(`prometheus_remote_storage_samples_pending${LABELS} 2`)
    await clock.advance(1)
    expect(await Promise.race([stopped, 'running'])).toBe('stopped')
    expect(logs.at(-1)).toMatchObject({ level: 'error', fields: { samples: 2 } })
    expect(receiver.inFlight).toBe(0)
    const attempts = receiver.attempts.length
    await clock.advance(60_000)
    expect(receiver.attempts).toHaveLength(attempts)
  })

  it('does not wait out a backoff: it tries at once', async () => {
    const { clock, sink, receiver, remoteWrite } = start((attempt) =>
      attempt === 1 ? status(503, '', { 'retry-after': '600' }) : status(204),
    )
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    await remoteWrite.stop()
    expect(delivered(receiver)).toHaveLength(2)
  })
})
