/**
 * What all discovery.* components have in common: they run a source of targets, and export what it finds as `targets`. Owns the
 * pace of publications, health, metrics and the change of arguments; knows no kind of source.
 */
import type { Discovery, DiscoverySurroundings, Found, TargetGroup } from '../../discovery/source.ts'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
  type ExportAbout,
  type Stability,
} from '../../graph/component.ts'
import { MAX_DISCOVERED_TARGETS } from '../../limits.ts'
import type { Flow } from '../../live/live.ts'
import type { Monotonic } from '../../ports.ts'
import type { Schema } from '../../syntax/schema.ts'
import type { Capsule } from '../../syntax/value.ts'
import type { Timer } from '../../time/timers.ts'
import { IDENTITY, LIVE, SCRAPE } from '../lent.ts'
import { tellTargets } from '../live-texts.ts'
import { untilAborted } from '../until-aborted.ts'
import { createDiscoveryMetrics } from './discovery-metrics.ts'
import { exportedTargets, NO_TARGETS } from './exported-targets.ts'

export interface DiscoveryKind<Args> {
  /** `discovery.http`. */
  readonly name: string
  /** What the reference says of it: whole sentences. */
  readonly does?: string
  readonly schema: Schema<Args>
  /** Generally available unless told. */
  readonly stability?: Stability
  /** Throws CodedError 'config' or 'unsupported' for arguments that can't work; starts nothing. */
  readonly discovery: (args: Args, surroundings: DiscoverySurroundings) => Discovery
}

interface Exports {
  readonly targets: readonly Capsule[]
}

const TARGETS: ExportAbout = {
  name: 'targets',
  type: 'list(map(string))',
  doc: 'The targets that were found, with the labels that tell what is known of them.',
}

/** Alloy's pace: whatever changes in between is published together. */
const PUBLISH_EVERY_MS = 5_000

/**
 * A component that exports `targets`: none when it is built, then those of the first look as soon as it succeeded, then what
 * changes, every 5 s at most. While arguments change the old targets stay, until the new source has found its own.
 */
export function discoveryComponent<Args>(kind: DiscoveryKind<Args>): AnyComponentDefinition {
  return defineComponent<Args, Exports>({
    name: kind.name,
    ...(kind.does === undefined ? {} : { about: { does: kind.does, exports: [TARGETS] } }),
    stability: kind.stability ?? 'generally-available',
    liveDebugging: true,
    schema: kind.schema,
    build: (context, args) => build(kind, context, args),
  })
}

function build<Args>(kind: DiscoveryKind<Args>, context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { ports, timers, log } = context
  const { slices } = context.services(SCRAPE)
  const { userAgent } = context.services(IDENTITY)
  const live = context.services(LIVE)
  const tap = live.tap(context.id)
  const surroundings: DiscoverySurroundings = { ports, timers, log, slices, userAgent }
  const metrics = createDiscoveryMetrics(context.metrics, kind.name.replace(/^discovery\./, ''))
  let wanted = kind.discovery(first, surroundings)
  /** Ends the source that runs. */
  let turn = new AbortController()
  let exported = NO_TARGETS
  let count = { groups: 0, targets: 0 }
  let lastError = ''
  let published = 0
  let recovering = false

  function failed(message: string): void {
    recovering = false
    metrics.failures.inc()
    context.setHealth('unhealthy', message)
    if (message !== lastError) log.error('looking for targets failed; those found last stay', { err: message })
    lastError = message
  }

  function present(): void {
    if (tap.watched)
      tellTargets(
        tap,
        exported.list.map(({ content }) => content),
      )
  }

  /** At the end of this turn, since a source may tell at once what it found and what it couldn't look at. */
  function succeeded(): void {
    recovering = true
    void Promise.resolve().then(() => {
      if (!recovering) return
      recovering = false
      if (lastError !== '') log.info('looking for targets succeeded again')
      lastError = ''
      context.setHealth('healthy', 'found targets')
    })
  }

  /** Takes what one source finds, until `signal` aborts. */
  function receive(signal: AbortSignal): Found {
    let pending: readonly TargetGroup[] | undefined
    let timer: Timer | undefined
    let publishing = false
    let publishedAt: Monotonic = Number.NEGATIVE_INFINITY
    signal.addEventListener('abort', () => timer?.cancel(), { once: true })

    function schedule(): void {
      if (pending === undefined || publishing || signal.aborted) return
      timer?.cancel()
      const wait = publishedAt + PUBLISH_EVERY_MS - ports.clock.monotonic()
      if (wait > 0) timer = timers.after(wait, publish)
      else void publish()
    }

    async function publish(): Promise<void> {
      const groups = pending as readonly TargetGroup[]
      pending = undefined
      publishing = true
      publishedAt = ports.clock.monotonic()
      const made = await slices.run(exportedTargets(groups, exported))
      publishing = false
      if (signal.aborted) return
      exported = made
      context.publish({ targets: made.list })
      published += made.list.length
      present()
      schedule()
    }

    return {
      found(groups, problem) {
        if (signal.aborted) return
        const targets = groups.reduce((sum, group) => sum + group.targets.length, 0)
        if (targets > MAX_DISCOVERED_TARGETS) {
          failed(`found ${targets} targets, more than the ${MAX_DISCOVERED_TARGETS} of one component; ${MEND}`)
          return
        }
        count = { groups: groups.length, targets }
        metrics.targets.set(targets)
        if (problem === undefined) succeeded()
        else failed(problem)
        pending = groups
        schedule()
      },
      failed(message) {
        if (!signal.aborted) failed(message)
      },
      looked: (seconds) => metrics.refreshSeconds().observe(seconds),
    }
  }

  context.publish({ targets: [] })
  return {
    async run(signal) {
      const flow: Flow = { type: 'target', total: () => published }
      const signOut = live.add({ component: context.id, flow, present })
      while (!signal.aborted) {
        turn = new AbortController()
        const stop = (): void => turn.abort()
        signal.addEventListener('abort', stop, { once: true })
        await wanted.run(turn.signal, receive(turn.signal))
        await untilAborted(turn.signal)
        signal.removeEventListener('abort', stop)
      }
      signOut()
    },
    update(args) {
      wanted = kind.discovery(args, surroundings)
      turn.abort()
    },
    debugInfo: () => ({ ...count, last_error: lastError }),
  }
}

const MEND = 'split them up among several components'
