import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatLabels } from '../../core/labels/labels.ts'
import type { HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { createBodies } from '../../core/scrape/bodies.ts'
import { createScrapePool, type PoolSettings, type ScrapePool } from '../../core/scrape/pool.ts'
import { scheduleSeed } from '../../core/scrape/schedule.ts'
import type { Receiver } from '../../core/series/batch.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { codecs } from '../support/codecs.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { recordingLog } from '../support/recording-log.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

type Answer = HttpResponse | HttpFailure | Promise<HttpResponse | HttpFailure>

function answer(text: string, headers: Record<string, string> = {}, status = 200): HttpResponse {
  const all: Record<string, string> = { 'content-type': 'text/plain; version=0.0.4', ...headers }
  const body = all['content-encoding'] === 'gzip' ? gzipSync(text) : new TextEncoder().encode(text)
  return { ok: true, status, statusText: status === 200 ? 'OK' : 'Nope', header: (name) => all[name], body }
}

const SEED = scheduleSeed('host')
const H1 = new Map([['__address__', 'h:1']])
const H2 = new Map([['__address__', 'h:2']])

interface Sample {
  readonly series: string
  readonly value: number | 'stale'
  readonly at: number
}

class World {
  readonly clock: FakeClock = createFakeClock({ now: 1_000_000_000_000 })
  readonly registry = createRegistry()
  readonly log = recordingLog()
  readonly requests: HttpRequest[] = []
  readonly samples: Sample[] = []
  readonly files: string[] = []
  serve: (request: HttpRequest) => Answer = () => answer('a 1\n')
  readonly pool: ScrapePool
  readonly receiver: Receiver = {
    name: 'test',
    open: (source) => ({
      append: (batch) => {
        for (let i = 0; i < batch.count; i++) {
          const labels = source.labels(batch.slots[i])
          if (batch.slots[i] === 0 || labels === undefined) continue
          const own = batch.timestamps?.[i] ?? Number.NaN
          this.samples.push({
            series: formatLabels(labels),
            value: batch.stale?.[i] === 1 ? 'stale' : batch.values[i],
            at: Number.isNaN(own) ? batch.timestamp : own,
          })
        }
        return undefined
      },
      close: () => undefined,
    }),
  }

  constructor() {
    this.pool = createScrapePool(this.registry, {
      clock: this.clock,
      timers: createTimers(this.clock),
      codecs,
      files: { append: async (_path: string, text: string) => void this.files.push(text) } as never,
      bodies: createBodies(codecs, 0),
      log: this.log,
      userAgent: 'skein/test',
      hashSeed: 1,
      slices: createSlices(this.clock),
    })
  }

  settings(changes: Partial<PoolSettings> = {}): PoolSettings {
    return {
      config: scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500 }),
      targets: [H1],
      client: {
        send: async (request) => {
          this.requests.push(request)
          return this.serve(request)
        },
      },
      receivers: [this.receiver],
      scheduleSeed: SEED,
      ...changes,
    }
  }

  /** Samples of one metric, as `value@timestamp`, markers as `stale@…`. */
  of(name: string): string[] {
    return this.samples
      .filter(({ series }) => series.includes(`__name__="${name}"`))
      .map(({ value, at }) => `${value}@${at}`)
  }

  metric(name: string): number {
    return Number(new RegExp(`^${name}(?:{.*})? (.*)$`, 'm').exec(this.registry.expose())?.[1])
  }
}

