/** Settings that change while samples flow, loads that are cut into slices, and what the component shows of itself. */
import { describe, expect, it } from 'vitest'
import type { RemoteWriteConfig } from '../../core/remote-write/config.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import {
  batchOf,
  createFakeReceiver,
  createRig,
  delivered,
  endpoint,
  rules,
  settings,
  sourceOf,
  status,
} from './setup.ts'

const T0 = 1_700_000_000_000

function start(config: RemoteWriteConfig, well = true) {
  const clock = createFakeClock({ now: T0 })
  const state = { well }
  const receiver = createFakeReceiver(clock, () => (state.well ? status(204) : status(503)))
  const rig = createRig(config, receiver.send, clock)
  const source = sourceOf({ __name__: 'up', job: 'x' }, { __name__: 'down', job: 'x' })
  return { ...rig, state, receiver, sink: rig.remoteWrite.receiver.open(source) }
}

describe('an update', () => {
  it('keeps queue, series and counters of an endpoint whose URL stays, even under another name', async () => {
    const { clock, sink, receiver, remoteWrite, state, metric, metrics } = start(settings(endpoint()), false)
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(6000)
    await sink.append(batchOf(T0 + 1, [3, 4]))
    const attempts = receiver.attempts.length
    state.well = true
    remoteWrite.update(settings(endpoint({ name: 'other', remoteTimeout: 1 }, { batchSendDeadline: 100 })))
    await sink.append(batchOf(T0 + 1, [5, 6]))
    await clock.advance(10_000)
    expect(delivered(receiver).map((line) => line.split(' ')[1])).toEqual([`${T0}`, `${T0}`, `${T0 + 1}`, `${T0 + 1}`])
    expect(receiver.attempts[attempts].request.headers.at(-1)?.[0]).toBe('Retry-Attempt')
    const labels = '{remote_name="other",url="http://receiver.test/push"}'
    expect(metric(`prometheus_remote_storage_samples_total${labels}`)).toBeGreaterThan(4)
    expect(metrics.expose()).not.toContain('remote_name="one"')
    await remoteWrite.stop()
  })

  it('of rules or external labels counts from the next batch on', async () => {
    const { sink, receiver, remoteWrite } = start(settings(endpoint()))
    await sink.append(batchOf(T0, [1, 2]))
    const writeRelabel = rules({ action: 'drop', sourceLabels: ['__name__'], regex: 'down' })
    remoteWrite.update({ ...settings(endpoint({ writeRelabel })), externalLabels: ['region', 'eu'] })
    await sink.append(batchOf(T0 + 1, [3, 4]))
    await remoteWrite.stop()
    expect(delivered(receiver)).toEqual([
      `{__name__="up",job="x"} ${T0} 3ff0000000000000`,
      `{__name__="down",job="x"} ${T0} 4000000000000000`,
      `{__name__="up",job="x",region="eu"} ${T0 + 1} 4008000000000000`,
    ])
  })

  it('adds endpoints, and lets those that go send what they have', async () => {
    const one = endpoint()
    const two = endpoint({ name: 'two', url: 'http://other.test/push' })
    const { clock, sink, receiver, remoteWrite, metrics } = start(settings(one))
    await sink.append(batchOf(T0, [1]))
    remoteWrite.update(settings(one, two))
    await sink.append(batchOf(T0 + 1, [2]))
    remoteWrite.update(settings(two))
    await sink.append(batchOf(T0 + 2, [3]))
    await clock.settle()
    expect(metrics.expose()).not.toContain('remote_name="one"')
    await remoteWrite.stop()
    const sent = receiver.attempts.map(
      ({ request, series }) =>
        `${request.url.host} ${series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp - T0)).join()}`,
    )
    expect(sent).toEqual(['receiver.test 0,1', 'other.test 1,2'])
  })

  it('shows no password of a URL', async () => {
    const { metrics, remoteWrite } = start(settings(endpoint({ url: 'http://user:secret@receiver.test/push' })))
    expect(metrics.expose()).toContain('url="http://user:xxxxx@receiver.test/push"')
    expect(metrics.expose()).not.toContain('secret')
    await remoteWrite.stop()
    expect(metrics.expose()).not.toContain('remote_name')
  })
})

