/** What planning a layout leaves for those who take its batches. */
import type { Batch } from '../../series/batch.ts'
import type { Encoding } from './encoding.ts'

/** For each sample of the planned layout which entry of the store it belongs to, or NONE when it isn't sent. */
export interface Plan {
  indexes: Int32Array<ArrayBuffer>
  count: number
}

/** How the batches of one protocol are taken. */
export interface Taking {
  /** There is a new plan; the entries of the store that it needs are stamped with `plans`. */
  planned(plans: number): void
  /** Says what became of it in the template's `Taken`. */
  take(batch: Batch, encoding: Encoding): void
}

/** Instead of the entry of a sample that is not sent. */
export const NONE = -1
