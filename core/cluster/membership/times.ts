/** memberlist's formulas: how often a message is passed on, how long a suspicion lasts, how often tables are exchanged. */

const RETRANSMIT_MULTIPLIER = 4
const SUSPICION_MULTIPLIER = 4
const SUSPICION_MAX_MULTIPLIER = 6
/** Accusers besides the first that make a suspicion as short as it gets. */
const CONFIRMATIONS = SUSPICION_MULTIPLIER - 2
/** Up to this many members tables are exchanged at the configured interval; beyond it less often. */
const EXCHANGE_SCALE_FROM = 32
/** 0 is best, 7 worst: how many probe intervals more this node grants others because it is slow itself. */
export const WORST_SCORE = 7

/** How many times a message is handed out before it is dropped, in a cluster of `n`. */
export function retransmitLimit(n: number): number {
  return RETRANSMIT_MULTIPLIER * Math.ceil(Math.log10(n + 1))
}

/** Confirmations that shorten a suspicion; 0 when there are too few others to give them. */
export function confirmationsWanted(n: number): number {
  return n - 2 < CONFIRMATIONS ? 0 : CONFIRMATIONS
}

export function leastSuspicionMs(n: number, probeIntervalMs: number): number {
  const scale = Math.trunc(1000 * Math.max(1, Math.log10(Math.max(1, n))))
  return (SUSPICION_MULTIPLIER * scale * probeIntervalMs) / 1000
}

/** How long a suspicion lasts from its beginning: `leastMs` to six times that, the shorter the more have confirmed it. */
export function suspicionMs(leastMs: number, wanted: number, confirmed: number): number {
  if (wanted === 0) return leastMs
  const most = SUSPICION_MAX_MULTIPLIER * leastMs
  const share = Math.log(confirmed + 1) / Math.log(wanted + 1)
  return Math.max(leastMs, Math.floor(most - share * (most - leastMs)))
}

export function exchangeIntervalMs(n: number, intervalMs: number): number {
  if (n <= EXCHANGE_SCALE_FROM) return intervalMs
  return intervalMs * (Math.ceil(Math.log2(n) - Math.log2(EXCHANGE_SCALE_FROM)) + 1)
}

export function clampScore(score: number): number {
  return Math.max(0, Math.min(WORST_SCORE, score))
}
