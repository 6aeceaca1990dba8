/**
 * The one end of a request: what came of it, its deadline or its abort, whichever is first. Owns the timer and the listener on
 * the signal. Does not know what carries the request.
 */
import type { HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { ABORTED, TIMED_OUT } from './http-failure.ts'

/** Longer timers fire at once. */
const LONGEST_TIMER_MS = 0x7fffffff

/** Takes what came of the request; does nothing when the request is over. */
export type Settle = (result: HttpResponse | HttpFailure) => void
/** Drops what is under way; `why` is TIMED_OUT or ABORTED. */
export type GiveUp = (why: HttpFailure) => void

/** Calls `begin` at once, unless the request is over before; what that returns is called when nobody waits any more. */
export function untilEnd(
  { signal, deadline }: HttpRequest,
  begin: (settle: Settle) => GiveUp,
): Promise<HttpResponse | HttpFailure> {
  if (signal?.aborted) return Promise.resolve(ABORTED)
  const remaining = deadline - performance.now()
  if (remaining <= 0) return Promise.resolve(TIMED_OUT)
  return new Promise((resolve) => {
    let timer = setTimeout(expire, Math.min(Math.ceil(remaining), LONGEST_TIMER_MS))
    signal?.addEventListener('abort', abort)
    const giveUp = begin(settle)

    function settle(result: HttpResponse | HttpFailure): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    function expire(): void {
      // Timers may fire early, and the longest ones come in stages.
      const missing = deadline - performance.now()
      if (missing > 0) timer = setTimeout(expire, Math.min(Math.ceil(missing), LONGEST_TIMER_MS))
      else stop(TIMED_OUT)
    }
    function abort(): void {
      stop(ABORTED)
    }
    function stop(why: HttpFailure): void {
      giveUp(why)
      settle(why)
    }
  })
}
