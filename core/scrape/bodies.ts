/**
 * Buffers for exposition bodies. The body of a target's last good scrape is kept, since the next one is compared with
 * it; so buffers go round between targets instead of being allocated once per scrape (external memory drives the
 * garbage collector hard: measured at 0.35 against 0.20 CPU seconds per million samples).
 */

/** One body: `bytes[0..length)`, with room for one more byte so that a missing last newline can be added. */
export interface Body {
  readonly bytes: Uint8Array
  /** Over exactly `bytes`, for comparing eight bytes at a time at any alignment. */
  readonly view: DataView
  length: number
}

/** Spare buffers kept at most; targets scrape one after the other, so few are ever free at once. */
const MAX_SPARES = 4

export interface Bodies {
  /** A body of length 0 with room for `size` bytes and a newline. */
  acquire(size: number): Body
  /** Gives a body back; nobody may look at it afterwards. */
  release(body: Body): void
}

export function createBodies(): Bodies {
  const spares: Body[] = []
  return {
    acquire(size) {
      const need = size + 1
      for (let i = 0; i < spares.length; i++) {
        const spare = spares[i]
        if (spare.bytes.length < need || spare.bytes.length > need + (need >> 1) + 4096) continue
        spares.splice(i, 1)
        spare.length = 0
        return spare
      }
      return bodyOf(new Uint8Array(roomFor(need)), 0)
    },
    release(body) {
      if (spares.length === MAX_SPARES) spares.shift()
      spares.push(body)
    },
  }
}

/** Wraps bytes that somebody else allocated. */
export function bodyOf(bytes: Uint8Array, length: number): Body {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length }
}

/** A sixteenth of slack: the next body of the same target is nearly always of nearly the same size. */
function roomFor(size: number): number {
  return Math.ceil((size + (size >> 4)) / 1024) * 1024
}
