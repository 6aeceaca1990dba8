/** Times as the API says them. */
import type { Timestamp } from '../api/node.ts'

/** The last moment that RFC 3339 can say: its years have four digits. */
const LAST_MS = 253_402_300_799_999

/** Milliseconds since the epoch; what can't be a time, such as what a peer has made up, becomes the nearest that can. */
export function timestamp(ms: number): Timestamp {
  return new Date(Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LAST_MS)).toISOString()
}
