/**
 * Frames: how packets and pieces of streams are set off from each other in an HTTP body. `CC` and 16 bits of length, or `CD`
 * and 32 bits for longer ones.
 */
import type { Malformed } from './types.ts'

const SHORT = 0xcc
const LONG = 0xcd

export function frame(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload
  const head = length <= 0xffff ? 3 : 5
  const out = new Uint8Array(head + length)
  out[0] = head === 3 ? SHORT : LONG
  for (let i = 1; i < head; i++) out[i] = (length >>> (8 * (head - 1 - i))) & 0xff
  out.set(payload, head)
  return out
}

export interface FrameReader {
  /** The next bytes of the body, in pieces of any size. Says what is wrong, and takes nothing more from then on. */
  push(chunk: Uint8Array): Malformed | undefined
  /**
   * The body is over. Undefined between frames, and right after a complete header (Go's reader takes that for a normal end
   * and the frame is lost); anywhere else it is cut short.
   */
  end(): Malformed | undefined
}

/**
 * Calls `taken` for each complete frame. Payloads are views of the chunks where a frame lies inside one, copies otherwise.
 * Memory grows with what has arrived, never with what a header promises.
 */
export function createFrameReader(maxBytes: number, taken: (payload: Uint8Array) => void): FrameReader {
  const head = new Uint8Array(5)
  let headLength = 0
  /** Length of the payload; -1 while the header isn't complete. */
  let wanted = -1
  let payload = new Uint8Array(0)
  let length = 0
  let bad: Malformed | undefined

  function deliver(bytes: Uint8Array): void {
    headLength = 0
    wanted = -1
    length = 0
    payload = new Uint8Array(0)
    taken(bytes)
  }

  function keep(bytes: Uint8Array): void {
    if (length + bytes.length > payload.length) {
      const larger = new Uint8Array(Math.min(wanted, Math.max(length + bytes.length, payload.length * 2, 256)))
      larger.set(payload.subarray(0, length))
      payload = larger
    }
    payload.set(bytes, length)
    length += bytes.length
  }

  function push(received: Uint8Array): Malformed | undefined {
    // Hosts hand out Buffers, whose methods do other things under the same names.
    const chunk = new Uint8Array(received.buffer, received.byteOffset, received.length)
    let at = 0
    while (bad === undefined && at < chunk.length) {
      if (wanted < 0) {
        head[headLength++] = chunk[at++]
        if (headLength === 1 && head[0] !== SHORT && head[0] !== LONG)
          bad = { ok: false, reason: 'a frame begins with neither CC nor CD' }
        if (headLength < (head[0] === LONG ? 5 : 3)) continue
        wanted =
          headLength === 3 ? (head[1] << 8) | head[2] : (head[1] * 256 + head[2]) * 65_536 + ((head[3] << 8) | head[4])
        if (wanted > maxBytes) bad = { ok: false, reason: 'a frame is too large' }
        else if (wanted === 0) deliver(payload)
        continue
      }
      const end = Math.min(chunk.length, at + wanted - length)
      const part = chunk.subarray(at, end)
      at = end
      if (length === 0 && part.length === wanted) {
        deliver(part)
        continue
      }
      keep(part)
      if (length === wanted) deliver(payload)
    }
    return bad
  }

  function end(): Malformed | undefined {
    if (bad !== undefined || headLength === 0) return bad
    if (wanted >= 0 && length === 0) return undefined
    return { ok: false, reason: wanted < 0 ? 'a frame header is cut short' : 'a frame is cut short' }
  }

  return { push, end }
}
