/** What the queue of an endpoint promises to whoever fills and empties it: queue.ts keeps it, in memory and on disk. */
import type { Block, Counts, Part } from '../block.ts'

export interface Queued {
  readonly block: Block
  /** Being sent just now: not to be dropped under the sender's hands. */
  inFlight: boolean
  /** Failed attempts so far. */
  attempts: number
  /** Which run of the agent made it: blocks of an earlier run are all delivered before those of a later one. */
  readonly run: number
}

/** Durations in ms. */
export interface QueueSettings {
  /**
   * `always`: what comes is written at once. `spill`: what has waited for `spillDelay` is, with all that comes while anything waits
   * that long. `off`: nothing is written, though what an earlier run left is read.
   */
  readonly persistence: 'always' | 'spill' | 'off'
  readonly spillDelay: number
  /** What was written outlives a crash of the machine this long after it was, at the latest; 0: it is not cared for. */
  readonly syncInterval: number
  /** Of all blocks in memory, and of what is on its way to the disk. */
  readonly maxMemoryBytes: number
  readonly maxDiskBytes: number
  /** Blocks are dropped this long after their first sample came. */
  readonly maxAge: number
}

export type QueueLoss = 'queue_full' | 'too_old_in_queue' | 'corrupt'

export interface QueueEvents {
  /** Gone for good without having been delivered; as far as known, where the disk was damaged. */
  lost(counts: Counts, reason: QueueLoss): void
  /** There may be more to send than there was, without an `append`. */
  changed(): void
}

/** What the disk does for the queue: it is not asked to, is looked at for what an earlier run left, works, or fails. */
export type DiskState = 'none' | 'opening' | 'working' | 'failing'

export interface Queue {
  /** The open block grew by this; only called while `wantsParts`. Parts of a block come in order, before `append` of that block. */
  grow(part: Part): void
  /**
   * The block is finished. `rest`: what came since the last part that was given to `grow`; undefined when nothing did or no parts
   * were given.
   */
  append(block: Block, rest: Part | undefined): void
  /** All that comes is to be written at once, and the disk keeps up: the open block should give its parts. */
  readonly wantsParts: boolean
  /** The nth block that may be sent now, oldest first, bodies in memory; what else is on disk is read in as these are acknowledged. */
  peek(n: number): Queued | undefined
  /** Never to be sent again: delivered or given up. */
  acknowledge(queued: Queued): void
  /** Drops what is beyond the bounds and looks at the clock; `append` does it too. */
  trim(): void
  /** That `peek` reaches. */
  readonly blocks: number
  /** Everything unacknowledged, on disk and in memory; the open block isn't. */
  readonly pending: Counts
  /** Memory. */
  readonly bytes: number
  /** Of all files. */
  readonly diskBytes: number
  /** Records that were damaged, and files that could not be read. */
  readonly corruptions: number
  /** Of the oldest sample that is not acknowledged, in ms since the epoch. */
  readonly oldestTimestamp: number | undefined
  readonly disk: DiskState
  /** Everything is known to be delivered. */
  readonly empty: boolean
  /**
   * Writes what is not on disk yet, and closes; resolves by `ms` whatever the disk does. `kept` waits on disk for the next run,
   * `lost` could not be written; nothing of it is told to `events.lost`. Nothing may be called afterwards but the numbers.
   */
  close(ms: number): Promise<{ readonly kept: Counts; readonly lost: Counts }>
}
