/**
 * One agent: the only place that knows every domain and passes data between them. Puts together timers, metrics, the graph
 * with its components, and the HTTP app; starts nothing until it is told to, and owns no policy of its own.
 */
import { COMPONENTS } from './components/index.ts'
import { IDENTITY, SCRAPE } from './components/lent.ts'
import type { Stability } from './graph/component.ts'
import { createGraph } from './graph/graph.ts'
import { provide } from './graph/lent.ts'
import type { LoggingSettings } from './graph/logging.ts'
import { readSources } from './graph/sources.ts'
import { createApp, type Readiness } from './http/app.ts'
import { withMemoryAddress } from './http/memory.ts'
import { MAX_PLAIN_BODY_BYTES } from './limits.ts'
import type { Connection, Ports } from './ports.ts'
import { createBodies } from './scrape/bodies.ts'
import { scheduleSeed } from './scrape/schedule.ts'
import { createStandardLibrary } from './syntax/stdlib.ts'
import type { Logger } from './telemetry/logger.ts'
import { processMetrics } from './telemetry/process-metrics.ts'
import { createRegistry } from './telemetry/registry.ts'
import { createTimers } from './time/timers.ts'

export interface AgentOptions {
  /** A configuration file, or a directory of *.alloy files. */
  readonly configPath: string
  /** host:port that the adapter listens at, for people. */
  readonly listenAddress: string
  /** host:port under which exporters inside the agent are scraped without a socket. */
  readonly memoryAddress: string
  readonly uiPathPrefix: string
  /** Each component may keep files in `<storagePath>/<component id>`. */
  readonly storagePath: string
  readonly stability: Stability
  readonly logger: Logger
  /** Told of the `logging` block's settings whenever a configuration takes effect. */
  readonly onLogging?: (settings: LoggingSettings) => void
  readonly version: string
}

/** `text`: all diagnostics with their lines of source, ready to be printed. */
export type LoadOutcome = { readonly ok: true } | { readonly ok: false; readonly text: string }

export interface Agent {
  /** Loads the configuration and starts its components; changes nothing when it has any problem. */
  load(): Promise<LoadOutcome>
  /** The same again, while running. */
  reload(): Promise<LoadOutcome>
  /** Answers an HTTP request; `connection` is undefined for requests from inside the process. */
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

  const inside: Ports = {
    ...ports,
    http: withMemoryAddress(ports.http, options.memoryAddress, (request) => app.fetch(request)),
  }
  const library = createStandardLibrary({
    environment: new Map(Object.entries(host.env)),
    constants: { hostname: host.hostname, os: host.os, arch: host.arch, version: `v${version}` },
  })
  const graph = createGraph({
    definitions: COMPONENTS,
    ports: inside,
    timers,
    log: logger,
    metrics: registry,
    storagePath: options.storagePath,
    stability: options.stability,
    globals: library.values,
    deprecated: library.deprecated,
    services: [
      provide(SCRAPE, {
        bodies: createBodies(ports.codecs, MAX_PLAIN_BODY_BYTES),
        scheduleSeed: scheduleSeed(host.hostname),
        hashSeed: Math.floor(ports.random.next() * 0x1_0000_0000),
      }),
      provide(IDENTITY, {
        userAgent: `skein/${version}`,
        hostname: host.hostname,
        memoryAddress: options.memoryAddress,
        exposeMetrics: () => registry.expose(),
      }),
    ],
    ...(options.onLogging === undefined ? {} : { onLogging: options.onLogging }),
  })

  let loaded = false
  let started = false
  let stopping = false

  function readiness(): Readiness {
    if (stopping) return { ok: false, reasons: ['it is shutting down'] }
    if (!loaded) return { ok: false, reasons: ['the configuration is not loaded yet'] }
    return started ? { ok: true } : { ok: false, reasons: ['it is starting'] }
  }

  async function load(): Promise<LoadOutcome> {
    const read = await readSources(ports.files, options.configPath)
    if (!read.ok) {
      graph.unreadable()
      return { ok: false, text: `Error: ${read.message}\n` }
    }
    const result = await graph.load(read.sources)
    if (result.ok) loaded = true
    return result.ok ? { ok: true } : { ok: false, text: result.text }
  }

  const app = createApp({
    metrics: registry,
    ready: readiness,
    reload: load,
    components: () => graph.components(),
    componentHandler: (id) => graph.http(id),
    uiPathPrefix: options.uiPathPrefix,
    version,
    log: logger,
  })

  return {
    load,
    reload: load,
    fetch: (request, connection) => app.fetch(request, { connection }),
    start() {
      started = true
    },
    async stop() {
      stopping = true
      await graph.stop()
    },
  }
}
