// Compares what arrived with what was served, sample for sample.
//
// From each scrape that an exporter served follows exactly what has to arrive from the node that asked: its samples with
// the target's labels and the very same values, a staleness marker for each series that has gone since that node's scrape
// before, and the five series that report on the scrape. All of it once, with one timestamp, and each series in order of
// time. Anything else that arrives is wrong; anything that doesn't is lost.
//
// A node that takes a target over knows nothing of the series before: it marks none of them as gone, and all are new to it.
//
// A node that was killed may take with it what it had scraped in its last seconds, and leave its targets unscraped until the
// others notice. That is counted apart, and nothing else is explained by it.

import { STALE } from './receiver.mjs'

const INTERVAL_MS = 1000
/** How far a timestamp may be from the moment at which the exporter answered. */
const CLOCK_TOLERANCE_MS = 2000
/** A scrape that was answered so shortly before the last node was told to stop may be dropped, but only as a whole. */
const STOP_TOLERANCE_MS = 500
/** What a node holds before it sends it: a killed one takes no older scrapes with it. */
const UNSENT_MS = 3000
/** After how long the others must have taken over from a killed node. */
const TAKE_OVER_MS = 10_000
/** A busy machine may make a scrape come late, but it doesn't swallow three in a row. */
const LONG_GAP = 3
const REPORTED_PROBLEMS = 20

const ANY_DURATION = { accepts: (value) => value >= 0 && value < 10, toString: () => 'a duration' }

/**
 * `targets` are [{ name, job, address, watch }]. Feed it with served(), delivered() and killed() as things happen; ask
 * `states`, `problems` and finish() about the result. A sender is one process of a node: a node that was killed and comes
 * back is another one.
 */
