/** GET /api/v1/queues: what waits to be sent, and how sending goes. */
import type { Timestamp } from './node.ts'

/** Counts by kind. */
export interface KindCounts {
  readonly samples: number
  readonly histograms: number
  readonly exemplars: number
  readonly metadata: number
}

export interface QueueRow {
  readonly node: string
  /** Id of the prometheus.remote_write component, and the name of the endpoint in it. */
  readonly component: string
  readonly endpoint: string
  /** Without secrets. */
  readonly url: string
  readonly protocol: '1.0' | '2.0'
  /** Waiting, in memory and on disk. */
  readonly pending: KindCounts
  readonly memoryBytes: number
  readonly diskBytes: number
  /** Whether what is to be on disk is there. */
  readonly disk: 'off' | 'working' | 'failing'
  readonly oldestUnsent: Timestamp | null
  /** How far what was delivered is behind what was queued; behind now while this run has queued nothing. */
  readonly lagSeconds: number
  /** Totals since the endpoint began; `sent` counts each attempt. */
  readonly sent: KindCounts
  readonly retried: KindCounts
  readonly failed: KindCounts
  /** By reason; reasons of which there are none are left out. */
  readonly dropped: Readonly<Record<string, KindCounts>>
  readonly lost: Readonly<Record<string, KindCounts>>
  /** Compressed, delivered. */
  readonly bytesSent: number
  readonly series: number
  readonly requestsInFlight: number
  readonly shards: number
  readonly shardsDesired: number
  readonly shardsMax: number
  /** How long nothing will be sent because of a failure; 0 when it is. */
  readonly retryWaitSeconds: number
  /** Of the last request that failed, with when; null when none did, or one succeeded since. */
  readonly lastError: { readonly at: Timestamp; readonly text: string } | null
}

export interface QueuesView {
  readonly at: Timestamp
  readonly queues: readonly QueueRow[]
  readonly unanswered: readonly { readonly node: string; readonly reason: string }[]
}
