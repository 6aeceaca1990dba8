/**
 * One node of a cluster put together for production: its transport over HTTP/2, its proof of membership, its metrics. Owns the
 * wiring; the agent hands it requests and is handed back a Cluster.
 */
import type { Connection, HeaderField, HttpFailure, HttpResponse, Monotonic, Ports } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'
import { createAuth } from './auth.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { createClusterEndpoints } from './endpoints.ts'
import { createHttpTransport } from './http-transport.ts'
import { clusterMetrics, updateMetrics } from './metrics.ts'
import { createNode } from './node.ts'
import { createQuestions } from './questions.ts'
import type { ClusterOptions } from './settings.ts'
import { timing } from './timing.ts'
import { createTransportMetrics } from './transport-metrics.ts'

export interface PeeringDeps {
  readonly timers: Timers
  readonly log: Logger
  readonly metrics: MetricScope
  readonly version: string
}

export interface Peering {
  readonly cluster: Cluster
  /** Answers a request of a peer. */
  answer(request: Request, connection: Connection | undefined): Promise<Response>
  /**
   * Asks whoever is at this address for something of its HTTP API, as this cluster's nodes do: over HTTP/2, with its TLS and the
   * proof that this node knows its secret. `path` is absolute. Never rejects; an answer has at most MAX_ANSWER_BYTES.
   */
  ask(address: PeerAddress, path: string, deadline: Monotonic): Promise<HttpResponse | HttpFailure>
  /** Whether this Authorization header is a peer's; undefined when peers needn't prove anything. */
  readonly isPeer: ((authorization: string) => Promise<boolean>) | undefined
  /** What is asked when this node has become participant: resolves when its share is computed. */
  shareComputedBy(computed: () => Promise<void>): void
  /** Whether the own server speaks TLS from now on: half of a cluster's TLS is worse than none. */
  servesTls(tls: boolean): void
  /** Secrets are read again. */
  reload(): void
  /** After the cluster was left. */
  close(): void
}

/** A peer that doesn't even accept a connection within this time is as good as gone for now. */
const CONNECT_MS = 1_000

export function createPeering(options: ClusterOptions, ports: Ports, deps: PeeringDeps): Peering {
  const { clock, random, host } = ports
  const { timers } = deps
  const log = deps.log.with({ service: 'cluster' })
  const scope = deps.metrics.scope({ cluster_name: options.clusterName })
  const metrics = createTransportMetrics(scope)
  const { updateSeconds } = updateMetrics(scope)
  const { nodeName, clusterName } = options
  const auth =
    options.auth && createAuth({ ...options.auth, nodeName, clusterName }, { clock, files: ports.files, log })
  const { tls } = options
  const open = () => ports.peers.open({ connectTimeoutMs: CONNECT_MS, ...(tls === undefined ? {} : { tls }) })
  const scheme = tls === undefined ? 'http' : 'https'
  const headers = auth && (async (): Promise<readonly HeaderField[]> => [['Authorization', await auth.authorization()]])
  const transport = createHttpTransport({
    client: open(),
    scheme,
    clock,
    metrics,
    ...(headers === undefined ? {} : { headers }),
  })
  const questions = createQuestions({ open, scheme, headers: headers ?? (async () => []), timers })
  let shareComputed = (): Promise<void> => Promise.resolve()
  let servedTls: boolean | undefined

  const cluster = createCluster(
    {
      node: {
        name: nodeName,
        address: options.address,
        label: clusterName,
        meta: {
          version: deps.version,
          runtime: host.runtime,
          configHash: '',
          started: Math.floor(host.startTimeSeconds),
        },
        timing: timing(options.probeIntervalMs),
      },
      join: options.join,
      gate: options.gate,
    },
    {
      clock,
      timers,
      random,
      transport,
      log,
      createNode,
      discover: options.discover,
      isOwn: (address) => options.ownAddresses.has(address),
      shareComputed: () => shareComputed(),
      updated: (seconds) => updateSeconds.observe(seconds),
    },
  )
  clusterMetrics(scope, cluster, options.gate.minimum, auth)
  const endpoints = createClusterEndpoints({ receiver: cluster, timers, metrics })

  return {
    cluster,
    async answer(request, connection) {
      const verdict = await auth?.verify(request.headers.get('authorization') ?? undefined, connection?.remoteAddress)
      if (verdict === undefined || verdict.ok) return endpoints.serve(request, connection)
      const headers = { 'content-type': 'text/plain; charset=UTF-8', 'www-authenticate': 'Bearer' }
      return new Response(`${verdict.text}\n`, { status: 401, headers })
    },
    ask: questions.ask,
    isPeer: auth && ((authorization) => auth.knows(authorization)),
    shareComputedBy(computed) {
      shareComputed = computed
    },
    servesTls(serves) {
      if (serves === servedTls) return
      servedTls = serves
      if (serves && tls === undefined) {
        log.warn('the server speaks TLS and this node connects to peers without: set --cluster.enable-tls')
      } else if (!serves && tls !== undefined) {
        log.warn(
          'this node connects to peers by TLS and its own server speaks none: add http { tls { … } } to the configuration',
        )
      }
    },
    reload: () => auth?.reload(),
    close() {
      endpoints.close()
      questions.close()
      auth?.close()
      scope.close()
    },
  }
}
