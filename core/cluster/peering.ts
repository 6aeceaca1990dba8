/**
 * One node of a cluster put together for production: its transport over HTTP/2, its proof of membership, its metrics. Owns the
 * wiring; the agent hands it requests and is handed back a Cluster.
 */
import type { Connection, Ports } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import { createAuth } from './auth.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { createClusterEndpoints } from './endpoints.ts'
import { createHttpTransport } from './http-transport.ts'
import { clusterMetrics, updateMetrics } from './metrics.ts'
import { createNode } from './node.ts'
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
  const transport = createHttpTransport({
    client: ports.peers.open({ connectTimeoutMs: CONNECT_MS, ...(tls === undefined ? {} : { tls }) }),
    scheme: tls === undefined ? 'http' : 'https',
    clock,
    metrics,
    ...(auth === undefined ? {} : { headers: async () => [['Authorization', await auth.authorization()] as const] }),
  })
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
      auth?.close()
      scope.close()
    },
  }
}
