/**
 * How many requests of an endpoint may be under way: as many as Prometheus would run shards (spec §5.6), from what came in,
 * what went out and how long that took. Pure. Resizing costs nothing here, so it is decided every second instead of every
 * ten, and a backlog is worked off at a quarter of it per second instead of a twentieth.
 */

/** Between two decisions, in ms. */
export const DECIDE_EVERY_MS = 1000
/** Rates follow what is observed with this time constant, in ms: about Prometheus's weight of 0.2 for each observation. */
const SMOOTHING_MS = 5000
/** Share of what waits that is to be delivered in a second, beside what comes in. */
const CATCH_UP = 0.25
/** A number is left alone while the wanted one is as close as this. */
const TOLERANCE = 0.3
/** Nothing is taken away while the oldest waits for longer, in ms: the end of a backlog is not the time for it. */
const LATE_MS = 10_000

export interface SendersState {
  /** Requests that may be under way. */
  readonly senders: number
  /** What the formula asks for, without bounds. */
  readonly desired: number
  /** Per second, undefined before the first observation: points in, points settled, seconds of requests. */
  readonly rates: { readonly in: number; readonly out: number; readonly busy: number } | undefined
}

/** Since the last observation of which anything was settled. */
export interface Observed {
  readonly ms: number
  readonly in: number
  readonly out: number
  readonly busySeconds: number
  /** Points that wait now, those under way included. */
  readonly pending: number
  /** How long the oldest of them has been there, in ms; 0 when nothing waits. */
  readonly delay: number
}

export interface SendersLimits {
  readonly min: number
  readonly max: number
  /** Until a request is full or sent anyway: so long everything waits. */
  readonly batchSendDeadline: number
}

export function firstSenders({ min, max }: SendersLimits): SendersState {
  const senders = Math.min(Math.max(1, min), max)
  return { senders, desired: senders, rates: undefined }
}

export function stepSenders(state: SendersState, observed: Observed, limits: SendersLimits): SendersState {
  const { min, max, batchSendDeadline } = limits
  const clamped = (senders: number): number => Math.min(Math.max(1, min, senders), max)
  // While nothing is settled, there is nothing to learn about the receiver: neither does it need more requests.
  if (observed.ms < 1 || (observed.out === 0 && observed.pending > 0))
    return { ...state, senders: clamped(state.senders) }
  const weight = 1 - Math.exp(-observed.ms / SMOOTHING_MS)
  const seconds = observed.ms / 1000
  const smooth = (before: number | undefined, amount: number): number =>
    before === undefined ? amount / seconds : before + weight * (amount / seconds - before)
  const rates = {
    in: smooth(state.rates?.in, observed.in),
    out: smooth(state.rates?.out, observed.out),
    busy: smooth(state.rates?.busy, observed.busySeconds),
  }
  const perPoint = rates.out > 0 ? rates.busy / rates.out : 0
  const toDo = rates.in + CATCH_UP * observed.pending
  const desired = toDo === 0 ? 0 : Math.min(perPoint * toDo, Number.MAX_SAFE_INTEGER)
  const wanted = Math.ceil(desired)
  const { senders } = state
  const close = wanted > senders * (1 - TOLERANCE) && wanted < senders * (1 + TOLERANCE)
  const late = wanted < senders && observed.delay > Math.max(LATE_MS, 2 * batchSendDeadline)
  return { senders: clamped(close || late ? senders : wanted), desired, rates }
}
