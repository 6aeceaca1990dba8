// Compares what arrived with what was served, sample for sample.
//
// From each scrape that an exporter served follows exactly what has to arrive: its samples with the target's labels and
// the very same values, a staleness marker for each series that has gone since the scrape before, and the five series
// that report on the scrape. All of it once, with one timestamp, and each series in order of time. Anything else that
// arrives is wrong; anything that doesn't is lost.

import { STALE } from './receiver.mjs'

/** How far a timestamp may be from the moment at which the exporter answered. */
const CLOCK_TOLERANCE_MS = 2000
/** A scrape that was answered so shortly before the agent was told to stop may be dropped, but only as a whole. */
const STOP_TOLERANCE_MS = 500
const REPORTED_PROBLEMS = 20

const ANY_DURATION = { accepts: (value) => value >= 0 && value < 10, toString: () => 'a duration' }

/**
 * `targets` are [{ name, address }]. Feed it with served() and delivered() as things happen; ask `states`, `problems`
 * and finish() about the result.
 */
export function createCheck(targets) {
  const states = new Map(targets.map((target) => [target.address, createState(target)]))
  const byName = new Map([...states.values()].map((state) => [state.name, state]))
  const lastTimestamps = new Map()
  const problems = []
  let wrong = 0

  function report(text) {
    wrong++
    note(text)
  }

  function note(text) {
    if (problems.length < REPORTED_PROBLEMS) problems.push(text)
  }

  /** An exporter has answered a scrape (see exporters.mjs). */
  function served(scrape) {
    const state = byName.get(scrape.name)
    const expected = expectedFrom(scrape, state)
    state.series = new Set(scrape.samples.map((sample) => seriesOf(sample, state)))
    state.scrapesServed++
    state.samplesServed += scrape.samples.length
    state.pending.set(scrape.number, { scrape, expected, size: expected.size, timestamp: undefined })
  }

  /** A series of a remote_write request has arrived. */
  function delivered(labels, samples) {
    const state = states.get(labels.instance)
    const series = canonical(labels)
    if (state === undefined || labels.job !== state.name) {
      report(`labels of no target: ${series}`)
      return
    }
    for (const { value, timestamp } of samples) {
      if (timestamp <= (lastTimestamps.get(series) ?? -Infinity))
        report(`twice or out of order: ${series} at ${timestamp}`)
      lastTimestamps.set(series, timestamp)
      if (labels.__name__ === 'up' && value !== 1) report(`${state.name} was down: up ${String(value)} at ${timestamp}`)
      if (labels.__name__ === 'demo_scrapes_total' && value !== STALE) identify(state, timestamp, value)
      if (isWatched(labels, state)) state.watched = value
      arrived(state, { series, value, timestamp })
    }
  }

  /** From now on it is known to which scrape the samples of this timestamp belong. */
  function identify(state, timestamp, number) {
    const entry = state.pending.get(number)
    if (entry === undefined || entry.timestamp !== undefined) {
      report(`${state.name}: scrape ${number} arrived, but ${entry ? 'it already had' : 'no such one is expected'}`)
      return
    }
    if (Math.abs(timestamp - entry.scrape.servedAt) > CLOCK_TOLERANCE_MS) {
      report(`${state.name}: scrape ${number} of ${entry.scrape.servedAt} has timestamp ${timestamp}`)
    }
    if (number !== state.lastNumber + 1) report(`${state.name}: scrape ${number} came after ${state.lastNumber}`)
    if (timestamp - state.lastTimestamp > 1500) state.missed += Math.round((timestamp - state.lastTimestamp) / 1000) - 1
    state.lastNumber = number
    state.lastTimestamp = timestamp
    entry.timestamp = timestamp
    state.byTimestamp.set(timestamp, entry)
    const early = state.early.get(timestamp) ?? []
    state.early.delete(timestamp)
    for (const sample of early) match(state, entry, sample)
  }

  function arrived(state, sample) {
    const entry = state.byTimestamp.get(sample.timestamp)
    if (entry !== undefined) match(state, entry, sample)
    else if (state.early.has(sample.timestamp)) state.early.get(sample.timestamp).push(sample)
    else state.early.set(sample.timestamp, [sample])
  }

  function match(state, entry, { series, value }) {
    const { scrape, expected } = entry
    if (!expected.has(series)) {
      report(`not served: ${series} ${String(value)} in scrape ${scrape.number}`)
      return
    }
    const wanted = expected.get(series)
    const equal = wanted === ANY_DURATION ? wanted.accepts(value) : Object.is(wanted, value)
    if (!equal) report(`${series} is ${String(value)} instead of ${String(wanted)} in scrape ${scrape.number}`)
    expected.delete(series)
    if (expected.size === 0) complete(state, entry)
  }

  function complete(state, { scrape, size, timestamp }) {
    state.pending.delete(scrape.number)
    state.byTimestamp.delete(timestamp)
    state.scrapesDelivered++
    state.samplesDelivered += scrape.samples.length
    state.markersDelivered += size - scrape.samples.length - REPORT_SERIES
    state.delay = Date.now() - scrape.servedAt
  }

  /**
   * When nothing can arrive any more: { lost, wrong, cutByStop } in samples, samples and scrapes.
   * `stoppedAt` is the wall time at which the agent was told to stop; `hadTime`: something of each target must be there.
   */
  function finish({ stoppedAt, hadTime }) {
    let lost = 0
    let cutByStop = 0
    for (const state of states.values()) {
      for (const samples of state.early.values()) {
        for (const { series, value, timestamp } of samples)
          report(`of no scrape: ${series} ${String(value)} at ${timestamp}`)
      }
      for (const { scrape, expected, size } of state.pending.values()) {
        const isLast = scrape.number === state.scrapesServed
        const cut = !scrape.complete || scrape.servedAt > stoppedAt - STOP_TOLERANCE_MS
        if (isLast && cut && expected.size === size) {
          cutByStop++
          state.samplesServed -= scrape.samples.length
        } else {
          lost += expected.size
          const [series] = expected.keys()
          note(`${state.name}: ${expected.size} lost of scrape ${scrape.number}, such as ${series}`)
        }
      }
      if (hadTime && state.scrapesDelivered === 0) report(`${state.name}: nothing arrived`)
    }
    return { lost, wrong, cutByStop }
  }

  return { states: [...states.values()], problems, wrong: () => wrong, report, served, delivered, finish }
}

