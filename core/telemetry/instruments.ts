/**
 * Counters, gauges and histograms: what each counts, and how it is written as lines of Prometheus text 0.0.4. Knows its
 * own labels as finished text and nothing of names, help or who else there is.
 */

export type MetricType = 'counter' | 'gauge' | 'histogram'

export interface Counter {
  inc(by?: number): void
  /** For counts that are kept elsewhere: the total so far, which must not fall. */
  set(total: number): void
  readonly value: number
}

export interface Gauge {
  set(value: number): void
  inc(by?: number): void
  dec(by?: number): void
  readonly value: number
}

export interface Histogram {
  observe(value: number): void
}

/** A metric with its labels, as the registry keeps it. */
export interface Series {
  /** As between the braces, values escaped; equal text is the same series. */
  readonly labels: string
  /** Its lines, each with a line feed. */
  write(name: string): string
}

export function number(labels: string): Series & Counter & Gauge {
  const self = {
    labels,
    value: 0,
    inc(by = 1) {
      self.value += by
    },
    dec(by = 1) {
      self.value -= by
    },
    set(value: number) {
      self.value = value
    },
    write: (name: string) => `${name}${braced(labels)} ${formatValue(self.value)}\n`,
  }
  return self
}

/** `buckets` are upper bounds in ascending order, without +Inf. */
export function histogram(labels: string, buckets: readonly number[]): Series & Histogram {
  const counts = new Float64Array(buckets.length + 1)
  let sum = 0
  return {
    labels,
    observe(value) {
      let i = 0
      // NaN is above every bound, as in Go's client.
      while (i < buckets.length && !(value <= buckets[i])) i++
      counts[i]++
      sum += value
    },
    write(name) {
      let out = ''
      let cumulative = 0
      for (let i = 0; i < counts.length; i++) {
        cumulative += counts[i]
        const le = labelText('le', i < buckets.length ? formatValue(buckets[i]) : '+Inf')
        out += `${name}_bucket${braced(joined(labels, le))} ${cumulative}\n`
      }
      return `${out}${name}_sum${braced(labels)} ${formatValue(sum)}\n${name}_count${braced(labels)} ${cumulative}\n`
    },
  }
}

/** One label as text: `name="value"`, escaped. */
export function labelText(name: string, value: string): string {
  return `${name}="${escapeHelp(value).replace(/"/g, '\\"')}"`
}

/** Help stands unquoted, so only these two are escaped. */
export function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}

/** Two lists of labels as one. */
export function joined(a: string, b: string): string {
  return a === '' ? b : b === '' ? a : `${a},${b}`
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function formatValue(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
