/**
 * One unary call of the Connect protocol: a POST with a protobuf body. Owns headers, status codes and the form of errors; the
 * messages are others'. Never throws for what the network does.
 *
 * Protobuf, since that is what Alloy sends: every server made for it takes it, while JSON is an option of the protocol. POST,
 * since every server must take it, and attributes of machines don't belong into URLs that proxies log.
 */
import { MAX_REMOTE_CONFIG_BYTES } from '../limits.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock, HttpResponse } from '../ports.ts'

const SERVICE = 'collector.v1.CollectorService'

/** Of what a server says about its refusal. */
const MAX_SHOWN_CHARACTERS = 1_000

export type Procedure = 'RegisterCollector' | 'UnregisterCollector' | 'GetConfig'

export type CallResult =
  | { readonly ok: true; readonly body: Uint8Array }
  | {
      readonly ok: false
      /** Connect's, such as `not_found`; undefined when no server answered. */
      readonly code: string | undefined
      /** What, where, and how to mend it; without secrets. */
      readonly message: string
    }

export interface Caller {
  readonly outbound: Outbound
  readonly clock: Clock
  /** Where the service is; a path is kept. */
  readonly url: string
  readonly userAgent: string
}

/** `timeoutMs` over everything. */
export async function call(
  { outbound, clock, url, userAgent }: Caller,
  procedure: Procedure,
  body: Uint8Array,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<CallResult> {
  const answer = await outbound.send({
    method: 'POST',
    url: procedureUrl(url, procedure),
    headers: [
      ['Content-Type', 'application/proto'],
      ['Connect-Protocol-Version', '1'],
      ['Connect-Timeout-Ms', String(timeoutMs)],
      ['User-Agent', userAgent],
    ],
    body,
    deadline: clock.monotonic() + timeoutMs,
    maxBodyBytes: MAX_REMOTE_CONFIG_BYTES,
    ...(signal === undefined ? {} : { signal }),
  })
  if (!answer.ok) return { ok: false, code: undefined, message: `${procedure}: ${answer.message}` }
  if (answer.status !== 200) return refusal(procedure, answer)
  const type = (answer.header('content-type') ?? '').toLowerCase()
  if (!/^application\/proto\s*(;|$)/.test(type)) {
    const what = type === '' ? 'something without a type' : type.slice(0, 100)
    const message = `${procedure}: the server answered ${what} where application/proto belongs; is url that of a remote configuration server?`
    return { ok: false, code: 'unknown', message }
  }
  if (!/^(identity)?$/i.test(answer.header('content-encoding') ?? '')) {
    return {
      ok: false,
      code: 'unknown',
      message: `${procedure}: the server compressed its answer without being asked to`,
    }
  }
  return { ok: true, body: answer.body }
}

function procedureUrl(base: string, procedure: Procedure): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${SERVICE}/${procedure}`
  url.hash = ''
  return url
}

/** Errors are JSON `{ code, message }`; what comes from a proxy in between is not. */
function refusal(procedure: Procedure, answer: HttpResponse): CallResult {
  const { code, message } = readError(answer)
  const said = message === '' ? '' : `: ${message}`
  const hint = hintFor(code)
  return {
    ok: false,
    code,
    message: `${procedure}: the server answered ${answer.status} ${code}${said}${hint === '' ? '' : `; ${hint}`}`,
  }
}

function readError({ status, body }: HttpResponse): { readonly code: string; readonly message: string } {
  try {
    const read = JSON.parse(new TextDecoder().decode(body)) as {
      readonly code?: unknown
      readonly message?: unknown
    } | null
    if (typeof read?.code === 'string' && /^[a-z_]{1,40}$/.test(read.code)) {
      return {
        code: read.code,
        message: typeof read.message === 'string' ? read.message.slice(0, MAX_SHOWN_CHARACTERS) : '',
      }
    }
  } catch {
    // Not Connect's.
  }
  return { code: CODES[status] ?? 'unknown', message: '' }
}

/** What a status alone means, by Connect's rules. */
const CODES: Readonly<Record<number, string>> = {
  400: 'internal',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'unimplemented',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

function hintFor(code: string): string {
  if (code === 'unauthenticated' || code === 'permission_denied')
    return 'check basic_auth, authorization or oauth2 of remotecfg'
  return code === 'unimplemented' ? 'is url that of a remote configuration server?' : ''
}
