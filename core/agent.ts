/**
 * One agent: the only place that knows every domain and passes data between them. Puts together timers, metrics, the graph
 * with its components, and the HTTP app; starts nothing until it is told to, and owns no policy of its own.
 */
import type { Peer } from './cluster/peer.ts'
import { createPeering, type Peering } from './cluster/peering.ts'
import type { ClusterOptions } from './cluster/settings.ts'
import { COMPONENTS, IMPORTS } from './components/index.ts'
import { IDENTITY, LIVE, OWNERSHIP, REPORTS, SCRAPE } from './components/lent.ts'
import { remoteConfigSettings } from './components/remotecfg.ts'
import { type ConvertedLoadOptions, loadConverted } from './convert/load.ts'
import { messageOf } from './errors.ts'
import { type ClusterMember, createFleet } from './fleet/fleet.ts'
import type { LoadedConfig } from './fleet/node-report.ts'
import { createReports } from './fleet/reports.ts'
import type { Stability } from './graph/component.ts'
import { createGraph } from './graph/graph.ts'
import type { HttpSettings } from './graph/http-settings.ts'
import { provide } from './graph/lent.ts'
import type { LoggingSettings } from './graph/logging.ts'
import { createRemoteSource } from './graph/remote-source.ts'
import { readSources } from './graph/sources.ts'
import { createApp, type Readiness } from './http/app.ts'
import { createHttpAuth } from './http/auth.ts'
import { withMemoryAddress } from './http/memory.ts'
import type { Pages } from './http/pages.ts'
import { type SetTls, serverTls } from './http/server-tls.ts'
import { MAX_PLAIN_BODY_BYTES } from './limits.ts'
import { createLive } from './live/live.ts'
import { createAloneOwnership } from './ownership/alone.ts'
import { createShares } from './ownership/shares.ts'
import type { RecordedOwnership } from './ownership/types.ts'
import type { Connection, Ports } from './ports.ts'
import { createRemoteConfig } from './remote-config/remote-config.ts'
import { createBodies } from './scrape/bodies.ts'
import { scheduleSeed } from './scrape/schedule.ts'
import { standardLibraryOf } from './syntax/stdlib.ts'
import type { Logger } from './telemetry/logger.ts'
import { processMetrics } from './telemetry/process-metrics.ts'
import { createRegistry } from './telemetry/registry.ts'
import { createSlices } from './time/slices.ts'
import { createTimers } from './time/timers.ts'

export interface AgentOptions {
  /** A configuration file, or a directory of *.alloy files. */
  readonly configPath: string
  /** The configuration is one file in another format than Alloy's, and is converted whenever it is loaded. */
  readonly convert?: ConvertedLoadOptions
  /** host:port that the adapter listens at, for people. */
  readonly listenAddress: string
  /** host:port under which exporters inside the agent are scraped without a socket. */
  readonly memoryAddress: string
  readonly uiPathPrefix: string
  /** Each component may keep files in `<storagePath>/<component id>`. */
  readonly storagePath: string
  readonly stability: Stability
  /** How long a component that is stopped may take before it is given up, in ms; 10 minutes unless told. */
  readonly componentShutdownDeadlineMs?: number
  readonly logger: Logger
  /** Told of the `logging` block's settings whenever a configuration takes effect. */
  readonly onLogging?: (settings: LoggingSettings) => void
  /** The cluster to be a node of; undefined for a process on its own. */
  readonly cluster?: ClusterOptions
  /** Makes the server that the adapter listens with speak TLS, or plain HTTP again; rejects when that can't be. */
  readonly setTls?: SetTls
  /** The built pages; without them there is the API alone. */
  readonly pages?: Pages
  readonly version: string
}

/** `text`: all diagnostics with their lines of source, ready to be printed. */
export type LoadOutcome = { readonly ok: true } | { readonly ok: false; readonly text: string }

