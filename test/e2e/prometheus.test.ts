/**
 * The main job against real peers: agents on Node, Bun and Deno scrape Debian's node exporter once a second and ship to
 * Debian's Prometheus, which scrapes the same targets itself as a witness. All at the same time, told apart by a label, so
 * that the minute passes once. Two exporters of our own tell whether every single scrape arrived, and how series end.
 *
 * SKEIN_E2E_SECONDS: how long it scrapes, 60 unless given; at least 12.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningAgent, startAgent } from './support/agent.ts'
import { serve } from './support/exporter.ts'
import { parseExposition, type Sample, seriesName } from './support/exposition.ts'
import {
  missingPeers,
  type Prometheus,
  type SeriesPoints,
  startNodeExporter,
  startPrometheus,
} from './support/peers.ts'
import { type Exit, endEverything } from './support/processes.ts'
import { RUNTIMES } from './support/runtimes.ts'
import { timeline } from './support/timeline.ts'

const SECONDS = Math.max(12, Number(process.env['SKEIN_E2E_SECONDS'] ?? 60))
const INTERVAL_MS = 1000

/** Values that are hard to carry, and a series that moves, one that vanishes, and one that is always there. */
const HARD_VALUES = ['0', '-0', '0.1', '1e-7', '123456789.123456789', '5e-324', '+Inf', '-Inf', 'NaN']

/** Of the node exporter: what doesn't move while it runs. */
const FIXED = [
  ...['node_boot_time_seconds', 'node_uname_info', 'node_os_info', 'node_exporter_build_info', 'node_cpu_info'],
  ...['node_filesystem_size_bytes', 'node_memory_MemTotal_bytes', 'node_network_mtu_bytes', 'node_network_info'],
  ...['node_disk_info', 'go_info', 'process_max_fds', 'process_start_time_seconds', 'node_scrape_collector_success'],
]

/** What a scrape adds of its own. */
const REPORTS = new Set([
  ...['up', 'scrape_duration_seconds', 'scrape_samples_scraped'],
  ...['scrape_samples_post_metric_relabeling', 'scrape_series_added'],
])

const missing = missingPeers('prometheus', 'prometheus-node-exporter')
const runtimes = RUNTIMES.filter(({ missing }) => missing === undefined)

