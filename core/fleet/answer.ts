/** What came back on a question to a peer, read and put into words. Owns the sentences; knows nothing of what was asked. */
import type { HttpFailure, HttpResponse } from '../ports.ts'

export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  /** `foreign`: nothing that skein would say. */
  | { readonly ok: false; readonly reason: string; readonly foreign?: boolean }

/** Of a peer that others still count on. */
export const NO_PEER = 'it is not in the cluster any more'

export const ALLOY = "it runs Alloy, which can't tell"
export const UNEXPECTED = 'its answer is not what was asked for: it may run another version of skein'

const NO_PASSWORD =
  'it wants a password: give the nodes a common --cluster.auth-secret-file, so that they can prove themselves to each other'

/** Of what a peer said, in a sentence. */
const MAX_QUOTED_CHARACTERS = 200

/** `late` is what is said of a time-out. */
export function readAnswer(response: HttpResponse | HttpFailure, late: string): Answer {
  if (!response.ok) return { ok: false, reason: failureText(response, late) }
  const { status, body } = response
  if (status === 401 || status === 403) return { ok: false, reason: NO_PASSWORD }
  const value = parsed(body)
  if (status === 200 && value !== undefined) return { ok: true, value, bytes: body.length }
  // Alloy has pages for whatever path.
  if (status === 200)
    return { ok: false, reason: 'its answer is no JSON: it may be something else than skein', foreign: true }
  const foreign = status === 404 && value === undefined
  const said = value === undefined ? quoted(textOf(body.subarray(0, 4 * MAX_QUOTED_CHARACTERS))) : errorOf(value)
  return { ok: false, reason: `it answers HTTP ${status}${said === '' ? '' : `: ${said}`}`, foreign }
}

function failureText({ reason, message }: HttpFailure, late: string): string {
  switch (reason) {
    case 'timeout':
      return late
    case 'refused':
      return 'connection refused'
    case 'too-large':
      return 'its answer is too long to be read'
    case 'aborted':
      return 'this node is shutting down'
    case 'tls':
      return `TLS fails: ${quoted(message)}`
    case 'reset':
      return `the connection broke off: ${quoted(message)}`
    default:
      return quoted(message)
  }
}

/** Undefined for what is no JSON. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body))
  } catch {
    return undefined
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Of the API's answers to questions that it doesn't understand. */
function errorOf(value: unknown): string {
  const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined
  return typeof error === 'string' ? quoted(error) : ''
}

function quoted(text: string): string {
  const line = text
    .slice(0, 4 * MAX_QUOTED_CHARACTERS)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
  return line.length > MAX_QUOTED_CHARACTERS ? `${line.slice(0, MAX_QUOTED_CHARACTERS)}…` : line
}
