/** The times of membership. Only what is said between nodes must agree; when it is said is each node's own choice. */

export interface Timing {
  /** How often one other node is probed, ms. Everything about crash detection scales with it. */
  readonly probeIntervalMs: number
  /** How long a direct answer may take before others are asked to probe. */
  readonly probeTimeoutMs: number
  readonly exchangeTimeoutMs: number
  readonly gossipIntervalMs: number
  readonly pushPullIntervalMs: number
  /** How long dead nodes are gossiped to, and remembered. */
  readonly deadMs: number
}

/** Share of the probe interval that a direct answer may take: as Alloy's 2 s of 5 s. */
const TIMEOUT_SHARE = 0.4

/** All times from the one that people set; Alloy's probe interval is 5 s, skein's own default 1 s. */
export function timing(probeIntervalMs: number): Timing {
  return {
    probeIntervalMs,
    probeTimeoutMs: probeIntervalMs * TIMEOUT_SHARE,
    exchangeTimeoutMs: 2_000,
    gossipIntervalMs: 200,
    pushPullIntervalMs: 30_000,
    deadMs: 30_000,
  }
}
