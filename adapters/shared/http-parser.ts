/**
 * Reads HTTP/1.x responses (RFC 9112) off a byte stream, one at a time. Pure: bytes in, a response or a failure out; knows
 * no socket, no clock and no request but that it was a GET or POST.
 *
 * Strict where a lenient client and a server could disagree about where a body ends (that would hand one target's bytes
 * to another), otherwise as forgiving as Go's net/http, whose messages it borrows: bare line feeds and folded header
 * lines pass, several different Content-Length values do not. Hot path: a response in one chunk is not copied.
 */
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'
import { type Head, parseHead } from './http-head.ts'

/** A block of header lines longer than this is an attack or a mistake. */
export const MAX_HEADER_BYTES: number = 128 * 1024
/** Longest line that announces a chunk, extensions included; the same as Go's. */
const MAX_CHUNK_LINE_BYTES = 4096
/** Interim answers (1xx) before the real one; the same as Go's. */
const MAX_INTERIM_RESPONSES = 5
/** What a Content-Length alone can make us allocate; the rest follows as bytes arrive. */
const MAX_TRUSTED_BYTES = 1024 * 1024
const SMALLEST_BODY_BUFFER = 16 * 1024
/**
 * Once so much of a body is there, its buffer gets the size that the body can have at most: copying it as it grows would
 * hold the event loop (100 ms at 128 MiB), and memory costs nothing before it is written to.
 */
const MAX_DOUBLED_BYTES = 8 * 1024 * 1024

/** `done`: `response` is set. `failed`: `failure` is set. */
export type Progress = 'more' | 'done' | 'failed'

export interface ResponseParser {
  /** Call before each response. `maxBodyBytes`: bodies with more bytes fail with `too-large`. */
  begin(maxBodyBytes: number): void
  /** The parser may keep parts of `chunk`: it must not be reused. */
  push(chunk: Buffer): Progress
  /** The peer has closed its side. */
  end(): Progress
  readonly response: HttpResponse | undefined
  readonly failure: HttpFailure | undefined
  /** Whether any byte has arrived since `begin`. */
  readonly started: boolean
  /** After `done`: whether the connection can carry another request. */
  readonly reusable: boolean
  /** After `done`: for how many ms the server keeps an idle connection, if it said so. */
  readonly keepAliveMs: number | undefined
}

type Place = 'head' | 'length' | 'until-close' | 'chunk-line' | 'chunk-data' | 'chunk-end' | 'trailers' | 'over'

