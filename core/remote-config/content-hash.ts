/** Hashes by which configurations are told apart. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** Alloy's name for a text in metrics: FNV-1 with 32 bits in hexadecimal. The same text has the same name on an Alloy beside us. */
export function contentHash(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash, 0x01000193) ^ bytes[i]
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** Of what decides which configuration a server gives: the name of the copy on disk. */
export function identityHash(parts: readonly unknown[]): string {
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(parts)))).slice(0, 16)
}
