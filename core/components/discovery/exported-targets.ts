/**
 * From the groups that a source found to the list of targets that a component exports: shared labels joined with own ones, in an
 * order that only depends on the targets. Owns that work, in steps for core/time/slices; never publishes.
 */
import type { TargetGroup } from '../../discovery/source.ts'
import { type Capsule, deepEqual, targetCapsule } from '../../syntax/value.ts'

type Labels = ReadonlyMap<string, string>
type Target = Capsule<Labels>

/** What is exported, with what makes the next list from it cheap. */
export interface ExportedTargets {
  readonly list: readonly Target[]
  /** By source; of groups that are the same objects again, nothing is looked at. */
  readonly groups: ReadonlyMap<string, { readonly group: TargetGroup; readonly targets: readonly Target[] }>
}

export const NO_TARGETS: ExportedTargets = { list: [], groups: new Map() }

/** Some 0.2 ms of work each. */
const TARGETS_PER_STEP = 128

/**
 * The list for these groups: by source, and within a group by address, then by all labels. Targets that were there before stay the
 * same objects, and the list as well when nothing changed, so that whoever compares is done at once. Of groups with the same source
 * the last one counts.
 */
export function* exportedTargets(
  groups: readonly TargetGroup[],
  before: ExportedTargets,
): Generator<undefined, ExportedTargets> {
  const bySource = new Map<string, TargetGroup>()
  for (const [i, group] of groups.entries()) {
    if (i % TARGETS_PER_STEP === 0) yield
    bySource.set(group.source, group)
  }
  const sources = yield* sorted([...bySource.keys()], (a, b) => (a < b ? -1 : 1))
  const made = new Map<string, { readonly group: TargetGroup; readonly targets: readonly Target[] }>()
  const list: Target[] = []
  let same = true
  for (const [i, source] of sources.entries()) {
    if (i % TARGETS_PER_STEP === 0) yield
    const group = bySource.get(source) as TargetGroup
    const known = before.groups.get(source)
    const targets = known?.group === group ? known.targets : yield* targetsOf(group, known?.targets ?? [])
    made.set(source, { group, targets })
    for (const [j, target] of targets.entries()) {
      if (j % TARGETS_PER_STEP === 0) yield
      same &&= before.list[list.length] === target
      list.push(target)
    }
  }
  return { list: same && list.length === before.list.length ? before.list : list, groups: made }
}

function* targetsOf(group: TargetGroup, before: readonly Target[]): Generator<undefined, readonly Target[]> {
  const joined: Labels[] = []
  for (const [i, own] of group.targets.entries()) {
    if (i % TARGETS_PER_STEP === 0) yield
    joined.push(group.labels.size === 0 ? own : new Map([...group.labels, ...own]))
  }
  const compare = targetOrder()
  const ordered = yield* sorted(joined, compare)
  const targets: Target[] = []
  // A few came or went: those behind them have only moved.
  let at = 0
  for (const [i, labels] of ordered.entries()) {
    if (i % TARGETS_PER_STEP === 0) yield
    let known = before[at]
    if (known === undefined || !deepEqual(known.content, labels)) {
      while (at < before.length && compare(before[at].content, labels) < 0) at++
      known = before[at]
    }
    if (known !== undefined && deepEqual(known.content, labels)) {
      targets.push(known)
      at++
    } else targets.push(targetCapsule.wrap(labels))
  }
  return targets
}

/** By address, then by all labels; what it works out for one target is remembered for the next comparison. */
function targetOrder(): (a: Labels, b: Labels) => number {
  const texts = new Map<Labels, string>()

  function textOf(labels: Labels): string {
    let text = texts.get(labels)
    if (text === undefined) {
      text = JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
      texts.set(labels, text)
    }
    return text
  }

  return (a, b) => {
    if (a === b) return 0
    const [x, y] = [a.get('__address__') ?? '', b.get('__address__') ?? '']
    if (x !== y) return x < y ? -1 : 1
    const [left, right] = [textOf(a), textOf(b)]
    return left === right ? 0 : left < right ? -1 : 1
  }
}

/** A stable sort that can be interrupted: runs of a step's size by the host's own, then merged two by two. */
function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, readonly T[]> {
  let runs: (readonly T[])[] = []
  for (let i = 0; i < items.length; i += TARGETS_PER_STEP) {
    runs.push(items.slice(i, i + TARGETS_PER_STEP).sort(compare))
    yield
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = []
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(i + 1 < runs.length ? yield* merge(runs[i], runs[i + 1], compare) : runs[i])
    }
    runs = merged
  }
  return runs[0] ?? []
}

function* merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<undefined, readonly T[]> {
  // What comes in order already is only joined.
  if (compare(a[a.length - 1], b[0]) <= 0) return a.concat(b)
  const merged: T[] = []
  let j = 0
  for (const item of a) {
    while (j < b.length && compare(b[j], item) < 0) merged.push(b[j++])
    merged.push(item)
    if (merged.length % TARGETS_PER_STEP === 0) yield
  }
  return merged.concat(b.slice(j))
}
