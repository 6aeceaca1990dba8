/**
 * How the series of an endpoint become bytes: what all its templates share, replaced as a whole when a setting changes.
 * With 2.0 it owns the strings that those series are made of (symbols.ts).
 */
import type { Metadata } from '../../series/metadata.ts'
import type { Protocol } from '../block.ts'
import type { SeriesLabels } from './series-labels.ts'
import { createSymbols, type Symbols } from './symbols.ts'

export interface EncodingOptions {
  readonly protocol: Protocol
  readonly labels: SeriesLabels
  /** Whether they are sent. */
  readonly exemplars: boolean
  readonly histograms: boolean
  readonly metadata: boolean
  /** Told of the family of each series that is learned, the same one many times, where requests can't say it themselves: in 1.0. */
  readonly family?: (metadata: Metadata) => void
  /** A random number, so that nobody can choose labels that are slow to look up. */
  readonly seed?: number
}

export interface Encoding extends EncodingOptions {
  /** In 2.0. */
  readonly symbols: Symbols | undefined
}

export function createEncoding(options: EncodingOptions): Encoding {
  return { ...options, symbols: options.protocol === '2.0' ? createSymbols(options.seed ?? 0) : undefined }
}
