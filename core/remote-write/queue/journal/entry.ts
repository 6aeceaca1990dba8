import type { Queued } from '../queued.ts'
import type { Segment } from './segment.ts'

/** A block in memory, and where it is on disk. */
export interface Entry extends Queued {
  readonly sequence: number
  /** When it was finished, or read back, on the monotonic clock. */
  readonly since: number
  /** It is on disk, all of it. */
  persisted: boolean
  /** Where, while that is there. */
  segment: Segment | undefined
  /** It is done: not to be written any more. */
  acknowledged: boolean
  /** It is to be written, or being written. */
  leaving: boolean
}
