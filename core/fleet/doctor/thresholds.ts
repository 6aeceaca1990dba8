/**
 * How much of what is expected the doctor lets pass before it calls it trouble. Owns the numbers and their reasons; they are an
 * argument of `diagnose`, so that tests and other kinds of clusters can choose theirs.
 */

/** Durations in seconds. */
export interface Thresholds {
  /** News of the cluster reach everybody within this time; until then views that differ may come together. */
  readonly settle: number
  /** Another configuration reaches all nodes within this time. */
  readonly rollout: number
  /** A node that says farewell is gone within this time. */
  readonly farewell: number
  /** What a process takes at most from its start until its peers see it take part; who comes later than that was there before. */
  readonly startUp: number
  /** Changes of peers in 10 minutes that no node explains by having gone. Large clusters may have 5 for each of their nodes. */
  readonly changes: number
  /** How long after the last change peers count as still changing. */
  readonly calm: number
}

export const THRESHOLDS: Thresholds = {
  // A crash takes 6 to 8 s to be noticed by all at probes every second, and an exchange of tables comes soon after.
  settle: 15,
  // Kubernetes brings a ConfigMap to all pods within a minute or so, and reloaders look every few seconds.
  rollout: 120,
  // Handing over and delivering what is queued take seconds; orchestrators kill after 30 s by default.
  farewell: 60,
  startUp: 30,
  changes: 20,
  calm: 120,
}

/**
 * By how much the logical clocks of `nodes` nodes in touch may differ. Every exchange of tables between equal clocks moves both by
 * one, so that they spread a little even when nothing happens; simulated, the most was 8 for 3 nodes, 22 for 10, 36 for 32, 60 for 200.
 */
export function clockSpread(nodes: number): number {
  return 8 + Math.round(12 * Math.log2(Math.max(2, nodes)))
}