export interface Agent {
  /** Loads the configuration and starts its components; changes nothing when it has any problem. */
  load(): Promise<LoadOutcome>
  /** The same again, while running. */
  reload(): Promise<LoadOutcome>
  /** Answers an HTTP request; `connection` is undefined for requests from inside the process, who are asked for no password. */
  fetch(request: Request, connection?: Connection): Response | Promise<Response>
  /** From now on `/-/ready` says so. */
  start(): void
  /** Flushes and ends everything; resolves within seconds whatever receivers and targets do. */
  stop(): Promise<void>
}

export function createAgent(options: AgentOptions, ports: Ports): Agent {
  const { logger, version } = options
  const { clock, host } = ports
  const timers = createTimers(clock)
  const registry = createRegistry()
  processMetrics(registry, host, version)

  const slices = createSlices(clock)
  const reports = createReports()
  const live = createLive(clock, ports.random)
  const peering =
    options.cluster && createPeering(options.cluster, ports, { timers, log: logger, metrics: registry, version })
  const ownership = createOwnership(options.cluster?.nodeName ?? host.hostname)

  const inside: Ports = {
    ...ports,
    http: withMemoryAddress(ports.http, options.memoryAddress, (request) => app.fetch(request)),
  }
  const library = standardLibraryOf(host, version)
  const applyTls = serverTls(ports.files, options.setTls)
  const stopping = new AbortController()
  const auth = createHttpAuth({
    http: ports.http,
    files: ports.files,
    clock,
    log: logger,
    isPeer: peering?.isPeer,
    stopping: stopping.signal,
  })
  const remote = createRemoteSource({
    create: (settings) =>
      createRemoteConfig(settings, {
        ports,
        timers,
        log: logger,
        metrics: registry,
        storagePath: options.storagePath,
        version,
        userAgent: `skein/${version}`,
        shutdown: stopping.signal,
      }),
    load: (text) => graph.loadRemote(text),
    log: logger,
  })
  const graph = createGraph({
    definitions: COMPONENTS,
    imports: IMPORTS,
    remote: { decode: remoteConfigSettings, source: remote },
    ports: inside,
    timers,
    log: logger,
    metrics: registry,
    storagePath: options.storagePath,
    stability: options.stability,
    clusterName: options.cluster?.clusterName ?? '',
    applyHttp,
    globals: library.values,
    deprecated: library.deprecated,
    experimental: library.experimental,
    services: [
      provide(SCRAPE, {
        bodies: createBodies(ports.codecs, MAX_PLAIN_BODY_BYTES),
        scheduleSeed: scheduleSeed(host.hostname),
        clusterScheduleSeed: scheduleSeed(`cluster ${options.cluster?.clusterName ?? ''}`),
        hashSeed: Math.floor(ports.random.next() * 0x1_0000_0000),
        slices,
      }),
      provide(OWNERSHIP, ownership),
      provide(REPORTS, reports),
      provide(LIVE, live),
      provide(IDENTITY, {
        userAgent: `skein/${version}`,
        hostname: host.hostname,
        memoryAddress: options.memoryAddress,
        exposeMetrics: () => registry.expose(),
      }),
    ],
    onLiveDebugging: ({ enabled }) => live.setEnabled(enabled),
    ...(options.onLogging === undefined ? {} : { onLogging: options.onLogging }),
    ...(options.componentShutdownDeadlineMs === undefined
      ? {}
      : { shutdownDeadlineMs: options.componentShutdownDeadlineMs }),
  })

  let config: LoadedConfig = { sha256: '', loaded: undefined }
  let started = false
  let looking = false

  function createOwnership(self: string): RecordedOwnership {
    if (peering === undefined) return createAloneOwnership(self)
    const shares = createShares({ cluster: peering.cluster, clock, timers, slices, self })
    peering.shareComputedBy(() => shares.settled())
    return shares
  }

  function readiness(): Readiness {
    if (stopping.signal.aborted) return { ok: false, reasons: ['it is shutting down'] }
    if (config.loaded === undefined) return { ok: false, reasons: ['the configuration is not loaded yet'] }
    if (!started) return { ok: false, reasons: ['it is starting'] }
    const problems = peering?.cluster.problems() ?? []
    return problems.length === 0 ? { ok: true } : { ok: false, reasons: problems }
  }

  async function applyHttp(settings: HttpSettings): Promise<string | undefined> {
    let undoAuth: () => void
    try {
      undoAuth = auth.use(settings.auth)
    } catch (error) {
      return messageOf(error)
    }
    const problem = await applyTls(settings)
    if (problem !== undefined) {
      undoAuth()
      return problem
    }
    peering?.servesTls(settings.tls !== undefined)
    return undefined
  }

  async function load(): Promise<LoadOutcome> {
    lookForPeers()
    peering?.reload()
    const read = await readConfiguration()
    if (!read.ok) {
      graph.unreadable()
      return { ok: false, text: `Error: ${read.message}\n` }
    }
    const result = await graph.load(read.sources)
    if (!result.ok) return { ok: false, text: result.text }
    config = { sha256: result.sha256, loaded: clock.now() }
    peering?.cluster.setConfigHash(result.sha256)
    return { ok: true }
  }

  async function readConfiguration(): ReturnType<typeof readSources> {
    const { configPath, convert, cluster } = options
    if (convert === undefined) return readSources(ports.files, configPath)
    return loadConverted(
      ports.files,
      configPath,
      { ...convert, clustered: cluster !== undefined, turn: () => clock.turn() },
      logger,
    )
  }

  /** Finding peers takes as long as loading does, or longer: both at the same time. */
  function lookForPeers(): void {
    if (looking || peering === undefined) return
    looking = true
    peering.cluster.start().catch((error) => logger.error('the cluster failed', { err: messageOf(error) }))
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await remote.stop()
    // What is this node's goes on being scraped until the others had time to take it over.
    await peering?.cluster.handOver()
    await graph.stop()
    await peering?.cluster.leave()
    peering?.close()
  }

  /** What the API shows without a cluster: as Alloy does. */
  const alone: Peer = {
    name: host.hostname,
    address: `127.0.0.1:${portOf(options.listenAddress)}`,
    state: 'participant',
    self: true,
    suspect: false,
    meta: undefined,
  }

  const fleet = createFleet({
    clock,
    timers,
    slices,
    host,
    version,
    cluster: peering && clusterSource(options.cluster as ClusterOptions, peering),
    alone,
    config: () => config,
    reports,
    ownership,
    sourcesOf: (id) => graph.sourcesOf(id),
    stopping: stopping.signal,
  })

  const app = createApp({
    metrics: registry,
    ready: readiness,
    reload: load,
    components: () => graph.components(),
    componentHandler: (id) => graph.http(id),
    uiPathPrefix: options.uiPathPrefix,
    cluster: {
      transport: peering && ((request, connection) => peering.answer(request, connection)),
      peers: () => peering?.cluster.peers() ?? [alone],
    },
    web: {
      info: (id) => graph.info(id),
      component: (id) => graph.component(id),
      live,
      clock,
      timers,
      stopping: stopping.signal,
    },
    fleet,
    ...(options.pages === undefined ? {} : { pages: options.pages }),
    auth: auth.middleware,
    log: logger,
  })

  return {
    load,
    reload: load,
    fetch: (request, connection) => app.fetch(request, { connection }),
    start() {
      started = true
      peering?.cluster.participate()
    },
    stop,
  }
}

function clusterSource({ nodeName, clusterName, address }: ClusterOptions, { cluster, ask }: Peering): ClusterMember {
  return { nodeName, clusterName, address, cluster, ask }
}

function portOf(listenAddress: string): string {
  return listenAddress.slice(listenAddress.lastIndexOf(':') + 1)
}
