/**
 * The metrics of a node of a cluster, under Alloy's names, so that Grafana's dashboards and alerts for clustering work. All carry the
 * cluster's name, which Alloy leaves out on some. Packets and streams are transport-metrics.ts's.
 */
import type { Counter, Histogram, MetricScope } from '../telemetry/registry.ts'
import type { Auth, Refusal } from './auth.ts'
import type { Cluster } from './cluster.ts'
import type { GossipEvent } from './node.ts'
import type { NodeState } from './wire/types.ts'

export interface ClusterMetrics {
  /** One round of telling all who follow the peers. */
  readonly updateSeconds: Histogram
}

/** Go's default buckets, in seconds. */
const SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const STATES: readonly NodeState[] = ['viewer', 'participant', 'terminating']
const EVENTS: readonly GossipEvent[] = [
  'state_change_message',
  'unknown_message',
  'get_local_state',
  'merge_remote_state',
  'node_join',
  'node_leave',
  'node_update',
  'node_conflict',
]
const REFUSALS: readonly Refusal[] = ['missing', 'malformed', 'signature', 'expired', 'other-cluster']
/** Of memberlist, as Alloy speaks it. */
const PROTOCOL_VERSION = 2

/** `scope` has the constant label `cluster_name`. */
export function updateMetrics(scope: MetricScope): ClusterMetrics {
  return {
    updateSeconds: scope.histogram(
      'cluster_node_update_duration_seconds',
      'Seconds that telling a change of peers to all who follow them took.',
      SECONDS,
    ),
  }
}

/** Reads everything when the metrics are collected. */
export function clusterMetrics(
  scope: MetricScope,
  cluster: Cluster,
  minimumSize: number,
  auth: Auth | undefined,
): void {
  const info = scope.gauges('cluster_node_info', 'State of this node: 1 for the one it is in.', ['state'])
  const peers = scope.gauges('cluster_node_peers', 'Known peers by state, this node included.', ['state'])
  const events = scope.counters('cluster_node_gossip_received_events_total', 'What arrived by gossip.', ['event'])
  const broadcasts = scope
    .counters('cluster_node_gossip_broadcasts_total', 'States passed on after they arrived by gossip.', ['event'])
    .with('state_change_message')
  const joins = scope.counters('cluster_join_attempts_total', 'Peers asked to join, by how it went.', ['result'])
  const malformed = scope.counters('cluster_node_malformed_packets_total', 'Packets dropped as senseless, by reason.', [
    'reason',
  ])
  const gauge = (name: string, help: string) => scope.gauge(name, help)
  const alive = gauge('cluster_node_gossip_alive_peers', 'Members alive or under suspicion, this node included.')
  const known = gauge('cluster_node_gossip_known_peers', 'Members remembered, the dead included.')
  const health = gauge('cluster_node_gossip_health_score', 'How well this node keeps up; 0 is best.')
  const version = gauge('cluster_node_gossip_proto_version', 'Version of the gossip protocol.')
  const queued = gauge('cluster_node_gossip_queued_broadcasts', 'Broadcasts still to be gossiped.')
  const lamport = gauge('cluster_node_lamport_time', "The node's logical clock.")
  const updating = gauge('cluster_node_updating', 'Whether a change of peers is being told right now.')
  const observers = gauge('cluster_node_update_observers', 'Those who follow the peers.')
  const ready = gauge('cluster_ready_for_traffic', 'Whether the cluster is large enough for clustered work.')
  const minimum = gauge('cluster_minimum_size', 'Peers that clustered work waits for.')
  const conflict = gauge('cluster_node_name_conflict', 'Whether another node is alive under the name of this one.')
  const hold = scope.gauges('cluster_node_hold', 'Why this node takes no clustered work: 1 for the reason.', ['reason'])
  const refused = auth && refusedRequests(scope)

  scope.beforeCollect(() => {
    const stats = cluster.stats()
    const policy = cluster.policy()
    const list = cluster.peers()
    const own = list.find(({ self }) => self)?.state
    const counts: Record<NodeState, number> = { viewer: 0, participant: 0, terminating: 0 }
    for (const { state } of list) counts[state]++
    for (const state of STATES) {
      peers.with(state).set(counts[state])
      if (state === (own ?? 'viewer')) info.with(state).set(1)
      else info.remove(state)
    }
    for (const event of EVENTS) events.with(event).set(stats.events[event])
    broadcasts.set(stats.broadcasts)
    joins.with('success').set(policy.joins.success)
    joins.with('failure').set(policy.joins.failure)
    for (const [reason, count] of stats.malformed) malformed.with(reason).set(count)
    alive.set(stats.aliveMembers)
    known.set(stats.knownMembers)
    health.set(stats.healthScore)
    version.set(PROTOCOL_VERSION)
    queued.set(stats.queuedBroadcasts)
    lamport.set(Number(stats.lamportTime))
    updating.set(policy.updating ? 1 : 0)
    observers.set(policy.observers)
    ready.set(policy.readyForTraffic ? 1 : 0)
    minimum.set(minimumSize)
    conflict.set(cluster.conflict() === undefined ? 0 : 1)
    const held = cluster.hold()?.kind
    for (const reason of ['joining', 'too-small', 'name-conflict']) hold.with(reason).set(reason === held ? 1 : 0)
    for (const [reason, counter] of refused ?? []) counter.set(auth?.refusals().get(reason) ?? 0)
  })
}

function refusedRequests(scope: MetricScope): ReadonlyMap<Refusal, Counter> {
  const family = scope.counters('cluster_auth_refusals_total', 'Requests of peers refused for their token.', ['reason'])
  return new Map(REFUSALS.map((reason) => [reason, family.with(reason)]))
}
