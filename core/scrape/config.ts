/** What a scrape job is told, as plain data; names and meanings are `prometheus.scrape`'s. Times in ms, sizes in bytes, 0 = no limit. */
import type { ScrapeProtocol } from '../exposition/content-type.ts'
import type { EscapingScheme, NameScheme } from '../exposition/names.ts'

export interface ScrapeConfig {
  readonly jobName: string
  readonly scrapeInterval: number
  readonly scrapeTimeout: number
  readonly metricsPath: string
  readonly scheme: string
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly honorLabels: boolean
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  readonly extraMetrics: boolean
  readonly scrapeProtocols: readonly ScrapeProtocol[]
  readonly fallbackProtocol: ScrapeProtocol | undefined
  readonly enableCompression: boolean
  readonly bodySizeLimit: number
  readonly sampleLimit: number
  readonly targetLimit: number
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
  readonly names: NameScheme
  readonly escaping: EscapingScheme
  readonly nativeHistograms: boolean
  readonly classicHistograms: boolean
  readonly convertClassicHistograms: boolean
  readonly bucketLimit: number
  /** 0 is off. */
  readonly minBucketFactor: number
  readonly honorMetadata: boolean
  readonly typeAndUnitLabels: boolean
  readonly startZeros: boolean
  /** JSON lines of failed fetches; empty = none. */
  readonly failureLogFile: string
}
