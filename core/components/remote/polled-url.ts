/** A URL that is asked again and again, as blocks write it: its arguments, and one request. */
import { MAX_REMOTE_CONTENT_BYTES } from '../../limits.ts'
import { createOutbound, type Outbound } from '../../outbound/outbound.ts'
import type { HeaderField, Ports } from '../../ports.ts'
import { attr, block, nested, type ReportField, type Schema } from '../../syntax/schema.ts'
import { duration, map, oneOf, string } from '../../syntax/types.ts'
import type { Timers } from '../../time/timers.ts'
import { type HttpClientArgs, httpClient, outboundConfig } from '../http-client.ts'

export interface PolledUrlArgs {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly poll_frequency: number
  readonly poll_timeout: number
  readonly client: HttpClientArgs
}

/** They belong to the connection: what we write there ourselves must be the only thing. */
const OF_THE_CONNECTION = /^(host|content-length|transfer-encoding|connection)$/i

function validate({ url, headers, poll_frequency, poll_timeout }: PolledUrlArgs, report: ReportField): void {
  if (poll_frequency <= 0) report('poll_frequency must be greater than 0', 'poll_frequency')
  if (poll_timeout <= 0) report('poll_timeout must be greater than 0', 'poll_timeout')
  if (poll_timeout >= poll_frequency) report('poll_timeout must be less than poll_frequency', 'poll_timeout')
  // The URL is not shown: it may hold a password.
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) report('url must be an http or https URL', 'url')
  for (const name of headers.keys()) {
    if (OF_THE_CONNECTION.test(name)) report(`setting header "${name}" is not allowed`, 'headers')
  }
}

export const polledUrl: Schema<PolledUrlArgs> = block(
  {
    url: attr.required(string, 'What is asked for.'),
    method: attr.optional(oneOf('GET', 'POST'), 'GET', 'Method of the request.'),
    headers: attr.optional(map(string), new Map(), 'Headers of the request.'),
    body: attr.optional(string, '', 'Body of the request.'),
    poll_frequency: attr.optional(duration, 60_000, 'How often it is asked for.'),
    poll_timeout: attr.optional(duration, 10_000, 'How long an answer may take.'),
    client: nested.defaulted(httpClient, 'How the server is talked to.'),
  },
  { validate },
)

export interface Asking {
  readonly ports: Pick<Ports, 'http' | 'files' | 'clock'>
  readonly timers: Timers
}

/** Throws a CodedError for options that the host can't honour. */
export function clientOf({ client }: PolledUrlArgs, { ports, timers }: Asking): Outbound {
  return createOutbound(outboundConfig(client), { ...ports, timers })
}

/** What the URL answers now. Rejects with an error for people. */
export async function askUrl(
  args: PolledUrlArgs,
  client: Outbound,
  { ports }: Asking,
  userAgent: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await client.send({
    method: args.method,
    url: new URL(args.url),
    headers: headersOf(args, userAgent),
    ...(args.body === '' ? {} : { body: new TextEncoder().encode(args.body) }),
    deadline: ports.clock.monotonic() + args.poll_timeout,
    maxBodyBytes: MAX_REMOTE_CONTENT_BYTES,
    signal,
  })
  if (!answer.ok) throw new Error(`performing request: ${answer.message}`)
  if (answer.status !== 200) {
    throw new Error(`unexpected status code ${answer.status} ${answer.statusText}`.trimEnd())
  }
  return new TextDecoder().decode(answer.body).trim()
}

function headersOf({ headers }: PolledUrlArgs, userAgent: string): readonly HeaderField[] {
  const own = [...headers].map(([name, value]): HeaderField => [name, value])
  return own.some(([name]) => name.toLowerCase() === 'user-agent') ? own : [['User-Agent', userAgent], ...own]
}