export function createResponseParser(): ResponseParser {
  let place: Place = 'over'
  /** What waits for more bytes: `kept[0..keptLength)`. Nothing of it is written to again. */
  let kept = EMPTY
  let keptLength = 0
  /** How many bytes of it have been looked at: a server that sends single bytes must not make us look at all of them each time. */
  let seen = 0
  let head: Head | undefined
  let interim = 0
  let maxBodyBytes = 0
  let remaining = 0
  let trailerBytes = 0
  let body = EMPTY
  let bodyLength = 0
  /** Length of the last body: the next one is likely to have nearly the same. */
  let usualLength = 0

  const self = {
    begin(limit: number): void {
      place = 'head'
      forget()
      head = undefined
      interim = 0
      trailerBytes = 0
      maxBodyBytes = limit
      body = EMPTY
      bodyLength = 0
      self.response = undefined
      self.failure = undefined
      self.started = false
      self.reusable = false
      self.keepAliveMs = undefined
    },
    push,
    end,
    response: undefined as HttpResponse | undefined,
    failure: undefined as HttpFailure | undefined,
    started: false,
    reusable: false,
    keepAliveMs: undefined as number | undefined,
  }
  return self

  function fail(reason: HttpFailure['reason'], message: string): Progress {
    place = 'over'
    self.failure = { ok: false, reason, message }
    return 'failed'
  }

  function push(chunk: Buffer): Progress {
    if (place === 'over') return self.response === undefined ? 'failed' : 'done'
    self.started = true
    let at = 0
    if (keptLength > 0) chunk = withKept(chunk)
    else kept = EMPTY
    for (;;) {
      const unseen = at + seen
      seen = 0
      switch (place) {
        case 'head': {
          const end = endOfHead(chunk, unseen)
          if (end < 0) {
            if (chunk.length - at > MAX_HEADER_BYTES) return fail('protocol', HEADERS_TOO_LARGE)
            // The last line feed may have been half of an end.
            return keep(chunk, at, chunk.length - at - 2)
          }
          if (end - at > MAX_HEADER_BYTES) return fail('protocol', HEADERS_TOO_LARGE)
          const parsed = parseHead(chunk.toString('latin1', at, end))
          if (typeof parsed === 'string') return fail('protocol', parsed)
          at = end
          const progress = startBody(parsed, chunk, at)
          if (progress !== undefined) return progress
          break
        }
        case 'length': {
          const take = Math.min(remaining, chunk.length - at)
          append(chunk, at, at + take)
          remaining -= take
          at += take
          if (remaining > 0) return 'more'
          return finish(at === chunk.length)
        }
        case 'until-close': {
          if (bodyLength + chunk.length - at > maxBodyBytes) return fail('too-large', tooLarge(maxBodyBytes))
          append(chunk, at, chunk.length)
          return 'more'
        }
        case 'chunk-line': {
          const end = chunk.indexOf(LF, unseen)
          if (end < 0 ? chunk.length - at > MAX_CHUNK_LINE_BYTES : end - at > MAX_CHUNK_LINE_BYTES) {
            return fail('protocol', 'http: chunk line too long')
          }
          if (end < 0) return keep(chunk, at, chunk.length - at)
          remaining = chunkSize(chunk, at, end)
          if (remaining < 0) return fail('protocol', 'invalid byte in chunk length')
          if (bodyLength + remaining > maxBodyBytes) return fail('too-large', tooLarge(maxBodyBytes))
          at = end + 1
          place = remaining === 0 ? 'trailers' : 'chunk-data'
          break
        }
        case 'chunk-data': {
          const take = Math.min(remaining, chunk.length - at)
          append(chunk, at, at + take)
          remaining -= take
          at += take
          if (remaining > 0) return 'more'
          place = 'chunk-end'
          break
        }
        case 'chunk-end': {
          if (chunk.length - at < 1) return 'more'
          const width = chunk[at] === LF ? 1 : 2
          if (chunk.length - at < width) return keep(chunk, at, 0)
          if (chunk[at + width - 1] !== LF || (width === 2 && chunk[at] !== CR)) {
            return fail('protocol', 'malformed chunked encoding')
          }
          at += width
          place = 'chunk-line'
          break
        }
        case 'trailers': {
          const end = chunk.indexOf(LF, unseen)
          const length = (end < 0 ? chunk.length : end + 1) - at
          if (trailerBytes + length > MAX_HEADER_BYTES) return fail('protocol', 'http: suspiciously long trailer')
          if (end < 0) return keep(chunk, at, chunk.length - at)
          trailerBytes += length
          const empty = end === at || (end === at + 1 && chunk[at] === CR)
          at = end + 1
          if (empty) return finish(at === chunk.length)
          break
        }
      }
    }
  }

  /** `looked`: how many bytes from `at` on need no second look. */
  function keep(chunk: Buffer, at: number, looked: number): Progress {
    seen = Math.max(0, looked)
    keptLength = chunk.length - at
    // There may be room behind it already.
    if (at > 0 || chunk.buffer !== kept.buffer || chunk.byteOffset !== kept.byteOffset) kept = chunk.subarray(at)
    return 'more'
  }

  /** What was kept and `chunk`; copies what was kept only when it has doubled. */
  function withKept(chunk: Buffer): Buffer {
    const length = keptLength + chunk.length
    if (length > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * keptLength))
      kept.copy(larger, 0, 0, keptLength)
      kept = larger
    }
    chunk.copy(kept, keptLength)
    keptLength = 0
    return kept.subarray(0, length)
  }

  function forget(): void {
    kept = EMPTY
    keptLength = 0
    seen = 0
  }

  function end(): Progress {
    if (place === 'over') return self.response === undefined ? 'failed' : 'done'
    if (place === 'until-close') return finish(false)
    return fail('reset', place === 'head' && !self.started ? 'EOF' : 'unexpected EOF')
  }

  /** Undefined: go on with the bytes at `at`. */
  function startBody(parsed: Head, chunk: Buffer, at: number): Progress | undefined {
    if (parsed.status < 200) {
      if (parsed.status === 101) return fail('protocol', 'unexpected "101 Switching Protocols"')
      if (++interim > MAX_INTERIM_RESPONSES) return fail('protocol', 'net/http: too many 1xx informational responses')
      return undefined
    }
    head = parsed
    if (parsed.status === 204 || parsed.status === 304) return finish(at === chunk.length)
    if (parsed.chunked) {
      bodyBuffer(usualLength)
      place = 'chunk-line'
      return undefined
    }
    if (parsed.contentLength === undefined) {
      bodyBuffer(usualLength)
      place = 'until-close'
      return undefined
    }
    const length = parsed.contentLength
    if (length > maxBodyBytes) return fail('too-large', tooLarge(maxBodyBytes))
    if (chunk.length - at >= length) {
      body = chunk.subarray(at, at + length)
      bodyLength = length
      return finish(at + length === chunk.length)
    }
    bodyBuffer(length)
    remaining = length
    place = 'length'
    return undefined
  }

  function bodyBuffer(expected: number): void {
    body = Buffer.allocUnsafeSlow(Math.min(Math.max(expected, SMALLEST_BODY_BUFFER), MAX_TRUSTED_BYTES))
    bodyLength = 0
  }

  function append(chunk: Buffer, from: number, to: number): void {
    const needed = bodyLength + to - from
    if (needed > body.length) {
      const most = place === 'length' ? bodyLength + remaining : maxBodyBytes
      const larger = Buffer.allocUnsafeSlow(
        needed > MAX_DOUBLED_BYTES ? Math.max(needed, most) : Math.max(needed, body.length * 2),
      )
      body.copy(larger, 0, 0, bodyLength)
      body = larger
    }
    chunk.copy(body, bodyLength, from, to)
    bodyLength = needed
  }

  function finish(nothingFollows: boolean): Progress {
    const { status, statusText, header, keepAlive, keepAliveMs } = head as Head
    // Bytes behind a response that nobody asked for: the next response could not be told from them.
    self.reusable = keepAlive && nothingFollows && place !== 'until-close'
    self.keepAliveMs = keepAliveMs
    self.response = {
      ok: true,
      status,
      statusText,
      header,
      body: body.length === bodyLength ? body : body.subarray(0, bodyLength),
    }
    usualLength = bodyLength
    // Nothing of the answer may be held by the connection while it is idle.
    forget()
    body = EMPTY
    head = undefined
    place = 'over'
    return 'done'
  }
}

