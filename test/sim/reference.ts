/**
 * Who should own what, worked out a second time and slowly: XXH64 with BigInt after its description, a ring as a sorted
 * list. Shares no code with production.
 */

const MASK = (1n << 64n) - 1n
const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & MASK
const mul = (a: bigint, b: bigint): bigint => (a * b) & MASK
const round = (acc: bigint, lane: bigint): bigint => mul(rotl((acc + mul(lane, P2)) & MASK, 31n), P1)

function read(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i])
  return value
}

type Lanes = readonly [bigint, bigint, bigint, bigint]
const FIRST_LANES: Lanes = [(P1 + P2) & MASK, P2, 0n, (MASK + 1n - P1) & MASK]

/** The lanes after one more stripe of 32 bytes. */
function stripe([a, b, c, d]: Lanes, bytes: Uint8Array, at: number): Lanes {
  const next = (acc: bigint, i: number) => round(acc, read(bytes, at + 8 * i, 8))
  return [next(a, 0), next(b, 1), next(c, 2), next(d, 3)]
}

/** XXH64 of bytes with seed 0. */
export function slowXxh64(bytes: Uint8Array): bigint {
  let lanes = FIRST_LANES
  for (let at = 0; at + 32 <= bytes.length; at += 32) lanes = stripe(lanes, bytes, at)
  return finish(lanes, bytes)
}

/** What follows when all whole stripes are in the lanes. */
function finish(lanes: Lanes, bytes: Uint8Array): bigint {
  let at = bytes.length - (bytes.length % 32)
  let h = P5
  if (at > 0) {
    h = (rotl(lanes[0], 1n) + rotl(lanes[1], 7n) + rotl(lanes[2], 12n) + rotl(lanes[3], 18n)) & MASK
    for (const lane of lanes) h = (mul(h ^ round(0n, lane), P1) + P4) & MASK
  }
  h = (h + BigInt(bytes.length)) & MASK
  for (; at + 8 <= bytes.length; at += 8) h = (mul(rotl(h ^ round(0n, read(bytes, at, 8)), 27n), P1) + P4) & MASK
  if (at + 4 <= bytes.length) {
    h = (mul(rotl(h ^ mul(read(bytes, at, 4), P1), 23n), P2) + P3) & MASK
    at += 4
  }
  for (; at < bytes.length; at++) h = mul(rotl(h ^ mul(BigInt(bytes[at]), P5), 11n), P1)
  h = mul(h ^ (h >> 33n), P2)
  h = mul(h ^ (h >> 29n), P3)
  return h ^ (h >> 32n)
}

const TOKENS = 512
const encoder = new TextEncoder()
const tokensByName = new Map<string, readonly bigint[]>()

function tokensOf(name: string): readonly bigint[] {
  let tokens = tokensByName.get(name)
  if (tokens !== undefined) return tokens
  const start = encoder.encode(name)
  const bytes = new Uint8Array(start.length + TOKENS)
  bytes.set(start)
  for (let t = 0; t < TOKENS; t++) bytes[start.length + t] = t & 255
  // Each token hashes the same bytes as the one before and one more: the lanes go on from there.
  let lanes = FIRST_LANES
  let striped = 0
  tokens = Array.from({ length: TOKENS }, (_, t) => {
    const length = start.length + t + 1
    for (; striped + 32 <= length; striped += 32) lanes = stripe(lanes, bytes, striped)
    return finish(lanes, bytes.subarray(0, length))
  })
  tokensByName.set(name, tokens)
  return tokens
}

/** The owner of a key among names; undefined when there are none. */
export function referenceRing(names: readonly string[]): (key: bigint) => string | undefined {
  const ring: { token: bigint; name: string; bytes: string }[] = []
  for (const name of names) {
    // As Latin-1 text the bytes of UTF-8 compare like bytes.
    const bytes = String.fromCharCode(...encoder.encode(name))
    for (const token of tokensOf(name)) ring.push({ token, name, bytes })
  }
  ring.sort((a, b) => (a.token !== b.token ? (a.token < b.token ? -1 : 1) : a.bytes < b.bytes ? -1 : 1))
  return (key) => {
    let low = 0
    let high = ring.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (ring[middle].token >= key) high = middle
      else low = middle + 1
    }
    return (ring[low] ?? ring[0])?.name
  }
}

export interface ReferenceTarget {
  readonly labels: ReadonlyMap<string, string>
  readonly key: bigint
}

/** `count` targets with the keys that Alloy gives them. */
export function referenceTargets(count: number): readonly ReferenceTarget[] {
  return Array.from({ length: count }, (_, i) => {
    const labels: Record<string, string> = {
      __address__: `10.9.${i >> 8}.${i & 255}:9100`,
      __scheme__: i % 2 === 0 ? 'http' : 'https',
      __meta_kubernetes_pod_uid: `${i * 7919}`,
      job: `job-${i % 5}`,
    }
    const text = Object.keys(labels)
      .filter((name) => !name.startsWith('__meta_'))
      .sort()
    const bytes = text.flatMap((name) => [...encoder.encode(name), 0xff, ...encoder.encode(labels[name]), 0xff])
    return { labels: new Map(Object.entries(labels)), key: slowXxh64(Uint8Array.from(bytes)) }
  })
}
