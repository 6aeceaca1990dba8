/**
 * Joins the labels that a target exposes with the labels of the target itself, as Prometheus does after parsing a
 * series and before relabelling it. Runs once per new series, not per sample.
 */
import { compareNames, type Labels } from './labels.ts'

const RENAMED_PREFIX = 'exported_'

/** Up to this many labels an insertion sort beats everything; a line with 10,000 labels must not cost the square. */
const SMALL = 32

/**
 * `exposed`: flat pairs as exposed, in any order, names unique, values possibly empty. `target`: its public labels.
 *
 * With `honorLabels` the exposed label wins, and one exposed with an empty value removes the target's label. Without it
 * the target's label wins and the exposed one is renamed: `exported_` is put before its name until the name is free.
 */
export function mergeTargetLabels(exposed: readonly string[], target: Labels, honorLabels: boolean): Labels {
  const sorted = sortPairs(exposed)
  const merged: string[] = []
  let displaced: string[] | undefined
  let e = 0
  let t = 0
  while (e < sorted.length || t < target.length) {
    const order = e >= sorted.length ? 1 : t >= target.length ? -1 : compareNames(sorted[e], target[t])
    if (order > 0) {
      merged.push(target[t], target[t + 1])
      t += 2
      continue
    }
    const value = sorted[e + 1]
    if (order < 0) {
      if (value !== '') merged.push(sorted[e], value)
    } else {
      if (!honorLabels) merged.push(target[t], target[t + 1])
      if (value !== '') {
        if (honorLabels) merged.push(target[t], value)
        else (displaced ??= []).push(target[t], value)
      }
      t += 2
    }
    e += 2
  }
  return displaced === undefined ? merged : addRenamed(merged, displaced)
}

/** `displaced`: pairs whose names are taken. Shorter names choose first, so that the result depends on no order. */
function addRenamed(merged: string[], displaced: readonly string[]): Labels {
  const taken = new Set<string>()
  for (let i = 0; i < merged.length; i += 2) taken.add(merged[i])
  const waiting: number[] = []
  for (let i = 0; i < displaced.length; i += 2) waiting.push(i)
  waiting.sort((a, b) => displaced[a].length - displaced[b].length)
  for (const i of waiting) {
    let name = RENAMED_PREFIX + displaced[i]
    while (taken.has(name)) name = RENAMED_PREFIX + name
    taken.add(name)
    merged.push(name, displaced[i + 1])
  }
  return sortPairs(merged)
}

/** A sorted copy of flat pairs; the argument itself when it is sorted already. */
function sortPairs(pairs: readonly string[]): readonly string[] {
  let at = 2
  while (at < pairs.length && compareNames(pairs[at - 2], pairs[at]) <= 0) at += 2
  if (at >= pairs.length) return pairs
  if (pairs.length > 2 * SMALL) return sortManyPairs(pairs)
  const sorted = pairs.slice()
  for (; at < sorted.length; at += 2) {
    const name = sorted[at]
    const value = sorted[at + 1]
    let to = at
    for (; to > 0 && compareNames(sorted[to - 2], name) > 0; to -= 2) {
      sorted[to] = sorted[to - 2]
      sorted[to + 1] = sorted[to - 1]
    }
    sorted[to] = name
    sorted[to + 1] = value
  }
  return sorted
}

function sortManyPairs(pairs: readonly string[]): readonly string[] {
  const order: number[] = []
  for (let i = 0; i < pairs.length; i += 2) order.push(i)
  order.sort((a, b) => compareNames(pairs[a], pairs[b]))
  const sorted: string[] = []
  for (const i of order) sorted.push(pairs[i], pairs[i + 1])
  return sorted
}
