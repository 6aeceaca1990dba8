/** What a skein node says of itself in its announcement: compact JSON of at most 512 bytes. Alloy nodes say nothing. */
import { MAX_META_BYTES } from '../../limits.ts'
import type { PeerMeta } from '../peer.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Keys are short, since they travel with every announcement; `v` is what tells skein's metadata from any other. */
export function encodeMeta(meta: PeerMeta): Uint8Array {
  const fits = (text: string, most: number): string => (text.length > most ? text.slice(0, most) : text)
  const bytes = encoder.encode(
    JSON.stringify({
      skein: fits(meta.version, 32),
      rt: fits(meta.runtime, 32),
      cfg: fits(meta.configHash, 64),
      up: meta.started,
    }),
  )
  // Only possible with text that isn't ASCII, which no version, runtime or hash is.
  return bytes.length <= MAX_META_BYTES ? bytes : encoder.encode(JSON.stringify({ skein: '', up: meta.started }))
}

/** Undefined for anything that isn't skein's; what is missing or of another type counts as not said. */
export function parseMeta(bytes: Uint8Array | undefined): PeerMeta | undefined {
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_META_BYTES || bytes[0] !== 0x7b) return undefined
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Readonly<Record<string, unknown>>
  if (typeof fields.skein !== 'string') return undefined
  const text = (field: unknown): string => (typeof field === 'string' ? field : '')
  return {
    version: fields.skein,
    runtime: text(fields.rt),
    configHash: text(fields.cfg),
    // Who doesn't say when it started is taken for the older one: yielding is the safe side.
    started: typeof fields.up === 'number' && Number.isFinite(fields.up) ? fields.up : 0,
  }
}
