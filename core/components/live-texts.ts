/** What several components show in live debugging: targets, and what labels are rewritten to. */
import { formatLabels, type Labels, labelsFromMap } from '../labels/labels.ts'
import type { Tap } from '../live/live.ts'

/** One message for each; looks at nothing but the boolean when nobody watches. */
export function tellTargets(tap: Tap, targets: readonly ReadonlyMap<string, string>[]): void {
  if (tap.watched) tap.tell(targets.length, (i) => `target: ${formatLabels(labelsFromMap(targets[i]))}`)
}

/** `{a="1"} => {b="1"}`; what is dropped becomes `{}`. */
export function rewriteText(before: Labels, after: Labels | undefined): string {
  return `${formatLabels(before)} => ${formatLabels(after ?? [])}`
}
