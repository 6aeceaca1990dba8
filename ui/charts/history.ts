/** What queues did in the last minutes, kept while the pages are open. Pure but for what it keeps: columns of numbers by time. */
import type { QueueRow, QueuesView } from '../../core/api/queues.ts'

export const HISTORY_SECONDS: number = 15 * 60

/** A question comes every two seconds; a window left open under load asks no faster. */
const MAX_POINTS = 600

/** After a longer silence a line would tell what nobody has seen. */
export const GAP_SECONDS = 15

/** Many clusters come and go under the same address during a long day; a page needs no more than these. */
const MAX_ENDPOINTS = 500

export interface Measures {
  /** Samples (and histograms) that wait. */
  readonly pending: number
  /** Delivered per second: tried, without what will be tried again and what has failed. */
  readonly rate: number
  readonly lag: number
  /** Failed for good, dropped or lost, per second. */
  readonly failures: number
}

export interface History {
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[]
  readonly pending: readonly (number | null)[]
  readonly rate: readonly (number | null)[]
  readonly lag: readonly (number | null)[]
  readonly failures: readonly (number | null)[]
}

type Columns = { -readonly [K in keyof History]: (K extends 'times' ? number : number | null)[] }

interface Totals {
  readonly at: number
  readonly sent: number
  readonly delivered: number
  readonly failed: number
}

export interface Histories {
  /** Takes an answer; what is older than 15 minutes goes. */
  add(view: QueuesView): void
  /** Of one endpoint, all nodes together. */
  of(endpoint: string): History | undefined
  /** The newest numbers of one node's endpoint; rates need two answers. */
  latest(row: QueueRow): Measures | undefined
}

/** Component and endpoint: the same on all nodes that have the same configuration. */
export function endpointOf({ component, endpoint }: Pick<QueueRow, 'component' | 'endpoint'>): string {
  return `${component}/${endpoint}`
}

export function createHistories(): Histories {
  const byEndpoint = new Map<string, Columns>()
  let before = new Map<string, Totals>()
  let latest = new Map<string, Measures>()

  function add(view: QueuesView): void {
    const at = Date.parse(view.at) / 1000
    const totals = new Map<string, Totals>()
    const measured = new Map<string, Measures>()
    const sums = new Map<string, { pending: number; lag: number; rate: number | null; failures: number | null }>()
    for (const row of view.queues) {
      const id = rowId(row)
      const now = { at, sent: all(row.sent), delivered: deliveredOf(row), failed: failuresOf(row) }
      totals.set(id, now)
      const last = before.get(id)
      const rate = perSecond(last, now, 'delivered')
      const failures = perSecond(last, now, 'failed')
      const pending = all(row.pending)
      if (rate !== null && failures !== null) measured.set(id, { pending, rate, lag: row.lagSeconds, failures })
      const sum = sums.get(endpointOf(row)) ?? { pending: 0, lag: 0, rate: null, failures: null }
      sum.pending += pending
      sum.lag = Math.max(sum.lag, row.lagSeconds)
      if (rate !== null) sum.rate = (sum.rate ?? 0) + rate
      if (failures !== null) sum.failures = (sum.failures ?? 0) + failures
      sums.set(endpointOf(row), sum)
    }
    before = totals
    latest = measured
    for (const [endpoint, sum] of sums) append(endpoint, at, sum)
  }

  function append(
    endpoint: string,
    at: number,
    sum: {
      readonly pending: number
      readonly lag: number
      readonly rate: number | null
      readonly failures: number | null
    },
  ): void {
    let columns = byEndpoint.get(endpoint)
    if (columns === undefined) {
      if (byEndpoint.size >= MAX_ENDPOINTS) return
      columns = { times: [], pending: [], rate: [], lag: [], failures: [] }
      byEndpoint.set(endpoint, columns)
    }
    const last = columns.times.at(-1)
    if (last !== undefined && at <= last) return
    // Nulls break the line.
    if (last !== undefined && at - last > GAP_SECONDS)
      push(columns, (last + at) / 2, { pending: null, lag: null, rate: null, failures: null })
    push(columns, at, sum)
    let old = Math.max(0, columns.times.length - MAX_POINTS)
    while (columns.times[old] < at - HISTORY_SECONDS) old++
    if (old > 0) for (const column of Object.values(columns)) column.splice(0, old)
  }

  return { add, of: (endpoint) => byEndpoint.get(endpoint), latest: (row) => latest.get(rowId(row)) }
}

type Point = { readonly [K in keyof Measures]: number | null }

function push(columns: Columns, at: number, point: Point): void {
  columns.times.push(at)
  columns.pending.push(point.pending)
  columns.rate.push(point.rate)
  columns.lag.push(point.lag)
  columns.failures.push(point.failures)
}

/** Null when there is nothing to compare with, or the node was restarted in between. */
function perSecond(last: Totals | undefined, now: Totals, which: 'delivered' | 'failed'): number | null {
  if (last === undefined || now.at <= last.at || now.at - last.at > GAP_SECONDS || now.sent < last.sent) return null
  // What was tried is counted a moment before what came of it.
  return Math.max(0, now[which] - last[which]) / (now.at - last.at)
}

function rowId(row: QueueRow): string {
  return `${row.node}/${endpointOf(row)}`
}

export function all({ samples, histograms }: QueueRow['pending']): number {
  return samples + histograms
}

function deliveredOf({ sent, retried, failed }: QueueRow): number {
  return all(sent) - all(retried) - all(failed)
}

/** Samples that never arrive, whatever the reason. */
export function failuresOf({ failed, dropped, lost }: QueueRow): number {
  return all(failed) + [...Object.values(dropped), ...Object.values(lost)].reduce((sum, kinds) => sum + all(kinds), 0)
}
