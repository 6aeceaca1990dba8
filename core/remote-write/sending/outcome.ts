/** What a final answer means for the counters of an endpoint, and what is said of it in the log. Owns no state, decides nothing. */
import type { HttpFailure, HttpResponse } from '../../ports.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Block } from '../block.ts'
import { countLoss, type EndpointStats, mentioned } from '../stats.ts'
import { describe } from './attempt.ts'
import type { Verdict } from './retry.ts'
import { unwritten, writtenBy } from './written.ts'

/** A verdict after which a block is not sent again. */
export type FinalVerdict = Exclude<Verdict, 'retry' | 'other_protocol'>

const LOSSES = {
  delivered: { reason: 'not_written', message: 'The receiver wrote less than it was sent.' },
  rejected: { reason: 'rejected', message: 'The receiver refused samples; they are dropped.' },
  not_understood: {
    reason: 'not_understood',
    message:
      'The receiver does not seem to know remote_write 2.0: set protobuf_message to "auto" or "prometheus.WriteRequest".',
  },
} as const

export function settle(
  block: Block,
  verdict: FinalVerdict,
  answer: HttpResponse | HttpFailure,
  stats: EndpointStats,
  log: Logger,
): void {
  const { counts, body, protocol } = block
  if (verdict === 'delivered') {
    if (counts.metadata > 0) stats.metadataBytesSent += body.length
    else stats.bytesSent += body.length
    stats.highestSent = Math.max(stats.highestSent, block.maxTimestamp)
  }
  // In 1.0 nobody says what was written: all or nothing.
  const written = protocol === '2.0' && answer.ok ? writtenBy(answer) : undefined
  const missing = written !== undefined ? unwritten(counts, written) : verdict === 'delivered' ? undefined : counts
  if (missing === undefined) return
  const { reason, message } = LOSSES[verdict]
  countLoss(stats, missing, reason)
  log.error(message, { ...mentioned(missing), ...describe(answer) })
}
