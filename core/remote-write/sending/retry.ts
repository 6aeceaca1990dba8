/**
 * What an answer means, and when to try again. Pure: `step(state, event, now, random)` gives the next state; the sender
 * acts on its phase. A recoverable failure silences the whole endpoint for the backoff; then one block probes, and the first
 * answer from the receiver opens the endpoint again. Follows spec §5.4, which is Prometheus's table.
 */
import type { HttpFailure, HttpResponse, Monotonic, Random } from '../../ports.ts'
import type { Protocol } from '../block.ts'
import { writtenBy } from './written.ts'

export type Verdict =
  | 'delivered'
  | 'retry'
  | 'rejected'
  /** The receiver doesn't know 2.0, and may be asked in 1.0. */
  | 'other_protocol'
  /** The same, where nothing but 2.0 is to be sent. */
  | 'not_understood'

export interface Judging {
  readonly retryOnHttp429: boolean
  /** Of the request that was answered. */
  readonly protocol: Protocol
  /** Whether 1.0 is tried on a receiver that doesn't know 2.0. */
  readonly fallback: boolean
}

/**
 * Redirects were followed before; a 3xx that arrives here is final. Whoever takes 2.0 says how much was written (§5.3); a
 * receiver of 1.0 finds nothing that it knows in such a request, and may well say that all is fine.
 */
export function verdictOn(answer: HttpResponse | HttpFailure, judging: Judging): Verdict {
  if (!answer.ok) return 'retry'
  const { status } = answer
  const second = judging.protocol === '2.0'
  if (status >= 200 && status < 300) {
    if (!second || writtenBy(answer) !== undefined) return 'delivered'
    return judging.fallback ? 'other_protocol' : 'not_understood'
  }
  if (status >= 500 || (status === 429 && judging.retryOnHttp429)) return 'retry'
  return status === 415 && second && judging.fallback ? 'other_protocol' : 'rejected'
}

/** A receiver can't silence us for longer than this, whatever its Retry-After says. */
export const MAX_RETRY_AFTER_MS: number = 3_600_000

/** Milliseconds to wait as the receiver asks: seconds or an HTTP date (RFC 9110 §10.2.3); undefined when absent or invalid. */
export function retryAfter(value: string | undefined, wallTime: number): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - wallTime : Number.NaN
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}

export interface BackoffSettings {
  readonly minBackoff: number
  readonly maxBackoff: number
}

export type RetryState =
  /** As many requests as allowed. */
  | { readonly phase: 'open' }
  /** None before `until`; `backoff` is what was waited, without jitter. */
  | { readonly phase: 'waiting'; readonly until: Monotonic; readonly backoff: number }
  /** One, and its answer decides. */
  | { readonly phase: 'probing'; readonly backoff: number }

export type RetryEvent =
  /** The receiver took or refused a block: it is there. */
  | { readonly type: 'answered' }
  | {
      readonly type: 'failed'
      readonly probe: boolean
      readonly retryAfter: number | undefined
      readonly settings: BackoffSettings
    }
  /** `until` has come, or the agent is stopping and can't wait. */
  | { readonly type: 'due' }

export const OPEN: RetryState = { phase: 'open' }

/** Up to this share more or less: at the cap, more would make an interval shorter than 0.8 times the one before (§6.1). */
const JITTER = 0.1

export function step(state: RetryState, event: RetryEvent, now: Monotonic, random: Random): RetryState {
  switch (event.type) {
    case 'due':
      return state.phase === 'waiting' ? { phase: 'probing', backoff: state.backoff } : state
    case 'answered':
      // Requests that were under way when the trouble began tell nothing about its end.
      return state.phase === 'waiting' ? state : OPEN
    case 'failed':
      return afterFailure(state, event, now, random)
  }
}

function afterFailure(
  state: RetryState,
  event: RetryEvent & { type: 'failed' },
  now: Monotonic,
  random: Random,
): RetryState {
  const { minBackoff, maxBackoff } = event.settings
  if (event.retryAfter !== undefined) {
    const until = now + event.retryAfter
    return state.phase === 'waiting' && state.until >= until
      ? state
      : { phase: 'waiting', until, backoff: event.retryAfter }
  }
  // Several requests fail together; only the first of them, and then the probes, lengthen the wait.
  if (state.phase === 'waiting' || (state.phase === 'probing' && !event.probe)) return state
  const backoff = state.phase === 'open' ? minBackoff : Math.min(2 * state.backoff, maxBackoff)
  const jittered = backoff * (1 + JITTER * (2 * random.next() - 1))
  return { phase: 'waiting', until: now + jittered, backoff }
}
