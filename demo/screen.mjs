// What the demo shows: on a terminal a table that is drawn anew in its place, elsewhere a plain line now and then.
// Honours NO_COLOR. Only formats what it is given.

import { stripVTControlCharacters } from 'node:util'
import { STALE } from './receiver.mjs'

const DRAW_EVERY_MS = 250
const LINE_EVERY_MS = 2000
const BARS = '▁▂▃▄▅▆▇█'
const HISTORY = 20
const RATE_OVER_SECONDS = 5
const FORGOTTEN_AFTER_MS = 2500

/**
 * Shows `view()` until close() is called. A view is { seconds, nodes, kills, receiverUrl, traffic, states, senderNamed, missed,
 * wrong }, with `nodes` from cluster.mjs, `kills` from chaos.mjs, and what follows `traffic` from check.mjs.
 */
export function openScreen(view, output = process.stdout) {
  const live = output.isTTY === true
  const paint = live && !process.env.NO_COLOR ? ansi : plain
  const histories = new Map()
  let drawn = 0

  function draw() {
    const now = view()
    remember(now, histories)
    const width = output.columns ?? 100
    const lines = table(now, histories, paint).map((line) => clip(line, width))
    output.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}\r\x1b[J${lines.join('\n')}\n`)
    drawn = lines.length
  }

  function line() {
    const now = view()
    remember(now, histories)
    output.write(`${progress(now, histories)}\n`)
  }

  if (live) output.write('\x1b[?25l')
  const timer = setInterval(live ? draw : line, live ? DRAW_EVERY_MS : LINE_EVERY_MS)
  if (live) draw()
  return {
    paint,
    close() {
      clearInterval(timer)
      if (live) {
        draw()
        output.write('\x1b[?25h')
      }
    },
  }
}

const ansi = {
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  quiet: (text) => `\x1b[2m${text}\x1b[22m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
}
const plain = { strong: String, quiet: String, good: String, bad: String }

// ---- the table ------------------------------------------------------------------------------------------------------

function table(view, histories, paint) {
  const { seconds, receiverUrl, traffic, states, missed, wrong } = view
  const perSample = traffic.bytes / Math.max(1, total(states, 'samplesDelivered'))
  return [
    `${paint.strong('skein demo')}  ${seconds.toFixed(0)} s   ${paint.quiet('Ctrl-C ends it')}`,
    '',
    ...withTitles(nodeRows(view, histories, paint), paint),
    '',
    ...withTitles(jobRows(view, histories, paint), paint),
    '',
    `receiver  ${receiverUrl}  ${paint.quiet(`${traffic.requests} requests, ${perSample.toFixed(0)} bytes per sample`)}`,
    ...chaosLines(view, paint),
    missed === 0 ? paint.good('no scrape was missed') : paint.bad(`${missed} scrapes were missed`),
    wrong === 0 ? paint.good('every delivered sample is as it was served') : paint.bad(`${wrong} samples are wrong`),
  ]
}

function nodeRows(view, histories, paint) {
  const rows = view.nodes.map((node) => [
    node.name,
    node.state === 'killed' ? paint.bad(node.state) : node.state,
    node.peers === 0 ? '-' : String(node.peers),
    String(targetsOf(node, view)),
    histories.get(node.name).rate.toFixed(0),
    `http://${node.address}/metrics`,
  ])
  return [['node', 'state', 'peers', 'targets', 'samples/s', 'metrics'], ...rows]
}

/** One row for all targets of a job; who scrapes them stands in their order. */
function jobRows({ states, nodes }, histories, paint) {
  const jobs = byJob(states)
  const rows = [...jobs].map(([job, mine]) => [
    job,
    mine.map((state) => ownerOf(state, nodes)).join(' '),
    String(total(mine, 'scrapesDelivered')),
    String(total(mine, 'samplesServed')),
    String(total(mine, 'samplesDelivered')),
    histories.get(job).rate.toFixed(0),
    longestDelay(mine),
    `${spark(histories.get(job))} ${mine[0].watch.name} ${paint.strong(shown(mine[0].watched))}`,
  ])
  const titles = ['targets', 'scraped by', 'scrapes', 'served', 'delivered', 'per s', 'delay', 'a value, as delivered']
  return [titles, ...rows]
}

function chaosLines({ kills, nodes }, paint) {
  const last = kills.at(-1)
  if (last === undefined) return []
  const ago = ((Date.now() - last.at) / 1000).toFixed(0)
  const back = nodes.find(({ name }) => name === last.node.name)?.state === 'up' ? '; it is back' : ''
  return [paint.strong(`${last.node.name} was killed ${ago} s ago${back}`)]
}

function byJob(states) {
  const jobs = new Map()
  for (const state of states) jobs.set(state.job, [...(jobs.get(state.job) ?? []), state])
  return jobs
}

/** Who scraped it last, and not long ago. */
function ownerOf({ lastServed }, nodes) {
  if (lastServed === undefined || Date.now() - lastServed.servedAt > FORGOTTEN_AFTER_MS) return '-'
  return nodes.find(({ sender, state }) => sender === lastServed.by && state !== 'killed')?.name ?? '-'
}

const targetsOf = ({ name }, { states, nodes }) => states.filter((state) => ownerOf(state, nodes) === name).length

function withTitles(rows, paint) {
  return columns(rows).map((line, n) => (n === 0 ? paint.quiet(line) : line))
}

function columns(rows) {
  const last = rows[0].length - 1
  const lengthOf = (cell) => stripVTControlCharacters(cell).length
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column]))))
  const isNumber = rows[0].map((_, column) => rows.slice(1).every((row) => /^(-|\d.*)$/.test(row[column])))
  return rows.map((row) =>
    row
      .map((cell, n) => {
        const room = ' '.repeat(widths[n] - lengthOf(cell))
        return n === last ? cell : isNumber[n] ? room + cell : cell + room
      })
      .join('  '),
  )
}

