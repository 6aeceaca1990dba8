/** What happened at an endpoint and in its component, as plain numbers: counted where it happens, shown by metrics.ts. */
import type { Counts } from './block.ts'
import type { Outcomes, Taken } from './encoding/taken.ts'

export const KINDS = ['samples', 'histograms', 'exemplars', 'metadata'] as const
export type Kind = (typeof KINDS)[number]

/** Counts that grow. */
export type Tally = Record<Kind, number>

/** Why something was taken over and never delivered. What 1.0 can't carry has reasons of its own. */
const LOSS_REASONS = [
  'queue_full',
  'too_old_in_queue',
  'corrupt',
  'too_old',
  'rejected',
  'not_written',
  'not_understood',
  'shutdown',
] as const
export type LossReason = (typeof LOSS_REASONS)[number]

/** Why something was never queued, and `too_old`, which Prometheus counts here as well. */
const DROP_REASONS = [
  'dropped_series',
  'out_of_order',
  'duplicate_timestamp',
  'not_sent',
  'nhcb_in_rw1_not_supported',
  'too_old',
] as const

/** What never came to be sent, which Prometheus doesn't count as failed. */
const NOT_FAILED: ReadonlySet<string> = new Set<LossReason>(['queue_full', 'too_old_in_queue', 'corrupt', 'too_old'])

export interface EndpointStats {
  /** Each attempt counted. */
  readonly sent: Tally
  /** Whose request failed on a recoverable error. */
  readonly retried: Tally
  /** Given up for good: refused by the receiver, or unsent at the end. */
  readonly failed: Tally
  /** By one of DROP_REASONS. */
  readonly dropped: Map<string, Tally>
  /** By LossReason, or another one. */
  readonly lost: Map<string, Tally>
  /** Compressed bytes delivered, those of metadata alone apart. */
  bytesSent: number
  metadataBytesSent: number
  /** Milliseconds since the epoch; 0 before the first. */
  highestQueued: number
  highestSent: number
  inFlight: number
  /** Seconds that requests took, answered or not. */
  sendingSeconds: number
  /** Samples and histograms that came into the queue, and those that an answer settled. */
  queued: number
  settled: number
  /** Descriptions of families that were new or changed. */
  metadataUpdates: number
  /** The last request that was not taken, when none was taken since. `at`: milliseconds since the epoch. */
  lastFailure: { readonly at: number; readonly text: string } | undefined
}

export function createEndpointStats(): EndpointStats {
  return {
    sent: tally(),
    retried: tally(),
    failed: tally(),
    dropped: new Map(DROP_REASONS.map((reason) => [reason, tally()])),
    lost: new Map(LOSS_REASONS.map((reason) => [reason, tally()])),
    bytesSent: 0,
    metadataBytesSent: 0,
    highestQueued: 0,
    highestSent: 0,
    inFlight: 0,
    sendingSeconds: 0,
    queued: 0,
    settled: 0,
    metadataUpdates: 0,
    lastFailure: undefined,
  }
}

export function tally(): Tally {
  return { samples: 0, histograms: 0, exemplars: 0, metadata: 0 }
}

export function add(to: Tally, counts: Counts): void {
  for (const kind of KINDS) to[kind] += counts[kind]
}

function addBy(reasons: Map<string, Tally>, reason: string, counts: Counts): void {
  let to = reasons.get(reason)
  if (to === undefined) reasons.set(reason, (to = tally()))
  add(to, counts)
}

/** Counts what is lost; a reason that isn't a LossReason is something that 1.0 can't carry. */
export function countLoss(stats: EndpointStats, counts: Counts, reason: string): void {
  addBy(stats.lost, reason, counts)
  if (!NOT_FAILED.has(reason)) add(stats.failed, counts)
  if (reason === 'too_old') addBy(stats.dropped, reason, counts)
}

/** What order is kept of, and what rates are measured in. */
export function points({ samples, histograms }: Counts): number {
  return samples + histograms
}

/** What of a batch was not accepted. */
export function countDropped({ dropped }: EndpointStats, taken: Taken): void {
  const { histograms } = taken
  for (const [reason, read] of OUTCOMES) {
    const to = dropped.get(reason) as Tally
    const ofHistograms = read(histograms)
    to.histograms += ofHistograms
    to.samples += read(taken) - ofHistograms
  }
  ;(dropped.get('not_sent') as Tally).histograms += histograms.notSent
  ;(dropped.get('nhcb_in_rw1_not_supported') as Tally).histograms += histograms.unsupported
}

const OUTCOMES: readonly (readonly [reason: string, read: (outcomes: Outcomes) => number])[] = [
  ['dropped_series', ({ dropped }) => dropped],
  ['out_of_order', ({ outOfOrder }) => outOfOrder],
  ['duplicate_timestamp', ({ duplicates }) => duplicates],
]

/** For a log line: kinds of which there are none are not mentioned. */
export function mentioned(counts: Counts): Record<string, number> {
  return Object.fromEntries(KINDS.flatMap((kind) => (counts[kind] > 0 ? [[kind, counts[kind]]] : [])))
}
