/**
 * Blocking queries, as Consul and Nomad answer them: an answer carries an index, and a query with that index is held by the
 * server until there is a newer one. Owns the rules of the index and the pace; who asks and what the answers say is for others.
 */
import { messageOf } from '../errors.ts'
import type { Clock, HttpResponse } from '../ports.ts'
import type { Timers } from '../time/timers.ts'

/** How long a server may hold a query, as its argument `wait` says it; both servers stretch this by a sixteenth at most. */
export const WAIT = '120000ms'
/** Time for such a query, and for one that is answered at once. */
export const HELD_TIMEOUT_MS = 135_000
export const TIMEOUT_MS = 30_000
/** After a failure: Prometheus's pause. */
const RETRY_MS = 15_000

export interface BlockingQuery {
  /** Index 0 asks for an answer at once. */
  ask(index: number): Promise<HttpResponse>
  /** Takes an answer that is new; when it rejects, the same is asked for again. */
  take(answer: HttpResponse): Promise<void>
  /** The query was answered, with something new or not. */
  succeeded(): void
  failed(message: string): void
}

export interface Pace {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Timers
  /** Queries begin at least so long after each other. */
  readonly refreshMs: number
  /** The header that carries the index, in lower case. */
  readonly header: string
}

/** Asks until `signal` aborts. Never rejects. */
export async function follow(query: BlockingQuery, pace: Pace, signal: AbortSignal): Promise<void> {
  const { clock, timers } = pace
  let index = 0
  while (!signal.aborted) {
    const next = clock.monotonic() + pace.refreshMs
    try {
      const answer = await query.ask(index)
      if (signal.aborted) return
      const found = readIndex(answer.header(pace.header))
      // An equal index: nothing happened until the server's time was up.
      if (index === 0 || found !== index) await query.take(answer)
      if (signal.aborted) return
      index = nextIndex(index, found)
      query.succeeded()
    } catch (thrown) {
      if (signal.aborted) return
      index = 0
      query.failed(messageOf(thrown))
      await timers.sleep(RETRY_MS, signal)
    }
    await timers.sleep(next - clock.monotonic(), signal)
  }
}

/** Undefined when there is none, or none that can be believed: then every answer counts as new. */
function readIndex(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,20}$/.test(header)) return undefined
  const index = Number(header)
  return Number.isSafeInteger(index) ? index : undefined
}

/**
 * The index to ask with. Where it goes backwards (a server was restored from a backup) it starts again from 0; one below 1
 * counts as 1, or a server at 0 would be asked without end.
 */
export function nextIndex(last: number, found: number | undefined): number {
  if (found === undefined || found < last) return 0
  return Math.max(1, found)
}
