/**
 * One live component: builds it, runs it, stops it, and keeps what the graph knows of it (arguments, exports, health).
 * Knows neither expressions nor other components.
 */
import { CodedError, messageOf } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { deepEqual, type ObjectValue, toValue } from '../syntax/value.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { AnyComponentDefinition, Component } from './component.ts'
import { type Health, type HealthState, leastHealthy } from './health.ts'
import type { Services } from './lent.ts'

/** What all instances of one graph share. */
export interface Surroundings {
  readonly ports: Ports
  readonly timers: Timers
  readonly log: Logger
  readonly metrics: MetricScope
  /** Where metrics go that nobody wants to see. */
  readonly unseenMetrics: MetricScope
  readonly services: Services
  /** Aborts when the graph stops as a whole. */
  readonly shutdown: AbortSignal
  /** Directory under which each component has one of its own. */
  readonly storagePath: string
}

export interface Instance {
  readonly id: string
  readonly component: Component<unknown>
  /** The last good arguments. */
  readonly args: unknown
  /** What was published last; undefined when nothing was. */
  readonly exports: ObjectValue | undefined
  readonly health: Health
  /** Whether its metrics are among those of the agent. */
  readonly showsMetrics: boolean
  /** It ran, and ended without being told to. */
  readonly exited: boolean
  /** Runs it; for the first and only time. */
  start(): void
  /** Resolves when it has ended, for whatever reason, or at once when it never ran. Never rejects. */
  stop(): Promise<void>
  /** Throws what the component throws; the arguments are then as before. */
  update(args: unknown): void
  /** How the last evaluation of its arguments went; undefined for well. */
  evaluated(failure: string | undefined): void
}

export interface InstanceOptions {
  readonly id: string
  readonly definition: AnyComponentDefinition
  readonly args: unknown
  readonly surroundings: Surroundings
  readonly showsMetrics: boolean
  /** Called after each publication that changed something. */
  readonly exportsChanged: (instance: Instance) => void
}

/** Of `shop.default/prometheus.scrape.web`: the path `/shop.default`, and the id in it. */
export function placeOf(id: string): { readonly component_path: string; readonly component_id: string } {
  const slash = id.lastIndexOf('/')
  return { component_path: `/${id.slice(0, Math.max(slash, 0))}`, component_id: id.slice(slash + 1) }
}

type Phase = 'building' | 'built' | 'running' | 'stopping' | 'ended'

/** Throws what the component's build throws; nothing is left behind then. */
export function createInstance(options: InstanceOptions): Instance {
  const { id, definition, surroundings, showsMetrics, exportsChanged } = options
  const { clock } = surroundings.ports
  const place = placeOf(id)
  const metrics = (showsMetrics ? surroundings.metrics : surroundings.unseenMetrics).scope(place)
  const log = surroundings.log.with(place)
  const abort = new AbortController()

  let phase: Phase = 'building'
  let args = options.args
  let exports: ObjectValue | undefined
  let running: Promise<void> = Promise.resolve()
  let evaluation = health('healthy', 'component evaluated')
  let run = health('unknown', 'component created')
  let reported: Health | undefined

  function health(state: HealthState, message: string): Health {
    return { state, message, updatedAt: clock.now() }
  }

  function end(): void {
    phase = 'ended'
    metrics.close()
  }

  async function live(): Promise<void> {
    try {
      await component.run(abort.signal)
      run = health('exited', 'component shut down cleanly')
      if (!abort.signal.aborted) log.warn('component exited by itself')
    } catch (error) {
      run = health('exited', `component shut down with error: ${messageOf(error)}`)
      // Being aborted by throwing the signal's own reason is a clean end.
      if (!abort.signal.aborted) log.error('component exited', { err: messageOf(error) })
      else if (error !== abort.signal.reason)
        log.warn('component failed while it was stopped', { err: messageOf(error) })
    } finally {
      end()
    }
  }

  const instance: Instance = {
    id,
    showsMetrics,
    get component() {
      return component
    },
    get args() {
      return args
    },
    get exports() {
      return exports
    },
    get health() {
      return reported === undefined ? leastHealthy(evaluation, run) : leastHealthy(evaluation, run, reported)
    },
    get exited() {
      return phase === 'ended' && !abort.signal.aborted
    },
    start() {
      if (phase !== 'built') throw new CodedError('internal', `component ${id} can't be started when it is ${phase}`)
      phase = 'running'
      run = health('healthy', 'started component')
      running = live()
    },
    async stop() {
      if (phase === 'built') end()
      if (phase === 'running') phase = 'stopping'
      abort.abort()
      await running
    },
    update(next) {
      component.update(next)
      args = next
    },
    evaluated(failure) {
      if (failure !== undefined) evaluation = health('unhealthy', `component evaluation failed: ${failure}`)
      else evaluation = health('healthy', 'component evaluated')
    },
  }

  let component: Component<unknown>
  try {
    component = definition.build(
      {
        id,
        log,
        metrics,
        storagePath: `${surroundings.storagePath.replace(/\/+$/, '')}/${id}`,
        ports: surroundings.ports,
        timers: surroundings.timers,
        services: surroundings.services,
        shutdown: surroundings.shutdown,
        publish(published) {
          const value = toValue(published) as ObjectValue
          if (phase === 'ended' || deepEqual(exports, value)) return
          exports = value
          if (phase !== 'building') exportsChanged(instance)
        },
        setHealth(state, message) {
          if (reported?.state !== state || reported.message !== message) reported = health(state, message)
        },
      },
      args,
    )
  } catch (error) {
    end()
    throw error
  }
  phase = 'built'
  return instance
}
