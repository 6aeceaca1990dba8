/** Lists of maps, such as targets, put together and taken apart. */
import { equalValues, type ObjectValue, typeOf, type Value, ValueError } from './value.ts'

/**
 * Each of `left` with each of `right` that has the same values under all `keys`; what both have otherwise is taken from the
 * right. With `keepLeft` a pair that does not match gives its left one, as often as there are such pairs, as in Alloy.
 */
export function combineMaps(
  left: readonly ObjectValue[],
  right: readonly ObjectValue[],
  keys: readonly string[],
  keepLeft: boolean,
): readonly ObjectValue[] {
  if (keys.length === 0) throw new ValueError('should name at least one key', 2)
  const combined: ObjectValue[] = []
  for (const one of left) {
    for (const other of right) {
      if (keys.every((key) => matches(one.get(key), other.get(key)))) combined.push(new Map([...one, ...other]))
      else if (keepLeft) combined.push(one)
    }
  }
  return combined
}

function matches(a: Value | undefined, b: Value | undefined): boolean {
  return a !== undefined && b !== undefined && equalValues(a, b)
}

/** One object per value of `key`, in the order in which they are met: that value under `key`, and the maps as `items`. */
export function groupBy(maps: readonly ObjectValue[], key: string, dropMissing: boolean): readonly ObjectValue[] {
  const groups = new Map<string, ObjectValue[]>()
  for (const [index, map] of maps.entries()) {
    const value = map.get(key)
    if (value === undefined && dropMissing) continue
    const name = value ?? ''
    if (typeof name !== 'string') throw new ValueError(`should be string, got ${typeOf(name)}`, 0, `[${index}].${key}`)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [map])
    else group.push(map)
  }
  return [...groups].map(
    ([name, items]) =>
      new Map<string, Value>([
        [key, name],
        ['items', items],
      ]),
  )
}
