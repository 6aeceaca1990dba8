/** Buffers for the bodies of requests, used again: memory outside the JavaScript heap is what makes the garbage collector work hardest. */

export interface Bodies {
  /** The pieces, one after the other. */
  filledWith(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer>
  giveBack(body: Uint8Array<ArrayBuffer>): void
}

/** Kept for the next blocks: enough for those in flight to a receiver that keeps up. */
const MAX_SPARE_BODIES = 8

export function createBodies(): Bodies {
  const spare: ArrayBuffer[] = []
  return {
    filledWith(...pieces) {
      const size = pieces.reduce((sum, { length }) => sum + length, 0)
      // One that is much too large would make the queue look, and be, larger than what it holds.
      const index = spare.findIndex((buffer) => buffer.byteLength >= size && buffer.byteLength <= 2 * size)
      const buffer = index < 0 ? new ArrayBuffer(size + (size >> 3)) : spare.splice(index, 1)[0]
      const body = new Uint8Array(buffer, 0, size)
      let at = 0
      for (const piece of pieces) {
        body.set(piece, at)
        at += piece.length
      }
      return body
    },
    giveBack(body) {
      spare.push(body.buffer)
      if (spare.length > MAX_SPARE_BODIES) spare.shift()
    },
  }
}
