/**
 * One request to a target and its answer as a body of plain bytes: status, content encoding, content type and size are
 * judged here. Never parses, never throws for what a target does.
 */
import { CodedError, messageOf } from '../errors.ts'
import { NEWLINE } from '../exposition/bytes.ts'
import { acceptHeader, type Exposition, expositionOf, type ScrapeProtocol } from '../exposition/content-type.ts'
import { MAX_INLINE_INFLATE_BYTES, MAX_SCRAPE_BODY_BYTES } from '../limits.ts'
import type { Codecs, HeaderField, HttpClient, HttpResponse, Monotonic } from '../ports.ts'
import { type Bodies, type Body, bodyOf } from './bodies.ts'
import type { ScrapeConfig } from './config.ts'

export type Fetched =
  | {
      readonly ok: true
      readonly body: Body
      readonly format: Exposition
      /** The body as it came, when it came as gzip. */
      readonly packed: Uint8Array | undefined
    }
  | {
      readonly ok: false
      readonly error: string
      readonly reason: 'network' | 'status' | 'body-size-limit' | 'content' | 'aborted'
    }

export interface Fetcher {
  fetch(url: URL, deadline: Monotonic, signal: AbortSignal): Promise<Fetched>
}

/** A copy of so much takes some 5 ms. */
const MAX_COPIED_BYTES = 8 * 1024 * 1024
export interface FetcherOptions {
  readonly config: ScrapeConfig
  readonly timeout: number
  /** What to ask for, instead of the job's. */
  readonly protocols: readonly ScrapeProtocol[]
  readonly client: Pick<HttpClient, 'send'>
  readonly codecs: Codecs
  readonly bodies: Bodies
  readonly userAgent: string
}

export function createFetcher({
  config,
  timeout,
  protocols,
  client,
  codecs,
  bodies,
  userAgent,
}: FetcherOptions): Fetcher {
  const headers: readonly HeaderField[] = [
    ['User-Agent', userAgent],
    ['Accept', acceptHeader(protocols, config.escaping)],
    ['Accept-Encoding', config.enableCompression ? 'gzip' : 'identity'],
    ['X-Prometheus-Scrape-Timeout-Seconds', String(timeout / 1000)],
  ]
  // A body of exactly the limit is too large, as in Prometheus.
  const limit = config.bodySizeLimit > 0 ? Math.min(config.bodySizeLimit, MAX_SCRAPE_BODY_BYTES) : MAX_SCRAPE_BODY_BYTES

  async function fetch(url: URL, deadline: Monotonic, signal: AbortSignal): Promise<Fetched> {
    const answer = await client.send({ method: 'GET', url, headers, deadline, maxBodyBytes: limit, signal })
    if (!answer.ok) {
      if (answer.reason === 'too-large') return tooLarge()
      if (answer.reason === 'aborted') return { ok: false, reason: 'aborted', error: answer.message }
      return { ok: false, reason: 'network', error: `Get "${url.href}": ${answer.message}` }
    }
    if (answer.status !== 200) {
      const status = `${answer.status} ${answer.statusText}`.trim()
      return { ok: false, reason: 'status', error: `server returned HTTP status ${status}` }
    }
    const exposition = expositionOf(answer.header('content-type'), config.fallbackProtocol)
    if (!exposition.ok) return { ok: false, reason: 'content', error: exposition.message }
    try {
      const encoding = contentEncoding(answer)
      const body = await decode(answer, encoding, exposition.exposition)
      if (body === undefined) return tooLarge()
      return {
        ok: true,
        body,
        format: exposition.exposition,
        packed: encoding === 'gzip' ? unshared(answer.body) : undefined,
      }
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown
      return { ok: false, reason: 'content', error: messageOf(thrown) }
    }
  }

  /** Undefined when the body is too large. */
  async function decode(answer: HttpResponse, encoding: string, exposition: Exposition): Promise<Body | undefined> {
    if (encoding === 'gzip') return inflate(answer.body, exposition)
    if (encoding !== 'identity' && encoding !== '') {
      throw new CodedError('gzip', `the target answered with content encoding "${encoding}", which was not asked for`)
    }
    return answer.body.length >= limit ? undefined : keep(answer.body, exposition)
  }

  /** Copies into a buffer that goes round. A large one is taken as it is: the copy would hold the event loop. */
  function keep(bytes: Uint8Array, exposition: Exposition): Body {
    const isWhole = exposition === 'protobuf' || bytes[bytes.length - 1] === NEWLINE
    if (bytes.length > MAX_COPIED_BYTES && isWhole) {
      return bodyOf(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length)
    }
    const body = bodies.acquire(bytes.length)
    body.bytes.set(bytes)
    body.length = bytes.length
    return body
  }

  async function inflate(packed: Uint8Array, exposition: Exposition): Promise<Body | undefined> {
    // The last four bytes of a gzip stream are its size; a lie costs a second, bounded try.
    const size = inflatedSize(packed)
    if (size <= MAX_INLINE_INFLATE_BYTES && size < limit) {
      const body = bodies.acquire(size)
      let length: number
      try {
        length = codecs.gunzipInto(packed, body.bytes.subarray(0, body.bytes.length - 1))
      } catch (thrown) {
        bodies.release(body)
        throw thrown
      }
      if (length >= limit) {
        bodies.release(body)
        return undefined
      }
      if (length >= 0) {
        body.length = length
        return body
      }
      bodies.release(body)
    }
    const inflated = await codecs.gunzip(packed, limit)
    return inflated === undefined || inflated.length >= limit ? undefined : keep(inflated, exposition)
  }

  function tooLarge(): Fetched {
    return {
      ok: false,
      reason: 'body-size-limit',
      error: `body size limit exceeded: the body has ${limit} bytes or more`,
    }
  }

  return { fetch }
}

function contentEncoding(answer: HttpResponse): string {
  return (answer.header('content-encoding') ?? 'identity').trim().toLowerCase()
}

/** For keeping: small bodies may be slices of a buffer that they would hold in memory as a whole. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

function inflatedSize(packed: Uint8Array): number {
  const n = packed.length
  if (n < 18) return 0
  return (packed[n - 4] | (packed[n - 3] << 8) | (packed[n - 2] << 16) | (packed[n - 1] << 24)) >>> 0
}
