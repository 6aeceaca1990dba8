/** What happened at an endpoint and in its component, as plain numbers: counted where it happens, shown by metrics.ts. */

/** Why samples were never delivered. */
export type LossReason = 'queue_full' | 'too_old_in_queue' | 'too_old' | 'rejected' | 'shutdown'

/** Why samples were never queued. */
export type DropReason = 'dropped_series' | 'out_of_order' | 'duplicate_timestamp'

export interface EndpointStats {
  /** Sent at least once; retries count separately. */
  samplesSent: number
  samplesRetried: number
  /** Given up for good: refused by the receiver, or unsent at the end. */
  samplesFailed: number
  readonly dropped: Record<DropReason, number>
  readonly lost: Record<LossReason, number>
  /** Compressed bytes delivered. */
  bytesSent: number
  /** Milliseconds since the epoch; 0 before the first. */
  highestQueued: number
  highestSent: number
  inFlight: number
}

export function createEndpointStats(): EndpointStats {
  return {
    samplesSent: 0,
    samplesRetried: 0,
    samplesFailed: 0,
    dropped: { dropped_series: 0, out_of_order: 0, duplicate_timestamp: 0 },
    lost: { queue_full: 0, too_old_in_queue: 0, too_old: 0, rejected: 0, shutdown: 0 },
    bytesSent: 0,
    highestQueued: 0,
    highestSent: 0,
    inFlight: 0,
  }
}
