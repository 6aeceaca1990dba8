/**
 * The agent's own metrics. Owns families by name and writes them as Prometheus text 0.0.4; never reads a clock and
 * knows no domain. Each domain lists its metrics in one file of its own, made from a *scope*: constant labels (such as
 * component_id) plus the right to remove everything it registered in one call.
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

export interface Family<M> {
  /** The metric for these label values, in the order of the family's label names; made at first use. */
  with(...values: string[]): M
  remove(...values: string[]): void
}

export interface MetricScope {
  counter(name: string, help: string): Counter
  counters(name: string, help: string, labels: readonly string[]): Family<Counter>
  gauge(name: string, help: string): Gauge
  gauges(name: string, help: string, labels: readonly string[]): Family<Gauge>
  /** `buckets` are upper bounds in ascending order, without +Inf. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  histograms(name: string, help: string, buckets: readonly number[], labels: readonly string[]): Family<Histogram>
  /** Runs before each exposition: the place to set gauges from live state. */
  beforeCollect(update: () => void): void
  /** A scope inside this one, with further constant labels. */
  scope(labels: Readonly<Record<string, string>>): MetricScope
  /** Removes everything registered through this scope and the scopes inside it. */
  close(): void
}

export interface Registry extends MetricScope {
  /** All metrics in Prometheus text format 0.0.4. */
  expose(): string
}

interface Series {
  readonly labels: string
  write(name: string, labels: string): string
}

interface FamilyState {
  readonly name: string
  readonly help: string
  readonly type: MetricType
  readonly series: Set<Series>
}

export function createRegistry(): Registry {
  const families = new Map<string, FamilyState>()
  const updates = new Set<() => void>()

  function family(name: string, help: string, type: MetricType): FamilyState {
    let state = families.get(name)
    if (state === undefined) families.set(name, (state = { name, help, type, series: new Set() }))
    if (state.type !== type) throw new Error(`metric ${name} is a ${state.type} and can't be a ${type} as well`)
    return state
  }

  function scopeWith(constant: string): MetricScope {
    const undo: (() => void)[] = []

    function children<M>(
      name: string,
      help: string,
      type: MetricType,
      names: readonly string[],
      make: (labels: string) => Series & M,
    ): Family<M> {
      const state = family(name, help, type)
      const made = new Map<string, Series & M>()
      undo.push(() => {
        for (const series of made.values()) state.series.delete(series)
        made.clear()
      })
      return {
        with(...values) {
          const key = values.join('\xff')
          let series = made.get(key)
          if (series === undefined) {
            series = make(join(constant, names.map((label, i) => pair(label, values[i])).join(',')))
            made.set(key, series)
            state.series.add(series)
          }
          return series
        },
        remove(...values) {
          const key = values.join('\xff')
          const series = made.get(key)
          if (series === undefined) return
          state.series.delete(series)
          made.delete(key)
        },
      }
    }

    const scope: MetricScope = {
      counters: (name, help, names) => children<Counter>(name, help, 'counter', names, number),
      counter: (name, help) => scope.counters(name, help, []).with(),
      gauges: (name, help, names) => children<Gauge>(name, help, 'gauge', names, number),
      gauge: (name, help) => scope.gauges(name, help, []).with(),
      histograms: (name, help, buckets, names) =>
        children<Histogram>(name, help, 'histogram', names, (labels) => histogram(labels, buckets)),
      histogram: (name, help, buckets) => scope.histograms(name, help, buckets, []).with(),
      beforeCollect(update) {
        updates.add(update)
        undo.push(() => updates.delete(update))
      },
      scope(labels) {
        const text = Object.entries(labels)
          .map(([label, value]) => pair(label, value))
          .join(',')
        const inner = scopeWith(join(constant, text))
        undo.push(() => inner.close())
        return inner
      },
      close() {
        for (const step of undo.splice(0)) step()
      },
    }
    return scope
  }

  function expose(): string {
    for (const update of updates) update()
    let text = ''
    for (const name of [...families.keys()].sort()) {
      const state = families.get(name) as FamilyState
      if (state.series.size === 0) continue
      text += `# HELP ${name} ${state.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${state.type}\n`
      for (const series of state.series) text += series.write(name, series.labels)
    }
    return text
  }

  return { ...scopeWith(''), expose }
}

function number(labels: string): Series & Counter & Gauge {
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
    write: (name: string, text: string) => `${name}${braced(text)} ${formatValue(self.value)}\n`,
  }
  return self
}

function histogram(labels: string, buckets: readonly number[]): Series & Histogram {
  const counts = new Float64Array(buckets.length + 1)
  let sum = 0
  return {
    labels,
    observe(value) {
      let i = 0
      while (i < buckets.length && value > buckets[i]) i++
      counts[i]++
      sum += value
    },
    write(name, text) {
      let out = ''
      let cumulative = 0
      for (let i = 0; i < counts.length; i++) {
        cumulative += counts[i]
        const le = pair('le', i < buckets.length ? formatValue(buckets[i]) : '+Inf')
        out += `${name}_bucket${braced(join(text, le))} ${cumulative}\n`
      }
      return `${out}${name}_sum${braced(text)} ${formatValue(sum)}\n${name}_count${braced(text)} ${cumulative}\n`
    },
  }
}

function pair(name: string, value: string): string {
  return `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`
}

function join(a: string, b: string): string {
  return a === '' ? b : b === '' ? a : `${a},${b}`
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function formatValue(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
