import { describe, expect, it } from 'vitest'
import type { Hold, Sharer, Shares } from '../../../core/ownership/types.ts'
import type { HttpRequest } from '../../../core/ports.ts'
import { buildRing } from '../../../core/ring/build.ts'
import { targetKey } from '../../../core/ring/keys.ts'
import { answer, header } from '../fake-ports.ts'
import { createWorld, type Sample, type World } from '../world.ts'

const TEXT = { 'content-type': 'text/plain; version=0.0.4' }
const MINUTE = 60_000

/** A job with one target, whose further arguments are `args`. */
function job(args: string): string {
  const targets = /\btargets\s*=/.test(args) ? '' : 'targets = [{ "__address__" = "app:80" }]'
  return `
prometheus.scrape "default" {
  ${targets}
  forward_to = [test.sink.default.receiver]
  ${args}
}
test.sink "default" { }
`
}

async function scrapeWorld(args: string, body = 'one 1\n', headers: Record<string, string> = TEXT): Promise<World> {
  const world = createWorld()
  world.hosts.set('app', () => answer(body, headers))
  const loaded = await world.load(job(args))
  if (!loaded.ok) throw new Error(loaded.text)
  return world
}

/** Scrapes for a minute, and what came of it. */
async function scrapeOnce(args: string, body?: string, headers?: Record<string, string>): Promise<Scraped> {
  const world = await scrapeWorld(args, body, headers)
  await world.clock.advance(MINUTE)
  const samples = world.received()
  const details = world.graph.component('prometheus.scrape.default')?.debugInfo as { target: Status[] } | undefined
  await world.stop()
  return { world, samples, request: world.requests[0], status: details?.target ?? [] }
}

interface Status {
  readonly health: string
  readonly last_error?: string
  readonly job: string
}

interface Scraped {
  readonly world: World
  readonly samples: Sample[]
  readonly request: HttpRequest
  readonly status: Status[]
}

/** The value of the only sample of this name, and of its labels. */
function sample({ samples }: Scraped, name: string): Sample | undefined {
  return samples.find(({ series }) => series.includes(`__name__="${name}"`))
}

const PROTO = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.'

/** And for all the others after it. */
function asksForProtobufFirst(request: HttpRequest): boolean {
  return header(request, 'accept')?.startsWith(`${PROTO}6,application/openmetrics-text;version=1.0.0;`) === true
}

