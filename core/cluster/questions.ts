/**
 * Asking peers what they know, for people: GETs of their API over HTTP/2, on connections of their own. Membership's must not share
 * them: a large answer would hold up probes, and a session on which a question timed out is given up. Owns those connections,
 * which are closed when nobody has asked for a while; what the answers say is the asker's.
 */
import { messageOf } from '../errors.ts'
import { MAX_ANSWER_BYTES } from '../limits.ts'
import type { HeaderField, HttpClient, HttpFailure, HttpResponse, Monotonic } from '../ports.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'

export interface QuestionsDeps {
  readonly open: () => HttpClient
  readonly scheme: 'http' | 'https'
  /** Sent with every question. */
  readonly headers: () => Promise<readonly HeaderField[]>
  readonly timers: Timers
}

export interface Questions {
  /** `path` is absolute, with its query. Never rejects; an answer has at most MAX_ANSWER_BYTES. */
  ask(address: PeerAddress, path: string, deadline: Monotonic): Promise<HttpResponse | HttpFailure>
  /** Questions under way end as `aborted`; so do all that come. */
  close(): void
}

/** A page that is open asks every few seconds. */
const IDLE_MS = 30_000

export function createQuestions(deps: QuestionsDeps): Questions {
  const underWay = new Set<AbortController>()
  let client: HttpClient | undefined
  let idle: Timer | undefined
  let closed = false

  async function ask(address: PeerAddress, path: string, deadline: Monotonic): Promise<HttpResponse | HttpFailure> {
    const url = urlOf(deps.scheme, address, path)
    if (url === undefined) return { ok: false, reason: 'protocol', message: `${address} is not an address` }
    if (closed) return LEFT
    const question = new AbortController()
    const { signal } = question
    underWay.add(question)
    idle?.cancel()
    idle = undefined
    try {
      const headers: readonly HeaderField[] = [['accept', 'application/json'], ...(await deps.headers())]
      if (closed) return LEFT
      client ??= deps.open()
      return await client.send({ method: 'GET', url, headers, deadline, maxBodyBytes: MAX_ANSWER_BYTES, signal })
    } catch (error) {
      return { ok: false, reason: 'protocol', message: messageOf(error) }
    } finally {
      underWay.delete(question)
      if (underWay.size === 0 && !closed) idle = deps.timers.after(IDLE_MS, disconnect)
    }
  }

  function disconnect(): void {
    idle?.cancel()
    idle = undefined
    client?.close()
    client = undefined
  }

  return {
    ask,
    close() {
      closed = true
      for (const question of underWay) question.abort()
      disconnect()
    },
  }
}

const LEFT: HttpFailure = { ok: false, reason: 'aborted', message: 'this node has left its cluster' }

/** Undefined when that is no address after all: what the URL parser doesn't refuse, it must not change either. */
function urlOf(scheme: string, address: PeerAddress, path: string): URL | undefined {
  try {
    const origin = new URL(`${scheme}://${address}`)
    const url = new URL(path, origin)
    return origin.pathname === '/' && origin.username === '' && url.origin === origin.origin ? url : undefined
  } catch {
    return undefined
  }
}
