// Small exporters with moving values, of five kinds, one HTTP server each. Together they show every kind of metric, both
// text formats, awkward label values and series that come and go.
//
// An exporter knows exactly what it has served: for each scrape it hands `onScrape` the list of samples, as data and not
// as text. That list is what the receiver's samples are checked against (check.mjs).

import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { SENDER_HEADER } from './node.mjs'

/**
 * Starts an exporter on a free loopback port. Returns { name, job, about, watch, address, close() }; `instance` tells those of
 * one kind apart.
 * `onScrape({ target, by, number, samples, servedAt, complete })` is called for each scrape before its response goes out; `target`
 * is the exporter's address, `by` who asked, `complete` becomes true when all of it has. Samples are
 * [{ name, labels, value }], the first of them `demo_scrapes_total` with the scrape's number as value.
 */
export async function startExporter(createModel, instance, onScrape) {
  const model = createModel()
  let number = 0
  let families = model.next()

  const server = createServer((request, response) => {
    // Only an agent's scrape moves the values on; a curious person may look without being counted.
    const isScrape = request.headers['x-prometheus-scrape-timeout-seconds'] !== undefined
    if (isScrape) {
      number++
      if (number > 1) families = model.next()
      const samples = samplesOf(families, number)
      const by = request.headers[SENDER_HEADER.toLowerCase()]
      const scrape = { target: address, by, number, samples, servedAt: Date.now(), complete: false }
      response.once('finish', () => {
        scrape.complete = true
      })
      onScrape(scrape)
    }
    const text = model.openMetrics ? openMetrics(families, number) : plainText(families, number)
    const body = gzipSync(text)
    response.writeHead(200, {
      'Content-Type': model.openMetrics
        ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
        : 'text/plain; version=0.0.4; charset=utf-8',
      'Content-Encoding': 'gzip',
      'Content-Length': body.length,
    })
    response.end(body)
  })
  const port = await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
  const address = `127.0.0.1:${port}`
  return {
    name: `${model.name}-${instance}`,
    job: model.name,
    about: model.about,
    watch: model.watch,
    address,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

// ---- the five -------------------------------------------------------------------------------------------------------
// A model's next() moves its values on and returns families: { name, type, help, unit?, samples: [{ name, labels, value }] }.

function shop() {
  const orders = { card: 0, invoice: 0, voucher: 0 }
  const paths = ['/', '/basket', '/café/menü', '/search?q="blue shoes"', 'C:\\old\\path']
  const durations = paths.map((path) => histogram('shop_request_duration_seconds', { path }, [0.005, 0.05, 0.5, 2.5]))
  return {
    name: 'shop',
    about: 'counters and histograms',
    watch: { name: 'shop_orders_total', labels: { payment: 'card' } },
    next() {
      for (const payment of Object.keys(orders)) orders[payment] += between(0, 5)
      for (const duration of durations) duration.observe(between(1, 9), () => Math.random() ** 4 * 4)
      return [
        family('shop_orders_total', 'counter', 'Orders by way of payment.', [
          ...Object.entries(orders).map(([payment, value]) => ({ labels: { payment }, value })),
        ]),
        {
          name: 'shop_request_duration_seconds',
          type: 'histogram',
          help: 'How long requests took.',
          samples: durations.flatMap((duration) => duration.samples()),
        },
      ]
    },
  }
}

function weather() {
  const cities = ['Oslo', 'Zürich', '東京', 'Nuuk']
  const celsius = cities.map((_, n) => n * 4 - 6)
  return {
    name: 'weather',
    about: 'gauges; a broken one says NaN',
    watch: { name: 'weather_temperature_celsius', labels: { city: 'Zürich' } },
    next() {
      for (const n of celsius.keys()) celsius[n] = Number((celsius[n] + Math.random() - 0.5).toFixed(2))
      const gauge = (name, help, value) =>
        family(name, 'gauge', help, [...cities.map((city, n) => ({ labels: { city }, value: value(n) }))])
      return [
        gauge('weather_temperature_celsius', 'Air temperature.', (n) => celsius[n]),
        gauge('weather_humidity_ratio', 'Relative humidity, NaN when the sensor is broken.', (n) =>
          n === 3 ? Number.NaN : Math.random(),
        ),
        gauge('weather_visibility_metres', 'How far one sees.', (n) =>
          n === 2 ? Infinity : between(1, 9) * 10 ** (3 * n),
        ),
        gauge(
          'weather_rain_kelvin_offset',
          'Very small and very large numbers.',
          (n) => -Math.random() * 10 ** (60 * n - 90),
        ),
      ]
    },
  }
}

function mail() {
  let sent = 0
  let seconds = 0
  return {
    name: 'mail',
    about: 'a summary, a gauge',
    watch: { name: 'mail_delivery_seconds_count', labels: {} },
    next() {
      const now = between(0, 12)
      sent += now
      seconds = Number((seconds + now * Math.random()).toFixed(3))
      const quantile = (which, slowness) => ({ labels: { quantile: which }, value: Math.random() * slowness })
      return [
        family('mail_delivery_seconds', 'summary', 'Time until a mail was accepted.', [
          quantile('0.5', 0.2),
          quantile('0.9', 0.8),
          quantile('0.99', 3),
          { name: 'mail_delivery_seconds_sum', labels: {}, value: seconds },
          { name: 'mail_delivery_seconds_count', labels: {}, value: sent },
        ]),
        family('mail_queue_length', 'gauge', 'Mails that wait, by priority.', [
          ...['high', 'low'].map((priority) => ({ labels: { priority }, value: between(0, 40) })),
        ]),
      ]
    },
  }
}

function payments() {
  let euros = 0
  const amounts = histogram('payments_amount_euros', {}, [10.5, 100.5, 1000.5])
  return {
    name: 'payments',
    about: 'OpenMetrics, with unit, info and exemplars',
    openMetrics: true,
    watch: { name: 'payments_volume_euros_total', labels: {} },
    next() {
      const paid = Number((Math.random() * 200).toFixed(2))
      euros = Number((euros + paid).toFixed(2))
      amounts.observe(1, () => paid)
      const buckets = amounts.samples()
      buckets.find((sample) => paid <= Number(sample.labels.le.replace('+Inf', 'Infinity'))).exemplar =
        `# {trace_id="${between(1e8, 9e8).toString(16)}"} ${paid}`
      return [
        family('payments_build', 'info', 'What runs.', [
          { name: 'payments_build_info', labels: { version: '1.4.2' }, value: 1 },
        ]),
        family('payments_volume_euros', 'counter', 'Money moved.', [
          { name: 'payments_volume_euros_total', labels: {}, value: euros },
        ]),
        { name: 'payments_amount_euros', type: 'histogram', unit: 'euros', help: 'Single amounts.', samples: buckets },
      ]
    },
  }
}

/** Its own `job` label collides with the target's and must arrive as `exported_job`. */
function batch() {
  const running = new Map()
  return {
    name: 'batch',
    about: 'series that come and go',
    watch: { name: 'batch_jobs_running', labels: {} },
    next() {
      for (const [job, progress] of running) {
        if (progress >= 1) running.delete(job)
        else running.set(job, Math.min(1, Number((progress + Math.random()).toFixed(3))))
      }
      for (const job of ['backup', 'invoices', 'thumbnails', 'reindex']) {
        if (!running.has(job) && Math.random() < 0.3) running.set(job, 0)
      }
      const jobs = [...running]
      return [
        family('batch_jobs_running', 'gauge', 'Jobs that run now.', [{ labels: {}, value: jobs.length }]),
        family('batch_job_progress_ratio', 'gauge', 'How far a job is; only while it runs.', [
          ...jobs.map(([job, value]) => ({ labels: { job, worker: `w${job.length}` }, value })),
        ]),
      ]
    },
  }
}

export const MODELS = [shop, weather, mail, payments, batch]

// ---- building blocks ------------------------------------------------------------------------------------------------

/** A whole number from `low` to `high`. */
const between = (low, high) => low + Math.floor(Math.random() * (high - low + 1))

/** Samples without a name of their own get the family's. */
function family(name, type, help, samples) {
  return { name, type, help, samples: samples.map((sample) => ({ name, ...sample })) }
}

function histogram(name, labels, bounds) {
  const counts = new Array(bounds.length + 1).fill(0)
  let sum = 0
  return {
    observe(times, draw) {
      for (let n = 0; n < times; n++) {
        const value = draw()
        const bucket = bounds.findIndex((bound) => value <= bound)
        counts[bucket === -1 ? bounds.length : bucket]++
        sum += value
      }
    },
    samples() {
      let total = 0
      const buckets = counts.map((count, n) => {
        total += count
        return { name: `${name}_bucket`, labels: { ...labels, le: String(bounds[n] ?? '+Inf') }, value: total }
      })
      return [...buckets, { name: `${name}_sum`, labels, value: sum }, { name: `${name}_count`, labels, value: total }]
    },
  }
}

// ---- text -----------------------------------------------------------------------------------------------------------

/** Tells scrapes apart: whatever arrives with this value belongs to that scrape. */
function scrapeNumber(number) {
  return { name: 'demo_scrapes_total', labels: {}, value: number }
}

function samplesOf(families, number) {
  return [scrapeNumber(number), ...families.flatMap((one) => one.samples)]
}

function plainText(families, number) {
  const all = [{ ...family('demo_scrapes_total', 'counter', 'Scrapes.', [scrapeNumber(number)]) }, ...families]
  return all
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(line),
    ])
    .map((text) => `${text}\n`)
    .join('')
}

function openMetrics(families, number) {
  const all = [{ ...family('demo_scrapes', 'counter', 'Scrapes.', [scrapeNumber(number)]) }, ...families]
  const lines = all.flatMap(({ name, type, help, unit, samples }) => [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.map(line),
  ])
  return [...lines, '# EOF', ''].join('\n')
}

function line({ name, labels, value, exemplar }) {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return [`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''}`, numeral(value), exemplar]
    .filter(Boolean)
    .join(' ')
}

const escaped = (text) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const numeral = (value) => (Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf')
