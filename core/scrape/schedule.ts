/**
 * When a target is scraped, and which timestamp its samples carry. Each target has a fixed phase in the wall-clock grid
 * of its interval, so load is even, and neither a reload nor a restart shifts it.
 */
import { fnv1a64 } from '../hash/fnv1a64.ts'
import { mod64, type U64, xor64 } from '../hash/u64.ts'

/** Milliseconds from `now` (wall clock) to the target's next place in the grid of `interval`; in (0, interval]. */
export function scrapeOffset(now: number, interval: number, target: U64, seed: U64): number {
  const base = interval - (Math.floor(now) % interval)
  const offset = base + mod64(xor64(target, seed), interval)
  return offset > interval ? offset - interval : offset
}

/** Two nodes that scrape the same target do so at different moments: the seed is the host's. */
export function scheduleSeed(hostname: string): U64 {
  return fnv1a64(hostname)
}

/**
 * Timestamps on the grid of ticks: a tick that comes within the tolerance of its place gets exactly that place, so that
 * differences are equal and compress well. The grid is never re-anchored: a late tick affects only its own sample.
 * Node's timers fire up to 1 ms early as well as late, so the nearest place counts, on either side.
 */
export interface TimestampGrid {
  /** The timestamp, in whole milliseconds, for a scrape that begins at wall time `now`. */
  at(now: number): number
}

export function createTimestampGrid(first: number, interval: number): TimestampGrid {
  const tolerance = Math.min(2, interval / 100)
  return {
    at(now) {
      const place = first + Math.round((now - first) / interval) * interval
      return Math.round(Math.abs(now - place) <= tolerance ? place : now)
    },
  }
}
