/**
 * Targets from an HTTP server that lists them: GET, and an answer in Prometheus's JSON format. Follows Prometheus's HTTP service
 * discovery: which answers count, the headers, the deadline.
 */
import { messageOf } from '../errors.ts'
import { MAX_TARGETS_BYTES } from '../limits.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import { createOutbound } from '../outbound/outbound.ts'
import type { HttpResponse } from '../ports.ts'
import { type Discovery, type DiscoverySurroundings, refreshing } from './source.ts'
import { readGroups } from './target-groups.ts'

export interface HttpSettings {
  /** http or https. */
  readonly url: string
  /** Also how long one answer may take. */
  readonly refreshMs: number
  readonly outbound: OutboundConfig
}

const JSON_CONTENT = /^application\/json(;\s*charset=("utf-8"|utf-8))?$/i

/** Throws a CodedError when TLS files of the configuration can't be used. */
export function httpDiscovery(settings: HttpSettings, surroundings: DiscoverySurroundings): Discovery {
  const { ports, timers, slices, userAgent } = surroundings
  const { http, files, clock, codecs } = ports
  const outbound = createOutbound(settings.outbound, { http, files, clock, timers })
  const shown = withoutPassword(settings.url)

  const looking = refreshing(surroundings, settings.refreshMs, async (signal) => {
    const answer = await outbound.send({
      method: 'GET',
      url: new URL(settings.url),
      headers: [
        ['User-Agent', userAgent],
        ['Accept', 'application/json'],
        ['Accept-Encoding', 'gzip'],
        ['X-Prometheus-Refresh-Interval-Seconds', String(settings.refreshMs / 1000)],
      ],
      deadline: clock.monotonic() + settings.refreshMs,
      maxBodyBytes: MAX_TARGETS_BYTES,
      signal,
    })
    if (!answer.ok) throw new Error(`GET ${shown}: ${answer.message}`)
    if (answer.status !== 200) {
      throw new Error(`GET ${shown}: server returned HTTP status ${answer.status} ${answer.statusText}`.trimEnd())
    }
    const type = (answer.header('content-type') ?? '').trim()
    if (!JSON_CONTENT.test(type)) throw new Error(`GET ${shown}: unsupported content type ${JSON.stringify(type)}`)
    const bytes = await bodyOf(answer)
    return slices.run(readGroups({ bytes, format: 'json', name: shown }, shown, new Map([['__meta_url', shown]])))
  })

  async function bodyOf(answer: HttpResponse): Promise<Uint8Array> {
    const encoding = (answer.header('content-encoding') ?? 'identity').trim().toLowerCase()
    if (encoding === 'identity') return answer.body
    if (encoding !== 'gzip') throw new Error(`GET ${shown}: unsupported content encoding ${JSON.stringify(encoding)}`)
    let inflated: Uint8Array | undefined
    try {
      inflated = await codecs.gunzip(answer.body, MAX_TARGETS_BYTES)
    } catch (thrown) {
      throw new Error(`GET ${shown}: ${messageOf(thrown)}`)
    }
    if (inflated === undefined) throw new Error(`GET ${shown}: the answer has more than ${MAX_TARGETS_BYTES} bytes`)
    return inflated
  }

  return {
    async run(signal, on) {
      await looking.run(signal, on)
      outbound.close()
    },
  }
}

/** For labels and messages, as Go shows URLs to people. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z]+:\/\/[^/?#@:]*):[^/?#]*@/i, '$1:xxxxx@')
}
