/**
 * The targets of one scrape job: keeps a loop for each, and carries changes over with as little disturbance as they
 * allow. Follows Prometheus's scrape pool; see `ScrapePool.update` for what restarts what.
 */
import type { HttpClient } from '../ports.ts'
import type { Receiver } from '../series/batch.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { ScrapeConfig } from './config.ts'
import { createLoop, type LoopDeps, type ScrapeLoop, type TargetStatus } from './loop.ts'
import { scrapeMetrics } from './metrics.ts'
import { buildTargets, type Target, type TargetLabels } from './target.ts'

export interface PoolSettings {
  readonly config: ScrapeConfig
  /** The targets that this node scrapes. */
  readonly targets: readonly TargetLabels[]
  readonly client: Pick<HttpClient, 'send'>
  readonly receivers: readonly Receiver[]
}

export interface ScrapePool {
  /**
   * Other receivers: loops go on undisturbed. Other interval, timeout, sample limit or HTTP client: loops go on with their
   * caches. Any other change of the job: all loops end as if their targets were gone, and new ones begin. Other
   * targets: only those that came or went are touched.
   */
  update(settings: PoolSettings): void
  status(): readonly TargetStatus[]
  /** Ends all loops, those too that were about to end. */
  stop(how: 'at-once' | 'silently'): Promise<void>
}

export function createScrapePool(scope: MetricScope, deps: Omit<LoopDeps, 'metrics'>): ScrapePool {
  const loops = new Map<string, { loop: ScrapeLoop; target: Target }>()
  /** Loops whose targets are gone and whose markers are yet to be written. */
  const ending = new Set<ScrapeLoop>()
  let settings: PoolSettings | undefined
  let loopDeps: LoopDeps | undefined

  function update(next: PoolSettings): void {
    const before = settings
    settings = next
    const { config, client, receivers } = next
    if (before?.config.jobName !== config.jobName || loopDeps === undefined) {
      loopDeps = { ...deps, metrics: scrapeMetrics(scope, config.jobName) }
    }
    const { metrics } = loopDeps
    metrics.syncs.inc()
    if (before !== undefined) {
      metrics.reloads.inc()
      if (needsNewCaches(before.config, config)) for (const key of [...loops.keys()]) endLoop(key)
      for (const loop of ending) loop.setReceivers(receivers)
    }

    const { targets, errors } = buildTargets(next.targets, config)
    for (const error of errors) {
      metrics.failedSyncs.inc()
      deps.log.error('target left out', { err: error })
    }
    const overLimit = config.targetLimit > 0 && targets.size > config.targetLimit
    const forcedError = overLimit
      ? `target_limit exceeded (number of targets: ${targets.size}, limit: ${config.targetLimit})`
      : undefined
    if (overLimit) metrics.exceededTargetLimit.inc()

    for (const key of [...loops.keys()]) if (!targets.has(key)) endLoop(key)
    for (const [key, target] of targets) {
      const running = loops.get(key)
      if (running === undefined) {
        const loop = createLoop({ target, config, client }, receivers, loopDeps)
        loop.setForcedError(forcedError)
        loops.set(key, { loop, target })
        continue
      }
      running.target = target
      running.loop.update({ target, config, client })
      running.loop.setReceivers(receivers)
      running.loop.setForcedError(forcedError)
    }
    metrics.targets.set(targets.size)
    metrics.poolTargets.set(targets.size)
    metrics.targetLimit.set(config.targetLimit)
  }

  function endLoop(key: string): void {
    const loop = loops.get(key)?.loop
    if (loop === undefined) return
    loops.delete(key)
    ending.add(loop)
    void loop.stop('gone').finally(() => ending.delete(loop))
  }

  return {
    update,
    status: () => [...loops.values()].map(({ loop }) => loop.status()),
    async stop(how) {
      const all = [...ending, ...[...loops.values()].map(({ loop }) => loop)]
      loops.clear()
      await Promise.all(all.map((loop) => loop.stop(how)))
    },
  }
}

/** What the series of a loop were admitted under, or what its requests ask for. */
function needsNewCaches(before: ScrapeConfig, now: ScrapeConfig): boolean {
  return identityOf(before) !== identityOf(now)
}

function identityOf(config: ScrapeConfig): string {
  const {
    scrapeInterval: _i,
    scrapeTimeout: _t,
    sampleLimit: _s,
    targetLimit: _l,
    failureLogFile: _f,
    ...rest
  } = config
  return JSON.stringify(rest)
}
