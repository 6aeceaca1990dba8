/** Damage to JSON that leaves it JSON: other types where something was expected, things missing, twice, or nested. */
import type { Draw } from '../sim/random.ts'

const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 65_536, 1e21, Number.MAX_SAFE_INTEGER, '', 'x', '0', '\u0000', '\ud800', 'é\n"'],
  ...[[], {}, [null], [[]], { a: 1 }, { toString: 1, valueOf: 1 }, { length: 3 }, [{}]],
]

const NAMES: readonly string[] = ['__proto__', 'constructor', 'toString', 'length', '', 'name', 'a b', '1']

type Container = unknown[] | Record<string, unknown>

/** Another text of JSON; undefined when `text` is none. */
export function mutatedJson(text: string, draw: Draw): string | undefined {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return undefined
  }
  const top: Container = [root]
  for (let left = 1 + draw.below(3); left > 0; left--) damage(top, draw)
  return JSON.stringify(top[0]) ?? 'null'
}

function damage(top: Container, draw: Draw): void {
  const places: (readonly [Container, string])[] = []
  collect(top, places)
  const [holder, key] = draw.pick(places)
  const inside = holder as Record<string, unknown>
  const value = inside[key]
  const [other, otherKey] = draw.pick(places)
  switch (draw.below(6)) {
    case 0:
    case 1:
      set(holder, key, odd(draw))
      break
    case 2:
      if (holder !== top) remove(holder, key)
      break
    case 3:
      set(holder, key, draw.chance(0.5) ? [value] : { a: value })
      break
    case 4:
      // A copy: what contains itself is no JSON.
      set(holder, key, copy((other as Record<string, unknown>)[otherKey]))
      break
    default:
      if (!isContainer(value)) return
      if (Array.isArray(value)) for (let i = draw.below(40); i > 0; i--) value.push(copy(value[0]) ?? odd(draw))
      else set(value, draw.pick(NAMES), odd(draw))
  }
}

/** A copy, which may be damaged further. */
function odd(draw: Draw): unknown {
  return copy(draw.pick(ODD))
}

function collect(holder: Container, into: (readonly [Container, string])[]): void {
  for (const [key, value] of Object.entries(holder)) {
    into.push([holder, key])
    if (isContainer(value)) collect(value, into)
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

/** As JSON.parse does it: `__proto__` is a name like others. */
function set(holder: Container, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true })
}

function remove(holder: Container, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}

function copy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