describe('prometheus.scrape', () => {
  it('scrapes with the defaults of Alloy', async () => {
    const scraped = await scrapeOnce('')
    const { request } = scraped
    expect(request.url.href).toBe('http://app/metrics')
    expect(header(request, 'accept')).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,' +
        'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,' +
        'text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    )
    expect(header(request, 'accept-encoding')).toBe('gzip')
    expect(header(request, 'user-agent')).toBe('skein/test')
    expect(header(request, 'x-prometheus-scrape-timeout-seconds')).toBe('10')
    expect(scraped.samples.map(({ series }) => series)).toEqual(
      [
        'up',
        'scrape_duration_seconds',
        'scrape_samples_scraped',
        'scrape_samples_post_metric_relabeling',
        'scrape_series_added',
        'one',
      ].map((name) => `{__name__="${name}", instance="app:80", job="prometheus.scrape.default"}`),
    )
    expect(sample(scraped, 'one')?.value).toBe(1)
    expect(sample(scraped, 'up')?.value).toBe(1)
  })

  describe('honours', () => {
    it.each<[args: string, see: (request: HttpRequest) => unknown, expected: unknown]>([
      ['metrics_path = "/federate"', ({ url }) => url.href, 'http://app/federate'],
      ['scheme = "https"', ({ url }) => url.href, 'https://app:80/metrics'],
      ['params = { "b" = ["2", "3"], "a" = ["1"] }', ({ url }) => url.search, '?a=1&b=2&b=3'],
      ['enable_compression = false', (request) => header(request, 'accept-encoding'), 'identity'],
      ['scrape_timeout = "7s"', (request) => header(request, 'x-prometheus-scrape-timeout-seconds'), '7'],
      [
        'scrape_protocols = ["PrometheusText0.0.4"]',
        (request) => header(request, 'accept'),
        'text/plain;version=0.0.4;q=0.6,*/*;q=0.5',
      ],
      [
        'scrape_protocols = ["PrometheusText1.0.0"]\nmetric_name_escaping_scheme = "dots"',
        (request) => header(request, 'accept'),
        'text/plain;version=1.0.0;escaping=dots;q=0.6,*/*;q=0.5',
      ],
      [
        'scrape_protocols = ["PrometheusText1.0.0"]\nmetric_name_validation_scheme = "utf8"',
        (request) => header(request, 'accept'),
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5',
      ],
      ['scrape_protocols = ["PrometheusProto"]', (request) => header(request, 'accept'), `${PROTO}6,*/*;q=0.5`],
      ['scrape_native_histograms = true', asksForProtobufFirst, true],
      ['enable_protobuf_negotiation = true', asksForProtobufFirst, true],
      ['targets = [{ "__address__" = "app:80", "__scrape_native_histograms__" = "true" }]', asksForProtobufFirst, true],
      ['body_size_limit = "1KB"', ({ maxBodyBytes }) => maxBodyBytes, 1024],
      [
        'basic_auth {\nusername = "a"\npassword = "b"\n}',
        (request) => header(request, 'authorization'),
        `Basic ${btoa('a:b')}`,
      ],
      ['bearer_token = "xyz"', (request) => header(request, 'authorization'), 'Bearer xyz'],
      ['http_headers = { "X-Scope-OrgID" = ["team"] }', (request) => header(request, 'x-scope-orgid'), 'team'],
    ])('%s', async (args, see, expected) => {
      const { request } = await scrapeOnce(args)
      expect(see(request)).toEqual(expected)
    })

    it('scrape_interval, and scrape_timeout as the deadline', async () => {
      const world = await scrapeWorld('scrape_interval = "20s"\nscrape_timeout = "3s"')
      await world.clock.advance(MINUTE)
      expect(world.requests.map(({ deadline }) => deadline)).toHaveLength(3)
      expect(world.requests[1].deadline - world.requests[0].deadline).toBe(20_000)
      world.hosts.set('app', (request) => {
        expect(request.deadline - world.clock.monotonic()).toBe(3_000)
        return answer('')
      })
      await world.clock.advance(20_000)
      expect(world.requests).toHaveLength(4)
      await world.stop()
    })

    it('job_name for targets without a job', async () => {
      const targets = 'targets = [{ "__address__" = "app" }, { "__address__" = "app", "job" = "own" }]'
      const { samples } = await scrapeOnce(`${targets}\njob_name = "named"`)
      const ups = samples.map(({ series }) => series).filter((series) => series.includes('"up"'))
      expect(ups.sort()).toEqual([
        '{__name__="up", instance="app", job="named"}',
        '{__name__="up", instance="app", job="own"}',
      ])
    })

    it('honor_labels', async () => {
      const body = 'one{job="theirs"} 1\n'
      const labels = 'instance="app:80", job='
      expect((await scrapeOnce('', body)).samples.at(-1)?.series).toBe(
        `{__name__="one", exported_job="theirs", ${labels}"prometheus.scrape.default"}`,
      )
      expect((await scrapeOnce('honor_labels = true', body)).samples.at(-1)?.series).toBe(
        `{__name__="one", ${labels}"theirs"}`,
      )
    })

    it('honor_timestamps', async () => {
      const at = Date.UTC(2025, 11, 31)
      const body = `one 1 ${at}\n`
      expect(sample(await scrapeOnce('', body), 'one')?.timestamp).toBe(at)
      expect(sample(await scrapeOnce('honor_timestamps = false', body), 'one')?.timestamp).toBeGreaterThan(at)
    })

    it.each([
      ['', []],
      ['track_timestamps_staleness = true', ['stale']],
    ])('track_timestamps_staleness: %s', async (args, expected) => {
      const world = await scrapeWorld(args, `one 1 ${Date.UTC(2025, 11, 31)}\n`)
      await world.clock.advance(MINUTE)
      world.received()
      world.hosts.set('app', () => answer('', TEXT))
      await world.clock.advance(MINUTE)
      const values = world.received().filter(({ series }) => series.includes('"one"'))
      expect(values.map(({ value }) => value)).toEqual(expected)
      await world.stop()
    })

    it('extra_metrics', async () => {
      const scraped = await scrapeOnce('extra_metrics = true\nsample_limit = 9')
      expect(sample(scraped, 'scrape_timeout_seconds')?.value).toBe(10)
      expect(sample(scraped, 'scrape_sample_limit')?.value).toBe(9)
      expect(sample(scraped, 'scrape_body_size_bytes')?.value).toBe(6)
      expect(sample(await scrapeOnce(''), 'scrape_timeout_seconds')).toBeUndefined()
    })

    it.each([
      ['body_size_limit = "14B"', 'body size limit exceeded'],
      ['sample_limit = 1', 'sample limit'],
      ['label_limit = 3', 'label'],
      ['label_name_length_limit = 8', 'label'],
      ['label_value_length_limit = 25', 'label'],
      [
        'target_limit = 1\ntargets = [{ "__address__" = "app" }, { "__address__" = "app:81" }]',
        'target_limit exceeded',
      ],
    ])('%s', async (args, error) => {
      const body = 'one{a="b"} 1\ntwo{long_name="a value that is rather long"} 2\n'
      const before = await scrapeOnce(args.replace(/^\w+_limit = \S+/, ''), body)
      expect(before.status[0]).toMatchObject({ health: 'up' })
      expect(before.status[0]).not.toHaveProperty('last_error')
      const { status, samples } = await scrapeOnce(args, body)
      for (const { last_error, health } of status) {
        expect(health).toBe('down')
        expect(last_error).toContain(error)
      }
      expect(samples.filter(({ series }) => /"(one|two)"/.test(series))).toEqual([])
    })

    it('scrape_fallback_protocol when a target does not say what it sends', async () => {
      expect((await scrapeOnce('', 'one 1\n', {})).status[0].health).toBe('up')
      // OpenMetrics ends with # EOF, which this body doesn't.
      const openMetrics = await scrapeOnce('scrape_fallback_protocol = "OpenMetricsText1.0.0"', 'one 1\n', {})
      expect(openMetrics.status[0].health).toBe('down')
    })

    it('metric_name_validation_scheme', async () => {
      const body = '{"http.requests"} 1\n'
      expect((await scrapeOnce('', body)).status[0].health).toBe('down')
      const utf8 = await scrapeOnce('metric_name_validation_scheme = "utf8"', body)
      expect(sample(utf8, 'http.requests')?.value).toBe(1)
    })

    it('scrape_failure_log_file', async () => {
      const args = 'targets = [{ "__address__" = "nowhere" }]\nscrape_failure_log_file = "/log/failures"'
      const { world } = await scrapeOnce(args)
      expect(world.files.appended).toHaveLength(1)
      expect(world.files.appended[0].path).toBe('/log/failures')
      expect(JSON.parse(world.files.appended[0].text)).toMatchObject({
        level: 'ERROR',
        msg: 'Get "http://nowhere/metrics": connect nowhere: refused',
        job_name: 'prometheus.scrape.default',
      })
    })

    it('a clustering block, on a node that is alone', async () => {
      const { status } = await scrapeOnce('clustering {\nenabled = true\n}')
      expect(status.map(({ health }) => health)).toEqual(['up'])
    })
  })

  describe('refuses', () => {
    // Lines are those of the job: arguments begin in line 5.
    it.each<[args: string, problem: string]>([
      [
        'scrape_interval = "5s"',
        '5:3: scrape_timeout greater than scrape_interval | the default timeout is 10s: with a shorter interval, set scrape_timeout as well',
      ],
      ['scrape_timeout = "2m"', '5:3: scrape_timeout greater than scrape_interval'],
      ['scrape_interval = "5s"\nscrape_timeout = "6s"', '6:1: scrape_timeout greater than scrape_interval'],
      ['scrape_timeout = "0s"', '5:3: scrape_timeout must be greater than 0'],
      ['scrape_protocols = []', '5:3: scrape_protocols must not be empty'],
      [
        'scrape_protocols = ["PrometheusText0.0.4", "PrometheusText0.0.4"]',
        '5:3: scrape_protocols must not name a protocol twice',
      ],
      [
        'scrape_native_histograms = true\nscrape_protocols = ["OpenMetricsText1.0.0"]',
        '5:3: scrape_native_histograms needs PrometheusProto | only the protobuf format has native histograms: add "PrometheusProto" to scrape_protocols, or leave scrape_protocols out',
      ],
      [
        'enable_protobuf_negotiation = true\nscrape_protocols = ["PrometheusProto"]',
        '5:3: both enable_protobuf_negotiation and scrape_protocols are set; only one of them can be used | enable_protobuf_negotiation is deprecated: remove it, and name PrometheusProto in scrape_protocols',
      ],
      ['native_histogram_min_bucket_factor = -1', '5:3: native_histogram_min_bucket_factor must not be negative'],
      [
        'metric_name_escaping_scheme = "allow-utf-8"',
        '5:3: metric_name_escaping_scheme allow-utf-8 needs metric_name_validation_scheme = "utf8"',
      ],
      ['scheme = "ftp"', '5:12: "ftp" should be one of "http", "https"'],
      ['clustering { }', '5:3: missing required attribute "enabled"'],
      [
        'bearer_token = "a"\nbearer_token_file = "b"',
        '2:1: at most one of bearer_token & bearer_token_file must be configured',
      ],
      [
        'bearer_token = "a"\nbasic_auth { username = "b" }',
        '2:1: at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured',
      ],
      ['no_proxy = "a"', '2:1: if no_proxy is configured, proxy_url must also be configured'],
      ['http_headers = { "Host" = ["a"] }', '2:1: setting header "Host" is not allowed'],
    ])('%s', async (args, problem) => {
      expect(await createWorld().problems(job(args))).toEqual([problem])
    })
  })

  it('goes on with its series when arguments change that requests alone depend on', async () => {
    const world = await scrapeWorld('')
    await world.clock.advance(MINUTE)
    world.received()
    expect((await world.load(job('bearer_token = "new"'))).ok).toBe(true)
    expect(world.clients.size).toBe(1)
    await world.clock.advance(MINUTE)
    expect(header(world.requests.at(-1), 'authorization')).toBe('Bearer new')
    expect(world.received().filter(({ value }) => value === 'stale')).toEqual([])
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  describe('with clustering', () => {
    const TARGETS = Array.from({ length: 40 }, (_, i) => `{ "__address__" = "app:${1000 + i}" }`)
    const CLUSTERED = `targets = [${TARGETS.join()}]\nclustering {\nenabled = true\n}`

    /** Shares that the test sets; 40 targets that answer. */
    async function clusteredWorld(
      names: readonly string[],
      hold?: Hold,
    ): Promise<[World, (...names: string[]) => void]> {
      const sharers = new Set<Sharer>()
      let version = 0
      let shares: Shares = { clustered: true, self: 'box', ring: buildRing(names), hold, version }
      const world = createWorld({
        shares: () => shares,
        subscribe: (sharer) => {
          sharers.add(sharer)
          return () => sharers.delete(sharer)
        },
      })
      world.hosts.set('app', () => answer('one 1\n', TEXT))
      expect((await world.load(job(CLUSTERED))).ok).toBe(true)
      const become = (...others: string[]): void => {
        shares = { ...shares, ring: buildRing(others), hold: undefined, version: ++version }
        for (const sharer of sharers) sharer.changed(shares, world.clock.monotonic())
      }
      return [world, become]
    }

    async function scraped(world: World): Promise<string[]> {
      world.requests.length = 0
      await world.clock.advance(MINUTE)
      return world.requests.map(({ url }) => url.port).sort()
    }

    it('scrapes its share, and what is others is counted', async () => {
      const [world] = await clusteredWorld(['box', 'other'])
      const mine = await scraped(world)
      const ring = buildRing(['box', 'other'])
      const key = new Uint32Array(2)
      const expected = TARGETS.map((_, i) => String(1000 + i)).filter((port) => {
        targetKey(new Map([['__address__', `app:${port}`]]), key, 0)
        return ring.names[ring.owner(key[0], key[1])] === 'box'
      })
      expect(mine).toEqual(expected)
      expect(mine.length).toBeGreaterThan(5)
      expect(world.metric('prometheus_scrape_targets_gauge')).toBe(mine.length)
      expect(world.metric('prometheus_scrape_targets_by_share', '"foreign"')).toBe(40 - mine.length)
      await world.stop()
    })

    it('hands over without markers and takes over, leaving the rest alone', async () => {
      const [world, become] = await clusteredWorld(['box'])
      expect(await scraped(world)).toHaveLength(40)
      become('box', 'other')
      const kept = await scraped(world)
      expect(kept.length).toBeLessThan(40)
      expect(world.metric('prometheus_scrape_targets_moved_total')).toBe(40 - kept.length)
      become('box')
      expect(await scraped(world)).toHaveLength(40)
      expect(world.received().filter(({ value }) => value === 'stale')).toEqual([])
      await world.stop()
    })

    it('writes markers for its own targets alone when the job is removed', async () => {
      const [world, become] = await clusteredWorld(['box'])
      await scraped(world)
      become('box', 'other')
      const kept = await scraped(world)
      world.received()
      expect((await world.load('test.sink "default" { }')).ok).toBe(true)
      const ups = world.received().filter(({ series, value }) => value === 'stale' && series.includes('"up"'))
      expect(ups).toHaveLength(kept.length)
      await world.stop()
    })

    it('scrapes nothing while it is held, and says so', async () => {
      const [world, become] = await clusteredWorld(['box'], { kind: 'too-small', size: 1, minimum: 2 })
      expect(await scraped(world)).toEqual([])
      expect(world.metric('prometheus_scrape_targets_by_share', '"held"')).toBe(40)
      become('box')
      expect(await scraped(world)).toHaveLength(40)
      await world.stop()
    })

    it('scrapes everything when clustering is turned off again, without a gap', async () => {
      const [world] = await clusteredWorld(['box', 'other'])
      const mine = await scraped(world)
      const [one] = world.reports.jobs.all()
      expect(one.shared()).toBe(true)
      expect(one.distribution()?.counts.local).toBe(mine.length)
      expect([...one.scraped()]).toHaveLength(mine.length)
      expect((await world.load(job(CLUSTERED.replace('true', 'false')))).ok).toBe(true)
      expect(one.shared()).toBe(false)
      expect(one.distribution()).toBeUndefined()
      expect((await scraped(world)).length).toBeGreaterThanOrEqual(40)
      expect(await scraped(world)).toHaveLength(40)
      expect(mine.length).toBeLessThan(40)
      expect(world.metric('prometheus_scrape_targets_by_share')).toBeUndefined()
      expect(world.received().filter(({ value }) => value === 'stale')).toEqual([])
      await world.stop()
    })
  })

  it('signs in with its targets while it runs', async () => {
    const world = await scrapeWorld('job_name = "other"')
    const [one, ...others] = world.reports.jobs.all()
    expect(others).toEqual([])
    expect(one.component).toBe('prometheus.scrape.default')
    expect(one.distribution()).toBeUndefined()
    expect(one.shared()).toBe(false)
    expect(one.config().jobName).toBe('other')
    expect(one.given()).toEqual([new Map([['__address__', 'app:80']])])
    await world.clock.advance(MINUTE)
    expect([...one.scraped()]).toMatchObject([{ labels: one.given()[0], status: { health: 'up', job: 'other' } }])
    expect((await world.load('test.sink "default" { }')).ok).toBe(true)
    expect(world.reports.jobs.all()).toEqual([])
    await world.stop()
  })

  it('scrapes nothing any more once it was removed', async () => {
    const world = await scrapeWorld('')
    await world.clock.advance(MINUTE)
    expect((await world.load('test.sink "default" { }')).ok).toBe(true)
    await world.clock.advance(3 * MINUTE)
    expect(world.requests).toHaveLength(1)
    await world.stop()
  })
})
