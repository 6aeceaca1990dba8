/**
 * The scrape hot path's inflate: a whole gzip body into a buffer of the caller, nothing allocated.
 *
 * node:zlib has no such call; its synchronous functions make a stream, a 16 KiB chunk list and a final copy for each
 * body (three times the price of the inflate for a scrape). But the stream's native handle has it, with an interface that
 * has not moved since Node 6 and that Bun and Deno copied: `writeSync`, `reset` and the two counters in `_writeState`. It
 * isn't documented, so `openHandle` first tests everything it relies on; a host that answers differently gets gunzipSync.
 */
import zlib from 'node:zlib'
import { CodedError, messageOf } from '../../core/errors.ts'

export type GunzipInto = (input: Uint8Array, out: Uint8Array) => number

/** What of the stream's native side is used. `onerror` is called from inside `writeSync`. */
interface NativeGunzip {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    out: Uint8Array,
    outOffset: number,
    outLength: number,
  ): void
  reset(): void
  onerror: (message: string, errno: number, code: string) => void
}

interface StreamInternals {
  readonly _handle?: NativeGunzip
  /** Bytes left after the last write: [in `out`, of `input`]. */
  readonly _writeState?: Uint32Array
}

/** Contract of Codecs.gunzipInto in ports.ts; chooses the fast way when this host has it. */
export function createGunzipInto(): GunzipInto {
  return openHandle() ?? gunzipThroughSync
}

/** Undefined when this host's handle does not pass the test. */
export function openHandle(): GunzipInto | undefined {
  try {
    const viaHandle = viaNativeHandle()
    return viaHandle !== undefined && passesSelfTest(viaHandle) ? viaHandle : undefined
  } catch {
    return undefined
  }
}

function viaNativeHandle(): GunzipInto | undefined {
  // The stream owns the handle: it is kept alive by the closure below, and never used as a stream.
  const stream = zlib.createGunzip() as unknown as StreamInternals
  const handle = stream._handle
  const state = stream._writeState
  if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function') return undefined
  if (!(state instanceof Uint32Array) || state.length < 2) return undefined

  const scratch = new Uint8Array(1)
  let failure: string | undefined
  handle.onerror = (message) => {
    failure = message
  }
  return (input, out) => {
    void stream
    if (input.length === 0) throw gzipError('unexpected end of file')
    failure = undefined
    handle.reset()
    // Finish means: this is all the input there is, so an early end is an error as long as `out` has room to show it.
    handle.writeSync(zlib.constants.Z_FINISH, input, 0, input.length, out, 0, out.length)
    let room = state[0]
    let unread = state[1]
    if (failure === undefined && room === 0 && unread === 0) {
      // Full to the last byte and no input left: complete, or cut exactly here? One more byte of room tells.
      handle.writeSync(zlib.constants.Z_FINISH, input, input.length, 0, scratch, 0, 1)
      room = state[0] === 0 ? -1 : 0
      unread = 0
    }
    if (failure !== undefined) throw gzipError(failure)
    if (room < 0 || (room === 0 && unread > 0 && !isPadding(input, unread))) return -1
    // The host skips zero bytes after the last member; Go takes them for a broken header, and so do we.
    if (unread > 0) throw gzipError('incorrect header check')
    return out.length - room
  }
}

/**
 * With `out` full and input unread, either the next byte did not fit or `out` was filled exactly and padding follows. An
 * unfinished member ends with its length, which can't be all zeros as well as its checksum unless the member is empty.
 */
function isPadding(input: Uint8Array, unread: number): boolean {
  for (let i = input.length - unread; i < input.length; i++) if (input[i] !== 0) return false
  return true
}

/** The documented way: the same answers at three times the cost. */
export const gunzipThroughSync: GunzipInto = (input, out) => {
  if (input.length === 0) throw gzipError('unexpected end of file')
  try {
    // `info` shows how much of the input was used: zero bytes behind the last member are skipped in silence.
    const { buffer, engine } = zlib.gunzipSync(input, {
      chunkSize: Math.max(64, out.length + 1),
      maxOutputLength: Math.max(1, out.length),
      info: true,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } }
    if (buffer.length > out.length) return -1
    if (engine.bytesWritten < input.length) throw new Error('incorrect header check')
    out.set(buffer)
    return buffer.length
  } catch (error) {
    if (isTooLarge(error)) return -1
    throw gzipError(messageOf(error))
  }
}

/** Whether zlib stopped because of `maxOutputLength`. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** zlib's message in the words of Go's compress/gzip, which operators know from Prometheus. */
export function gzipError(message: string): CodedError {
  if (/header check|unknown compression|header crc|header flags/.test(message)) {
    return new CodedError('gzip', 'gzip: invalid header')
  }
  if (/data check|length check/.test(message)) return new CodedError('gzip', 'gzip: invalid checksum')
  if (/unexpected end/.test(message)) return new CodedError('gzip', 'unexpected EOF')
  return new CodedError('gzip', `flate: corrupt input (${message})`)
}

/** True when `candidate` does all that the contract says: sizes, exact fits, members, damage, and recovery after damage. */
export function passesSelfTest(candidate: GunzipInto): boolean {
  const text = new TextEncoder().encode('skein '.repeat(500))
  const packed = zlib.gzipSync(text)
  const damaged = Uint8Array.from(packed)
  damaged[damaged.length - 6] ^= 1
  const twice = new Uint8Array(packed.length * 2)
  twice.set(packed)
  twice.set(packed, packed.length)
  const followed = (tail: number): Uint8Array => {
    const bytes = new Uint8Array(packed.length + 12).fill(tail)
    bytes.set(packed)
    return bytes
  }

  const inflates = (input: Uint8Array, room: number, expected: number): boolean => {
    const out = new Uint8Array(room)
    if (candidate(input, out) !== expected) return false
    for (let i = 0; i < expected; i++) if (out[i] !== text[i % text.length]) return false
    return true
  }
  const refuses = (input: Uint8Array, room: number): boolean => {
    try {
      candidate(input, new Uint8Array(room))
      return false
    } catch {
      return true
    }
  }
  const n = text.length
  return (
    inflates(packed, n + 100, n) &&
    inflates(packed, n, n) &&
    inflates(packed, n - 1, -1) &&
    inflates(twice, 2 * n, 2 * n) &&
    inflates(twice, n, -1) &&
    refuses(damaged, n + 100) &&
    refuses(damaged, n) &&
    refuses(packed.subarray(0, packed.length - 1), n + 100) &&
    refuses(packed.subarray(0, packed.length - 1), n) &&
    refuses(packed.subarray(0, packed.length - 8), n) &&
    refuses(followed(0), n + 100) &&
    refuses(followed(0), n) &&
    refuses(followed(7), n + 100) &&
    inflates(packed, n, n)
  )
}
