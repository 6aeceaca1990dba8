/** Whether timestamps are those of a regular scrape. */

export interface Timeline {
  readonly count: number
  /** The first one's place on the grid. */
  readonly start: number
  /** Places of the grid from the first to the last that have no timestamp. */
  readonly missing: number
  /** Timestamps more than one at the same place. */
  readonly doubled: number
  /** Share of the timestamps that are exactly on the grid. */
  readonly exact: number
  /** The farthest from its place, in milliseconds. */
  readonly worst: number
}

/** The grid is the one that most timestamps are on exactly: a scrape that began late has the time it began. */
export function timeline(timestamps: readonly number[], interval: number): Timeline {
  const phases = new Map<number, number>()
  for (const timestamp of timestamps) {
    const phase = timestamp % interval
    phases.set(phase, (phases.get(phase) ?? 0) + 1)
  }
  const [phase, exact] = [...phases].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])
  const places = timestamps.map((timestamp) => Math.round((timestamp - phase) / interval))
  const taken = new Set(places)
  const span = timestamps.length === 0 ? 0 : Math.max(...places) - Math.min(...places) + 1
  return {
    count: timestamps.length,
    start: phase + Math.min(...places) * interval,
    missing: span - taken.size,
    doubled: timestamps.length - taken.size,
    exact: timestamps.length === 0 ? 0 : exact / timestamps.length,
    worst: Math.max(0, ...timestamps.map((timestamp, i) => Math.abs(timestamp - phase - places[i] * interval))),
  }
}
