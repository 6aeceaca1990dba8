// The soak's command line.

import { parseArgs } from 'node:util'

export const USAGE = `Usage: npm run soak -- [options]

  --duration 5m       how long the receiver misbehaves by turns (5m)
  --rate 100000       samples a second (100000)
  --series 1000       series of each target (1000)
  --interval 5s       scrape interval (5s)
  --runtime NAME      what skein runs on: node, bun, deno (node)
  --persistence MODE  always, spill, off (what it does by default)
  --message NAME      protobuf_message of the endpoint (what it does by default)
  --speed X           how much faster than usual the receiver's mood changes: 2 for a short soak (1)
  --max-rss MB        fail when its resident memory is ever above this (500)
  --max-disk MB       fail when its queue is ever larger on disk (2000)
  --drain 60s         for how long it may catch up afterwards (60s)
  --json FILE         also write everything as JSON
  --keep              keep its configuration, data and log`

const DEFAULTS = {
  duration: '5m',
  rate: '100000',
  series: '1000',
  interval: '5s',
  runtime: 'node',
  speed: '1',
  'max-rss': '500',
  'max-disk': '2000',
  drain: '60s',
}

/** Times in seconds, sizes in bytes; undefined when help was asked for. Throws on what can't be. */
export function readOptions(args) {
  const names = [...Object.keys(DEFAULTS), 'persistence', 'message', 'json']
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const given = { ...DEFAULTS, ...values }
  const interval = seconds('interval', given.interval)
  const series = number('series', given.series)
  return {
    duration: seconds('duration', given.duration),
    series,
    interval,
    targets: Math.max(1, Math.round((number('rate', given.rate) * interval) / series)),
    runtime: given.runtime,
    persistence: given.persistence,
    message: given.message,
    speed: number('speed', given.speed),
    maxRss: number('max-rss', given['max-rss']) * 1e6,
    maxDisk: number('max-disk', given['max-disk']) * 1e6,
    drain: seconds('drain', given.drain),
    json: given.json,
    keep: given.keep === true,
  }
}

function number(name, text) {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not "${text}"`)
  return value
}

function seconds(name, text) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (amount === undefined) throw new Error(`--${name} takes a time such as 30s or 5m, not "${text}"`)
  return Number(amount) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit ?? 's']
}
