/**
 * Questions to a Kubernetes API, one GET each, and what its answers mean for those who ask. Owns the client; never repeats a
 * question: `mirror.ts` knows when that makes sense.
 */

import { createOutbound, type OutboundPorts } from '../outbound/outbound.ts'
import type { HttpFailure, HttpResponse, Monotonic } from '../ports.ts'
import type { Access } from './access.ts'
import { fieldsOf, parsedJson, textOf } from './json.ts'

export interface ApiRequest {
  /** Such as `/api/v1/pods`. */
  readonly path: string
  /** Pairs with an empty value are left out. */
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly deadline: Monotonic
  readonly maxBodyBytes: number
  readonly signal: AbortSignal
}

export interface ApiProblem {
  readonly ok: false
  /**
   * gone: the state that was asked about is forgotten, ask for the present one. refused: the same question will be refused
   * again. too-large, timeout: as it says. unreachable: everything that may pass.
   */
  readonly reason: 'gone' | 'refused' | 'too-large' | 'timeout' | 'unreachable'
  /** For people. */
  readonly message: string
  /** How long the server wants to be left alone; 0 when it doesn't say. */
  readonly retryAfterMs: number
}

export type ApiAnswer = { readonly ok: true; readonly body: Uint8Array } | ApiProblem

export interface KubernetesApi {
  get(request: ApiRequest): Promise<ApiAnswer>
  close(): void
}

const MAX_RETRY_AFTER_MS = 60_000
/** Of what the API server says about a refusal. */
const MAX_MESSAGE_CHARACTERS = 400

/** Throws a CodedError when the access can't work, such as for a CA file that isn't there. */
export function createKubernetesApi(access: Access, ports: OutboundPorts, userAgent: string): KubernetesApi {
  const outbound = createOutbound(access.http, ports)
  const base = access.server.pathname.replace(/\/+$/, '')

  return {
    async get({ path, query, deadline, maxBodyBytes, signal }) {
      const url = new URL(access.server)
      url.pathname = base + path
      for (const [name, value] of query) if (value !== '') url.searchParams.set(name, value)
      const answer = await outbound.send({
        method: 'GET',
        url,
        headers: [
          ['Accept', 'application/json'],
          ['User-Agent', userAgent],
        ],
        deadline,
        maxBodyBytes,
        signal,
      })
      if (!answer.ok) return failed(answer)
      return answer.status === 200 ? { ok: true, body: answer.body } : refused(answer)
    },
    close: () => outbound.close(),
  }
}

function failed({ reason, message }: HttpFailure): ApiProblem {
  return {
    ok: false,
    reason: reason === 'timeout' || reason === 'too-large' ? reason : 'unreachable',
    message: `the API server can't be asked: ${message}`,
    retryAfterMs: 0,
  }
}

function refused(answer: HttpResponse): ApiProblem {
  const said = textOf(fieldsOf(parsedJson(answer.body))['message']).slice(0, MAX_MESSAGE_CHARACTERS)
  // 401 as well: the next question reads the file with the token again.
  const passes = answer.status === 401 || answer.status === 429 || answer.status >= 500
  const seconds = Number(answer.header('retry-after') ?? 0)
  return {
    ok: false,
    reason: answer.status === 410 ? 'gone' : passes ? 'unreachable' : 'refused',
    message: `the API server answered ${answer.status}${said === '' ? '' : `: ${said}`}${hint(answer.status)}`,
    retryAfterMs: seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : 0,
  }
}

function hint(status: number): string {
  if (status === 403) return '; the account needs the rights to list and to watch them'
  return status === 401 ? '; the credentials are not (or no longer) valid' : ''
}