describe('scrape loop', () => {
  it('scrapes once per interval, on its grid, with the right headers', async () => {
    const world = new World()
    world.pool.update(world.settings())
    await world.clock.advance(5000)
    expect(world.requests).toHaveLength(5)
    const headers = new Map(world.requests[0].headers)
    expect(headers.get('Accept')).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    )
    expect(headers.get('Accept-Encoding')).toBe('gzip')
    expect(headers.get('X-Prometheus-Scrape-Timeout-Seconds')).toBe('0.5')
    expect(headers.get('User-Agent')).toBe('skein/test')
    const times = world.of('a').map((sample) => Number(sample.split('@')[1]))
    for (let i = 1; i < times.length; i++) expect(times[i] - times[i - 1]).toBe(1000)
    expect(world.of('up')).toHaveLength(5)
    expect(world.of('scrape_samples_scraped').every((sample) => sample.startsWith('1@'))).toBe(true)
    await world.pool.stop('silently')
    expect(world.samples.some(({ value }) => value === 'stale')).toBe(false)
  })

  it('asks for plain bodies when compression is off, and inflates what comes compressed', async () => {
    const world = new World()
    world.serve = () => answer('a 7\n', { 'content-encoding': 'gzip' })
    world.pool.update(
      world.settings({ config: scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500, enableCompression: false }) }),
    )
    await world.clock.advance(1000)
    expect(new Map(world.requests[0].headers).get('Accept-Encoding')).toBe('identity')
    expect(world.of('a')[0]).toMatch(/^7@/)
    await world.pool.stop('silently')
  })

  it.each<[string, Answer, RegExp]>([
    [
      'unreachable',
      { ok: false, reason: 'refused', message: 'dial tcp: connection refused' },
      /Get "http:\/\/h:1\/metrics": dial tcp/,
    ],
    ['too slow', { ok: false, reason: 'timeout', message: 'context deadline exceeded' }, /deadline exceeded/],
    ['a status that is not 200', answer('a 1\n', {}, 204), /server returned HTTP status 204 Nope/],
    ['an unknown encoding', answer('a 1\n', { 'content-encoding': 'br' }), /content encoding "br"/],
    [
      'a truncated gzip body',
      { ...answer('a 1\n', { 'content-encoding': 'gzip' }), body: gzipSync('a 1\n').subarray(0, -1) },
      /gzip|unexpected/i,
    ],
    [
      'a body that is not gzip at all',
      { ...answer('a 1\n', { 'content-encoding': 'gzip' }), body: new Uint8Array(40) },
      /gzip|header/i,
    ],
    [
      'a body that is not UTF-8',
      { ...answer(''), body: new Uint8Array([97, 123, 98, 61, 34, 0xff, 34, 125, 32, 49, 10]) },
      /UTF-8/,
    ],
    ['a syntax error', answer('a 1\nb {\n'), /./],
  ])('reports %s as down, marks the series stale once, and recovers', async (_what, bad, message) => {
    const world = new World()
    world.pool.update(world.settings())
    await world.clock.advance(1000)
    world.serve = () => bad
    await world.clock.advance(2000)
    expect([...world.pool.scraped()][0].status.health).toBe('down')
    expect([...world.pool.scraped()][0].status.lastError).toMatch(message)
    world.serve = () => answer('a 3\n')
    await world.clock.advance(1000)
    expect(world.of('up').map((sample) => sample[0])).toEqual(['1', '0', '0', '1'])
    expect(world.of('a').map((sample) => sample.split('@')[0])).toEqual(['1', 'stale', '3'])
    expect(world.of('scrape_series_added').at(-1)).toMatch(/^0@/)
    expect(world.log.messages()).toEqual(['scrape failed', 'scrape works again'])
    await world.pool.stop('silently')
  })

  it('fails at the body size limit, reports -1 bytes, and counts it', async () => {
    const world = new World()
    world.serve = () => answer('a 1234567\n')
    const config = scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500, bodySizeLimit: 10, extraMetrics: true })
    world.pool.update(world.settings({ config }))
    await world.clock.advance(1000)
    expect(world.requests[0].maxBodyBytes).toBe(10)
    expect(world.of('scrape_body_size_bytes')[0]).toMatch(/^-1@/)
    expect(world.metric('prometheus_target_scrapes_exceeded_body_size_limit_total')).toBe(1)
    world.serve = () => answer('a 123456\n')
    await world.clock.advance(1000)
    expect(world.of('up').map((sample) => sample[0])).toEqual(['0', '1'])
    expect(world.of('scrape_body_size_bytes')[1]).toMatch(/^9@/)
    expect(world.of('scrape_timeout_seconds')[1]).toMatch(/^0.5@/)
    await world.pool.stop('silently')
  })

  it('stops a gzip bomb at the limit', async () => {
    const world = new World()
    world.serve = () => answer('x'.repeat(5_000_000), { 'content-encoding': 'gzip' })
    world.pool.update(
      world.settings({ config: scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500, bodySizeLimit: 100_000 }) }),
    )
    await world.clock.advance(1000)
    // Large bodies are inflated off the event loop, which fake time doesn't wait for.
    for (let i = 0; i < 200 && world.of('up').length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(world.of('up')[0]).toMatch(/^0@/)
    expect([...world.pool.scraped()][0].status.lastError).toMatch(/body size limit/)
    await world.pool.stop('silently')
  })

  it('never has two scrapes of a target under way: ticks that come meanwhile are dropped', async () => {
    const world = new World()
    let release = (_: HttpResponse): void => undefined
    world.serve = () => new Promise((resolve) => (release = resolve))
    world.pool.update(world.settings())
    await world.clock.advance(3500)
    expect(world.requests).toHaveLength(1)
    release(answer('a 1\n'))
    await world.clock.settle()
    world.serve = () => answer('a 2\n')
    await world.clock.advance(1000)
    expect(world.requests).toHaveLength(2)
    await world.pool.stop('silently')
  })

  it('marks the series of a target that is gone after a good interval, with the time of its next tick', async () => {
    const world = new World()
    world.pool.update(world.settings())
    await world.clock.advance(2000)
    const last = Number(world.of('a').at(-1)?.split('@')[1])
    world.pool.update(world.settings({ targets: [] }))
    await world.clock.advance(1000)
    expect(world.of('a').at(-1)).toBe(`1@${last}`)
    await world.clock.advance(1200)
    expect(world.of('a').at(-1)).toBe(`stale@${last + 1000}`)
    expect(world.of('up').at(-1)).toBe(`stale@${last + 1000}`)
    expect(world.requests).toHaveLength(2)
    await world.pool.stop('silently')
  })

  it('writes no markers at a shutdown, not even those that were waiting', async () => {
    const world = new World()
    world.pool.update(world.settings())
    await world.clock.advance(2000)
    world.pool.update(world.settings({ targets: [] }))
    await world.clock.advance(100)
    await world.pool.stop('silently')
    await world.clock.advance(5000)
    expect(world.samples.some(({ value }) => value === 'stale')).toBe(false)
    expect(world.clock.pending).toBe(0)
  })

  it('marks everything at once when the job is removed, those too that were gone before', async () => {
    const world = new World()
    world.pool.update(world.settings({ targets: [H1, H2] }))
    await world.clock.advance(2000)
    world.pool.update(world.settings({ targets: [H1] }))
    await world.clock.advance(100)
    await world.pool.stop('at-once')
    expect(world.of('up').filter((sample) => sample.startsWith('stale'))).toHaveLength(2)
    const last = world.of('a').at(-1) as string
    expect(last).toBe(`stale@${world.clock.now()}`)
    const written = world.samples.length
    await world.clock.advance(5000)
    expect(world.samples).toHaveLength(written)
  })

  it('goes on with its cache when only the interval changes', async () => {
    const world = new World()
    world.pool.update(world.settings())
    await world.clock.advance(2000)
    world.pool.update(world.settings({ config: scrapeConfig({ scrapeInterval: 500, scrapeTimeout: 400 }) }))
    await world.clock.advance(2000)
    expect(world.requests.length).toBeGreaterThanOrEqual(6)
    expect(world.samples.some(({ value }) => value === 'stale')).toBe(false)
    expect(
      world
        .of('scrape_series_added')
        .slice(2)
        .every((sample) => sample.startsWith('0@')),
    ).toBe(true)
    await world.pool.stop('silently')
  })

  it('fails every target when there are more than the target limit, without asking them', async () => {
    const world = new World()
    const targets = [H1, H2]
    const config = scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500, targetLimit: 1 })
    world.pool.update(world.settings({ config, targets }))
    await world.clock.advance(1000)
    expect(world.requests).toHaveLength(0)
    expect(world.of('up').map((sample) => sample[0])).toEqual(['0', '0'])
    world.pool.update(world.settings({ config, targets: targets.slice(1) }))
    await world.clock.advance(1000)
    expect(world.requests).toHaveLength(1)
    expect(world.metric('prometheus_target_scrape_pool_exceeded_target_limit_total')).toBe(1)
    await world.pool.stop('silently')
  })

  it('leaves out targets that can not be scraped, and says why', async () => {
    const world = new World()
    world.pool.update(world.settings({ targets: [new Map([['job', 'x']]), H1] }))
    await world.clock.advance(1000)
    expect(world.requests).toHaveLength(1)
    expect(world.log.lines.join('\n')).toMatch(/no address/)
    await world.pool.stop('silently')
  })

  it('writes failed fetches to the failure log, as JSON lines', async () => {
    const world = new World()
    world.serve = () => answer('', {}, 500)
    world.pool.update(
      world.settings({ config: scrapeConfig({ scrapeInterval: 1000, scrapeTimeout: 500, failureLogFile: 'f' }) }),
    )
    await world.clock.advance(1000)
    expect(JSON.parse(world.files[0])).toMatchObject({ level: 'ERROR', target: 'http://h:1/metrics' })
    await world.pool.stop('silently')
  })
})
