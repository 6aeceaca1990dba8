/** Neighbours that go out together: for each run the first of them, and the one behind the last. */
import { grown } from './bytes.ts'

export interface Runs {
  /** Two numbers per run; those behind `count` runs mean nothing. Replaced when it grows. */
  bounds: Uint32Array<ArrayBuffer>
  count: number
}

export function createRuns(): Runs {
  return { bounds: new Uint32Array(16), count: 0 }
}

export function addRun(runs: Runs, from: number, to: number): void {
  if (from >= to) return
  runs.bounds = grown(runs.bounds, 2 * runs.count + 2)
  runs.bounds[2 * runs.count] = from
  runs.bounds[2 * runs.count + 1] = to
  runs.count++
}
