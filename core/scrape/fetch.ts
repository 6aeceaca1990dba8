/**
 * One request to a target and its answer as a body of plain bytes: status, content encoding, content type and size are
 * judged here. Never parses, never throws for what a target does.
 */
import { CodedError, messageOf } from '../errors.ts'
import { acceptHeader, expositionOf } from '../exposition/content-type.ts'
import type { Format } from '../exposition/lexer.ts'
import { MAX_INLINE_INFLATE_BYTES, MAX_SCRAPE_BODY_BYTES } from '../limits.ts'
import type { Codecs, HeaderField, HttpClient, HttpResponse, Monotonic } from '../ports.ts'
import { type Bodies, type Body, bodyOf } from './bodies.ts'
import type { ScrapeConfig } from './config.ts'

export type Fetched =
  | { readonly ok: true; readonly body: Body; readonly format: Format }
  | {
      readonly ok: false
      readonly error: string
      readonly reason: 'network' | 'status' | 'body-size-limit' | 'content' | 'aborted'
    }

export interface Fetcher {
  fetch(url: URL, deadline: Monotonic, signal: AbortSignal): Promise<Fetched>
}

export interface FetcherOptions {
  readonly config: ScrapeConfig
  readonly timeout: number
  readonly client: Pick<HttpClient, 'send'>
  readonly codecs: Codecs
  readonly bodies: Bodies
  readonly userAgent: string
}

export function createFetcher({ config, timeout, client, codecs, bodies, userAgent }: FetcherOptions): Fetcher {
  const headers: readonly HeaderField[] = [
    ['User-Agent', userAgent],
    ['Accept', acceptHeader(config.scrapeProtocols, config.escaping)],
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
    if (exposition.exposition === 'protobuf') {
      return {
        ok: false,
        reason: 'content',
        error: 'the target answered in the protobuf format, which was not asked for',
      }
    }
    try {
      const body = await decode(answer)
      return body === undefined ? tooLarge() : { ok: true, body, format: exposition.exposition }
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown
      return { ok: false, reason: 'content', error: messageOf(thrown) }
    }
  }

  /** Undefined when the body is too large. */
  async function decode(answer: HttpResponse): Promise<Body | undefined> {
    const encoding = (answer.header('content-encoding') ?? 'identity').trim().toLowerCase()
    if (encoding === 'gzip') return inflate(answer.body)
    if (encoding !== 'identity' && encoding !== '') {
      throw new CodedError('gzip', `the target answered with content encoding "${encoding}", which was not asked for`)
    }
    if (answer.body.length >= limit) return undefined
    const body = bodies.acquire(answer.body.length)
    body.bytes.set(answer.body)
    body.length = answer.body.length
    return body
  }

  async function inflate(packed: Uint8Array): Promise<Body | undefined> {
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
    if (inflated === undefined || inflated.length >= limit) return undefined
    const bytes = new Uint8Array(inflated.length + 1)
    bytes.set(inflated)
    return bodyOf(bytes, inflated.length)
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

function inflatedSize(packed: Uint8Array): number {
  const n = packed.length
  if (n < 18) return 0
  return (packed[n - 4] | (packed[n - 3] << 8) | (packed[n - 2] << 16) | (packed[n - 1] << 24)) >>> 0
}
