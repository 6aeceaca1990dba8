/**
 * One request with a finished block: its headers, its deadline, its answer, and how long that took. Never decides anything;
 * bodies go out as they are, in the protocol that they were made in.
 */
import { messageOf, withoutPasswords } from '../../errors.ts'
import { MAX_ERROR_BODY_BYTES } from '../../limits.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { Clock, HeaderField, HttpFailure, HttpRequest, HttpResponse } from '../../ports.ts'
import type { Block, Protocol } from '../block.ts'

/**
 * An answer is read up to here although only its first KiB is logged: one that is cut off by the cap has no status, so it
 * could be neither confirmed nor dropped.
 */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** Of what is shown of a failure. */
const MAX_BRIEF_CHARACTERS = 300

export interface AttemptSettings {
  readonly url: URL
  /** Those of the configuration. */
  readonly headers: readonly HeaderField[]
  readonly userAgent: string
  readonly outbound: Outbound
  readonly remoteTimeout: number
}

/** Never rejects. `attempts`: how many failed before; `signal` ends it early. */
export async function attempt(
  block: Block,
  attempts: number,
  settings: AttemptSettings,
  clock: Pick<Clock, 'monotonic'>,
  signal: AbortSignal,
): Promise<HttpResponse | HttpFailure> {
  const { url, headers, userAgent, outbound, remoteTimeout } = settings
  const all = [...protocolHeaders(block.protocol, userAgent), ...headers]
  if (attempts > 0) all.push(['Retry-Attempt', String(attempts)])
  const request: HttpRequest = {
    method: 'POST',
    url,
    headers: all,
    body: block.body,
    deadline: clock.monotonic() + remoteTimeout,
    maxBodyBytes: MAX_ANSWER_BYTES,
    signal,
  }
  try {
    return await outbound.send(request)
  } catch (thrown) {
    // A bug on the way out must not cost samples, nor go unseen: it is tried again, and logged like any other failure.
    return { ok: false, reason: 'protocol', message: messageOf(thrown) }
  }
}

function protocolHeaders(protocol: Protocol, userAgent: string): HeaderField[] {
  const second = protocol === '2.0'
  return [
    ['Content-Encoding', 'snappy'],
    ['Content-Type', second ? 'application/x-protobuf;proto=io.prometheus.write.v2.Request' : 'application/x-protobuf'],
    ['X-Prometheus-Remote-Write-Version', second ? '2.0.0' : '0.1.0'],
    ['User-Agent', userAgent],
  ]
}

/** For a log line: the status and the beginning of what was said, or what went wrong on the way. */
export function describe(answer: HttpResponse | HttpFailure): Record<string, string | number> {
  if (!answer.ok) return { reason: answer.reason, error: answer.message }
  const body = new TextDecoder().decode(answer.body.subarray(0, MAX_ERROR_BODY_BYTES))
  return { status: answer.status, answer: body }
}

/** The same in a sentence, for people: `HTTP 503: overloaded`. */
export function describedBriefly(answer: HttpResponse | HttpFailure): string {
  if (!answer.ok) return withoutPasswords(answer.message).slice(0, MAX_BRIEF_CHARACTERS)
  const { answer: body } = describe(answer)
  // Answers may be pages with hundreds of lines.
  const said = withoutPasswords(String(body)).replace(/\s+/g, ' ').trim().slice(0, MAX_BRIEF_CHARACTERS)
  return said === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}`
}
