/**
 * What flows: one scrape of one source is one batch of columns. Owns the contract between whoever produces samples (a
 * scrape loop) and whoever takes them (relabelling, remote_write); holds no state and no policy.
 *
 * A series is known by its *slot*, a small integer inside its *source* (one target's series cache, or any other
 * producer). Receivers open a sink for each source and remember there, per slot, whatever they answered once: kept or
 * dropped, the encoded label bytes. So neither strings nor objects exist per sample, and everything about a target is
 * freed when its source ends.
 */
import type { Histogram } from '../histograms/histogram.ts'
import type { Labels } from '../labels/labels.ts'
import type { Metadata } from './metadata.ts'

/** The slot that is no series: receivers skip samples in it. */
export const NO_SLOT = 0

export interface SeriesSource {
  /** For logs and metrics: the target's URL, or another name. */
  readonly name: string
  /**
   * Labels of a slot of the batch being appended, or undefined for one that is dropped (relabelling) or unknown by now.
   * Called once per slot and sink in the steady state; it may parse and allocate.
   */
  labels(slot: number): Labels | undefined
  /** What is said about the family of a slot's series; undefined when nothing is. Called when `labels` is, on the same terms. */
  metadata(slot: number): Metadata | undefined
  /**
   * Counts up each time the slot is given to another series, or its metadata changes: what a sink remembers about it is void
   * when this changed. Indexed by slot; may be replaced by a larger array between batches.
   */
  readonly generations: Uint32Array
  /** Counts up when `labels` may answer differently for any slot (new relabel rules): everything remembered is void. */
  readonly version: number
}

/** An observation that stands for others, with labels (such as a trace's id) that say where to look. */
export interface Exemplar {
  /** Of the series that it belongs to; the batch has a sample of it. */
  readonly slot: number
  /** Names and values, in the order exposed. */
  readonly labels: Labels
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The source is the one that the sink was opened for: a batch passes through relabelling unchanged. */
export interface Batch {
  /** Samples in the columns below. */
  readonly count: number
  /** First `count` entries: the slot of each sample. A slot may stand twice only when `repeats` is set. */
  readonly slots: Uint32Array
  readonly values: Float64Array
  /**
   * 1 for a staleness marker (its value is to be ignored), 0 for a number; undefined when all are numbers.
   * Never expressed as a NaN payload: engines rewrite those.
   */
  readonly stale: Uint8Array | undefined
  /** Milliseconds since the epoch, for all samples that have no timestamp of their own. */
  readonly timestamp: number
  /** Own timestamps of the samples where given, else NaN; undefined when no sample has one. */
  readonly timestamps: Float64Array | undefined
  /** When the counter, summary or histogram of each sample began to count, in ms, else NaN; undefined when none of them is known. */
  readonly starts: Float64Array | undefined
  /** The samples that are native histograms, by row: their entries in `values` mean nothing. A marker is never one. */
  readonly histograms: ReadonlyMap<number, Histogram> | undefined
  /** New since the batch before; of one series in the order of their timestamps. */
  readonly exemplars: readonly Exemplar[] | undefined
  /** Same number as in this source's previous batch: then `slots` is unchanged too, and so are the generations in it. */
  readonly layout: number
  /** Some slot stands more than once, with different timestamps. */
  readonly repeats: boolean
}

/** Takes the batches of one source. */
export interface Sink {
  /**
   * Takes over what it needs before it returns, or before the promise resolves (long work is sliced); the columns
   * belong to the source again afterwards. The caller waits before it appends again.
   */
  append(batch: Batch): Promise<void> | undefined
  /** No batch will come any more; forgets the source. */
  close(): void
}

/** What a component exports to be forwarded to: the `MetricsReceiver` of the configuration. */
export interface Receiver {
  /** The component's id, for people. */
  readonly name: string
  open(source: SeriesSource): Sink
}
