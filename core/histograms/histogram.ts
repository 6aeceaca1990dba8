/**
 * Native histograms as they flow: one object per sample, since a target exposes few of them, with counts per bucket in
 * absolute numbers. What the wire wants instead (deltas) is the encoder's business. Shared by those who decode, convert, reduce and
 * encode them; follows Prometheus's model (model/histogram).
 */

/** Schema of histograms whose buckets are given by `customValues`: exponential ones have -4 to 8. */
export const CUSTOM_SCHEMA = -53
export const MIN_EXPONENTIAL_SCHEMA = -4
export const MAX_EXPONENTIAL_SCHEMA = 8

/** Whether counters started over since the sample before; numbered as on the wire. */
export const RESET_UNKNOWN = 0
export const RESET_YES = 1
export const RESET_NO = 2
/** It is a gauge: counts may fall. */
export const RESET_GAUGE = 3

/** A run of neighbouring buckets: how many are skipped since the end of the run before, and how many follow. */
export interface Span {
  /** Of the first span: the index of its first bucket; of others: the gap, at least 0. */
  readonly offset: number
  readonly length: number
}

/** One side of the buckets: as many counts as the lengths of the spans sum up to. */
export interface Buckets {
  readonly spans: readonly Span[]
  /** Per bucket, not cumulative, not deltas. Whole numbers up to 2^53 in integer histograms. */
  readonly counts: Float64Array
}

export interface Histogram {
  /** Counts may be fractions: they are written as doubles; otherwise all of them are whole numbers. */
  readonly float: boolean
  readonly schema: number
  readonly count: number
  readonly sum: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly positive: Buckets
  /** Empty with custom buckets. */
  readonly negative: Buckets
  /** Upper bounds of custom buckets, rising, +Inf left out; empty with exponential ones. */
  readonly customValues: Float64Array
  /** RESET_*. */
  readonly reset: number
}

export const NO_BUCKETS: Buckets = { spans: [], counts: new Float64Array(0) }
