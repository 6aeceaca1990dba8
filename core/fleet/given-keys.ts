/** Keys of lists of targets that aren't split between nodes: found once, for all who look at the same list. */
import { type KeyedTargets, keysOf, NO_TARGETS, type TargetLabels } from '../ownership/distribute.ts'
import type { Slices } from '../time/slices.ts'

/** A list never changes. */
const KEYED = new WeakMap<readonly TargetLabels[], Promise<KeyedTargets>>()

export function keysOfGiven(given: readonly TargetLabels[], slices: Slices): Promise<KeyedTargets> {
  let keys = KEYED.get(given)
  if (keys === undefined) KEYED.set(given, (keys = slices.run(keysOf(given, NO_TARGETS))))
  return keys
}
