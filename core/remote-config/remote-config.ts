/**
 * Configuration from a server: looks for it at intervals, hands each new text on, keeps the last good one on disk, and tells
 * the server how it went. Owns that loop. Knows nothing of what is in a configuration; who runs it says whether it could be loaded.
 *
 * Follows Alloy's remotecfg. An unreachable server never keeps the agent from starting or from loading its own configuration.
 */
import { messageOf } from '../errors.ts'
import { createOutbound } from '../outbound/outbound.ts'
import type { Clock, Files, Host, HttpClients, Random } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import { type ConfigCache, createConfigCache } from './cache.ts'
import { RESERVED_ATTRIBUTES, type RemoteConfigOptions } from './config.ts'
import { contentHash, identityHash } from './content-hash.ts'
import { createFetching, type Fetching, type Received } from './fetching.ts'
import { remoteConfigMetrics } from './metrics.ts'
import { createReport } from './report.ts'
import { collectorId } from './seed.ts'

export interface RemoteConfigSurroundings {
  readonly ports: {
    readonly http: HttpClients
    readonly files: Files
    readonly clock: Clock
    readonly random: Random
    readonly host: Host
  }
  readonly timers: Timers
  readonly log: Logger
  readonly metrics: MetricScope
  /** The id is in `<storagePath>/alloy_seed.json`, the last good configuration in `<storagePath>/remotecfg/`. */
  readonly storagePath: string
  /** Without a leading `v`. */
  readonly version: string
  readonly userAgent: string
  /** Has aborted by the time that `run`'s signal does when the whole agent ends: the server is told that it goes. */
  readonly shutdown?: AbortSignal
}

/** `message`: all that is wrong with the text, for people; it goes to the server as well. */
export type LoadedRemoteConfig = { readonly ok: true } | { readonly ok: false; readonly message: string }

export interface RemoteConfig {
  /**
   * The text to begin with: of the server, or, when it can't be asked, the last good one of the disk; undefined when there is
   * neither. Takes 20 s at most; when `signal` aborts the server counts as away. Never rejects; the same when called again.
   */
  first(signal: AbortSignal): Promise<string | undefined>
  /**
   * Until `signal` aborts: calls `changed` with the text of `first`, and then with every other one that the server gives, one
   * after the other. `changed` loads it or leaves everything as it was; loading what runs already must change nothing. Called
   * once at most; never rejects.
   */
  run(signal: AbortSignal, changed: (text: string) => Promise<LoadedRemoteConfig>): Promise<void>
  /** Plain data without secrets. */
  debugInfo(): unknown
  /** For one that is not run (any more). */
  close(): void
}

type Changed = (text: string) => Promise<LoadedRemoteConfig>

/** Collectors that were started together don't stay so. */
const JITTER_MS = 100