describe.skipIf(missing !== undefined)(
  `scraping a node exporter into Prometheus for ${SECONDS} s${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let prometheus: Prometheus
    let exporter: string
    const agents = new Map<string, RunningAgent>()
    const exits = new Map<string, Exit>()
    /** Scrapes of our own exporter by who asked. */
    const scrapes = new Map<string, number>()
    /** The last scrape that showed the series, and the last that was answered at all, by who asked. */
    const lastShown = new Map<string, number>()
    const lastAnswered = new Map<string, number>()
    /** Direct scrapes just before and just after this moment. */
    let before: Sample[]
    let after: Sample[]
    let between: number
    let stoppedAt: number

    beforeAll(
      async () => {
        let vanishing = true
        const mine = await serve((request, response) => {
          const by = new URL(request.url as string, 'http://mine').searchParams.get('by') as string
          scrapes.set(by, (scrapes.get(by) ?? 0) + 1)
          if (vanishing) lastShown.set(by, Date.now())
          response
            .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
            .end(
              [
                `mine_scrapes_total ${scrapes.get(by)}`,
                ...HARD_VALUES.map((value, i) => `mine_hard{nr="${i}",text="a\\"b\\\\c\\n€"} ${value}`),
                ...(vanishing ? ['mine_vanishing{x="1"} 1'] : []),
                '',
              ].join('\n'),
            )
        })
        const leaving = await serve((request, response) => {
          lastAnswered.set(new URL(request.url as string, 'http://mine').searchParams.get('by') as string, Date.now())
          response.writeHead(200, { 'content-type': 'text/plain' }).end('leaving_series 1\n')
        })
        exporter = (await startNodeExporter()).address
        const targets = { node: exporter, mine: mine.address, leaving: leaving.address }
        prometheus = await startPrometheus(witness(targets))
        await Promise.all(
          runtimes.map(async (runtime) => {
            agents.set(runtime.name, await startAgent(config(runtime.name, targets, prometheus.writeUrl), { runtime }))
          }),
        )

        const third = (SECONDS / 3) * 1000
        await sleep(third)
        vanishing = false
        before = await scrapeDirectly()
        await sleep(INTERVAL_MS * 1.5)
        between = Date.now()
        await sleep(INTERVAL_MS * 1.5)
        after = await scrapeDirectly()
        await sleep(third - 3 * INTERVAL_MS)
        await leaving.close()
        await sleep(third)

        stoppedAt = Date.now()
        await Promise.all(
          [...agents].map(async ([name, agent]) => {
            exits.set(name, await agent.stop())
          }),
        )
      },
      SECONDS * 1000 + 90_000,
    )
    afterAll(endEverything)

    async function scrapeDirectly(): Promise<Sample[]> {
      const response = await fetch(`http://${exporter}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
      return parseExposition(await response.text())
    }

    /** Raw samples of the one series that matches. */
    async function raw(selector: string): Promise<SeriesPoints['points']> {
      const series = await prometheus.query(`${selector}[${SECONDS + 60}s]`)
      expect(series, selector).toHaveLength(1)
      return series[0].points
    }

    describe.each(RUNTIMES)('$title', ({ name, missing }) => {
      const it_ = it.skipIf(missing !== undefined)

      it_('delivers every scrape of the node exporter, one second apart, with up == 1', async () => {
        const points = await raw(`up{agent="${name}",job="node"}`)
        expect(points.every(({ value }) => value === 1)).toBe(true)
        const times = points.map(({ timestamp }) => timestamp)
        const { start, missing, doubled, exact, worst } = timeline(times, INTERVAL_MS)
        expect({ missing, doubled }).toEqual({ missing: 0, doubled: 0 })
        // A scrape that a busy machine begins more than 2 ms late carries the time when it began, as in Prometheus.
        expect(exact).toBeGreaterThan(0.5)
        expect(worst).toBeLessThan(INTERVAL_MS / 2)
        expect(times.length).toBeGreaterThanOrEqual(SECONDS - 1)
        expect(stoppedAt - times[times.length - 1]).toBeLessThan(1.5 * INTERVAL_MS)

        // The same as a range query: exactly one in each second, even if one or the other began late.
        const from = start + INTERVAL_MS / 2
        const to = from + (times.length - 1) * INTERVAL_MS
        const sums = `sum_over_time(up{agent="${name}",job="node"}[1s])`
        const [range] = await prometheus.queryRange(sums, from, to, INTERVAL_MS)
        expect(range.points.map(({ value }) => value)).toEqual(times.map(() => 1))
      })

      it_('loses no sample between an exporter that counts its scrapes and Prometheus', async () => {
        const points = await raw(`mine_scrapes_total{agent="${name}"}`)
        expect(points.map(({ value }) => value)).toEqual(points.map((_, i) => i + 1))
        // The last one may have been under way at SIGTERM.
        expect((scrapes.get(name) as number) - points.length).toBeLessThanOrEqual(1)
      })

      it_('shows the series that a direct scrape shows, with the same values', async () => {
        const at = new Map(
          (await prometheus.query(`{agent="${name}",job="node"}`, between))
            .filter(({ labels }) => !REPORTS.has(labels.get('__name__') as string))
            .map(({ labels, points }) => [seriesName(labels, ['agent', 'job', 'instance']), points[0].value]),
        )
        const earlier = new Map(before.map(({ labels, value }) => [seriesName(labels), value]))
        const later = new Map(after.map(({ labels, value }) => [seriesName(labels), value]))
        // Series come and go with interfaces and mounts: those of both direct scrapes must be there, others must be of one.
        expect([...earlier.keys()].filter((series) => later.has(series) && !at.has(series))).toEqual([])
        expect([...at.keys()].filter((series) => !earlier.has(series) && !later.has(series))).toEqual([])
        expect(at.size).toBeGreaterThan(300)

        const fixed = before.filter(({ labels }) => FIXED.includes(labels.get('__name__') as string))
        expect(new Set(fixed.map(({ labels }) => labels.get('__name__'))).size).toBeGreaterThan(8)
        const differing = fixed.filter(({ labels, value }) => !Object.is(at.get(seriesName(labels)), value))
        expect(differing.map(({ labels }) => seriesName(labels))).toEqual([])

        const outside = [...at].filter(([series, value]) => {
          const [low, high] = [earlier.get(series), later.get(series)]
          const isCounter = /_total"/.test(/__name__="[^"]*"/.exec(series)?.[0] ?? '')
          return isCounter && low !== undefined && high !== undefined && high >= low && (value < low || value > high)
        })
        expect(outside).toEqual([])
      })

      it_('shows the series that Prometheus got by itself', async () => {
        const namesOf = async (agent: string): Promise<string[]> => {
          const series = await prometheus.query(`{agent="${agent}",job=~"node|mine"}`, between)
          return series.map(({ labels }) => seriesName(labels, ['agent'])).sort()
        }
        expect(await namesOf(name)).toEqual(await namesOf('prometheus'))
      })

      it_('carries values that are hard to carry', async () => {
        const series = await prometheus.query(`mine_hard{agent="${name}"}`, between)
        const values = new Map(series.map(({ labels, points }) => [labels.get('nr'), points[0].value]))
        expect(HARD_VALUES.map((_, i) => values.get(String(i)))).toEqual(
          HARD_VALUES.map((text) => (text.endsWith('Inf') ? Number(`${text}inity`) : Number(text))),
        )
        expect(new Set(series.map(({ labels }) => labels.get('text')))).toEqual(new Set(['a"b\\c\n€']))
      })

      it_('ends a series at the first scrape without it', async () => {
        const shown = lastShown.get(name) as number
        const query = `mine_vanishing{agent="${name}"}`
        expect(await prometheus.query(query, shown + 0.5 * INTERVAL_MS)).toHaveLength(1)
        expect(await prometheus.query(query, shown + 1.5 * INTERVAL_MS)).toHaveLength(0)
        expect(await prometheus.query(`mine_hard{agent="${name}"}`, stoppedAt)).toHaveLength(HARD_VALUES.length)
      })

      it_('ends the series of a target that went away, and shows it down', async () => {
        const answered = lastAnswered.get(name) as number
        const query = `leaving_series{agent="${name}"}`
        expect(await prometheus.query(query, answered + 0.5 * INTERVAL_MS)).toHaveLength(1)
        expect(await prometheus.query(query, answered + 1.5 * INTERVAL_MS)).toHaveLength(0)
        const up = await raw(`up{agent="${name}",job="leaving"}`)
        const ups = up.filter(({ timestamp }) => timestamp <= answered).map(({ value }) => value)
        const downs = up.filter(({ timestamp }) => timestamp > answered).map(({ value }) => value)
        expect(new Set(ups)).toEqual(new Set([1]))
        expect(new Set(downs)).toEqual(new Set([0]))
        expect(downs.length).toBeGreaterThanOrEqual(Math.floor(SECONDS / 3) - 1)
      })

      it_('ends in good order at SIGTERM, and leaves its series for the next agent to go on with', async () => {
        expect(exits.get(name)).toMatchObject({ code: 0, signal: null })
        expect((exits.get(name) as Exit).tookMs).toBeLessThan(3000)
        expect(await prometheus.query(`up{agent="${name}",job="node"}`)).toHaveLength(1)
      })
    })

    it('gives Prometheus nothing to complain about', () => {
      expect(prometheus.output()).not.toMatch(/level=(warn|error)/)
      expect(prometheus.output()).not.toMatch(/out.of.(order|bounds)|duplicate/i)
    })
  },
)

type Targets = Readonly<Record<'node' | 'mine' | 'leaving', string>>

function config(agent: string, targets: Targets, writeUrl: string): string {
  const scrapes = Object.entries(targets).map(
    ([job, address]) => `
prometheus.scrape "${job}" {
  targets         = [{ "__address__" = "${address}" }]
  job_name        = "${job}"
  params          = { "by" = ["${agent}"] }
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.prometheus.receiver]
}
`,
  )
  return `${scrapes.join('')}
prometheus.remote_write "prometheus" {
  external_labels = { agent = "${agent}" }

  endpoint {
    url = "${writeUrl}"

    queue_config {
      batch_send_deadline = "1s"
    }
  }
}
`
}

/** The same scrapes by Prometheus itself. */
function witness(targets: Targets): string {
  const jobs = Object.entries(targets).map(
    ([job, address]) => `
  - job_name: ${job}
    params: { by: [prometheus] }
    static_configs:
      - targets: ['${address}']
        labels: { agent: prometheus }
`,
  )
  return `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:${jobs.join('')}`
}
