/**
 * MurmurHash3 (x86, 32 bits) by Austin Appleby, for tables that live in memory: over a range of bytes, and the same
 * mixing over the UTF-16 units of label sets. Two different seeds give two hashes that are independent enough to be
 * compared as one of 64 bits. Not for anything that leaves the process, and no protection against chosen collisions
 * unless the seed is random: whoever looks up must compare the keys as well.
 */

const C1 = 0xcc9e2d51
const C2 = 0x1b873593
const ROUND = 0xe6546b64

/** Hash of `bytes[start, end)` as an unsigned 32-bit number. Hot: allocates nothing. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0
  const tail = start + ((end - start) & ~3)
  let at = start
  for (; at < tail; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    const k = Math.imul(word, C1)
    hash ^= Math.imul((k << 15) | (k >>> 17), C2)
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + ROUND) | 0
  }
  if (at < end) {
    let word = bytes[at]
    if (at + 1 < end) word |= bytes[at + 1] << 8
    if (at + 2 < end) word |= bytes[at + 2] << 16
    const k = Math.imul(word, C1)
    hash ^= Math.imul((k << 15) | (k >>> 17), C2)
  }
  return finish(hash ^ (end - start))
}

/**
 * Hash of a flat array of strings (a label set) as an unsigned 32-bit number. Every string's length goes in, so that
 * `["ab", "c"]` and `["a", "bc"]` differ. Two units per round, so equal only to itself: not the murmur of the UTF-8 bytes.
 */
export function hashLabels(labels: readonly string[], seed: number): number {
  let hash = seed | 0
  for (let i = 0; i < labels.length; i++) {
    const text = labels[i]
    const length = text.length
    const even = length & ~1
    for (let at = 0; at < even; at += 2) {
      hash = round(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16))
    }
    if (even < length) hash = round(hash, text.charCodeAt(even))
    hash = round(hash, length)
  }
  return finish(hash ^ labels.length)
}

function round(hash: number, word: number): number {
  const k = Math.imul(word, C1)
  const mixed = hash ^ Math.imul((k << 15) | (k >>> 17), C2)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + ROUND) | 0
}

function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
