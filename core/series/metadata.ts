/** What an exposition says about a family of series, as remote_write carries it. */

/** Types of families, numbered as both versions of remote_write do. */
export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const

export interface Metadata {
  /** Name of the family: without `_bucket`, `_total` and the like where its type adds them. */
  readonly family: string
  /** Index into METRIC_TYPES. */
  readonly type: number
  /** Both may be empty. */
  readonly help: string
  readonly unit: string
}
