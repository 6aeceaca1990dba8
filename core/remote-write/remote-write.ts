/**
 * remote_write 1.0 and 2.0, the sending side: takes batches, delivers them to every endpoint. Owns encoding, blocks, queues
 * and retries; never scrapes, never keeps labels beyond the encoded bytes, never touches the network or a disk itself (it is
 * handed an Outbound and a directory per endpoint).
 *
 *     batch -> template.ts: patch encoded series -> open-block.ts: compress, cut -> queue.ts -> sender.ts -> Outbound
 *
 * Follows the Prometheus remote-write specifications and, in arguments, metrics and what is retried, Alloy's
 * prometheus.remote_write. Deliberately different: order is kept per source instead of by fixed shards; samples that are
 * not newer than what was sent of their series are dropped here, not refused by the receiver; backoff jitters; what is not
 * delivered when the agent ends is delivered when it starts again.
 */
import { CodedError } from '../errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock, Random, SegmentDirectory } from '../ports.ts'
import type { Receiver, SeriesSource, Sink } from '../series/batch.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { EndpointConfig, RemoteWriteConfig } from './config.ts'
import { createEndpoint, type Endpoint, type EndpointSink } from './endpoint.ts'
import { countBatch, createIntake, showIntake } from './intake.ts'
import { type EndpointMetrics, showEndpoint } from './metrics.ts'
import { placesOf } from './place.ts'
import { type EndpointStatus, endpointStatus } from './status.ts'

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
  /** Opens the directory of this name for the queue of an endpoint, as soon as that may be done; undefined: queues are in memory. */
  readonly directory: ((place: string) => Promise<SegmentDirectory>) | undefined
}

export interface RemoteWrite {
  readonly receiver: Receiver
  /**
   * Applies other settings. An endpoint of the same place (place.ts) goes on with its queue and its encoded series, whatever
   * else changed; one that is gone sends for a while in the background what it has, and leaves the rest on disk. Throws, and
   * changes nothing, when `outbound` throws.
   */
  update(config: RemoteWriteConfig): void
  /** Directories that the endpoints use now, or are about to leave. */
  readonly places: readonly string[]
  /** Of each endpoint, in the order of the configuration. */
  status(): readonly EndpointStatus[]
  /** Closes the open blocks, sends, and writes what remains, all within `ms`; what is kept and what is lost is logged. */
  stop(ms?: number): Promise<void>
}

/** An agent that is told to stop has stopped after 5 s, whatever receivers and disks do; the rest of it takes some of that. */
const STOP_MS = 4500

interface Running {
  /** Of the same endpoint, over all changes. */
  readonly place: string
  config: EndpointConfig
  outbound: Outbound
  endpoint: Endpoint
  metrics: EndpointMetrics
}

export function createRemoteWrite(config: RemoteWriteConfig, deps: RemoteWriteDeps): RemoteWrite {
  const intake = createIntake()
  let running: Running[] = []
  /** Counts up when endpoints come or go: sinks then look which ones they have. */
  let epoch = 0
  let orders = 0
  let stopped = false
  /** By place: one that comes back waits until nobody uses its directory any more. */
  const leaving = new Map<string, Promise<void>>()

  function start({ config, place }: Planned, outbound: Outbound, all: RemoteWriteConfig): Running {
    const { externalLabels, wal } = all
    const log = deps.log.with({ endpoint: config.name, url: new URL(config.url).host })
    const one = { place, config, outbound } as Running
    const { directory } = deps
    const left = leaving.get(place)
    one.endpoint = createEndpoint(
      { config, outbound, externalLabels, wal },
      {
        ...deps,
        log,
        directory:
          directory &&
          (async () => {
            await left
            return directory(place)
          }),
        attempted: (seconds) => one.metrics.attempted(seconds),
      },
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
    for (const one of gone) leave(one)
    running = plan.map((planned, i) => {
      const { config, old } = planned
      if (old === undefined) return start(planned, outbounds[i], next)
      const renamed = old.config.name !== config.name
      if (renamed) old.metrics.close()
      old.config = config
      old.outbound = outbounds[i]
      if (renamed) old.metrics = show(old)
      old.endpoint.update({ config, outbound: outbounds[i], externalLabels: next.externalLabels, wal: next.wal })
      return old
    })
    epoch++
  }

  /** Before anything else changes, since this can throw. */
  function openOutbounds(plan: readonly Planned[]): Outbound[] {
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
    const before = leaving.get(one.place)
    const left = Promise.all([before, one.endpoint.stop(STOP_MS)]).then(() => {
      one.metrics.close()
      if (leaving.get(one.place) === left) leaving.delete(one.place)
    })
    leaving.set(one.place, left)
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
        countBatch(intake, batch)
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

  async function stop(ms: number = STOP_MS): Promise<void> {
    stopped = true
    await Promise.all([...running.map(({ endpoint }) => endpoint.stop(ms)), ...leaving.values()])
    for (const { metrics } of running) metrics.close()
    running = []
  }

  showIntake(deps.metrics, intake, () => running.map(({ endpoint }) => endpoint))
  update(config)
  return {
    receiver: { name: deps.name, open },
    update,
    get places() {
      return [...running.map(({ place }) => place), ...leaving.keys()]
    },
    status: () => running.map(({ config, endpoint }) => endpointStatus(config, endpoint, deps.clock.now())),
    stop,
  }
}

interface Planned {
  readonly config: EndpointConfig
  readonly place: string
  /** The one that goes on. */
  readonly old: Running | undefined
}

function pairUp(running: readonly Running[], wanted: readonly EndpointConfig[]): Planned[] {
  const places = placesOf(wanted)
  return wanted.map((config, i) => {
    const place = places[i]
    return { config, place, old: running.find((one) => one.place === place) }
  })
}

/** Whether the same Outbound serves both. */
function sameHttp(a: EndpointConfig, b: EndpointConfig): boolean {
  return JSON.stringify(a.http) === JSON.stringify(b.http)
}
