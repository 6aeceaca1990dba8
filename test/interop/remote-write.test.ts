/**
 * Prometheus's own receiver as a judge: skein scrapes a target that exposes everything in protobuf, and ships it in both
 * versions of remote_write to the write handler of Prometheus's Go module, over its TSDB. What its code decoded is compared
 * with what the target served, and the handler must have had nothing to refuse.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningAgent, startAgent } from '../e2e/support/agent.ts'
import { type Served, serve } from '../e2e/support/exporter.ts'
import { endEverything } from '../e2e/support/processes.ts'
import { until } from '../e2e/support/until.ts'
import { CONTENT_TYPE, CREATED_MS, exemplarTimestamp, protoExposition } from '../support/proto-exposition.ts'
import { buildPeer } from './support/build-peer.ts'
import { type Judge, type JudgedHistogram, type JudgedSample, startJudge } from './support/judge.ts'

const SCRAPES = 5
const STALE_BITS = '7ff0000000000002'
const MESSAGES = { '1.0': 'prometheus.WriteRequest', '2.0': 'io.prometheus.write.v2.Request' }

const built = buildPeer('judge')
const skipped = 'missing' in built ? built.missing : undefined

afterAll(endEverything)

describe.skipIf(skipped !== undefined).each([['1.0'], ['2.0']] as const)(
  `remote_write %s to Prometheus's own receiver${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  (version) => {
    let judge: Judge
    let agent: RunningAgent
    let target: Served
    let serial = 0

    beforeAll(async () => {
      judge = await startJudge('program' in built ? built.program : '')
      target = await serve((_request, response) => {
        response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(protoExposition(++serial))
      })
      agent = await startAgent(config(target.address, judge.url, version))
      await until(`${SCRAPES} scrapes at the judge`, 30_000, () => samples('judged_level').length >= SCRAPES)
      await agent.stop()
    }, 60_000)
    afterAll(() => target?.close())

    /** Without staleness markers. */
    const samples = (name: string): readonly JudgedSample[] =>
      judge.series(name).flatMap(({ samples }) => (samples ?? []).filter(({ bits }) => bits !== STALE_BITS))
    const histograms = (name: string): readonly JudgedHistogram[] =>
      judge.series(name).flatMap(({ histograms }) => histograms ?? [])
    /** The serials of all scrapes, from 1 to as many as there are. */
    const serials = (all: readonly unknown[]): number[] => all.map((_, n) => n + 1)

    it('is decoded and stored, all of it', () => {
      expect(judge.requests.length).toBeGreaterThan(0)
      expect(judge.requests.filter(({ error, status }) => error !== undefined || status !== 204)).toEqual([])
      expect(judge.output()).not.toMatch(/level=(ERROR|WARN)/)
      for (const { headers } of judge.requests) {
        expect(headers).toMatchObject({
          'content-encoding': 'snappy',
          'content-type':
            version === '1.0' ? 'application/x-protobuf' : `application/x-protobuf;proto=${MESSAGES['2.0']}`,
          'x-prometheus-remote-write-version': version === '1.0' ? '0.1.0' : '2.0.0',
        })
      }
      if (version === '1.0') return
      // What the receiver says that it wrote is what was in the request.
      for (const { series = [], written } of judge.requests) {
        const count = (kind: 'samples' | 'histograms' | 'exemplars'): string =>
          String(series.reduce((sum, one) => sum + (one[kind]?.length ?? 0), 0))
        expect(written).toMatchObject({
          'x-prometheus-remote-write-samples-written': count('samples'),
          'x-prometheus-remote-write-histograms-written': count('histograms'),
          'x-prometheus-remote-write-exemplars-written': count('exemplars'),
        })
      }
    })

    it('has every sample of a gauge and of a counter', () => {
      const levels = samples('judged_level')
      expect(levels.map(({ value }) => Number(value))).toEqual(serials(levels).map((n) => -n / 3))
      const counts = samples('judged_requests_total')
      expect(counts.map(({ value }) => Number(value))).toEqual(serials(counts))
      expect(new Set(counts.map(({ start }) => start))).toEqual(new Set([version === '2.0' ? CREATED_MS : 0]))
      expect(judge.series('judged_level')[0].labels).toMatchObject({ path: '/a"b\\c', job: 'judged' })
    })

    it('has the exemplars, each once', () => {
      const found = judge.series('judged_requests_total').flatMap(({ exemplars }) => exemplars ?? [])
      expect(found).toEqual(
        serials(samples('judged_requests_total')).map((n) => ({
          labels: { trace_id: `trace-${n}` },
          value: '0.75',
          timestamp: exemplarTimestamp(n),
        })),
      )
    })

    it('has native histograms with their buckets', () => {
      const exponential = histograms('judged_latency_seconds').filter(({ sum }) => sum !== 'NaN')
      expect(exponential.length).toBeGreaterThanOrEqual(SCRAPES)
      exponential.forEach((one, at) => {
        const n = at + 1
        expect(one).toMatchObject({ float: false, schema: 0, zeroThreshold: '0.001', zeroCount: '1', invalid: '' })
        expect(one).toMatchObject({ count: String(3 * n + 2), sum: String(n * 1.5) })
        expect(one.buckets).toEqual(['-8..-4 1', '-0.001..0.001 1', `0.5..1 ${n}`, `1..2 ${2 * n}`])
        expect(one.start).toBe(version === '2.0' ? CREATED_MS : 0)
      })
      const floating = histograms('judged_sizes').filter(({ sum }) => sum !== 'NaN')
      expect(floating.length).toBeGreaterThanOrEqual(SCRAPES)
      floating.forEach((one, at) => {
        expect(one).toMatchObject({ float: true, schema: 3, count: String((at + 1) / 2), sum: '0.25', invalid: '' })
        // Of a gauge: it may go down without having been reset.
        expect(one.resetHint).toBe(3)
      })
    })

    it(version === '2.0' ? 'has converted histograms' : 'counts converted histograms, which it can not carry', () => {
      const converted = histograms('judged_classic').filter(({ sum }) => sum !== 'NaN')
      if (version === '1.0') expect(converted).toEqual([])
      else expect(converted.length).toBeGreaterThanOrEqual(SCRAPES)
      converted.forEach((one, at) => {
        const n = at + 1
        expect(one).toMatchObject({ schema: -53, customValues: ['1', '5'], count: String(2 * n), invalid: '' })
        expect(one.buckets?.map((bucket) => bucket.split(' ')[1])).toEqual([String(n), String(n)])
      })
      expect(judge.series('judged_classic_bucket')).toEqual([])
    })

    it('has metadata', () => {
      const described = [
        ['judged_requests_total', 'judged_requests', 'counter', 'Requests.', 'requests'],
        ['judged_level', 'judged_level', 'gauge', 'A level, "quoted" and\nin two lines: €.', ''],
        ['judged_latency_seconds', 'judged_latency_seconds', 'histogram', 'Latency.', 'seconds'],
      ]
      for (const [series, family, type, help, unit] of described) {
        if (version === '2.0') {
          for (const one of judge.series(series)) expect(one.metadata).toMatchObject({ type, help, unit })
        } else {
          const found = judge.requests.flatMap(({ metadata = [] }) => metadata)
          const mine = found.filter((one) => one.family === family || one.family === series)
          expect(mine[0], series).toMatchObject({ type, help, unit })
        }
      }
    })

    it('leaves its series to the next agent: no staleness markers at the end', () => {
      const last = judge.series('judged_level').at(-1)
      expect(last?.samples?.at(-1)?.bits).not.toBe(STALE_BITS)
    })
  },
)

function config(target: string, url: string, version: keyof typeof MESSAGES): string {
  return `
prometheus.scrape "judged" {
  targets                            = [{ "__address__" = "${target}" }]
  job_name                           = "judged"
  scrape_interval                    = "1s"
  scrape_timeout                     = "1s"
  scrape_protocols                   = ["PrometheusProto", "OpenMetricsText1.0.0"]
  scrape_native_histograms           = true
  convert_classic_histograms_to_nhcb = true
  honor_metadata                     = true
  forward_to                         = [prometheus.remote_write.judge.receiver]
}

prometheus.remote_write "judge" {
  endpoint {
    url                    = "${url}"
    protobuf_message       = "${MESSAGES[version]}"
    send_native_histograms = true

    queue_config {
      batch_send_deadline = "1s"
    }

    metadata_config {
      send_interval = "1s"
    }
  }
}
`
}
