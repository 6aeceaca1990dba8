/**
 * Scrapes one target again and again: ticks, fetches, updates the series cache, appends one batch per scrape. Owns the
 * target's state and its staleness over time; knows neither the other targets nor where samples go.
 */
import { messageOf } from '../errors.ts'
import type { U64 } from '../hash/u64.ts'
import { type Labels, labelValue } from '../labels/labels.ts'
import type { Clock, Codecs, Files, HttpClient, Monotonic } from '../ports.ts'
import type { Batch, Receiver } from '../series/batch.ts'
import { createFanout, type Fanout } from '../series/fanout.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { Bodies } from './bodies.ts'
import type { ScrapeConfig } from './config.ts'
import { decoderOf, protocolsFor } from './decoders.ts'
import { createFetcher, type Fetched, type Fetcher } from './fetch.ts'
import type { ScrapeMetrics } from './metrics.ts'
import { reportLabels, reportValues, type ScrapeReport } from './reports.ts'
import { createTimestampGrid, scrapeOffset } from './schedule.ts'
import { createSeriesCache, type SeriesCache, type UpdateOutcome } from './series-cache.ts'
import type { Target } from './target.ts'

export interface LoopDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly codecs: Codecs
  readonly files: Files
  readonly bodies: Bodies
  readonly log: Logger
  readonly metrics: ScrapeMetrics
  readonly userAgent: string
  readonly hashSeed: number
}

/** What can change while the loop goes on with its cache. */
export interface LoopSettings {
  readonly target: Target
  readonly config: ScrapeConfig
  readonly client: Pick<HttpClient, 'send'>
  /** Where in the interval each target has its place: equal on nodes that hand targets over to each other. */
  readonly scheduleSeed: U64
}

export type TargetHealth = 'unknown' | 'up' | 'down'

export interface TargetStatus {
  readonly job: string
  readonly url: string
  readonly health: TargetHealth
  /** As samples get them. */
  readonly labels: Labels
  readonly lastError: string
  /** Milliseconds since the epoch; 0 before the first scrape. */
  readonly lastScrape: number
  readonly lastScrapeDurationSeconds: number
  readonly lastSamples: number
  readonly intervalSeconds: number
  /** When the loop began, in ms since the epoch. */
  readonly since: number
}

/**
 * `gone`: the target has vanished. Its series get staleness markers, once another scraper of the same series had time to go
 * on with them. `at-once`: the job is removed, and they are written now. `silently`: none are written, since the process
 * stops. `moved`: another node goes on with the series, so none are written either, and a scrape under way is finished:
 * that node takes up with the one after it.
 */
export type Ending = 'gone' | 'at-once' | 'silently' | 'moved'

export interface ScrapeLoop {
  update(settings: LoopSettings): void
  setReceivers(receivers: readonly Receiver[]): void
  /** While set, every scrape fails with this text and nothing is fetched. */
  setForcedError(error: string | undefined): void
  /** As it is at any time: always the same object. There are thousands, so that looking at them must not make new ones. */
  readonly status: TargetStatus
  /** From this moment on it is another node's: no scrape whose place is later begins. Cheap; `stop('moved')` must follow. */
  leave(at: Monotonic): void
  /** No scrape begins any more; one under way is abandoned unless it `moved`. Resolves when the last marker is written. */
  stop(how: Ending): Promise<void>
}

/** See `open`. */
interface Opened {
  readonly cache: SeriesCache
  readonly fanout: Fanout
  fetcher: Fetcher
  readonly stopped: AbortController
}

/** Samples may carry timestamps this far in the future, as in Prometheus. */
const MAX_AHEAD_MS = 10 * 60_000

