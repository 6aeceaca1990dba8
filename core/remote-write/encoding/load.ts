/** What a template gives to be sent of a batch, for the open block to take. */
import type { Batch, Exemplar } from '../../series/batch.ts'
import type { Bytes } from './bytes.ts'
import type { References } from './references.ts'

/** Finished messages of 1.0: runs of neighbours in an arena. Valid until the template takes its next batch. */
export interface FirstLoad {
  readonly protocol: '1.0'
  arena: Bytes
  ends: Uint32Array
  /** First message and the one behind the last, for each run. */
  runs: Uint32Array
  runCount: number
  /** By message, 1 for those of a histogram; undefined when all are samples. */
  histograms: Uint8Array | undefined
  /** By message, how many exemplars it has; undefined when none has any. */
  exemplars: Uint32Array | undefined
}

/**
 * Rows of a batch, to be written in 2.0 when their turn has come, since references depend on the request. Valid until the
 * template takes its next batch, and as long as the batch is.
 */
export interface SecondLoad {
  readonly protocol: '2.0'
  store: References
  batch: Batch
  /** By row: its entry in the store. */
  indexes: Int32Array
  /** First row and the one behind the last, for each run. */
  runs: Uint32Array
  runCount: number
  /** By row. */
  exemplars: ReadonlyMap<number, readonly Exemplar[]> | undefined
}

export type Load = FirstLoad | SecondLoad
