/**
 * Buffers for exposition bodies. The body of a target's last good scrape is kept, since the next one is compared with
 * it; so buffers go round between targets instead of being allocated once per scrape (external memory drives the
 * garbage collector hard: measured at 0.35 against 0.20 CPU seconds per million samples).
 */
import { NEWLINE } from '../exposition/bytes.ts'
import { MAX_INLINE_INFLATE_BYTES } from '../limits.ts'
import type { Codecs } from '../ports.ts'

/** One body: `bytes[0..length)`, with room for one more byte where the last one is not a newline, which is then added. */
export interface Body {
  readonly bytes: Uint8Array
  /** Over exactly `bytes`, for comparing eight bytes at a time at any alignment. */
  readonly view: DataView
  length: number
}

/** A body between two scrapes: as it is, or compressed as it came. */
export type KeptBody = { readonly plain: Body } | { readonly packed: Uint8Array; readonly length: number }

export interface Bodies {
  /** A body of length 0 with room for `size` bytes and a newline. */
  acquire(size: number): Body
  /** Gives a body back; nobody may look at it afterwards. */
  release(body: Body): void
  /** Puts a body away until the next scrape. `packed`: its gzip form, when it came compressed. */
  keep(body: Body, packed: Uint8Array | undefined): KeptBody
  /** Takes it out again. */
  open(kept: KeptBody): Body
  /** Gives up what was put away. */
  forget(kept: KeptBody): void
}

/** Spare buffers kept at most; targets scrape one after the other, so few are ever free at once. */
const MAX_SPARES = 4
/** Larger ones are given back to the host: a few of them would be most of the memory, and they come as they are. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024

/**
 * `plainBytes`: how much may be kept as it is. Beyond that, bodies that came compressed are kept so, a tenth of the size,
 * and inflated once more at the next scrape, which costs some 7 % of the CPU time of a scrape.
 */
export function createBodies(codecs: Pick<Codecs, 'gunzipInto'>, plainBytes: number): Bodies {
  const spares: Body[] = []
  let plain = 0

  function acquire(size: number): Body {
    const need = size + 1
    for (let i = 0; i < spares.length; i++) {
      const spare = spares[i]
      if (spare.bytes.length < need || spare.bytes.length > need + (need >> 1) + 4096) continue
      spares.splice(i, 1)
      spare.length = 0
      return spare
    }
    return bodyOf(new Uint8Array(roomFor(need)), 0)
  }

  function release(body: Body): void {
    if (body.bytes.length > MAX_SPARE_BYTES) return
    if (spares.length === MAX_SPARES) spares.shift()
    spares.push(body)
  }

  return {
    acquire,
    release,
    keep(body, packed) {
      const size = body.bytes.length
      // Large ones would hold up the event loop when they are taken out.
      if (packed === undefined || plain + size <= plainBytes || size > MAX_INLINE_INFLATE_BYTES) {
        plain += size
        return { plain: body }
      }
      release(body)
      return { packed, length: body.length }
    },
    open(kept) {
      if ('plain' in kept) {
        plain -= kept.plain.bytes.length
        return kept.plain
      }
      const body = acquire(kept.length)
      const inflated = codecs.gunzipInto(kept.packed, body.bytes)
      // The newline that the body lacked was added when it was read first.
      if (inflated < kept.length) body.bytes[inflated] = NEWLINE
      body.length = kept.length
      return body
    },
    forget(kept) {
      if ('plain' in kept) plain -= kept.plain.bytes.length
    },
  }
}

/** Wraps bytes that somebody else allocated. */
export function bodyOf(bytes: Uint8Array, length: number): Body {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length }
}

/** A little slack: the next body of the same target is nearly always of nearly the same size. */
function roomFor(size: number): number {
  return Math.ceil((size + (size >> 6)) / 1024) * 1024
}
