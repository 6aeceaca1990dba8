/**
 * The first ones of many, in order, without sorting all of them: what can't be among the first any more is passed over at once.
 * Works in steps; knows numbers alone, which stand for whatever the comparison makes of them.
 */

/** Negative when `a` comes first; never 0 for different ones. */
export type Compare = (a: number, b: number) => number

export interface FirstInOrder {
  add(one: number): void
  /** To be called once, after all were added. Yields often. */
  sorted(): Generator<undefined, readonly number[]>
}

/** What is sorted in one go: 0.3 ms. */
const RUN = 512
const MERGED_PER_STEP = 1_024

export function createFirstInOrder(most: number, compare: Compare): FirstInOrder {
  const runs: number[][] = []
  let run: number[] = []
  /** None that comes after this one is among the first. */
  let last: number | undefined

  function endRun(): void {
    run.sort(compare)
    if (run.length >= most) {
      run.length = most
      const end = run[most - 1]
      if (last === undefined || compare(end, last) < 0) last = end
    }
    runs.push(run)
    run = []
  }

  return {
    add(one) {
      if (most === 0 || (last !== undefined && compare(one, last) > 0)) return
      run.push(one)
      if (run.length === RUN) endRun()
    },
    *sorted() {
      if (run.length > 0) endRun()
      let lists = runs
      while (lists.length > 1) {
        const merged: number[][] = []
        for (let i = 0; i < lists.length; i += 2) {
          merged.push(i + 1 < lists.length ? yield* merge(lists[i], lists[i + 1], most, compare) : lists[i])
        }
        lists = merged
      }
      return lists[0] ?? []
    },
  }
}

function* merge(
  a: readonly number[],
  b: readonly number[],
  most: number,
  compare: Compare,
): Generator<undefined, number[]> {
  const merged: number[] = []
  let i = 0
  let j = 0
  while (merged.length < most && (i < a.length || j < b.length)) {
    if (j === b.length || (i < a.length && compare(a[i], b[j]) < 0)) merged.push(a[i++])
    else merged.push(b[j++])
    if (merged.length % MERGED_PER_STEP === 0) yield
  }
  return merged
}
