/** The tokens of a node: where its name stands on the ring. */
import { createRunningHash } from '../hash/xxhash64.ts'

/** Of each node; the number that Alloy uses, so every peer must. */
export const TOKENS_PER_NAME = 512

const encoder = new TextEncoder()

/** Token t is the hash of the name and the bytes 0, 1, …, t (each modulo 256); pairs of upper and lower half. */
export function tokensOf(name: string): Uint32Array {
  const tokens = new Uint32Array(TOKENS_PER_NAME * 2)
  const bytes = encoder.encode(name)
  const hash = createRunningHash()
  hash.update(bytes, 0, bytes.length)
  const suffix = new Uint8Array(1)
  for (let t = 0; t < TOKENS_PER_NAME; t++) {
    suffix[0] = t
    hash.update(suffix, 0, 1)
    hash.digest(tokens, t * 2)
  }
  return tokens
}
