/**
 * From a discovered label set to a target that can be scraped: defaults filled in, internal labels read and removed, the
 * URL put together; the same steps in the same order as Prometheus takes.
 */

import { messageOf } from '../errors.ts'
import { fnv1a64 } from '../hash/fnv1a64.ts'
import type { U64 } from '../hash/u64.ts'
import { type Labels, labelsFromMap } from '../labels/labels.ts'
import { formatPrometheusDuration, parsePrometheusDuration } from '../syntax/duration.ts'
import type { ScrapeConfig } from './config.ts'

export interface Target {
  /** Labels and URL as one string: equal keys are the same target. */
  readonly key: string
  /** Before anything was removed: what people see as discovered. */
  readonly discovered: Labels
  /** What samples get: all labels that don't begin with `__`. */
  readonly labels: Labels
  readonly url: URL
  /** Milliseconds. */
  readonly interval: number
  readonly timeout: number
  /** The job's, unless labels of the target say otherwise. */
  readonly histograms: TargetHistograms
  /** Places its scrapes within the interval; stable between versions and nodes. */
  readonly hash: U64
}

export interface TargetHistograms {
  readonly native: boolean
  readonly classic: boolean
  readonly convert: boolean
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly error: string }

/** Labels of a target as configured or discovered, by name. */
export type TargetLabels = ReadonlyMap<string, string>

const PARAM_PREFIX = '__param_'

const NATIVE = '__scrape_native_histograms__'
const CLASSIC = '__always_scrape_classic_histograms__'
const CONVERT = '__convert_classic_histograms_to_nhcb__'
const FLAGS = [NATIVE, CLASSIC, CONVERT]

/** Half of a surrogate pair: such a value has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u

const TIMING: ReadonlySet<string> = new Set(['__scrape_interval__', '__scrape_timeout__'])

export function buildTarget(from: TargetLabels, config: ScrapeConfig): TargetResult {
  const labels = new Map<string, string>()
  for (const [name, value] of from) if (value !== '') labels.set(name, value)
  const defaults: readonly (readonly [string, string])[] = [
    ['job', config.jobName],
    ['__scrape_interval__', formatPrometheusDuration(config.scrapeInterval)],
    ['__scrape_timeout__', formatPrometheusDuration(config.scrapeTimeout)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
  ]
  for (const [name, value] of defaults) if (!labels.has(name) && value !== '') labels.set(name, value)
  for (const [name, values] of Object.entries(config.params)) {
    if (values.length > 0 && !labels.has(PARAM_PREFIX + name)) labels.set(PARAM_PREFIX + name, values[0])
  }
  const discovered = labelsFromMap(labels)

  const address = labels.get('__address__')
  if (address === undefined)
    return failure('no address: a target needs the label __address__, such as "127.0.0.1:9100"')
  if (address.includes('/')) {
    return failure(
      `"${address}" is not a valid address: it is host:port alone; scheme and path have labels of their own (__scheme__, __metrics_path__)`,
    )
  }
  const interval = positiveDuration(labels.get('__scrape_interval__'))
  if (interval === undefined) return failure(`bad scrape interval ${quoted(labels.get('__scrape_interval__'))}`)
  const timeout = positiveDuration(labels.get('__scrape_timeout__'))
  if (timeout === undefined) return failure(`bad scrape timeout ${quoted(labels.get('__scrape_timeout__'))}`)
  if (timeout > interval) {
    const [longer, shorter] = [labels.get('__scrape_timeout__'), labels.get('__scrape_interval__')]
    return failure(`scrape timeout ${longer} is greater than the interval ${shorter}`)
  }

  const notBool = FLAGS.find((name) => readFlag(labels.get(name) ?? 'true') === undefined)
  if (notBool !== undefined) {
    return failure(`label ${notBool} is ${quoted(labels.get(notBool))}; it must be true or false`)
  }
  const histograms: TargetHistograms = {
    native: readFlag(labels.get(NATIVE)) ?? config.nativeHistograms,
    classic: readFlag(labels.get(CLASSIC)) ?? config.classicHistograms,
    convert: readFlag(labels.get(CONVERT)) ?? config.convertClassicHistograms,
  }

  for (const name of labels.keys()) if (name.startsWith('__meta_')) labels.delete(name)
  if (!labels.has('instance')) labels.set('instance', address)
  for (const [name, value] of labels) {
    if (LONE_SURROGATE.test(value)) return failure(`the value of label ${name} is not valid Unicode`)
  }

  let url: URL
  try {
    url = urlOf(labels, config.params, address)
  } catch (thrown) {
    return failure(`"${address}" does not make a URL: ${messageOf(thrown)}`)
  }
  const own = labelsFromMap(labels)
  // How often a target is scraped is not part of what it is: a new interval goes on with the series that are known.
  const key = JSON.stringify([url.href, own.filter((_, i) => !TIMING.has(own[i - (i % 2)]))])
  const shown: string[] = []
  for (let i = 0; i < own.length; i += 2) if (!own[i].startsWith('__')) shown.push(own[i], own[i + 1])
  return {
    ok: true,
    target: { key, discovered, labels: shown, url, interval, timeout, histograms, hash: fnv1a64(key) },
  }
}

function urlOf(labels: ReadonlyMap<string, string>, params: ScrapeConfig['params'], address: string): URL {
  const scheme = labels.get('__scheme__') ?? 'http'
  if (scheme !== 'http' && scheme !== 'https') throw new Error(`unsupported scheme "${scheme}"; use http or https`)
  const url = new URL(`${scheme}://${address}`)
  const path = labels.get('__metrics_path__') ?? ''
  // Assigning escapes `?` and `#`: a path with a question mark is asked for as such, not split.
  url.pathname = path.startsWith('/') ? path : `/${path}`
  const query = new Map<string, readonly string[]>(Object.entries(params))
  for (const [name, value] of labels) {
    if (!name.startsWith(PARAM_PREFIX)) continue
    const param = name.slice(PARAM_PREFIX.length)
    query.set(param, [value, ...(query.get(param)?.slice(1) ?? [])])
  }
  const search = new URLSearchParams()
  for (const name of [...query.keys()].sort())
    for (const value of query.get(name) as readonly string[]) search.append(name, value)
  url.search = search.toString()
  return url
}

/** Spelled as Go reads them, since that is how people write them for Prometheus. */
function readFlag(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined
}

/** Milliseconds. */
function positiveDuration(text: string | undefined): number | undefined {
  const parsed = parsePrometheusDuration(text ?? '')
  return parsed.ok && parsed.milliseconds > 0 ? parsed.milliseconds : undefined
}

function failure(error: string): TargetResult {
  return { ok: false, error }
}

function quoted(text: string | undefined): string {
  return text === undefined ? '(none)' : `"${text}"`
}