/** Throws a CodedError when TLS files can't be read or used, or when the host can't honour an option. Asks nothing yet. */
export function createRemoteConfig(options: RemoteConfigOptions, surroundings: RemoteConfigSurroundings): RemoteConfig {
  const { ports, timers, log, storagePath, version } = surroundings
  const { clock, files } = ports
  const outbound = createOutbound(options.client, { http: ports.http, files, clock, timers })
  const scope = surroundings.metrics.scope({})
  const metrics = remoteConfigMetrics(scope)
  const report = createReport()

  let id = options.id
  let fetching: Fetching | undefined
  let cache: ConfigCache | undefined
  let opening: Promise<Received | undefined> | undefined
  /** What is in force. */
  let loaded: Received | undefined
  let lastError = ''
  let lastContact: number | undefined
  let closed = false

  function localAttributes(): Record<string, string> {
    const own = { os: ports.host.os, version: `v${version}` }
    const entries = Object.entries(own).map(([name, value]) => [`${RESERVED_ATTRIBUTES}${name}`, value])
    return { ...options.attributes, ...Object.fromEntries(entries) }
  }

  async function open(signal: AbortSignal): Promise<Received | undefined> {
    id ??= await collectorId({ files, clock, log, storagePath, version })
    const identity = [
      options.url,
      id,
      options.name,
      Object.entries(options.attributes).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]
    cache = createConfigCache(files, `${storagePath}/remotecfg/${identityHash(identity)}`, log)
    const caller = { outbound, clock, url: options.url, userAgent: surroundings.userAgent }
    const { name } = options
    fetching = createFetching({ caller, id, name, localAttributes: localAttributes(), report, metrics, clock, log })
    const found = await look(fetching, signal, 'failed to fetch remote config, falling back to cache')
    if (found !== undefined || (lastError === '' && !signal.aborted)) return found
    return kept()
  }

  async function kept(): Promise<Received | undefined> {
    const text = await cache?.read()
    return text === undefined ? undefined : { text, hash: contentHash(text) }
  }

  /** A new text of the server, if there is one. */
  async function look(from: Fetching, signal: AbortSignal, otherwise: string): Promise<Received | undefined> {
    const fetched = await from.fetch(signal)
    if (signal.aborted && fetched.kind === 'failed') return undefined
    if (fetched.kind === 'failed') {
      lastError = fetched.message
      log.error(otherwise, { id, err: fetched.message })
      return undefined
    }
    lastError = ''
    lastContact = clock.now()
    return fetched.kind === 'new' ? fetched.received : undefined
  }

  function begin(signal: AbortSignal): Promise<Received | undefined> {
    opening ??= open(signal)
    return opening
  }

  async function run(signal: AbortSignal, changed: Changed): Promise<void> {
    const found = await begin(signal)
    const from = fetching as Fetching
    if (found !== undefined && !signal.aborted) await applyFirst(found, found === from.received, changed)
    while (!signal.aborted) {
      await from.tell(signal)
      await timers.sleep(options.pollFrequencyMs + JITTER_MS * (2 * ports.random.next() - 1), signal)
      if (signal.aborted) break
      const next = await look(from, signal, 'failed to fetch remote config, continuing with current config')
      if (next !== undefined && !signal.aborted) await apply(next, true, changed)
      else if (lastError === '' && loaded !== undefined && loaded.text === from.received?.text) {
        metrics.lastLoadSuccessful.set(1)
      }
    }
    if (surroundings.shutdown?.aborted) await from.unregister()
    close()
  }

  /** With a bad one from the server the last good one is better than none. */
  async function applyFirst(found: Received, ofServer: boolean, changed: Changed): Promise<void> {
    if ((await apply(found, ofServer, changed)) || !ofServer) return
    const other = await kept()
    if (other !== undefined && other.text !== found.text) await apply(other, false, changed)
  }

  /** `ofServer`: the server is told how it went, and a good one is kept. */
  async function apply(next: Received, ofServer: boolean, changed: Changed): Promise<boolean> {
    const { text, hash } = next
    if (text === loaded?.text) {
      if (ofServer) report.set('APPLIED')
      metrics.lastLoadSuccessful.set(1)
      return true
    }
    const facts = { config_hash: hash, config_size: text.length, from: ofServer ? 'server' : 'cache' }
    if (ofServer) report.set('APPLYING')
    const result = await loadBy(changed, text)
    if (!result.ok) {
      log.error('failed to load remote configuration; what runs goes on', { ...facts, err: result.message })
      if (ofServer) {
        report.set('FAILED', result.message)
        metrics.lastLoadSuccessful.set(0)
      }
      return false
    }
    log.info('successfully loaded remote configuration', facts)
    loaded = next
    report.inForce(text)
    metrics.loaded(hash)
    if (!ofServer) return true
    report.set('APPLIED')
    metrics.lastLoadSuccessful.set(1)
    await cache?.write(text)
    return true
  }

  function close(): void {
    if (closed) return
    closed = true
    outbound.close()
    scope.close()
  }

  return {
    first: async (signal) => (await begin(signal))?.text,
    run,
    debugInfo: () => ({
      url: withoutUser(options.url),
      id: id ?? '',
      status: report.status,
      problem: report.message,
      lastError,
      lastContact: lastContact === undefined ? '' : new Date(lastContact).toISOString(),
      loadedHash: loaded?.hash ?? '',
      receivedHash: fetching?.received?.hash ?? '',
    }),
    close,
  }
}

async function loadBy(changed: Changed, text: string): Promise<LoadedRemoteConfig> {
  try {
    return await changed(text)
  } catch (error) {
    return { ok: false, message: messageOf(error) }
  }
}

function withoutUser(url: string): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  shown.search = ''
  return shown.href
}
