/** An exporter made of families that can be written in every format, and what a scrape of it is to deliver in each of them. */
import type { Exposition } from '../../core/exposition/content-type.ts'
import { formatLabels, type Labels, labelsFrom } from '../../core/labels/labels.ts'

export interface Shown {
  readonly labels: readonly (readonly [string, string])[]
  readonly value: number
  readonly timestamp: number | undefined
}

export interface Metric {
  readonly label: string
  /** A whole number. */
  readonly value: number
  /** Seconds. */
  readonly created: number | undefined
  readonly exemplar: Shown | undefined
}

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  readonly metrics: readonly Metric[]
}

/** Bounds of the histograms: a value of 3 is in the second bucket and the one behind. */
const BOUNDS = ['1.0', '5.0', '+Inf']
const TYPES = { counter: 1, gauge: 2, histogram: 3, summary: 5 }

export interface Row {
  readonly name: string
  readonly labels: readonly (readonly [string, string])[]
  readonly value: number
  readonly family: Family
  readonly metric: Metric
  /** It is a native histogram, and its value the count. */
  readonly native?: boolean
  readonly exemplar?: Shown | undefined
  readonly created?: boolean
}

/** The samples of a family in the order in which they are written. */
export function rowsOf(family: Family, format: Exposition, native: boolean): Row[] {
  const rows: Row[] = []
  const openmetrics = format === 'openmetrics'
  for (const metric of family.metrics) {
    const own = [['m', metric.label]] as const
    const add = (suffix: string, value: number, rest: Partial<Row> = {}): void => {
      rows.push({ name: family.name + suffix, labels: own, value, family, metric, ...rest })
    }
    const exemplar = format === 'text' ? undefined : metric.exemplar
    if (family.type === 'gauge') add('', metric.value)
    if (family.type === 'counter') add(openmetrics ? '_total' : '', metric.value, { exemplar })
    if (family.type === 'summary') {
      add('', metric.value, { labels: [...own, ['quantile', '0.5']] })
      add('_sum', metric.value * 2)
      add('_count', metric.value)
    }
    if (family.type === 'histogram') {
      if (native && format === 'protobuf') {
        add('', metric.value, { native: true, exemplar: exemplar?.timestamp === undefined ? undefined : exemplar })
        continue
      }
      BOUNDS.forEach((bound, i) => {
        const last = i === BOUNDS.length - 1
        const labels = [...own, ['le', bound] as const]
        add('_bucket', metric.value * (i + 1), { labels, exemplar: last ? exemplar : undefined })
      })
      add('_sum', metric.value * 2)
      add('_count', metric.value * BOUNDS.length)
    }
    if (openmetrics && family.type !== 'gauge' && metric.created !== undefined)
      add('_created', metric.created, { created: true })
  }
  // Protobuf decoders write sums behind counts or before, as they like: sorted by whoever compares.
  return rows
}

export function textOf(families: readonly Family[], format: 'text' | 'openmetrics'): string {
  const out: string[] = []
  for (const family of families) {
    if (family.metrics.length === 0) continue
    out.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
    for (const row of rowsOf(family, format, false)) {
      const { exemplar } = row
      const rest = exemplar === undefined ? '' : ` # ${braces(exemplar.labels)} ${exemplar.value}${seconds(exemplar)}`
      out.push(`${row.name}${braces(row.labels)} ${row.value}${rest}`)
    }
  }
  if (format === 'openmetrics') out.push('# EOF')
  return out.map((line) => `${line}\n`).join('')
}

function seconds({ timestamp }: Shown): string {
  return timestamp === undefined ? '' : ` ${timestamp / 1000}`
}

function braces(labels: Shown['labels']): string {
  return `{${labels.map(([name, value]) => `${name}="${value}"`).join(',')}}`
}

export function protobufOf(families: readonly Family[], native: boolean): Uint8Array {
  const out: number[] = []
  for (const family of families) {
    if (family.metrics.length === 0) continue
    const type = { counter: 0, gauge: 1, summary: 2, histogram: 4 }[family.type]
    const body = [...text(1, family.name), ...text(2, family.help), ...varintField(3, type)]
    for (const metric of family.metrics) body.push(...message(4, metricOf(family, metric, native)))
    out.push(...varint(body.length), ...body)
  }
  return Uint8Array.from(out)
}

