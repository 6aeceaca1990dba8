/** Why a node didn't answer, and what to do about it: the network's and the server's words for it in plain ones. */
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'
import { shownAddress } from './api-address.ts'
import { shownPlainly } from './layout.ts'

export interface Asked {
  readonly base: URL
  /** As written: `10s`. */
  readonly timeout: string
  /** What was shown that says who asks: "name and password". */
  readonly shown: 'name and password' | 'token' | undefined
  readonly version: string
}

/** No answer came. */
export function failureText({ base, timeout }: Asked, { reason, message }: HttpFailure): string {
  const address = shownAddress(base)
  const because = shownPlainly(withoutCodes(message))
  // Nothing was sent: the file of a flag can't be used.
  if (/^unable to read /.test(message)) return because
  const other = base.protocol === 'https:' ? 'http' : 'https'
  const otherProtocol = `--address=${other}://${base.host}${base.pathname}`
  switch (reason) {
    case 'refused':
      return `nobody listens at ${address} (${because}): is skein running there? Otherwise name another node with --address`
    case 'dns':
      return `there is no host ${base.hostname} (${because}): look at --address`
    case 'timeout':
      return `${address} gave no answer within ${timeout}: --timeout waits longer`
    case 'tls':
      if (SPEAKS_NO_TLS.test(message)) return `${address} speaks no TLS: ask it with ${otherProtocol}`
      return `no connection to ${address} by TLS (${because}): --tls-ca-file names the CA of its certificate; a server without TLS is asked with ${otherProtocol}`
    case 'too-large':
      return `the answer of ${address} is too long: ask for less`
    case 'reset':
    case 'protocol':
      return `${address} speaks no HTTP, or broke off (${because})${base.protocol === 'http:' ? `: if it wants TLS, ${otherProtocol}` : ''}`
    default:
      return `${address} gave no answer (${because})`
  }
}

/** What OpenSSL and BoringSSL, and Rustls, say of a server that answers without TLS. */
const SPEAKS_NO_TLS = /wrong.version.number|InvalidContentType/i

/** OpenSSL's errors end with where they are in its source; only their words are of use. */
function withoutCodes(message: string): string {
  return message.replace(/[0-9a-f]{8,}:error:[0-9a-f]+:[^:]*:[^:]*:([^:]*):.*$/is, '$1')
}

/** An answer that says no; undefined when it doesn't look like one of skein's. `value`: the body as JSON, if it is any. */
export function refusalText(
  { base, shown }: Asked,
  { status, statusText }: HttpResponse,
  value: unknown,
  text: string,
): string | undefined {
  const address = shownAddress(base)
  if (status === 401) {
    return shown !== undefined
      ? `${address} doesn't take this ${shown} (401)`
      : `${address} wants to know who asks (401): give --username and --password-file, or --bearer-token-file`
  }
  const said = (value as { readonly error?: unknown } | undefined | null)?.error
  if (status === 403) return `${address} refuses (403): ${firstLine(typeof said === 'string' ? said : text)}`
  if (status === 400 && typeof said === 'string') return `${address} says: ${firstLine(said)}`
  if (status === 404 || status === 405) return undefined
  return `${address} answers ${`${status} ${shownPlainly(statusText)}`.trimEnd()}: ${firstLine(typeof said === 'string' ? said : text)}`
}

/** `ready`: what it says at `/-/ready`, by which Prometheus and its kin can be told apart. */
export function notOurs({ base, version }: Asked, { status }: HttpResponse, ready: string): string {
  const address = shownAddress(base)
  if (/^skein is (?:not )?ready\./.test(ready))
    return `the skein at ${address} is too old for this question, or too new; this one is ${version}`
  const known = /^(Alloy|Agent|Prometheus|Prometheus Server) is (?:not )?ready\b/i.exec(ready)
  if (known !== null)
    return `${known[1]} runs at ${address}, which can't tell this: ask a node of its cluster that runs skein`
  const got = status === 200 ? 'its answer is no JSON' : `it answers ${status}`
  return `no skein answers at ${address} (${got}): look at host, port and path of --address; a proxy before it may want a login`
}

const MAX_SHOWN = 300

function firstLine(text: string): string {
  const line = text.trimStart().split('\n', 1)[0]
  if (/^<(?:!doctype|html)/i.test(line)) return 'a page in HTML'
  return shownPlainly(line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line) || 'nothing'
}
