/**
 * Reads HTTP/1.x responses (RFC 9112) off a byte stream, one at a time. Pure: bytes in, a response or a failure out; knows
 * no socket, no clock and no request but that it was a GET or POST.
 *
 * Strict where a lenient client and a server could disagree about where a body ends (that would hand one target's bytes
 * to another), otherwise as forgiving as Go's net/http, whose messages it borrows: bare line feeds and folded header
 * lines pass, several different Content-Length values do not. Hot path: a response in one chunk is not copied.
 */
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'

/** A block of header lines longer than this is an attack or a mistake. */
export const MAX_HEADER_BYTES: number = 128 * 1024
/** Longest line that announces a chunk, extensions included; the same as Go's. */
const MAX_CHUNK_LINE_BYTES = 4096
/** Interim answers (1xx) before the real one; the same as Go's. */
const MAX_INTERIM_RESPONSES = 5
/** What a Content-Length alone can make us allocate; the rest follows as bytes arrive. */
const MAX_TRUSTED_BYTES = 1024 * 1024
const SMALLEST_BODY_BUFFER = 16 * 1024

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
  let pending: Buffer | undefined
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
      pending = undefined
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
    if (pending !== undefined) {
      chunk = Buffer.concat([pending, chunk])
      pending = undefined
    }
    for (;;) {
      switch (place) {
        case 'head': {
          const end = endOfHead(chunk, at)
          if (end < 0) {
            if (chunk.length - at > MAX_HEADER_BYTES) return fail('protocol', HEADERS_TOO_LARGE)
            return keep(chunk, at)
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
          const end = chunk.indexOf(LF, at)
          if (end < 0 ? chunk.length - at > MAX_CHUNK_LINE_BYTES : end - at > MAX_CHUNK_LINE_BYTES) {
            return fail('protocol', 'http: chunk line too long')
          }
          if (end < 0) return keep(chunk, at)
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
          if (chunk.length - at < width) return keep(chunk, at)
          if (chunk[at + width - 1] !== LF || (width === 2 && chunk[at] !== CR)) {
            return fail('protocol', 'malformed chunked encoding')
          }
          at += width
          place = 'chunk-line'
          break
        }
        case 'trailers': {
          const end = chunk.indexOf(LF, at)
          const length = (end < 0 ? chunk.length : end + 1) - at
          if (trailerBytes + length > MAX_HEADER_BYTES) return fail('protocol', 'http: suspiciously long trailer')
          if (end < 0) return keep(chunk, at)
          trailerBytes += length
          const empty = end === at || (end === at + 1 && chunk[at] === CR)
          at = end + 1
          if (empty) return finish(at === chunk.length)
          break
        }
      }
    }
  }

  function keep(chunk: Buffer, at: number): Progress {
    if (at < chunk.length) pending = chunk.subarray(at)
    return 'more'
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
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, body.length * 2))
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

interface Head {
  readonly status: number
  readonly statusText: string
  readonly header: (name: string) => string | undefined
  readonly chunked: boolean
  readonly contentLength: number | undefined
  readonly keepAlive: boolean
  readonly keepAliveMs: number | undefined
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** A string is what is wrong. */
function parseHead(text: string): Head | string {
  let lineEnd = text.indexOf('\n')
  const statusLine = trimLineEnd(text, 0, lineEnd)
  const match = STATUS_LINE.exec(statusLine)
  if (match === null) {
    return statusLine.startsWith('HTTP/')
      ? `malformed HTTP version or status "${printable(statusLine)}"`
      : `malformed HTTP response "${printable(statusLine)}"`
  }

  const names: string[] = []
  const values: string[] = []
  for (let at = lineEnd + 1; at < text.length; at = lineEnd + 1) {
    lineEnd = text.indexOf('\n', at)
    const line = trimLineEnd(text, at, lineEnd)
    if (line === '') break
    const first = line.charCodeAt(0)
    if (first === 0x20 || first === 0x09) {
      if (names.length === 0) return `malformed header line "${printable(line)}"`
      values[values.length - 1] += ` ${line.trim()}`
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    if (!HEADER_NAME.test(name)) return `malformed header line "${printable(line)}"`
    names.push(name.toLowerCase())
    values.push(line.slice(colon + 1).trim())
  }

  const header = (name: string): string | undefined => {
    let found: string | undefined
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) found = found === undefined ? values[i] : `${found}, ${values[i]}`
    }
    return found
  }

  const encoding = header('transfer-encoding')
  const chunked = encoding !== undefined && encoding.toLowerCase() !== 'identity'
  if (chunked && encoding.toLowerCase() !== 'chunked') return `unsupported transfer encoding: "${printable(encoding)}"`
  const lengths = header('content-length')
  const contentLength = chunked ? undefined : parseContentLength(lengths)
  if (Number.isNaN(contentLength)) return `bad Content-Length "${printable(lengths ?? '')}"`

  const connection = (header('connection') ?? '').toLowerCase()
  const keepAlive = match[1] === '1' ? !hasToken(connection, 'close') : hasToken(connection, 'keep-alive')
  const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(header('keep-alive') ?? '')?.[1]
  return {
    status: Number(match[2]),
    statusText: match[3] ?? '',
    header,
    chunked,
    contentLength,
    // Both framings at once is how requests are smuggled: the answer counts, the connection does not.
    keepAlive: keepAlive && !(chunked && lengths !== undefined),
    keepAliveMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  }
}

/** Undefined when there is none; NaN when it can't be believed. Equal repetitions pass. */
function parseContentLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const values = text.split(',').map((part) => part.trim())
  if (!/^\d{1,15}$/.test(values[0]) || values.some((value) => value !== values[0])) return Number.NaN
  return Number(values[0])
}

function hasToken(list: string, token: string): boolean {
  return list === token || list.split(',').some((part) => part.trim() === token)
}

function trimLineEnd(text: string, from: number, lineFeed: number): string {
  const end = lineFeed < 0 ? text.length : lineFeed
  return text.slice(from, end > from && text.charCodeAt(end - 1) === CR ? end - 1 : end)
}

/** What a stranger sent, fit for a log line. */
function printable(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}...` : text
  return short.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
