/**
 * Which bodies are decoded as a whole instead of being read line by line, and what is asked for so that they come. Text is, as
 * long as nothing has to be made of it, the cheaper one: lines can be compared with those of the scrape before.
 */
import type { Exposition, ScrapeProtocol } from '../exposition/content-type.ts'
import { createTextDecoder } from '../exposition/decode-text.ts'
import type { DecodeOptions, Decoder } from '../exposition/decoded.ts'
import { createProtobufDecoder } from '../exposition/protobuf/decoder.ts'
import type { ScrapeConfig } from './config.ts'
import type { TargetHistograms } from './target.ts'

type Limits = Pick<ScrapeConfig, 'bucketLimit' | 'minBucketFactor' | 'startZeros'>

/** A new decoder for bodies of this format; undefined when they are read line by line. */
export function decoderOf(exposition: Exposition, wanted: TargetHistograms, limits: Limits): Decoder | undefined {
  const options: DecodeOptions = {
    nativeHistograms: wanted.native,
    classicHistograms: wanted.classic,
    convertClassic: wanted.convert,
    leaveOutCreated: limits.startZeros,
    bucketLimit: limits.bucketLimit,
    minBucketFactor: limits.minBucketFactor,
  }
  if (exposition === 'protobuf') return createProtobufDecoder(options)
  return wanted.convert ? createTextDecoder(exposition, options) : undefined
}

/** A target that is to expose native histograms, by a label of its own, is asked for the only format that has them. */
export function protocolsFor(wanted: TargetHistograms, config: ScrapeConfig): readonly ScrapeProtocol[] {
  const { scrapeProtocols, nativeHistograms } = config
  if (!wanted.native || nativeHistograms || scrapeProtocols.includes('PrometheusProto')) return scrapeProtocols
  return ['PrometheusProto', ...scrapeProtocols]
}
