/** Who owns what by skein's own ring, in the order asked. */
import { buildRing } from '../../../core/ring/build.ts'
import { targetKey, textKey } from '../../../core/ring/keys.ts'

export function ownersOfKeys(names: readonly string[], keys: readonly string[]): string[] {
  return ownersOf(names, keys, textKey)
}

export function ownersOfTargets(
  names: readonly string[],
  targets: readonly Readonly<Record<string, string>>[],
): string[] {
  return ownersOf(names, targets, (labels, out, at) => targetKey(new Map(Object.entries(labels)), out, at))
}

function ownersOf<T>(
  names: readonly string[],
  things: readonly T[],
  hash: (thing: T, out: Uint32Array, at: number) => void,
): string[] {
  const ring = buildRing(names)
  const key = new Uint32Array(2)
  return things.map((thing) => {
    hash(thing, key, 0)
    return ring.names[ring.owner(key[0], key[1])]
  })
}