function createState({ name, address, watch }) {
  return {
    name,
    address,
    watch,
    /** Last delivered value of the watched series. */
    watched: undefined,
    scrapesServed: 0,
    scrapesDelivered: 0,
    samplesServed: 0,
    samplesDelivered: 0,
    markersDelivered: 0,
    /** Scrapes that should have been but weren't: gaps between timestamps. */
    missed: 0,
    /** Milliseconds between the last complete scrape's being served and its last sample's arrival. */
    delay: undefined,
    /** Series of the last served scrape. */
    series: new Set(),
    /** Scrapes that haven't arrived completely, by number. */
    pending: new Map(),
    /** The same, by timestamp, as soon as that is known. */
    byTimestamp: new Map(),
    /** Samples whose scrape isn't known yet, by timestamp. */
    early: new Map(),
    lastNumber: 0,
    lastTimestamp: Infinity,
  }
}

// ---- what must arrive -----------------------------------------------------------------------------------------------

const REPORT_SERIES = 5

function expectedFrom({ samples }, state) {
  const expected = new Map(samples.map((sample) => [seriesOf(sample, state), sample.value]))
  const added = [...expected.keys()].filter((series) => !state.series.has(series)).length
  for (const series of state.series) if (!expected.has(series)) expected.set(series, STALE)

  const reports = {
    up: 1,
    scrape_duration_seconds: ANY_DURATION,
    scrape_samples_scraped: samples.length,
    scrape_samples_post_metric_relabeling: samples.length,
    scrape_series_added: added,
  }
  for (const [name, value] of Object.entries(reports)) expected.set(seriesOf({ name, labels: {} }, state), value)
  return expected
}

/** An exporter's own `job` label has to make way for the target's. */
function seriesOf({ name, labels: { job, ...labels } }, target) {
  const exported = job === undefined ? {} : { exported_job: job }
  return canonical({ ...labels, ...exported, __name__: name, job: target.name, instance: target.address })
}

/** One spelling for a label set. */
function canonical(labels) {
  const names = Object.keys(labels).sort()
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`
}

function isWatched(labels, { watch }) {
  if (labels.__name__ !== watch.name) return false
  return Object.entries(watch.labels).every(([name, value]) => labels[name] === value)
}