const LF = 10
const CR = 13
const EMPTY: Buffer = Buffer.alloc(0)
const HEADERS_TOO_LARGE = `net/http: server response headers exceeded ${MAX_HEADER_BYTES} bytes; aborted`

function tooLarge(limit: number): string {
  return `response body has more than ${limit} bytes`
}

/** Index behind the empty line that ends the head, or -1. */
function endOfHead(chunk: Buffer, from: number): number {
  for (let lf = chunk.indexOf(LF, from); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
    if (chunk[lf + 1] === LF) return lf + 2
    if (chunk[lf + 1] === CR && chunk[lf + 2] === LF) return lf + 3
  }
  return -1
}

/** -1 when the line does not begin with a hexadecimal number, or with one that no body reaches. */
function chunkSize(chunk: Buffer, from: number, end: number): number {
  let size = 0
  let at = from
  for (; at < end; at++) {
    const digit = hexDigit(chunk[at])
    if (digit < 0) break
    size = size * 16 + digit
    if (size > Number.MAX_SAFE_INTEGER) return -1
  }
  if (at === from) return -1
  const next = chunk[at]
  // A semicolon starts an extension; blanks before it or before the line's end are tolerated.
  return next === LF || next === CR || next === 0x3b || next === 0x20 || next === 0x09 ? size : -1
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
