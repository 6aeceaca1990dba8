/**
 * remote_write 1.0, the sending side: takes batches, delivers them to every endpoint. Owns encoding, blocks, queues and
 * retries; never scrapes, never keeps labels beyond the encoded bytes, never touches the network itself (it is handed an
 * Outbound per endpoint).
 *
 *     batch -> template.ts: patch encoded series -> block.ts: compress, cut -> queue.ts -> sender.ts -> Outbound
 *
 * Follows the Prometheus remote-write 1.0 specification and, in arguments, metrics and what is retried, Alloy's
 * prometheus.remote_write. Deliberately different: order is kept per source instead of by fixed shards; samples that are
 * not newer than what was sent of their series are dropped here, not refused by the receiver; backoff jitters.
 */
import { CodedError } from '../errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock, Random } from '../ports.ts'
import type { Batch, Receiver, SeriesSource, Sink } from '../series/batch.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { EndpointConfig, RemoteWriteConfig } from './config.ts'
import { createEndpoint, type Endpoint, type EndpointSink } from './endpoint.ts'
import { type EndpointMetrics, type IntakeStats, showEndpoint, showIntake } from './metrics.ts'

export interface RemoteWriteDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
  /** With the component's constant labels; closed by whoever made it. */
  readonly metrics: MetricScope
  /** The component's id. */
  readonly name: string
  /** Such as `skein/0.1.0`. */
  readonly userAgent: string
  /** Throws a CodedError when the endpoint's settings can't be honoured. */
  readonly outbound: (endpoint: EndpointConfig) => Outbound
}

export interface RemoteWrite {
  readonly receiver: Receiver
  /**
   * Applies other settings. An endpoint of the same URL goes on with its queue and its encoded series, whatever else
   * changed; one that is gone sends what it has in the background. Throws, and changes nothing, when `outbound` throws.
   */
  update(config: RemoteWriteConfig): void
  /** Closes the open blocks and sends for at most `flushMs`; what remains is counted and logged. */
  stop(flushMs?: number): Promise<void>
}

/** Within this an agent that is told to stop has stopped, whatever its receivers do. */
export const DEFAULT_FLUSH_MS = 5000

interface Running {
  config: EndpointConfig
  outbound: Outbound
  endpoint: Endpoint
  metrics: EndpointMetrics
}

export function createRemoteWrite(config: RemoteWriteConfig, deps: RemoteWriteDeps): RemoteWrite {
  const intake: IntakeStats = { samples: 0, highestTimestamp: 0 }
  let running: Running[] = []
  /** Counts up when endpoints come or go: sinks then look which ones they have. */
  let epoch = 0
  let orders = 0
  let stopped = false
  const leaving = new Set<Promise<void>>()

  function start(config: EndpointConfig, outbound: Outbound, all: RemoteWriteConfig): Running {
    const { externalLabels, wal } = all
    const log = deps.log.with({ endpoint: config.name, url: new URL(config.url).host })
    const one = { config, outbound } as Running
    one.endpoint = createEndpoint(
      { config, outbound, externalLabels, wal },
      { ...deps, log, attempted: (seconds) => one.metrics.attempted(seconds) },
    )
    one.metrics = show(one)
    return one
  }

  function show(one: Running): EndpointMetrics {
    return showEndpoint(
      deps.metrics,
      () => one.config,
      () => one.endpoint,
    )
  }

  function update(next: RemoteWriteConfig): void {
    if (stopped) throw new CodedError('internal', `${deps.name}: updated after it was stopped`)
    const plan = pairUp(running, next.endpoints)
    const outbounds = openOutbounds(plan)
    const gone = running.filter((one) => !plan.some(({ old }) => old === one))
    running = plan.map(({ config, old }, i) => {
      if (old === undefined) return start(config, outbounds[i], next)
      const renamed = old.config.name !== config.name
      if (renamed) old.metrics.close()
      old.config = config
      old.outbound = outbounds[i]
      if (renamed) old.metrics = show(old)
      old.endpoint.update({ config, outbound: outbounds[i], externalLabels: next.externalLabels, wal: next.wal })
      return old
    })
    epoch++
    for (const one of gone) leave(one)
  }

  /** Before anything else changes, since this can throw. */
  function openOutbounds(plan: ReturnType<typeof pairUp>): Outbound[] {
    const opened: Outbound[] = []
    try {
      return plan.map(({ config, old }) => {
        if (old !== undefined && sameHttp(old.config, config)) return old.outbound
        const outbound = deps.outbound(config)
        opened.push(outbound)
        return outbound
      })
    } catch (thrown) {
      for (const outbound of opened) outbound.close()
      throw thrown
    }
  }

  function leave(one: Running): void {
    const left = one.endpoint.stop(DEFAULT_FLUSH_MS).then(() => {
      one.metrics.close()
      leaving.delete(left)
    })
    leaving.add(left)
  }

  function open(source: SeriesSource): Sink {
    const order = ++orders
    const sinks = new Map<Endpoint, EndpointSink>()
    let known = -1

    function refresh(): void {
      known = epoch
      for (const [endpoint, sink] of sinks) {
        if (running.some((one) => one.endpoint === endpoint)) continue
        sink.close()
        sinks.delete(endpoint)
      }
      for (const { endpoint } of running) {
        if (!sinks.has(endpoint)) sinks.set(endpoint, endpoint.open(source, order))
      }
    }

    return {
      append(batch) {
        if (stopped) return undefined
        if (known !== epoch) refresh()
        count(intake, batch)
        let waits: Promise<void>[] | undefined
        for (const sink of sinks.values()) {
          const wait = sink.append(batch)
          if (wait !== undefined) (waits ??= []).push(wait)
        }
        return waits === undefined ? undefined : Promise.all(waits).then(() => undefined)
      },
      close() {
        for (const sink of sinks.values()) sink.close()
        sinks.clear()
      },
    }
  }

  async function stop(flushMs: number = DEFAULT_FLUSH_MS): Promise<void> {
    stopped = true
    await Promise.all([...running.map(({ endpoint }) => endpoint.stop(flushMs)), ...leaving])
    for (const { metrics } of running) metrics.close()
    running = []
  }

  showIntake(deps.metrics, intake, () => running.map(({ endpoint }) => endpoint))
  update(config)
  return { receiver: { name: deps.name, open }, update, stop }
}

function count(intake: IntakeStats, batch: Batch): void {
  intake.samples += batch.count
  if (batch.count > 0 && batch.timestamp > intake.highestTimestamp) intake.highestTimestamp = batch.timestamp
}

/** Which running endpoint goes on as which of the new ones: the same name and URL, or else just the same URL. */
function pairUp(
  running: readonly Running[],
  wanted: readonly EndpointConfig[],
): { config: EndpointConfig; old: Running | undefined }[] {
  const free = new Set(running)
  const take = (matches: (one: Running) => boolean): Running | undefined => {
    for (const one of free) {
      if (!matches(one)) continue
      free.delete(one)
      return one
    }
    return undefined
  }
  const pairs = wanted.map((config) => ({
    config,
    old: take((one) => one.config.name === config.name && one.config.url === config.url),
  }))
  // Names are often derived from the settings, so any change makes another name; the receiver is still the same.
  for (const pair of pairs) pair.old ??= take((one) => one.config.url === pair.config.url)
  return pairs
}

/** Whether the same Outbound serves both. */
function sameHttp(a: EndpointConfig, b: EndpointConfig): boolean {
  return JSON.stringify(a.http) === JSON.stringify(b.http)
}