export function createCheck(targets) {
  const states = new Map(targets.map((target) => [target.address, createState(target)]))
  const senders = new Map()
  const kills = new Map()
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

  /** What came from one sender so far: { scrapes, samples }. */
  function senderNamed(name) {
    if (!senders.has(name)) senders.set(name, { scrapes: 0, samples: 0 })
    return senders.get(name)
  }

  /** An exporter has answered a scrape (see exporters.mjs). */
  function served(scrape) {
    const state = states.get(scrape.target)
    const last = state.lastServed
    if (last !== undefined) {
      const gap = scrape.servedAt - last.servedAt
      if (gap > 1.5 * INTERVAL_MS) state.gaps.push(gapAfter(last, scrape.servedAt, Math.round(gap / INTERVAL_MS) - 1))
      if (gap < 0.5 * INTERVAL_MS) state.doubled++
      if (scrape.by !== last.by) state.moves++
    }
    const own = state.ownLast.get(scrape.by)
    const goesOn = own !== undefined && (own === last || scrape.servedAt - own.servedAt < 1.5 * INTERVAL_MS)
    const expected = expectedFrom(scrape, state, goesOn ? own.series : new Set())
    const series = new Set(scrape.samples.map((sample) => seriesOf(sample, state)))
    state.lastServed = { by: scrape.by, servedAt: scrape.servedAt, series }
    state.ownLast.set(scrape.by, state.lastServed)
    state.scrapesServed++
    state.samplesServed += scrape.samples.length
    state.pending.set(scrape.number, { scrape, expected, size: expected.size, timestamp: undefined })
  }

  /** This sender was killed just now. */
  function killed(sender, at) {
    kills.set(sender, at)
  }

  /** A series of a remote_write request has arrived. */
  function delivered(labels, samples, sender) {
    const state = states.get(labels.instance)
    const series = canonical(labels)
    if (state === undefined || labels.job !== state.job) {
      report(`labels of no target: ${series}`)
      return
    }
    for (const { value, timestamp } of samples) {
      const key = `${sender} ${series}`
      if (timestamp <= (lastTimestamps.get(key) ?? -Infinity))
        report(`twice or out of order: ${series} at ${timestamp} from ${sender}`)
      lastTimestamps.set(key, timestamp)
      if (labels.__name__ === 'up' && value !== 1) report(`${state.name} was down: up ${String(value)} at ${timestamp}`)
      if (labels.__name__ === 'demo_scrapes_total' && value !== STALE) identify(state, timestamp, value, sender)
      if (isWatched(labels, state)) state.watched = value
      arrived(state, { series, value, timestamp, sender })
    }
  }

  /** From now on it is known to which scrape the samples of this sender and timestamp belong. */
  function identify(state, timestamp, number, sender) {
    const entry = state.pending.get(number)
    if (entry === undefined || entry.timestamp !== undefined) {
      report(`${state.name}: scrape ${number} arrived, but ${entry ? 'it already had' : 'no such one is expected'}`)
      return
    }
    if (entry.scrape.by !== sender) {
      report(`${state.name}: scrape ${number} of ${entry.scrape.by} was delivered by ${sender}`)
      return
    }
    if (Math.abs(timestamp - entry.scrape.servedAt) > CLOCK_TOLERANCE_MS) {
      report(`${state.name}: scrape ${number} of ${entry.scrape.servedAt} has timestamp ${timestamp}`)
    }
    const lastNumber = state.lastNumbers.get(sender) ?? 0
    if (number < lastNumber) report(`${state.name}: scrape ${number} came after ${lastNumber}`)
    state.lastNumbers.set(sender, number)
    entry.timestamp = timestamp
    const key = momentOf(timestamp, sender)
    state.byMoment.set(key, entry)
    const early = state.early.get(key) ?? []
    state.early.delete(key)
    for (const sample of early) match(state, entry, sample)
  }

  function arrived(state, sample) {
    const key = momentOf(sample.timestamp, sample.sender)
    const entry = state.byMoment.get(key)
    if (entry !== undefined) match(state, entry, sample)
    else if (state.early.has(key)) state.early.get(key).push(sample)
    else state.early.set(key, [sample])
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
    state.byMoment.delete(momentOf(timestamp, scrape.by))
    state.scrapesDelivered++
    state.samplesDelivered += scrape.samples.length
    state.markersDelivered += size - scrape.samples.length - REPORT_SERIES
    state.delay = Date.now() - scrape.servedAt
    const sender = senderNamed(scrape.by)
    sender.scrapes++
    sender.samples += scrape.samples.length
  }

  /** Whether a killed sender may have taken with it what it had scraped at that time. */
  function diedWith(sender, servedAt) {
    const at = kills.get(sender)
    return at !== undefined && servedAt > at - UNSENT_MS
  }

  /** Whether that gap is the time that the others needed to take over from a killed node. */
  function isTakeOver({ by, from, to }) {
    const at = kills.get(by)
    return at !== undefined && at > from - STOP_TOLERANCE_MS && at < to && to - at <= TAKE_OVER_MS
  }

  /**
   * When nothing can arrive any more: { lost, wrong, cutByStop, lostByKill } in samples, samples, scrapes and samples, and
   * { missed, missedByKill, doubled } in scrapes.
   * `stoppedAt` is the wall time at which the last node was told to stop; `hadTime`: something of each target must be there;
   * `scrapedUntil`: the wall time until which each target had to be scraped, if that is known.
   */
  function finish({ stoppedAt, hadTime, scrapedUntil = -Infinity }) {
    const sum = { lost: 0, cutByStop: 0, lostByKill: 0, missed: 0, missedByKill: 0, doubled: 0 }
    for (const state of states.values()) {
      for (const [key, samples] of state.early) {
        const [{ sender }] = samples
        if (diedWith(sender, samples[0].timestamp + CLOCK_TOLERANCE_MS)) continue
        for (const { series, value } of samples) report(`of no scrape: ${series} ${String(value)} at ${key}`)
      }
      for (const { scrape, expected, size } of state.pending.values()) {
        const isLast = scrape.number === state.scrapesServed
        const cut = !scrape.complete || scrape.servedAt > stoppedAt - STOP_TOLERANCE_MS
        if (isLast && cut && expected.size === size) {
          sum.cutByStop++
          state.samplesServed -= scrape.samples.length
        } else if (diedWith(scrape.by, scrape.servedAt)) {
          sum.lostByKill += expected.size
        } else {
          sum.lost += expected.size
          const [series] = expected.keys()
          note(`${state.name}: ${expected.size} lost of scrape ${scrape.number} by ${scrape.by}, such as ${series}`)
        }
      }
      if (state.lastServed !== undefined) {
        const slots = Math.floor((scrapedUntil - state.lastServed.servedAt) / INTERVAL_MS - 0.5)
        if (slots > 0) state.gaps.push(gapAfter(state.lastServed, scrapedUntil, slots))
      }
      for (const gap of state.gaps) {
        const explained = isTakeOver(gap)
        sum[explained ? 'missedByKill' : 'missed'] += gap.slots
        if (!explained && gap.slots >= LONG_GAP) {
          report(`${state.name}: ${gap.slots} scrapes in a row didn't take place after one by ${gap.by}`)
        }
      }
      sum.doubled += state.doubled
      if (state.doubled > state.moves) {
        report(`${state.name}: scraped twice ${state.doubled} times, though it only moved ${state.moves} times`)
      }
      if (hadTime && state.scrapesDelivered === 0) report(`${state.name}: nothing arrived`)
    }
    return { ...sum, wrong }
  }

  /** So far: scrapes that should have been but weren't, explained or not. */
  function missedSoFar() {
    let missed = 0
    for (const { gaps } of states.values()) for (const { slots } of gaps) missed += slots
    return missed
  }

  return {
    states: [...states.values()],
    problems,
    wrong: () => wrong,
    report,
    served,
    killed,
    delivered,
    finish,
    missedSoFar,
    senderNamed,
  }
}

