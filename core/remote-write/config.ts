/**
 * The settings of remote_write as plain data; names and defaults are Alloy's (spec §5.1), durations in milliseconds.
 * Owns shapes and defaults; what may be combined with what is checked by whoever reads the configuration.
 */
import type { Labels } from '../labels/labels.ts'
import type { CompiledRule } from '../labels/relabel.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import type { HeaderField } from '../ports.ts'

export interface QueueConfig {
  /** Accepted for compatibility: the queue is bounded by bytes. */
  readonly capacity: number
  /** Requests that may be in flight at most, and at least. */
  readonly maxShards: number
  readonly minShards: number
  readonly maxSamplesPerSend: number
  /** A block is sent this long after its first sample, full or not. */
  readonly batchSendDeadline: number
  readonly minBackoff: number
  readonly maxBackoff: number
  readonly retryOnHttp429: boolean
  /** 0: no limit. */
  readonly sampleAgeLimit: number
}

export interface MetadataConfig {
  readonly send: boolean
  readonly sendInterval: number
  readonly maxSamplesPerSend: number
}

/** `auto`: 2.0, and 1.0 from the moment when the receiver turns out not to know it. */
export type ProtobufMessage = 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request' | 'auto'

/** When finished requests are written to disk: from the first byte on, when they can't be delivered for a while, or never. */
export type Persistence = 'always' | 'spill' | 'off'

export interface EndpointConfig {
  /** Unique in its component. */
  readonly name: string
  /** The name was given, not derived from the settings. */
  readonly named: boolean
  readonly url: string
  /** For one request, from connecting to the last byte of the answer. */
  readonly remoteTimeout: number
  readonly headers: readonly HeaderField[]
  readonly sendExemplars: boolean
  readonly sendNativeHistograms: boolean
  readonly protobufMessage: ProtobufMessage
  readonly queue: QueueConfig
  readonly metadata: MetadataConfig
  /** The write_relabel_config blocks. */
  readonly writeRelabel: readonly CompiledRule[]
  /** Authentication, TLS, proxy and the like: for the factory of Outbound, only compared here. */
  readonly http: OutboundConfig
}

export interface WalConfig {
  /** Accepted for compatibility. */
  readonly truncateFrequency: number
  readonly minKeepaliveTime: number
  /** What could not be sent for this long is dropped. */
  readonly maxKeepaliveTime: number
  readonly persistence: Persistence
  /** With `spill`: how long a request waits in memory before it is written. */
  readonly spillDelay: number
  /** How often what was written is made to outlive a crash of the machine; 0: that is left to the operating system. */
  readonly syncInterval: number
  /** Bytes that one endpoint may take on disk. */
  readonly maxDiskSize: number
}

export interface RemoteWriteConfig {
  readonly externalLabels: Labels
  readonly endpoints: readonly EndpointConfig[]
  readonly wal: WalConfig
}

export const DEFAULT_QUEUE: QueueConfig = {
  capacity: 10_000,
  maxShards: 50,
  minShards: 1,
  maxSamplesPerSend: 2000,
  batchSendDeadline: 5000,
  minBackoff: 30,
  maxBackoff: 5000,
  retryOnHttp429: true,
  sampleAgeLimit: 0,
}

export const DEFAULT_METADATA: MetadataConfig = { send: true, sendInterval: 60_000, maxSamplesPerSend: 2000 }

export const DEFAULT_WAL: WalConfig = {
  truncateFrequency: 7_200_000,
  minKeepaliveTime: 300_000,
  maxKeepaliveTime: 28_800_000,
  persistence: 'always',
  spillDelay: 1000,
  syncInterval: 1000,
  maxDiskSize: 10 * 1024 ** 3,
}

export const DEFAULT_REMOTE_TIMEOUT = 30_000