// ---- what was ---------------------------------------------------------------------------------------------------------

/** Keeps, by name of node and job, what the rates and the little curves are drawn from. */
function remember({ seconds, states, nodes, senderNamed }, histories) {
  for (const { name, sender } of nodes) {
    // A process of its own counts from zero.
    if (histories.get(name)?.sender !== sender) histories.set(name, { sender, ...emptyHistory() })
    rate(histories.get(name), seconds, senderNamed(sender).samples)
  }
  for (const [job, mine] of byJob(states)) {
    if (!histories.has(job)) histories.set(job, emptyHistory())
    const history = histories.get(job)
    const [{ watched, scrapesDelivered }] = mine
    if (typeof watched === 'number' && scrapesDelivered !== history.scrapes) {
      history.values = [...history.values, watched].slice(-HISTORY)
      history.scrapes = scrapesDelivered
    }
    rate(history, seconds, total(mine, 'samplesDelivered'))
  }
}

const emptyHistory = () => ({ values: [], scrapes: 0, counts: [], rate: 0 })

function rate(history, seconds, count) {
  history.counts.push({ seconds, count })
  while (history.counts[0].seconds < seconds - RATE_OVER_SECONDS) history.counts.shift()
  const [oldest] = history.counts
  history.rate = (count - oldest.count) / Math.max(1, seconds - oldest.seconds)
}

function longestDelay(states) {
  const delays = states.map(({ delay }) => delay).filter((delay) => delay !== undefined)
  return delays.length === 0 ? '-' : `${(Math.max(...delays) / 1000).toFixed(1)} s`
}

function spark({ values }) {
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  return values
    .map((value) => BARS[Math.round(((value - low) / span) * (BARS.length - 1))])
    .join('')
    .padEnd(HISTORY)
}

function shown(value) {
  if (value === undefined) return '-'
  return value === STALE ? 'gone' : String(value)
}

/** Cuts at the terminal's edge, so that a line stays one line; colours are given up where it has to. */
function clip(line, width) {
  const text = stripVTControlCharacters(line)
  return text.length <= width ? line : `${text.slice(0, Math.max(0, width - 1))}…`
}

// ---- plain ----------------------------------------------------------------------------------------------------------

function progress(view, histories) {
  const { seconds, states, nodes, traffic, missed, wrong } = view
  const shares = nodes.map((node) => {
    if (node.state !== 'up') return `${node.name} ${node.state}`
    return `${node.name} ${targetsOf(node, view)} targets ${histories.get(node.name).rate.toFixed(0)}/s`
  })
  return [
    `${seconds.toFixed(0).padStart(4)} s`,
    shares.join(', '),
    `served ${total(states, 'samplesServed')} samples`,
    `delivered ${total(states, 'samplesDelivered')} in ${traffic.requests} requests`,
    `${missed} missed`,
    `${wrong} wrong`,
  ].join('  ')
}

export function total(states, key) {
  return states.reduce((sum, state) => sum + state[key], 0)
}
