/**
 * Many lists of targets as one, in order, each target once. Lists come in pieces, the next piece when the one before is used up.
 * While a target changes hands two nodes may tell of it: then its owner's word counts, if it has come by then.
 */
import type { TargetRow } from '../api/targets.ts'
import type { CompareRows } from './target-order.ts'

/** One node's list: the next rows in order, none when there are no more. Never rejects. */
export type RowSource = () => Promise<readonly TargetRow[]>

export interface Merging {
  readonly compare: CompareRows
  /** Whether the first of two rows about one target says more than the second. */
  saysMore(a: TargetRow, b: TargetRow): boolean
  /** Leaves the event loop free for a moment. */
  turn(): Promise<void>
}

export interface MergedRows {
  /** Rows `offset` to `offset + limit`. */
  readonly rows: readonly TargetRow[]
  /** Rows that were left out because another one tells of the same target. */
  readonly repeated: readonly TargetRow[]
}

/** A list, and where its next row is. */
interface Open {
  readonly more: RowSource
  rows: readonly TargetRow[]
  at: number
}

/** Between two turns: some 1 ms. */
const ROWS_PER_TURN = 512

export async function mergeRows(
  sources: readonly RowSource[],
  { compare, saysMore, turn }: Merging,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<MergedRows> {
  const rows: TargetRow[] = []
  const repeated: TargetRow[] = []
  /** The row that stands for a target, and which of them have been passed or listed. */
  const chosen = new Map<string, TargetRow>()
  const settled = new Set<TargetRow>()
  /** Sorted by their next rows, the first of all at the end. */
  const open: Open[] = []

  function choose(row: TargetRow): void {
    const key = identity(row)
    const before = chosen.get(key)
    if (before === undefined) {
      chosen.set(key, row)
      return
    }
    const better = !settled.has(before) && saysMore(row, before)
    if (better) chosen.set(key, row)
    repeated.push(better ? before : row)
  }

  async function fill(one: Open): Promise<void> {
    const next = await one.more()
    // Whatever order a peer has, ours is kept.
    one.rows = next.some((row, i) => i > 0 && compare(next[i - 1], row) > 0) ? [...next].sort(compare) : next
    one.at = 0
    for (const row of one.rows) choose(row)
  }

  function putInPlace(one: Open): void {
    if (one.at === one.rows.length) return
    const row = one.rows[one.at]
    let low = 0
    let high = open.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(row, open[middle].rows[open[middle].at]) > 0) high = middle
      else low = middle + 1
    }
    open.splice(low, 0, one)
  }

  const all: Open[] = sources.map((more) => ({ more, rows: [], at: 0 }))
  // A hundred nodes may have told of a hundred targets each by now.
  let filled = 0
  for (const one of all) {
    await fill(one)
    putInPlace(one)
    filled += one.rows.length
    if (filled < ROWS_PER_TURN) continue
    filled = 0
    await turn()
  }
  for (let looked = 1; rows.length < limit; looked++) {
    const first = open.pop()
    if (first === undefined) break
    const row = first.rows[first.at++]
    if (chosen.get(identity(row)) === row) {
      if (settled.size >= offset) rows.push(row)
      settled.add(row)
    }
    if (first.at === first.rows.length && rows.length < limit) await fill(first)
    putInPlace(first)
    if (looked % ROWS_PER_TURN === 0) await turn()
  }
  return { rows, repeated }
}

/** Of a target that nobody owns each node that scrapes it tells for itself. */
function identity({ component, key, owner, toldBy }: TargetRow): string {
  return owner === null ? `${key} ${component} ${toldBy}` : `${key} ${component}`
}
