/** Which formats are asked for and which one an answer is in: the Accept header and the Content-Type header. */
import type { Format } from './cursor.ts'
import type { EscapingScheme } from './names.ts'

export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0'

/** What a body is written in. */
export type Exposition = Format | 'protobuf'

interface Protocol {
  readonly mediaType: string
  readonly exposition: Exposition
  /** Whether the media type has an `escaping` parameter. */
  readonly escapes: boolean
}

const PROTOCOLS: Readonly<Record<ScrapeProtocol, Protocol>> = {
  PrometheusProto: {
    mediaType: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    exposition: 'protobuf',
    escapes: false,
  },
  'PrometheusText0.0.4': { mediaType: 'text/plain;version=0.0.4', exposition: 'text', escapes: false },
  'PrometheusText1.0.0': { mediaType: 'text/plain;version=1.0.0', exposition: 'text', escapes: true },
  'OpenMetricsText0.0.1': {
    mediaType: 'application/openmetrics-text;version=0.0.1',
    exposition: 'openmetrics',
    escapes: false,
  },
  'OpenMetricsText1.0.0': {
    mediaType: 'application/openmetrics-text;version=1.0.0',
    exposition: 'openmetrics',
    escapes: true,
  },
}

export const SCRAPE_PROTOCOLS: readonly ScrapeProtocol[] = Object.keys(PROTOCOLS) as ScrapeProtocol[]

/** Value of the Accept header: the protocols in this order, then anything, with falling weights as Prometheus sends them. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: EscapingScheme): string {
  // The first weight depends on how many protocols exist, not on how many are asked for.
  let weight = SCRAPE_PROTOCOLS.length + 1
  const ranges: string[] = []
  for (const name of protocols) {
    const { mediaType, escapes } = PROTOCOLS[name]
    ranges.push(`${mediaType}${escapes ? `;escaping=${escaping}` : ''};q=0.${weight--}`)
  }
  ranges.push(`*/*;q=0.${weight}`)
  return ranges.join(',')
}

const EXPOSITIONS: ReadonlyMap<string, Exposition> = new Map<string, Exposition>([
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf'],
  ['text/plain', 'text'],
])

export type ExpositionAnswer =
  | {
      readonly ok: true
      readonly exposition: Exposition
      /** Why the fallback was taken although the target named a type; for debug logs. */
      readonly note?: string
    }
  | { readonly ok: false; readonly message: string }

/**
 * The format of a body by its Content-Type header (undefined when there was none). Only the media type counts, in any letter case;
 * versions and other parameters are ignored. Missing, broken and unknown ones mean the fallback protocol, or an error.
 */
export function expositionOf(contentType: string | undefined, fallback: ScrapeProtocol | undefined): ExpositionAnswer {
  const mediaType = contentType === undefined ? '' : mediaTypeOf(contentType)
  const exposition = mediaType === undefined ? undefined : EXPOSITIONS.get(mediaType)
  if (exposition !== undefined) return { ok: true, exposition }
  const missing = contentType === undefined || contentType === ''
  const problem = missing
    ? 'the target sent no Content-Type'
    : `the target sent ${mediaType === undefined ? 'a malformed' : 'an unsupported'} Content-Type ${JSON.stringify(contentType)}`
  if (fallback === undefined) return { ok: false, message: `${problem}, and no fallback scrape protocol is configured` }
  const answer = { ok: true, exposition: PROTOCOLS[fallback].exposition } as const
  return missing ? answer : { ...answer, note: `${problem}; using ${fallback}` }
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN})(?:/(${TOKEN}))?[ \\t]*(?=;|$)`)
const PARAMETER = new RegExp(`^;[ \\t]*(${TOKEN})[ \\t]*=[ \\t]*(?:${TOKEN}|"(?:[^"\\\\\\r\\n]|\\\\.)*")[ \\t]*`)

/** Media type in lower case without parameters; undefined when the header is malformed, parameters included. */
function mediaTypeOf(header: string): string | undefined {
  const type = MEDIA_TYPE.exec(header)
  if (type === null) return undefined
  const seen = new Set<string>()
  let rest = header.slice(type[0].length)
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest)
    // A semicolon at the end is fine.
    if (parameter === null) return /^;[ \t]*$/.test(rest) ? type[0].trim().toLowerCase() : undefined
    const name = parameter[1].toLowerCase()
    if (seen.has(name)) return undefined
    seen.add(name)
    rest = rest.slice(parameter[0].length)
  }
  return type[0].trim().toLowerCase()
}
