/**
 * Asking the server: registers the collector, fetches its configuration, tells how that did. Owns what has been said to the
 * server and what it said last; what becomes of a configuration is decided elsewhere. Never rejects.
 */
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type Caller, type CallResult, call } from './connect.ts'
import { contentHash } from './content-hash.ts'
import {
  type Attributes,
  type ConfigAnswer,
  decodeConfigAnswer,
  encodeConfigRequest,
  encodeRegistration,
  encodeUnregistration,
} from './messages.ts'
import type { RemoteConfigMetrics } from './metrics.ts'
import type { Report } from './report.ts'

export interface Received {
  readonly text: string
  readonly hash: string
}

/** `same`: nothing that the last one hasn't said. */
export type Fetched =
  | { readonly kind: 'new'; readonly received: Received }
  | { readonly kind: 'same' }
  | { readonly kind: 'failed'; readonly message: string }

export interface Fetching {
  fetch(signal: AbortSignal): Promise<Fetched>
  /** Says what `report` has to say, if anything; its loss is made up for by the next one. */
  tell(signal: AbortSignal): Promise<void>
  /** The collector goes away. */
  unregister(): Promise<void>
  /** The last text that the server sent, and its hash as metrics show it. */
  readonly received: Received | undefined
}

export interface FetchingOptions {
  readonly caller: Caller
  readonly id: string
  readonly name: string
  readonly localAttributes: Attributes
  readonly report: Report
  readonly metrics: RemoteConfigMetrics
  readonly clock: Clock
  readonly log: Logger
}

/** Shorter than the shortest interval between two looks. */
const REQUEST_MS = 10_000
/** Nobody waits longer for an agent that ends. */
const FAREWELL_MS = 1_000
/** Of a server's hash, which goes back with every request; a longer one is passed over. */
const MAX_HASH_CHARACTERS = 1_024

export function createFetching(options: FetchingOptions): Fetching {
  const { caller, id, name, localAttributes, report, metrics, clock, log } = options
  let registered = false
  let hash = ''
  let received: Received | undefined

  async function register(signal: AbortSignal): Promise<CallResult> {
    const body = encodeRegistration({ id, name, localAttributes })
    const result = await call(caller, 'RegisterCollector', body, REQUEST_MS, signal)
    registered = result.ok
    return result
  }

  async function getConfig(
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly answer: ConfigAnswer } | (CallResult & { readonly ok: false })> {
    const from = clock.monotonic()
    const body = encodeConfigRequest({ id, localAttributes, hash, ...report.take() })
    const result = await call(caller, 'GetConfig', body, REQUEST_MS, signal)
    if (!result.ok) {
      report.lost()
      // It has forgotten us: it will be told anew.
      if (result.code === 'not_found') registered = false
      return result
    }
    metrics.requestSeconds.observe((clock.monotonic() - from) / 1000)
    try {
      return { ok: true, answer: decodeConfigAnswer(result.body) }
    } catch (error) {
      report.lost()
      return { ok: false, code: 'unknown', message: `GetConfig: the answer can't be read: ${messageOf(error)}` }
    }
  }

  function failed(message: string): Fetched {
    metrics.loadFailures.inc()
    metrics.lastLoadSuccessful.set(0)
    return { kind: 'failed', message }
  }

  async function fetch(signal: AbortSignal): Promise<Fetched> {
    metrics.loadAttempts.inc()
    if (!registered) {
      const result = await register(signal)
      if (!result.ok) {
        // Without any answer there is no use in asking more; a server that refuses this may have a configuration all the same.
        if (result.code === undefined) return failed(result.message)
        log.error('failed to register collector with remote server; it is tried again', { id, err: result.message })
      }
    }
    const result = await getConfig(signal)
    if (!result.ok) return failed(result.message)
    return take(result.answer)
  }

  function take(answer: ConfigAnswer): Fetched {
    if (answer.notModified) {
      metrics.lastLoadNotModified.set(1)
      return { kind: 'same' }
    }
    metrics.lastLoadNotModified.set(0)
    metrics.lastLoadSuccessTimestamp.set(clock.now() / 1000)
    // Neither text nor hash: the server has nothing to say of this collector (yet), or something in between ate it.
    if (answer.content === '' && answer.hash === '') return { kind: 'same' }
    if (answer.hash !== '') hash = answer.hash.length <= MAX_HASH_CHARACTERS ? answer.hash : ''
    if (answer.content === received?.text) return { kind: 'same' }
    received = { text: answer.content, hash: contentHash(answer.content) }
    metrics.received(received.hash)
    return { kind: 'new', received }
  }

  return {
    fetch,
    async tell(signal) {
      if (!registered || signal.aborted || !report.pending()) return
      // What is new in the answer is new at the next look as well: its hash isn't kept.
      const result = await getConfig(signal)
      if (!result.ok) log.debug('telling the remote server about its configuration failed', { err: result.message })
    },
    async unregister() {
      if (!registered) return
      const result = await call(caller, 'UnregisterCollector', encodeUnregistration(id), FAREWELL_MS)
      if (!result.ok) log.warn('failed to unregister collector with remote server', { id, err: result.message })
    },
    get received() {
      return received
    },
  }
}
