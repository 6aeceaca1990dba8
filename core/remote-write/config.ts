/**
 * The settings of remote_write as plain data; names and defaults are Alloy's (spec §5.1), durations in milliseconds.
 * Owns shapes and defaults; what may be combined with what is checked by whoever reads the configuration.
 */
import type { Labels } from '../labels/labels.ts'
import type { CompiledRule } from '../labels/relabel.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import type { HeaderField } from '../ports.ts'

export interface QueueConfig {
  /** With `maxShards`, how many samples the queue holds at least, however many bytes they take. */
  readonly capacity: number
  /** Requests in flight at most. */
  readonly maxShards: number
  /** Accepted for compatibility: there is nothing to keep ready. */
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

export interface EndpointConfig {
  /** Unique in its component. */
  readonly name: string
  readonly url: string
  /** For one request, from connecting to the last byte of the answer. */
  readonly remoteTimeout: number
  readonly headers: readonly HeaderField[]
  readonly sendExemplars: boolean
  readonly sendNativeHistograms: boolean
  readonly protobufMessage: 'prometheus.WriteRequest'
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
}

export const DEFAULT_REMOTE_TIMEOUT = 30_000
