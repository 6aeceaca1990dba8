/** What the open block and those who write loads into it know of one another. */
import type { Load } from './load.ts'
import type { Stream } from './stream.ts'

export interface BlockLimits {
  /** Samples and histograms together. */
  readonly maxSamples: number
  /** Before compression, symbols included. A single series that is longer goes alone. */
  readonly maxRawBytes: number
}

/** The open block, as a writer sees it. */
export interface Page {
  /** Symbols; nothing in 1.0. */
  readonly head: Stream
  readonly tail: Stream
  /** Samples and histograms in it, to be counted by the writer through `add`. */
  readonly entries: number
  readonly limits: BlockLimits
  /** To be called before a series of `bytes` raw bytes is written: closes the block when they don't fit, and opens one. */
  ready(bytes: number): void
  add(samples: number, histograms: number, exemplars: number): void
}

export interface Writer<L extends Load> {
  /** Starts on a load; the one before must have ended. */
  begin(load: L): void
  /** Does one piece of work; false when there was none left. */
  step(): boolean
  /** What it has written ends between two series. */
  readonly between: boolean
  /** The block is closed: whatever belonged to its request is void. */
  closed(): void
}
