// The bench's command line.

import { parseArgs } from 'node:util'

export const USAGE = `Usage: npm run bench -- [options]

  --targets N          how many targets (100)
  --series N           series of each target (2000)
  --interval 5s        scrape interval (5s)
  --duration 60s       measured time, rounded up to whole intervals (60s)
  --warmup 10s         time between full delivery and the measurement (2 intervals)
  --peers A,B          what to run, in this order (skein,prometheus,vmagent);
                       skein:2.0:spill is skein with that message version and wal persistence,
                       skein:ui is also measured with people who look at it
  --rounds N           rounds A B C A B C ...; medians are reported (3)
  --runtime NAME       what skein runs on: node, bun, deno (node)
  --node-args="..."    flags for skein's Node, to profile it (--cpu-prof); such results aren't for comparison
  --versions N         bodies per target, served in turn (8)
  --seed N             of the bodies (1)
  --max-cpu-ratio X    fail when skein needs more than X times the better peer's CPU
  --max-ui-ratio X     fail when an open page takes skein:ui's CPU to more than X times
  --max-rss MB         fail when skein's peak RSS is above this
  --json FILE          also write everything as JSON
  --keep               keep configurations and logs of the agents
  --smoke              a quick check instead: 10 targets x 200 series every 1s, 15s, one round`

const DEFAULTS = { targets: '100', series: '2000', interval: '5s', duration: '60s', rounds: '3' }
const SMOKE = { targets: '10', series: '200', interval: '1s', duration: '15s', rounds: '1' }

/** The options with numbers as numbers and times in seconds; undefined when help was asked for. */
export function readOptions(args) {
  const text = { type: 'string' }
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(
        'targets series interval duration warmup peers rounds runtime node-args versions seed max-cpu-ratio max-ui-ratio max-rss json'
          .split(' ')
          .map((name) => [name, text]),
      ),
      keep: { type: 'boolean' },
      smoke: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const given = { ...(values.smoke ? SMOKE : DEFAULTS), ...values }
  const interval = seconds('interval', given.interval)
  return {
    targets: count('targets', given.targets),
    series: count('series', given.series),
    interval,
    duration: Math.ceil(seconds('duration', given.duration) / interval) * interval,
    warmup: given.warmup === undefined ? 2 * interval : seconds('warmup', given.warmup),
    rounds: count('rounds', given.rounds),
    peers: (given.peers ?? 'skein,prometheus,vmagent').split(','),
    runtime: given.runtime ?? 'node',
    nodeArgs: given['node-args']?.split(' ') ?? [],
    versions: count('versions', given.versions ?? '8'),
    seed: count('seed', given.seed ?? '1'),
    maxCpuRatio: given['max-cpu-ratio'] === undefined ? undefined : Number(given['max-cpu-ratio']),
    maxUiRatio: given['max-ui-ratio'] === undefined ? undefined : Number(given['max-ui-ratio']),
    maxRss: given['max-rss'] === undefined ? undefined : Number(given['max-rss']),
    json: given.json,
    keep: given.keep === true,
  }
}

function count(name, text) {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes a whole number above 0, not "${text}"`)
  return Number(text)
}

function seconds(name, text) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? []
  if (amount === undefined) throw new Error(`--${name} takes a time such as 5s or 1m, not "${text}"`)
  return Number(amount) * { ms: 0.001, s: 1, m: 60 }[unit ?? 's']
}
