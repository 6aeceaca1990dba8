/**
 * The agent's own metrics. Owns families by name and writes them as Prometheus text 0.0.4; never reads a clock and
 * knows no domain. Each domain lists its metrics in one file of its own, made from a *scope*: constant labels (such as
 * component_id) plus the right to remove everything it registered in one call.
 */
import { CodedError } from '../errors.ts'
import {
  type Counter,
  escapeHelp,
  type Gauge,
  type Histogram,
  histogram,
  joined,
  labelText,
  type MetricType,
  number,
  type Series,
} from './instruments.ts'

export type { Counter, Gauge, Histogram, MetricType } from './instruments.ts'

export interface Family<M> {
  /**
   * The metric for these label values, in the order of the family's label names; made at first use. After the scope is
   * closed it still counts, but nobody sees it.
   */
  with(...values: string[]): M
  remove(...values: string[]): void
}

/** Names that aren't names, a label given twice and a name used for two types are bugs and throw. */
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
  /**
   * All metrics in Prometheus text format 0.0.4, families by name, series in the order of their making. Of two with equal
   * labels the newer one is shown: a component that is replaced may register before the old one closes.
   */
  expose(): string
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
    if (state.type !== type) {
      throw new CodedError('internal', `metric ${name} is a ${state.type} and can't be a ${type} as well`)
    }
    return state
  }

  function scopeWith(constant: string, constantNames: readonly string[], closed: () => void): MetricScope {
    const undo = new Set<() => void>()
    let open = true

    function children<M>(
      name: string,
      help: string,
      type: MetricType,
      names: readonly string[],
      make: (labels: string) => Series & M,
    ): Family<M> {
      checkNames(name, type, [...constantNames, ...names])
      const state = family(name, help, type)
      const made = new Map<string, Series & M>()
      undo.add(() => {
        for (const series of made.values()) state.series.delete(series)
        made.clear()
      })
      return {
        with(...values) {
          if (values.length !== names.length)
            throw new CodedError('internal', `metric ${name} has labels ${names.join()}`)
          const key = keyOf(values)
          let series = made.get(key)
          if (series === undefined) {
            series = make(joined(constant, names.map((label, i) => labelText(label, values[i])).join(',')))
            if (!open) return series
            made.set(key, series)
            state.series.add(series)
          }
          return series
        },
        remove(...values) {
          const series = made.get(keyOf(values))
          if (series === undefined) return
          state.series.delete(series)
          made.delete(keyOf(values))
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
        if (!open) return
        updates.add(update)
        undo.add(() => updates.delete(update))
      },
      scope(labels) {
        const text = Object.entries(labels)
          .map(([label, value]) => labelText(label, value))
          .join(',')
        const forget = (): void => {
          undo.delete(close)
        }
        const inner = scopeWith(joined(constant, text), [...constantNames, ...Object.keys(labels)], forget)
        const close = (): void => inner.close()
        if (open) undo.add(close)
        else inner.close()
        return inner
      },
      close() {
        open = false
        for (const step of undo) step()
        undo.clear()
        closed()
      },
    }
    return scope
  }

  function expose(): string {
    for (const update of updates) update()
    let text = ''
    for (const name of [...families.keys()].sort()) {
      const { help, type, series } = families.get(name) as FamilyState
      if (series.size === 0) continue
      const shown = new Map<string, Series>()
      for (const one of series) shown.set(one.labels, one)
      text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
      for (const one of shown.values()) text += one.write(name)
    }
    return text
  }

  return { ...scopeWith('', [], () => {}), expose }
}

/** Label values as one string, different for different values. */
function keyOf(values: readonly string[]): string {
  return values.length === 1 ? values[0] : JSON.stringify(values)
}

function checkNames(name: string, type: MetricType, labels: readonly string[]): void {
  const isName =
    /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) && labels.every((label) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
  const all = type === 'histogram' ? [...labels, 'le'] : labels
  const problem = !isName ? 'is not a name with label names' : new Set(all).size < all.length ? 'has a label twice' : ''
  if (problem !== '') throw new CodedError('internal', `metric ${name}{${all.join()}} ${problem}`)
}
