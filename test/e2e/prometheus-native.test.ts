/**
 * What is more than samples, into Debian's Prometheus by remote_write 1.0: native histograms and exemplars of a target that
 * exposes protobuf, by agents on Node, Bun and Deno. That version of Prometheus keeps no metadata that it is sent; it is
 * judged in test/interop/remote-write.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTENT_TYPE, exemplarTimestamp, protoExposition } from '../support/proto-exposition.ts'
import { type RunningAgent, startAgent } from './support/agent.ts'
import { serve } from './support/exporter.ts'
import { missingPeers, type Prometheus, startPrometheus } from './support/peers.ts'
import { endEverything } from './support/processes.ts'
import { RUNTIMES } from './support/runtimes.ts'
import { until } from './support/until.ts'

const SCRAPES = 6

interface NativeHistogram {
  readonly count: string
  readonly sum: string
  /** Whether the bounds belong to it, its bounds, and its count. */
  readonly buckets: readonly (readonly [number, lower: string, upper: string, count: string])[]
}

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>
  readonly exemplars: readonly { readonly labels: object; readonly value: string; readonly timestamp: number }[]
}

const missing = missingPeers('prometheus')
const runtimes = RUNTIMES.filter(({ missing }) => missing === undefined)

describe.skipIf(missing !== undefined)(
  `native histograms and exemplars in Prometheus${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let prometheus: Prometheus
    const scrapes = new Map<string, number>()
    const agents = new Map<string, RunningAgent>()
    /** The first serial is older than Prometheus can take exemplars of: it counts from a fixed moment. */
    const startedAt = Date.now()

    beforeAll(async () => {
      const target = await serve((request, response) => {
        const by = new URL(request.url as string, 'http://mine').searchParams.get('by') as string
        const serial = (scrapes.get(by) ?? 0) + 1
        scrapes.set(by, serial)
        response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(protoExposition(serial, startedAt))
      })
      prometheus = await startPrometheus(undefined, ['exemplar-storage', 'native-histograms'])
      await Promise.all(
        runtimes.map(async (runtime) => {
          const text = config(runtime.name, target.address, prometheus.writeUrl)
          agents.set(runtime.name, await startAgent(text, { runtime }))
        }),
      )
      await until(`${SCRAPES} scrapes of each`, 60_000, () =>
        runtimes.every(({ name }) => (scrapes.get(name) ?? 0) >= SCRAPES),
      )
      await Promise.all([...agents.values()].map((agent) => agent.stop()))
    }, 120_000)
    afterAll(endEverything)

    describe.each(RUNTIMES)('$title', ({ name, missing }) => {
      const it_ = it.skipIf(missing !== undefined)

      it_('delivers every native histogram, with its buckets', async () => {
        const data = (await prometheus.ask('query', {
          query: `judged_latency_seconds{agent="${name}"}`,
          time: String(Date.now() / 1000),
        })) as { result: { histogram: [number, NativeHistogram] }[] }
        expect(data.result).toHaveLength(1)
        const [, { count, sum, buckets }] = data.result[0].histogram
        const serial = (Number(count) - 2) / 3
        expect(serial).toBeGreaterThanOrEqual(SCRAPES - 1)
        expect(Number(sum)).toBe(serial * 1.5)
        expect(buckets.map(([, lower, upper, count]) => `${lower}..${upper} ${count}`)).toEqual([
          '-8..-4 1',
          '-0.001..0.001 1',
          `0.5..1 ${serial}`,
          `1..2 ${2 * serial}`,
        ])
        const query = `count_over_time(judged_latency_seconds{agent="${name}"}[5m])`
        const [{ points }] = await prometheus.query(query)
        expect(points[0].value).toBe(serial)
      })

      it_('delivers histograms of floats', async () => {
        const [{ points }] = await prometheus.query(`histogram_count(judged_sizes{agent="${name}"})`)
        expect(points[0].value).toBeGreaterThanOrEqual((SCRAPES - 1) / 2)
      })

      it_('delivers each exemplar, once', async () => {
        const data = (await prometheus.ask('query_exemplars', {
          query: `judged_requests_total{agent="${name}"}`,
          start: String(exemplarTimestamp(0, startedAt) / 1000 - 60),
          end: String(Date.now() / 1000 + 3600),
        })) as ExemplarSeries[]
        expect(data).toHaveLength(1)
        const { exemplars } = data[0]
        expect(exemplars.length).toBeGreaterThanOrEqual(SCRAPES - 1)
        exemplars.forEach((one, n) => {
          expect(one).toMatchObject({ labels: { trace_id: `trace-${n + 1}` }, value: '0.75' })
          expect(Math.round(one.timestamp * 1000)).toBe(exemplarTimestamp(n + 1, startedAt))
        })
      })
    })

    it('gives Prometheus nothing to complain about', () => {
      expect(prometheus.output()).not.toMatch(/level=(warn|error)/)
      expect(prometheus.output()).not.toMatch(/out.of.(order|bounds)|duplicate/i)
    })
  },
)

function config(agent: string, target: string, url: string): string {
  return `
prometheus.scrape "native" {
  targets                  = [{ "__address__" = "${target}" }]
  params                   = { "by" = ["${agent}"] }
  scrape_interval          = "1s"
  scrape_timeout           = "1s"
  scrape_protocols         = ["PrometheusProto", "OpenMetricsText1.0.0"]
  scrape_native_histograms = true
  forward_to               = [prometheus.remote_write.prometheus.receiver]
}

prometheus.remote_write "prometheus" {
  external_labels = { agent = "${agent}" }

  endpoint {
    url                    = "${url}"
    send_native_histograms = true

    queue_config {
      batch_send_deadline = "1s"
    }
  }
}
`
}
