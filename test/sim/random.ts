/** Pseudo-random numbers of a simulation: everything that is drawn comes from the seed, by streams that don't disturb each other. */
import type { Random } from '../../core/ports.ts'

export interface Draw extends Random {
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** A whole number in [0, count). */
  below(count: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** `count` different ones, fewer when there are fewer, in random order. */
  some<T>(from: readonly T[], count: number): T[]
  /** Another stream: depends on this one's seed and the label, not on what was drawn. */
  fork(label: string): Draw
}

/** sfc32 (Chris Doty-Humphrey), whole numbers only: the same on every engine. */
export function createDraw(seed: string): Draw {
  let [a, b, c, d] = hash4(seed)
  function bits(): number {
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c |= 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) bits()
  const draw: Draw = {
    next: () => bits() / 0x100000000,
    between: (low, high) => low + draw.next() * (high - low),
    below: (count) => Math.floor(draw.next() * count),
    chance: (probability) => draw.next() < probability,
    pick: (from) => from[draw.below(from.length)],
    some(from, count) {
      const left = [...from]
      for (let i = left.length - 1; i > 0; i--) {
        const j = draw.below(i + 1)
        ;[left[i], left[j]] = [left[j], left[i]]
      }
      return left.slice(0, Math.max(0, count))
    },
    fork: (label) => createDraw(`${seed}/${label}`),
  }
  return draw
}

/** Four words of a text (cyrb128). */
export function hash4(text: string): [number, number, number, number] {
  let h1 = 1779033703
  let h2 = 3144134277
  let h3 = 1013904242
  let h4 = 2773480762
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179)
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067)
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233)
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213)
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179)
  h1 ^= h2 ^ h3 ^ h4
  return [h1 >>> 0, (h2 ^ h1) >>> 0, (h3 ^ h1) >>> 0, (h4 ^ h1) >>> 0]
}
