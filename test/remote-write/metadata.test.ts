/** Descriptions of families, sent by 1.0 as requests of their own. */
import { describe, expect, it } from 'vitest'
import type { MetadataConfig } from '../../core/remote-write/config.ts'
import type { SeriesSource } from '../../core/series/batch.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type Answer, batchOf, createFakeReceiver, createRig, endpoint, settings, sourceOf, status } from './setup.ts'

const T0 = 1_700_000_000_000
const LABELS = '{remote_name="one",url="http://receiver.test/push"}'

function described(...names: string[]): SeriesSource {
  const help = (slot: number): string => `Help of ${names[slot - 1]}.`
  return {
    ...sourceOf(...names.map((name) => ({ __name__: name }))),
    metadata: (slot) => ({ family: names[slot - 1], type: 1, help: help(slot), unit: '' }),
  }
}

function start(metadata: Partial<MetadataConfig> = {}, respond?: (attempt: number) => Answer) {
  const clock = createFakeClock({ now: T0 })
  const receiver = createFakeReceiver(clock, respond)
  const config = endpoint({ metadata: { send: true, sendInterval: 60_000, maxSamplesPerSend: 2000, ...metadata } })
  const rig = createRig(settings(config), receiver.send, clock)
  /** What each request was, in order: `3` samples, or the families that it describes. */
  const requests = (): string[] =>
    receiver.attempts.map(({ series, metadata }) =>
      metadata.length === 0 ? String(series.length) : metadata.map(({ family }) => family).join(),
    )
  return { ...rig, receiver, requests }
}

describe('metadata in 1.0', () => {
  it('follow the samples that brought them, and come again at intervals', async () => {
    const { clock, remoteWrite, receiver, requests, metric } = start()
    const sink = remoteWrite.receiver.open(described('a', 'b'))
    for (let i = 0; i < 13; i++) {
      await sink.append(batchOf(T0 + i, [1, 2]))
      await clock.advance(5000)
    }
    expect(requests()).toEqual(['2', 'a,b', ...Array(12).fill('2'), 'a,b'])
    expect(receiver.maxInFlight).toBe(1)
    expect(receiver.attempts[1].metadata[0]).toMatchObject({ type: 1, family: 'a', help: 'Help of a.' })
    expect(receiver.attempts[1].series).toEqual([])
    expect(metric(`prometheus_remote_storage_metadata_total${LABELS}`)).toBe(4)
    expect(metric(`prometheus_remote_storage_metadata_bytes_total${LABELS}`)).toBeGreaterThan(20)
    expect(metric('prometheus_remote_write_wal_metadata_updates_total')).toBe(2)
    await remoteWrite.stop()
  })

  it('are told soon when they are new, in requests of max_samples_per_send', async () => {
    const { clock, remoteWrite, requests } = start({ maxSamplesPerSend: 2 })
    await remoteWrite.receiver.open(described('a', 'b', 'c')).append(batchOf(T0, [1, 2, 3]))
    await clock.advance(5000)
    await remoteWrite.receiver.open(described('d')).append(batchOf(T0, [1]))
    await clock.advance(5000)
    expect(requests()).toEqual(['3', 'a,b', 'c', '1', 'd'])
    await remoteWrite.stop()
  })

  it('are tried again like samples, and refused like them', async () => {
    const { clock, remoteWrite, requests, metric } = start({ maxSamplesPerSend: 1 }, (attempt) =>
      status(attempt === 2 ? 503 : attempt === 4 ? 400 : 204),
    )
    await remoteWrite.receiver.open(described('a', 'b')).append(batchOf(T0, [1, 2]))
    await clock.advance(6000)
    expect(requests()).toEqual(['2', 'a', 'a', 'b'])
    expect(metric(`prometheus_remote_storage_metadata_retried_total${LABELS}`)).toBe(1)
    expect(metric(`prometheus_remote_storage_metadata_failed_total${LABELS}`)).toBe(1)
    await remoteWrite.stop()
  })

  it('never keep samples waiting for more than one request', async () => {
    const { clock, remoteWrite, requests } = start({ maxSamplesPerSend: 1 })
    const sources = Array.from({ length: 6 }, (_, i) => described(`m${i}`))
    remoteWrite.update(
      settings(
        endpoint(
          { metadata: { send: true, sendInterval: 60_000, maxSamplesPerSend: 1 } },
          { maxSamplesPerSend: 1, maxShards: 1 },
        ),
      ),
    )
    for (const source of sources) await remoteWrite.receiver.open(source).append(batchOf(T0, [1]))
    await clock.advance(20)
    const kinds = requests().map((request) => (request === '1' ? 's' : 'm'))
    expect(kinds.join('')).toMatch(/^sm/)
    expect(kinds.join('')).not.toMatch(/mm.*s/)
    await remoteWrite.stop()
  })

  it('are not sent when they are not to be', async () => {
    const { clock, remoteWrite, requests } = start({ send: false })
    await remoteWrite.receiver.open(described('a')).append(batchOf(T0, [1]))
    await clock.advance(90_000)
    expect(requests()).toEqual(['1'])
    await remoteWrite.stop()
  })
})