/** `from`: the first scrape is that of the first place after this moment, even if it has passed by now. */
export function createLoop(
  first: LoopSettings,
  receivers: readonly Receiver[],
  deps: LoopDeps,
  from?: Monotonic,
): ScrapeLoop {
  const { clock, timers, metrics, log } = deps
  let { target, config, client, scheduleSeed } = first
  let forwardTo = receivers
  let opened: Opened | undefined
  let forcedError: string | undefined
  let timer: Timer
  let nextTick: Monotonic
  /** Scrapes whose place is later are another node's. */
  let until = Number.POSITIVE_INFINITY
  let grid = begin(from)
  let underWay: Promise<void> | undefined
  let lastBegin: Monotonic | undefined
  const status: { -readonly [Name in keyof TargetStatus]: TargetStatus[Name] } = {
    ...shown(target),
    health: 'unknown',
    lastError: '',
    lastScrape: 0,
    lastScrapeDurationSeconds: 0,
    lastSamples: 0,
    since: clock.now(),
  }
  /** Made when it is about to end. */
  let hurry: AbortController | undefined
  let ending: Promise<void> | undefined

  /**
   * All that only a loop that scrapes needs, made for its first scrape: when thousands of targets change hands at a time, they
   * take what costs time and memory each at its own place in the interval.
   */
  function open(): Opened {
    if (opened !== undefined) return opened
    const cache = createSeriesCache(
      {
        name: target.url.href,
        reports: reportLabels(target.labels, config.extraMetrics),
        admission: { target: target.labels, ...config },
        sampleLimit: config.sampleLimit,
        honorTimestamps: config.honorTimestamps,
        trackTimestampsStaleness: config.trackTimestampsStaleness,
        honorMetadata: config.honorMetadata,
        startZeros: config.startZeros,
        decoderOf: (exposition) => decoderOf(exposition, target.histograms, config),
        hashSeed: deps.hashSeed,
      },
      deps.bodies,
    )
    opened = {
      cache,
      fanout: createFanout(cache.source, forwardTo),
      fetcher: fetcherOf(),
      stopped: new AbortController(),
    }
    return opened
  }

  function fetcherOf(): Fetcher {
    return createFetcher({
      ...deps,
      config,
      timeout: target.timeout,
      protocols: protocolsFor(target.histograms, config),
      client,
    })
  }

  /**
   * Sets the first tick, that of the first place strictly after `since`; the grid of timestamps is that of the ticks. A place
   * exactly at `since` is the last one of whoever had the target before (see tick).
   */
  function begin(since?: Monotonic): ReturnType<typeof createTimestampGrid> {
    const monotonic = clock.monotonic()
    const wall = clock.now()
    const from = since === undefined ? wall : wall - Math.max(0, monotonic - since)
    const place = Math.floor(from) + scrapeOffset(from, target.interval, target.hash, scheduleSeed)
    nextTick = monotonic + (place - wall)
    timer = timers.at(nextTick, tick)
    return createTimestampGrid(place, target.interval)
  }

  function tick(): void {
    if (nextTick > until) return
    const now = clock.monotonic()
    // Missed ticks are dropped, not made up for.
    nextTick += target.interval * Math.max(1, Math.floor((now - nextTick) / target.interval) + 1)
    timer = timers.at(nextTick, tick)
    if (underWay !== undefined) return
    if (lastBegin !== undefined) metrics.intervalLength.observe((now - lastBegin) / 1000)
    lastBegin = now
    underWay = scrape(open()).finally(() => {
      underWay = undefined
    })
  }

  async function scrape(parts: Opened): Promise<void> {
    const { cache, stopped } = parts
    const started = clock.monotonic()
    const now = clock.now()
    const timestamp = grid.at(now)
    const timeout = target.timeout
    const fetched: Fetched =
      forcedError === undefined
        ? await parts.fetcher.fetch(target.url, started + timeout, stopped.signal)
        : { ok: false, reason: 'content', error: forcedError }
    if (stopped.signal.aborted) {
      if (fetched.ok) deps.bodies.release(fetched.body)
      return
    }
    let outcome: UpdateOutcome | undefined
    let bodyBytes = 0
    let error: string | undefined
    if (fetched.ok) {
      bodyBytes = fetched.body.length
      cache.begin(fetched.body, fetched.format, fetched.packed)
      while (!cache.step()) await clock.turn()
      outcome = cache.finish()
      error = outcome.failure?.error
      if (error === undefined) while (!cache.judgeExemplars(timestamp)) await clock.turn()
    } else {
      if (fetched.reason === 'body-size-limit') bodyBytes = -1
      error = fetched.error
    }
    const duration = (clock.monotonic() - started) / 1000
    if (stopped.signal.aborted) {
      while (!cache.settle()) await clock.turn()
      return
    }
    const report: ScrapeReport = {
      up: error === undefined,
      durationSeconds: duration,
      scraped: outcome?.scraped ?? 0,
      added: outcome?.added ?? 0,
      bodyBytes,
    }
    const values = reportValues(report, config, timeout)
    const zeros = error === undefined ? cache.zeroBatch(timestamp) : undefined
    if (zeros !== undefined) await forward(parts, zeros, 0)
    const batch =
      error === undefined ? cache.batch(timestamp, values, now + MAX_AHEAD_MS) : cache.failedBatch(timestamp, values)
    await forward(parts, batch, (outcome?.duplicates ?? 0) + cache.outOfBounds + cache.hidden)
    while (!cache.settle()) await clock.turn()
    note(cache, fetched, outcome, error)
    status.health = error === undefined ? 'up' : 'down'
    status.lastError = error ?? ''
    status.lastScrape = timestamp
    status.lastScrapeDurationSeconds = duration
    status.lastSamples = report.scraped
    metrics.scrapeDuration.observe(duration)
  }

  /** `leftOut`: rows of the batch that stand for no sample. */
  async function forward({ fanout }: Opened, batch: Batch, leftOut: number): Promise<void> {
    const started = clock.monotonic()
    const work = fanout.append(batch)
    if (work !== undefined) await work
    metrics.forwardedSamples.inc(batch.count - leftOut)
    metrics.fanoutLatency.observe((clock.monotonic() - started) / 1000)
  }

  /** Counters, and the log when the target's state changes: a target that stays down is not news each time. */
  function note(
    cache: SeriesCache,
    fetched: Fetched,
    outcome: UpdateOutcome | undefined,
    error: string | undefined,
  ): void {
    if (!fetched.ok && fetched.reason === 'body-size-limit') metrics.exceededBodySize.inc()
    if (outcome?.failure?.reason === 'sample-limit') metrics.exceededSampleLimit.inc()
    if (outcome?.failure?.reason === 'label-limit') metrics.exceededLabelLimits.inc()
    if (outcome?.failure?.reason === 'bucket-limit') metrics.exceededBucketLimit.inc()
    if (outcome !== undefined && outcome.unconverted > 0) metrics.unconverted.inc(outcome.unconverted)
    const { outOfOrder, tooLong } = cache.exemplars
    if (error === undefined && outOfOrder > 0) metrics.exemplarsOutOfOrder.inc(outOfOrder)
    if (error === undefined && tooLong > 0) metrics.exemplarsTooLong.inc(tooLong)
    if (outcome !== undefined && outcome.duplicates > 0) metrics.duplicateTimestamps.inc(outcome.duplicates)
    if (cache.outOfBounds > 0) metrics.outOfBounds.inc(cache.outOfBounds)
    if (error !== undefined && error !== status.lastError) {
      log.warn('scrape failed', { target: status.url, job: status.job, err: error })
    } else if (error === undefined && status.health === 'down') {
      log.info('scrape works again', { target: status.url, job: status.job })
    }
    if (!fetched.ok && config.failureLogFile !== '') writeFailure(fetched.error)
  }

  function writeFailure(message: string): void {
    const line = {
      time: new Date(clock.now()).toISOString(),
      level: 'ERROR',
      msg: message,
      job_name: config.jobName,
      target: target.url.href,
    }
    deps.files.append(config.failureLogFile, `${JSON.stringify(line)}\n`).catch((thrown: unknown) => {
      log.error('cannot write the scrape failure log', { file: config.failureLogFile, err: messageOf(thrown) })
    })
  }

  async function end(how: Ending, { signal }: AbortController): Promise<void> {
    if (how === 'moved') {
      until = Math.min(until, clock.monotonic())
      // Its place has come, and its timer is about to fire: nobody else takes it.
      if (nextTick <= until) tick()
      signal.addEventListener('abort', () => opened?.stopped.abort(), { once: true })
    } else {
      opened?.stopped.abort()
    }
    timer.cancel()
    await underWay
    // One that never scraped has nothing to say.
    if (opened === undefined) return
    const untilNextTick = Math.max(0, nextTick - clock.monotonic())
    let staleAt = clock.now() + untilNextTick
    // Whoever scrapes the same series now has written newer samples by then, and the markers are refused as too old.
    if (how === 'gone') await timers.sleep(untilNextTick + target.interval * 1.1, signal)
    if (signal.aborted) staleAt = Math.max(clock.now(), status.lastScrape + 1)
    const silent = how === 'moved' || signal.reason === 'silently'
    const batch = silent ? undefined : opened.cache.endBatch(Math.round(staleAt))
    if (batch !== undefined) await forward(opened, batch, 0)
    opened.fanout.close()
    opened.cache.close()
  }

  return {
    update(settings) {
      const rescheduled = settings.target.interval !== target.interval || !sameSeed(settings.scheduleSeed, scheduleSeed)
      ;({ target, config, client, scheduleSeed } = settings)
      Object.assign(status, shown(target))
      if (opened !== undefined) {
        opened.fetcher = fetcherOf()
        opened.cache.setSampleLimit(config.sampleLimit)
      }
      if (!rescheduled) return
      timer.cancel()
      grid = begin()
    },
    setReceivers(next) {
      forwardTo = next
      opened?.fanout.setReceivers(next)
    },
    setForcedError(error) {
      forcedError = error
    },
    status,
    leave(at) {
      until = Math.min(until, at)
    },
    stop(how) {
      // Those that were gone before and are waiting to say so don't hold up the end of all.
      hurry ??= new AbortController()
      if (how === 'at-once' || how === 'silently') hurry.abort(how)
      ending ??= end(how, hurry)
      return ending
    },
  }
}

function sameSeed(a: U64, b: U64): boolean {
  return a.hi === b.hi && a.lo === b.lo
}

function shown({ labels, url, interval }: Target): Pick<TargetStatus, 'job' | 'url' | 'labels' | 'intervalSeconds'> {
  return { job: labelValue(labels, 'job'), url: url.href, labels, intervalSeconds: interval / 1000 }
}
