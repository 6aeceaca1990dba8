/**
 * A body that was read as a whole into columns, for formats and settings where lines can't be compared as they came: the protobuf
 * format, and histograms converted on the way. Its series are written down anew as lines of the text format, so that whoever
 * knows series by their bytes goes on as ever; what stands beside a series is in the columns.
 */
import type { Histogram } from '../histograms/histogram.ts'

/** About one family, in the order of their appearance. */
export interface DecodedFamily {
  readonly name: string
  /** FAMILY_*. */
  readonly type: number
  readonly help: string
  readonly unit: string
}

export interface DecodedExemplar {
  readonly row: number
  /** Flat name, value, …; in the order exposed. */
  readonly labels: readonly string[]
  readonly value: number
  /** Milliseconds, NaN when it has none. */
  readonly timestamp: number
}

/** Columns are longer than `count`; entries behind it mean nothing. Re-used by its decoder: valid until that begins again. */
export interface Decoded {
  /**
   * `lines[0..length)`: one line per row, the series alone as text format 1.0.0 writes it (`name{label="value"}`, or
   * `{"näme",label="value"}`), ended by a newline. The same series has the same bytes in every body. Labels stand in the order
   * exposed, but for those of converted histograms, which are by name.
   */
  lines: Uint8Array<ArrayBuffer>
  length: number
  count: number
  /** Of histograms: NaN. */
  values: Float64Array
  /** Milliseconds; NaN where a sample has none. */
  timestamps: Float64Array
  /** When counting began, in ms; NaN where that isn't said. */
  starts: Float64Array
  /** By row: index into `families`. */
  family: Uint32Array
  families: DecodedFamily[]
  /** By row. */
  histograms: Map<number, Histogram>
  exemplars: DecodedExemplar[]
  /** Classic histograms that could not be converted and are here as they came. */
  unconverted: number
}

export type DecodeFailure = {
  readonly error: string
  readonly reason: 'parse' | 'bucket-limit'
  /** Samples up to the error. */
  readonly scraped: number
}

/** One per target; keeps its buffers. */
export interface Decoder {
  /** Begins on `bytes[0..length)`, which is not to change until the decoder is done. */
  begin(bytes: Uint8Array, length: number): void
  /** Works for a few milliseconds; false as long as there is more. */
  step(): boolean
  /** To be asked once after `step` returned true. */
  result(): Decoded | DecodeFailure
  /** What there was has been taken over: only `families` and `family` go on to be valid, the rest is let go or lent to other decoders. */
  rest(): void
}

/** What a decoder does besides reading; names and meanings are those of prometheus.scrape's arguments. */
export interface DecodeOptions {
  /** Protobuf: histograms that are exposed as native ones are native; otherwise all are classic. */
  readonly nativeHistograms: boolean
  /** The classic series of native and of converted histograms as well. */
  readonly classicHistograms: boolean
  /** Classic histograms become native ones with custom buckets. */
  readonly convertClassic: boolean
  /** OpenMetrics: `_created` series say when others began to count, and are none themselves. */
  readonly leaveOutCreated: boolean
  /** 0 is no limit. A histogram that still has more buckets at the lowest resolution fails the scrape. */
  readonly bucketLimit: number
  /** 0 is off. Resolutions in which a bucket is narrower than this factor are lowered. */
  readonly minBucketFactor: number
}
