/** When the alerts about the nodes of a cluster fire, and when not. */
import { A, B, C, type Case, fires, peers, series, silent } from './case.ts'

const CONFLICTS = 'cluster_node_gossip_received_events_total'
const CONFLICT = { ...A, event: 'node_conflict' }

export const CLUSTER: readonly Case[] = [
  fires('ClusterNotConverging', 'nodes see different peers', 20, [...peers(A, '3x60'), ...peers(B, '2x60')], {}),
  fires(
    'ClusterNotConverging',
    'nodes see equally many, in different states',
    20,
    [...peers(A, '3x60'), ...peers(B, '2x60', '1x60')],
    {},
  ),
  silent('ClusterNotConverging', 'all see the same', 20, [...peers(A, '3x60'), ...peers(B, '3x60')]),
  silent('ClusterNotConverging', 'they differed for five minutes', 14, [
    ...peers(A, '3x60'),
    ...peers(B, '3x9 2x4 3x60'),
  ]),
  silent('ClusterNotConverging', 'there is one node', 20, peers(A, '1x60')),
  silent('ClusterNotConverging', 'they are of different clusters', 20, [
    ...peers({ ...A, namespace: 'x' }, '3x60'),
    ...peers({ ...B, namespace: 'y' }, '2x60'),
  ]),
  silent('ClusterNotConverging', 'the one that saw less is gone', 30, [
    ...peers(A, '3x60'),
    ...peers(B, '2x5 stale', '0x5 stale').slice(1),
  ]),

  fires(
    'ClusterNodeCountMismatch',
    'a cluster has split',
    30,
    [...peers(A, '2x60'), ...peers(B, '2x60'), ...peers(C, '1x60')],
    A,
    B,
    C,
  ),
  fires(
    'ClusterNodeCountMismatch',
    'the metrics of a node are missing',
    30,
    [...peers(A, '3x60'), ...peers(B, '3x60')],
    A,
    B,
  ),
  silent('ClusterNodeCountMismatch', 'all are there', 30, [
    ...peers(A, '2x60', '1x60'),
    ...peers(B, '3x60'),
    ...peers(C, '3x60'),
  ]),
  silent('ClusterNodeCountMismatch', 'there is one node', 30, peers(A, '1x60')),
  silent('ClusterNodeCountMismatch', 'a node came, and took some minutes', 10, [
    ...peers(A, '1x10 2x60'),
    ...peers(B, '_x5 2x60').slice(1),
  ]),

  fires(
    'ClusterNodeUnhealthy',
    'the score stays above 0',
    20,
    [series('cluster_node_gossip_health_score', A, '2x60'), series('cluster_node_gossip_health_score', B, '0x60')],
    A,
  ),
  silent('ClusterNodeUnhealthy', 'it recovers', 20, [series('cluster_node_gossip_health_score', A, '2x14 0 2x60')]),

  fires('ClusterNodeNameConflict', 'conflicts go on', 30, [series(CONFLICTS, CONFLICT, '0+2x60')], A),
  fires('ClusterNodeNameConflict', 'a node says so', 30, [series('cluster_node_name_conflict', A, '1x60')], A),
  silent('ClusterNodeNameConflict', 'a name was taken over', 19, [
    series(CONFLICTS, CONFLICT, '0x9 6x60'),
    series('cluster_node_name_conflict', A, '0x60'),
  ]),
  silent('ClusterNodeNameConflict', 'a name is being taken over', 14, [series(CONFLICTS, CONFLICT, '0x9 6x60')]),
  silent('ClusterNodeNameConflict', 'there was one long ago', 30, [series(CONFLICTS, CONFLICT, '6x60')]),
  silent('ClusterNodeNameConflict', 'other things happen', 30, [
    series(CONFLICTS, { ...A, event: 'node_join' }, '0+1x60'),
  ]),

  fires(
    'ClusterNodeStuckTerminating',
    'a node goes on leaving',
    20,
    [...peers(A, '2x60', '1x60'), ...peers(B, '3x60')],
    A,
  ),
  silent('ClusterNodeStuckTerminating', 'it is gone after some minutes', 11, peers(A, '2x60', '0x5 1x5 0x60')),

  fires(
    'ClusterConfigurationDrift',
    'two nodes run different ones',
    20,
    [
      ...peers(A, '2x60'),
      ...peers(B, '2x60'),
      series('alloy_config_hash', { ...A, sha256: 'x' }, '1x60'),
      series('alloy_config_hash', { ...B, sha256: 'y' }, '1x60'),
    ],
    {},
  ),
  silent('ClusterConfigurationDrift', 'they run the same', 20, [
    ...peers(A, '2x60'),
    ...peers(B, '2x60'),
    series('alloy_config_hash', { ...A, sha256: 'x' }, '1x60'),
    series('alloy_config_hash', { ...B, sha256: 'x' }, '1x60'),
  ]),
  silent('ClusterConfigurationDrift', 'a new one arrives within minutes', 13, [
    ...peers(A, '2x60'),
    ...peers(B, '2x60'),
    series('alloy_config_hash', { ...A, sha256: 'x' }, '1x9 stale'),
    series('alloy_config_hash', { ...A, sha256: 'y' }, '_x9 1x60'),
    series('alloy_config_hash', { ...B, sha256: 'x' }, '1x13 stale'),
    series('alloy_config_hash', { ...B, sha256: 'y' }, '_x13 1x60'),
  ]),
  silent('ClusterConfigurationDrift', 'they are in no cluster', 20, [
    series('alloy_config_hash', { ...A, sha256: 'x' }, '1x60'),
    series('alloy_config_hash', { ...B, sha256: 'y' }, '1x60'),
  ]),

  fires(
    'ClusterTooSmall',
    'a node is not ready for traffic',
    20,
    [series('cluster_ready_for_traffic', A, '0x60'), series('cluster_ready_for_traffic', B, '1x60')],
    A,
  ),
  silent('ClusterTooSmall', 'it was for some minutes', 3, [series('cluster_ready_for_traffic', A, '0x3 1x60')]),

  fires(
    'ClusterNodeHoldsBack',
    'it goes on joining',
    20,
    [series('cluster_node_hold', { ...A, reason: 'joining' }, '1x60')],
    { ...A, reason: 'joining' },
  ),
  silent('ClusterNodeHoldsBack', 'it has just begun to join, or another alert tells the reason', 20, [
    series('cluster_node_hold', { ...A, reason: 'joining' }, '0x12 1x60'),
    series('cluster_node_hold', { ...A, reason: 'too-small' }, '1x60'),
    series('cluster_node_hold', { ...A, reason: 'name-conflict' }, '1x60'),
  ]),

  fires(
    'ClusterLamportClockStuck',
    'it stands still among peers',
    40,
    [
      ...peers(A, '2x60'),
      ...peers(B, '2x60'),
      series('cluster_node_lamport_time', A, '7x60'),
      series('cluster_node_lamport_time', B, '7+2x60'),
    ],
    A,
  ),
  silent('ClusterLamportClockStuck', 'it advances', 40, [
    ...peers(A, '2x60'),
    series('cluster_node_lamport_time', A, '7+2x60'),
  ]),
  silent('ClusterLamportClockStuck', 'the node has just started', 40, [
    ...peers(A, '2x60'),
    series('cluster_node_lamport_time', A, '_x35 7x60'),
  ]),
  silent('ClusterLamportClockStuck', 'there are no peers', 40, [
    ...peers(A, '1x60'),
    series('cluster_node_lamport_time', A, '7x60'),
  ]),

  fires(
    'ClusterPeersRefused',
    'requests go on being refused',
    20,
    [series('cluster_auth_refusals_total', { ...A, reason: 'expired' }, '0+3x60')],
    { ...A, reason: 'expired' },
  ),
  silent('ClusterPeersRefused', 'they were once', 9, [
    series('cluster_auth_refusals_total', { ...A, reason: 'expired' }, '0x5 9x60'),
  ]),
]