const momentOf = (timestamp, sender) => `${timestamp} from ${sender}`
const gapAfter = ({ by, servedAt }, to, slots) => ({ by, from: servedAt, to, slots })

function createState({ name, job, address, watch }) {
  return {
    name,
    job,
    address,
    watch,
    /** Last delivered value of the watched series. */
    watched: undefined,
    scrapesServed: 0,
    scrapesDelivered: 0,
    samplesServed: 0,
    samplesDelivered: 0,
    markersDelivered: 0,
    /** Scrapes within half an interval after another. */
    doubled: 0,
    /** How many times another node than before came. */
    moves: 0,
    /** Times without a scrape that are too long: { by, from, to, slots }, `by` who came before. */
    gaps: [],
    /** Milliseconds between the last complete scrape's being served and its last sample's arrival. */
    delay: undefined,
    /** The last scrape, and the last one by each sender: { by, servedAt, series }. */
    lastServed: undefined,
    ownLast: new Map(),
    /** Scrapes that haven't arrived completely, by number. */
    pending: new Map(),
    /** The same, by timestamp and sender, as soon as that is known. */
    byMoment: new Map(),
    /** Samples whose scrape isn't known yet, by timestamp and sender. */
    early: new Map(),
    /** By sender. */
    lastNumbers: new Map(),
  }
}

// ---- what must arrive -----------------------------------------------------------------------------------------------

const REPORT_SERIES = 5

/** `before`: the series that the node knows from its scrape before. */
function expectedFrom({ samples }, state, before) {
  const expected = new Map(samples.map((sample) => [seriesOf(sample, state), sample.value]))
  const added = [...expected.keys()].filter((series) => !before.has(series)).length
  for (const series of before) if (!expected.has(series)) expected.set(series, STALE)

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
  return canonical({ ...labels, ...exported, __name__: name, job: target.job, instance: target.address })
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