describe('a load that takes long', () => {
  it('gives the host turns, and others wait in line without mixing with it', async () => {
    const clock = hurried(createFakeClock({ now: T0 }), 5)
    const receiver = createFakeReceiver(clock)
    const rig = createRig(settings(endpoint({}, { maxSamplesPerSend: 700 })), receiver.send, clock)
    const names = ['a', 'b', 'c']
    const sources = names.map((name) =>
      sourceOf(
        ...Array.from({ length: 1500 }, (_, i) => ({ __name__: name, i: `${i}`, padding: 'x'.repeat(i % 300) })),
      ),
    )
    const sinks = sources.map((source) => rig.remoteWrite.receiver.open(source))
    const values = Array.from({ length: 1500 }, (_, i) => i)
    for (let round = 0; round < 3; round++) {
      const waits = sinks.map((sink) => sink.append(batchOf(T0 + round, values)))
      expect(waits.every((wait) => wait instanceof Promise)).toBe(true)
      await Promise.all(waits)
    }
    expect(clock.turns).toBeGreaterThan(30)
    await rig.remoteWrite.stop()
    const lines = delivered(receiver)
    expect(new Set(lines).size).toBe(3 * 3 * 1500)
    expect(lines).toHaveLength(3 * 3 * 1500)
    const last = new Map<string, number>()
    for (const line of lines) {
      const [key, timestamp] = line.split(' ')
      expect(Number(timestamp)).toBeGreaterThan(last.get(key) ?? 0)
      last.set(key, Number(timestamp))
    }
  })
})

describe('stopping', () => {
  it('waits for what is being appended, and sends it, even when its sink was closed meanwhile', async () => {
    const clock = hurried(createFakeClock({ now: T0 }), 5)
    const receiver = createFakeReceiver(clock)
    const rig = createRig(settings(endpoint()), receiver.send, clock)
    const source = sourceOf(...Array.from({ length: 1500 }, (_, i) => ({ __name__: 'm', i: `${i}` })))
    const sink = rig.remoteWrite.receiver.open(source)
    const wait = sink.append(batchOf(T0, Array(1500).fill(1)))
    expect(wait).toBeInstanceOf(Promise)
    sink.close()
    await rig.remoteWrite.stop()
    expect(delivered(receiver)).toHaveLength(1500)
  })
})

/** A clock on which every look takes `ms`. */
function hurried(clock: FakeClock, ms: number): FakeClock & { turns: number } {
  let looks = 0
  const slow = {
    ...clock,
    turns: 0,
    monotonic: () => clock.monotonic() + ms * looks++,
    turn() {
      slow.turns++
      return clock.turn()
    },
    pending: 0,
    nextWake: 0,
  }
  return slow
}

describe('metrics', () => {
  it('has every name that dashboards ask for', async () => {
    const { sink, clock, metrics, metric, remoteWrite } = start(settings(endpoint()))
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    const exposed = metrics.expose()
    for (const name of NAMES) expect(exposed).toMatch(new RegExp(`^prometheus_remote_${name}(_bucket)?[{ ]`, 'm'))
    const labels = '{remote_name="one",url="http://receiver.test/push"}'
    expect(metric(`prometheus_remote_storage_queue_highest_timestamp_seconds${labels}`)).toBe(T0 / 1000)
    expect(metric(`prometheus_remote_storage_queue_highest_sent_timestamp_seconds${labels}`)).toBe(T0 / 1000)
    expect(metric(`prometheus_remote_storage_bytes_total${labels}`)).toBeGreaterThan(20)
    expect(metric(`prometheus_remote_storage_sent_batch_duration_seconds_count${labels}`)).toBe(1)
    expect(metric('prometheus_remote_storage_highest_timestamp_in_seconds')).toBe(T0 / 1000)
    await remoteWrite.stop()
  })
})

const NAMES = [
  ...['samples', 'exemplars', 'histograms', 'metadata'].flatMap((kind) =>
    ['total', 'failed_total', 'retried_total'].map((what) => `storage_${kind}_${what}`),
  ),
  ...['samples', 'exemplars', 'histograms'].flatMap((kind) =>
    ['dropped_total', 'lost_total', 'pending', 'in_total'].map((what) => `storage_${kind}_${what}`),
  ),
  'storage_enqueue_retries_total',
  'storage_sent_batch_duration_seconds',
  'storage_queue_highest_timestamp_seconds',
  'storage_queue_highest_sent_timestamp_seconds',
  'storage_oldest_unsent_timestamp_seconds',
  'storage_queue_bytes',
  'storage_highest_timestamp_in_seconds',
  'storage_shard_capacity',
  'storage_shards',
  'storage_shards_max',
  'storage_shards_min',
  'storage_shards_desired',
  'storage_bytes_total',
  'storage_metadata_bytes_total',
  'storage_max_samples_per_send',
  'storage_queue_disk_bytes',
  'storage_queue_disk_failing',
  'storage_protocol_info',
  'storage_requests_in_flight',
  'storage_retry_wait_seconds',
  'write_wal_storage_active_series',
  'write_wal_storage_deleted_series',
  'write_wal_storage_created_series_total',
  'write_wal_storage_removed_series_total',
  'write_wal_out_of_order_samples_total',
  'write_wal_samples_appended_total',
  'write_wal_exemplars_appended_total',
  'write_wal_metadata_updates_total',
  'write_wal_truncate_duration_seconds',
  'write_wal_corruptions_total',
  'write_wal_checkpoint_creations_total',
  'write_wal_checkpoint_creations_failed_total',
  'write_wal_checkpoint_deletions_total',
  'write_wal_checkpoint_deletions_failed_total',
]
