/** A tree without places, to compare what is said and not where. */
import type { Body, Expression, File } from '../../core/syntax/ast.ts'

const PLACES: ReadonlySet<string> = new Set(['span', 'nameSpan', 'labelSpan', 'open', 'operatorPosition'])

export function withoutPlaces(tree: File | Body | Expression): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value) => (PLACES.has(key) ? undefined : value)))
}
