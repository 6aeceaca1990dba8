/**
 * How many requests of an endpoint may be under way now: looks every second at what was queued and settled, as long as there
 * is anything to decide, and asks senders.ts.
 */
import type { Clock } from '../../ports.ts'
import type { Timer, Timers } from '../../time/timers.ts'
import type { Queue } from '../queue/queue.ts'
import { type EndpointStats, points } from '../stats.ts'
import { DECIDE_EVERY_MS, firstSenders, type SendersLimits, type SendersState, stepSenders } from './senders.ts'

export interface Pace {
  readonly state: SendersState
  /** Requests that may be under way; within the limits, also when these have just changed. */
  readonly senders: number
  /** Something may have to be decided. */
  look(): void
  stop(): void
}

export function createPace(
  queue: Queue,
  limits: () => SendersLimits,
  stats: EndpointStats,
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  decided: () => void,
): Pace {
  let state = firstSenders(limits())
  let timer: Timer | undefined
  /** At the last decision from which something was learned. */
  let mark = { at: clock.monotonic(), queued: 0, settled: 0, seconds: 0 }

  function decide(): void {
    timer = undefined
    const at = clock.monotonic()
    const oldest = queue.peek(0)
    const observed = {
      ms: at - mark.at,
      in: stats.queued - mark.queued,
      out: stats.settled - mark.settled,
      busySeconds: stats.sendingSeconds - mark.seconds,
      pending: points(queue.pending),
      delay: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.block.createdAt),
    }
    const next = stepSenders(state, observed, limits())
    if (next.rates !== state.rates) {
      mark = { at, queued: stats.queued, settled: stats.settled, seconds: stats.sendingSeconds }
    }
    state = next
    decided()
  }

  return {
    get state() {
      return state
    },
    get senders() {
      const { min, max } = limits()
      return Math.min(Math.max(min, state.senders), max)
    },
    look() {
      if (timer !== undefined || (queue.blocks === 0 && state.senders <= Math.max(1, limits().min))) return
      timer = timers.after(DECIDE_EVERY_MS, decide)
    },
    stop() {
      timer?.cancel()
    },
  }
}
