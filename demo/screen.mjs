// What the demo shows: on a terminal a table that is drawn anew in its place, elsewhere a plain line now and then.
// Honours NO_COLOR. Only formats what it is given.

import { stripVTControlCharacters } from 'node:util'
import { STALE } from './receiver.mjs'

const DRAW_EVERY_MS = 250
const LINE_EVERY_MS = 2000
const BARS = '▁▂▃▄▅▆▇█'
const HISTORY = 20
const RATE_OVER_SECONDS = 5

/**
 * Shows `view()` until close() is called. A view is { seconds, agentAddress, receiverUrl, traffic, states, wrong },
 * with `states` and `wrong` from check.mjs.
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
    output.write(`${progress(view())}\n`)
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

function table({ seconds, agentAddress, receiverUrl, traffic, states, wrong }, histories, paint) {
  const rows = states.map((state) => [
    state.name,
    String(state.scrapesDelivered),
    String(state.samplesServed),
    String(state.samplesDelivered),
    histories.get(state.name).rate.toFixed(0),
    state.delay === undefined ? '-' : `${(state.delay / 1000).toFixed(1)} s`,
    `${spark(histories.get(state.name))} ${state.watch.name} ${paint.strong(shown(state.watched))}`,
  ])
  const titles = ['target', 'scrapes', 'served', 'delivered', 'per s', 'delay', 'a value, as delivered']
  const perSample = traffic.bytes / Math.max(1, total(states, 'samplesDelivered'))
  return [
    `${paint.strong('skein demo')}  ${seconds.toFixed(0)} s   ${paint.quiet('Ctrl-C ends it')}`,
    '',
    `agent     http://${agentAddress}/metrics`,
    `receiver  ${receiverUrl}  ${paint.quiet(`${traffic.requests} requests, ${perSample.toFixed(0)} bytes per sample`)}`,
    '',
    ...columns([titles, ...rows]).map((line, n) => (n === 0 ? paint.quiet(line) : line)),
    '',
    wrong === 0 ? paint.good('every delivered sample is as it was served') : paint.bad(`${wrong} samples are wrong`),
  ]
}

function columns(rows) {
  const last = rows[0].length - 1
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : n === last ? cell : cell.padStart(widths[n]))).join('  '),
  )
}

function remember({ seconds, states }, histories) {
  for (const { name, watched, scrapesDelivered, samplesDelivered } of states) {
    const history = histories.get(name) ?? { values: [], scrapes: 0, counts: [], rate: 0 }
    if (typeof watched === 'number' && scrapesDelivered !== history.scrapes) {
      history.values = [...history.values, watched].slice(-HISTORY)
      history.scrapes = scrapesDelivered
    }
    history.counts.push({ seconds, samplesDelivered })
    while (history.counts[0].seconds < seconds - RATE_OVER_SECONDS) history.counts.shift()
    const [oldest] = history.counts
    history.rate = (samplesDelivered - oldest.samplesDelivered) / Math.max(1, seconds - oldest.seconds)
    histories.set(name, history)
  }
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

function progress({ seconds, states, traffic, wrong }) {
  const watched = states.map(({ watch, watched: value }) => `${watch.name} ${shown(value)}`)
  return [
    `${seconds.toFixed(0).padStart(4)} s`,
    `served ${total(states, 'samplesServed')} samples in ${total(states, 'scrapesServed')} scrapes`,
    `delivered ${total(states, 'samplesDelivered')} in ${traffic.requests} requests`,
    `${wrong} wrong`,
    watched.join(', '),
  ].join('  ')
}

export function total(states, key) {
  return states.reduce((sum, state) => sum + state[key], 0)
}
