/** Labels as the API shows them: by name, what URLs in them have for passwords left out. */
import type { LabelTexts } from '../api/targets.ts'
import { withoutPasswords } from '../errors.ts'
import type { Labels } from '../labels/labels.ts'

export function labelTexts(labels: Iterable<readonly [name: string, value: string]>): LabelTexts {
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(Array.from(labels, ([name, value]) => [name, withoutPasswords(value)]))
}

export function* pairsOf(labels: Labels): Generator<readonly [name: string, value: string]> {
  for (let i = 0; i < labels.length; i += 2) yield [labels[i], labels[i + 1]]
}