function metricOf({ type }: Family, metric: Metric, native: boolean): number[] {
  const pair = message(1, [...text(1, 'm'), ...text(2, metric.label)])
  const { value, created, exemplar } = metric
  const start = (field: number): number[] => (created === undefined ? [] : message(field, varintField(1, created)))
  const shown = exemplar === undefined ? [] : exemplarOf(exemplar)
  if (type === 'gauge') return [...pair, ...message(2, double(1, value))]
  if (type === 'counter') {
    return [...pair, ...message(3, [...double(1, value), ...(exemplar ? message(2, shown) : []), ...start(3)])]
  }
  if (type === 'summary') {
    const quantile = message(3, [...double(1, 0.5), ...double(2, value)])
    return [...pair, ...message(4, [...varintField(1, value), ...double(2, value * 2), ...quantile, ...start(4)])]
  }
  const histogram = [...varintField(1, native ? value : value * BOUNDS.length), ...double(2, value * 2)]
  if (native) {
    // One bucket with everything in it.
    histogram.push(...varintField(5, 0), ...double(6, 0.001), ...varintField(7, 0))
    histogram.push(...message(12, [...varintField(1, 2), ...varintField(2, 1)]), ...varintField(13, value * 2))
    if (exemplar?.timestamp !== undefined) histogram.push(...message(16, shown))
  } else {
    BOUNDS.forEach((bound, i) => {
      const last = i === BOUNDS.length - 1 && exemplar !== undefined ? message(3, shown) : []
      const upper = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
      histogram.push(...message(3, [...varintField(1, value * (i + 1)), ...double(2, upper), ...last]))
    })
  }
  return [...pair, ...message(7, [...histogram, ...start(15)])]
}

function exemplarOf({ labels, value, timestamp }: Shown): number[] {
  const pairs = labels.flatMap(([name, of]) => message(1, [...text(1, name), ...text(2, of)]))
  const time =
    timestamp === undefined
      ? []
      : message(3, [...varintField(1, Math.floor(timestamp / 1000)), ...varintField(2, (timestamp % 1000) * 1e6)])
  return [...pairs, ...double(2, value), ...time]
}

function varint(value: number): number[] {
  const out: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) + 0x80)
  return [...out, rest]
}

function varintField(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)]
}

function message(field: number, body: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(body.length), ...body]
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)])
}

function double(field: number, value: number): number[] {
  return [...varint(field * 8 + 1), ...new Uint8Array(Float64Array.of(value).buffer)]
}

/** What is known of the exporter by those that scrape it: what is live, and the last exemplar of each series. */
export interface Oracle {
  /** What a scrape delivers, a line for each sample and exemplar; undefined families: the scrape failed. */
  scrape(families: readonly Family[] | undefined, format: Exposition, native: boolean, time: number): string[]
}

/** `typed`: the type of a family is a label of its series. */
export function createOracle(target: Labels, typed: boolean): Oracle {
  let live = new Map<string, string>()
  const exemplars = new Map<string, { readonly shown: string; readonly at: number }>()
  return {
    scrape(families, format, native, time) {
      const now = new Map<string, string>()
      const out: string[] = []
      for (const row of (families ?? []).flatMap((family) => rowsOf(family, format, native))) {
        const pairs = [...row.labels, ['__name__', row.name] as const]
        for (let i = 0; i < target.length; i += 2) pairs.push([target[i], target[i + 1]])
        if (typed) pairs.push(['__type__', row.family.type])
        const series = formatLabels(labelsFrom(pairs.map(([name, value]) => [name, value])))
        const { family, metric, created } = row
        const about = `${family.name}|${TYPES[family.type]}|${family.help}`
        const started = created || format === 'text' || family.type === 'gauge' ? undefined : metric.created
        now.set(series, about)
        const value = row.native ? `histogram ${row.value}` : String(row.value)
        out.push(`${series} ${value} @${time} ${about} start ${started === undefined ? '-' : started * 1000}`)
        if (row.exemplar !== undefined) show(series, row.exemplar, time, format === 'protobuf', out)
      }
      for (const series of live.keys()) {
        if (now.has(series)) continue
        out.push(`${series} stale @${time}`)
        // A series that is gone has no past when it comes back.
        if (families !== undefined) exemplars.delete(series)
      }
      if (families !== undefined) for (const series of exemplars.keys()) if (!now.has(series)) exemplars.delete(series)
      live = now
      return out.sort()
    },
  }

  function show(series: string, exemplar: Shown, time: number, binary: boolean, out: string[]): void {
    // One without a timestamp that comes in another format is taken for another.
    const shown = JSON.stringify([exemplar, binary])
    const before = exemplars.get(series)
    const at = exemplar.timestamp ?? time
    if (before !== undefined && (before.shown === shown || at <= before.at)) return
    exemplars.set(series, { shown, at })
    out.push(`${series} exemplar ${JSON.stringify(exemplar.labels.flat())} ${exemplar.value} @${at}`)
  }
}
