/** Whether a queue delivers: in a colour and a word. */
import type { QueueRow } from '../../core/api/queues.ts'
import type { Tone } from '../look/badge.ts'

/** More than a minute behind is more than batches and retries explain. */
export const SLOW_SECONDS = 60

/** How one queue does. */
export function toneOf({ lastError, retryWaitSeconds, lagSeconds, disk }: QueueRow): Tone {
  if (lastError !== null || retryWaitSeconds > 0) return lagSeconds > SLOW_SECONDS ? 'bad' : 'warn'
  return disk === 'failing' ? 'bad' : lagSeconds > SLOW_SECONDS ? 'warn' : 'good'
}

/** The same in a word. */
export function toneWords(row: QueueRow): string {
  if (row.lastError !== null || row.retryWaitSeconds > 0) return 'failing'
  return row.disk === 'failing' ? 'disk fails' : row.lagSeconds > SLOW_SECONDS ? 'behind' : 'delivers'
}

/** Of the worst of them. */
export function severity(rows: readonly QueueRow[]): number {
  return Math.max(...rows.map((row) => ({ bad: 2, warn: 1, good: 0, dull: 0, info: 0 })[toneOf(row)]))
}
