/** What the settings of an endpoint mean for its queue and its sender. Pure. */
import type { Labels } from '../labels/labels.ts'
import { MAX_QUEUE_BYTES } from '../limits.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { EndpointConfig, WalConfig } from './config.ts'
import type { QueueSettings } from './queue/queue.ts'
import type { SenderSettings } from './sending/sender.ts'
import type { Spoken } from './spoken.ts'

export interface EndpointSettings {
  readonly config: EndpointConfig
  readonly externalLabels: Labels
  readonly wal: WalConfig
  readonly outbound: Outbound
}

export function queueSettings(wal: WalConfig): QueueSettings {
  const { persistence, spillDelay, syncInterval, maxDiskSize, maxKeepaliveTime } = wal
  return {
    persistence,
    spillDelay,
    syncInterval,
    maxMemoryBytes: MAX_QUEUE_BYTES,
    maxDiskBytes: maxDiskSize,
    maxAge: maxKeepaliveTime,
  }
}

export function sendingSettings(
  { config, outbound }: EndpointSettings,
  { protocol, fallback }: Spoken,
  userAgent: string,
): SenderSettings {
  const { queue } = config
  return {
    url: new URL(config.url),
    headers: config.headers,
    userAgent,
    outbound,
    remoteTimeout: config.remoteTimeout,
    senders: { min: queue.minShards, max: queue.maxShards, batchSendDeadline: queue.batchSendDeadline },
    protocol,
    fallback,
    retryOnHttp429: queue.retryOnHttp429,
    minBackoff: queue.minBackoff,
    maxBackoff: queue.maxBackoff,
    sampleAgeLimit: queue.sampleAgeLimit,
  }
}
