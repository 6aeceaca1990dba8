// One node's view of the cluster: what it hears, what it says, and how that goes.

import { CLUSTER_NAME, dashboard, MEMBER, NODES, OF_CLUSTER, row, WHERE } from '../dashboard.mjs'
import { graph, query, stat } from '../panels.mjs'

const MEMBERS = `${NODES}, ${OF_CLUSTER}`

const bySum = (labels, expression) => `sum by (${labels}) (${expression})`
const rate = (name, matchers = '') => `rate(${name}{${MEMBERS}${matchers && `, ${matchers}`}}[$__rate_interval])`
const perNode = (name) => bySum('instance', rate(name))

/** How much of what was tried went well. */
function successRate(failed, tried) {
  return `1 - ${perNode(failed)} / ${perNode(tried)}`
}

export const clusterNode = dashboard({
  uid: 'skein-cluster-node',
  title: 'Cluster Node',
  description: 'What one node sees of its cluster, and how its gossip goes.',
  variables: [...WHERE, CLUSTER_NAME, MEMBER],
  rows: [
    row('Node', [
      stat({
        title: 'Lamport clock',
        description:
          'Logical clock of the state messages. Advances with every exchange; if it stands still, this node hears nothing.',
        unit: 'none',
        query: query(`max by (instance) (cluster_node_lamport_time{${NODES}})`, '{{instance}}'),
      }),
      stat({
        title: 'Observers',
        description: 'Components that follow the changes of peers.',
        unit: 'none',
        query: query(`max by (instance) (cluster_node_update_observers{${MEMBERS}})`, '{{instance}}'),
      }),
      stat({
        title: 'Health score',
        description: 'How well it keeps up with pings; 0 is best. Above 0: too little CPU, or a bad network.',
        unit: 'none',
        query: query(`max by (instance) (cluster_node_gossip_health_score{${MEMBERS}})`, '{{instance}}'),
        badFrom: 1,
      }),
      stat({
        title: 'Protocol version',
        description: 'Version of the gossip protocol; the same on all nodes.',
        unit: 'none',
        query: query(`max by (instance) (cluster_node_gossip_proto_version{${MEMBERS}})`, '{{instance}}'),
      }),
      stat({
        title: 'Ready for traffic',
        description: 'Whether there are enough nodes for shared work.',
        unit: 'none',
        query: query(`min by (instance) (cluster_ready_for_traffic{${MEMBERS}})`, '{{instance}}'),
        words: { 0: ['Too small', 'red'], 1: ['Ready', 'green'] },
      }),
      stat({
        title: 'Holds back because',
        description: 'Why it takes no shared work: no reason is best.',
        unit: 'none',
        query: query(`sum by (instance, reason) (cluster_node_hold{${MEMBERS}})`, '{{reason}}'),
        badFrom: 1,
      }),
    ]),
    row('Gossip', [
      graph({
        title: 'Gossip ops/s',
        description:
          'What arrives by gossip, per second. node_conflict must be 0; merge_remote_state goes on as long as peers talk.',
        unit: 'ops',
        queries: [
          query(bySum('instance, event', rate('cluster_node_gossip_received_events_total')), '{{instance}} {{event}}'),
        ],
      }),
      graph({
        title: 'Known peers',
        description: 'Members that are alive or under suspicion, and all that are remembered, the dead included.',
        unit: 'none',
        queries: [
          query(`max by (instance) (cluster_node_gossip_alive_peers{${MEMBERS}})`, '{{instance}} alive'),
          query(`max by (instance) (cluster_node_gossip_known_peers{${MEMBERS}})`, '{{instance}} remembered'),
        ],
      }),
      graph({
        title: 'Peers by state',
        description: 'Peers as this node sees them. Terminating ones should be gone within seconds.',
        unit: 'none',
        stacked: true,
        queries: [query(`sum by (instance, state) (cluster_node_peers{${MEMBERS}})`, '{{instance}} {{state}}')],
      }),
      graph({
        title: 'Lamport clock rate',
        description:
          'How fast the logical clock advances. A line at 0 among others that move: that node hears nothing.',
        unit: 'cps',
        queries: [
          query(`max by (instance) (rate(cluster_node_lamport_time{${NODES}}[$__rate_interval]))`, '{{instance}}'),
        ],
      }),
      graph({
        title: 'Broadcasts',
        description: 'States passed on per second, and what still waits to be passed on.',
        unit: 'none',
        queries: [
          query(
            bySum('instance, event', rate('cluster_node_gossip_broadcasts_total')),
            '{{instance}} {{event}} per second',
          ),
          query(`max by (instance) (cluster_node_gossip_queued_broadcasts{${MEMBERS}})`, '{{instance}} waiting'),
        ],
      }),
      graph({
        title: 'Time to tell a change of peers',
        description: 'How long it took to tell all components that peers came or went: 99 of 100 took less.',
        unit: 's',
        queries: [
          query(
            `histogram_quantile(0.99, ${bySum('instance, le', rate('cluster_node_update_duration_seconds_bucket'))})`,
            '{{instance}}',
          ),
        ],
      }),
    ]),
    row('Gossip Transport', [
      graph({
        title: 'Packet bandwidth',
        description: 'Gossip packets: bytes received, and sent (below 0).',
        unit: 'Bps',
        queries: [
          query(perNode('cluster_transport_rx_bytes_total'), '{{instance}} received'),
          query(`-1 * ${perNode('cluster_transport_tx_bytes_total')}`, '{{instance}} sent'),
        ],
      }),
      graph({
        title: 'Packet write success rate',
        description: 'Share of packets that a peer has taken. Below 1: some peer is not reachable.',
        unit: 'percentunit',
        max: 1,
        queries: [
          query(
            successRate('cluster_transport_tx_packets_failed_total', 'cluster_transport_tx_packets_total'),
            '{{instance}}',
          ),
        ],
      }),
      graph({
        title: 'Pending packet queue',
        description: 'Packets that wait to be sent or to be worked on. Should be near 0.',
        unit: 'none',
        queries: [
          query(`max by (instance) (cluster_transport_tx_packet_queue_length{${MEMBERS}})`, '{{instance}} to send'),
          query(`max by (instance) (cluster_transport_rx_packet_queue_length{${MEMBERS}})`, '{{instance}} received'),
        ],
      }),
      graph({
        title: 'Stream bandwidth',
        description: 'Exchanges of whole states: bytes received, and sent (below 0).',
        unit: 'Bps',
        queries: [
          query(perNode('cluster_transport_stream_rx_bytes_total'), '{{instance}} received'),
          query(`-1 * ${perNode('cluster_transport_stream_tx_bytes_total')}`, '{{instance}} sent'),
        ],
      }),
      graph({
        title: 'Stream success rate',
        description: 'Share of reads and writes on streams that went well.',
        unit: 'percentunit',
        max: 1,
        queries: [
          query(
            successRate(
              'cluster_transport_stream_tx_packets_failed_total',
              'cluster_transport_stream_tx_packets_total',
            ),
            '{{instance}} writes',
          ),
          query(
            successRate(
              'cluster_transport_stream_rx_packets_failed_total',
              'cluster_transport_stream_rx_packets_total',
            ),
            '{{instance}} reads',
          ),
        ],
      }),
      graph({
        title: 'Open streams',
        description: 'Streams open now, in both directions.',
        unit: 'none',
        queries: [query(`max by (instance) (cluster_transport_streams{${MEMBERS}})`, '{{instance}}')],
      }),
    ]),
    row('Joining', [
      graph({
        title: 'Attempts to join',
        description: 'Peers asked to join, by how it went. Failures alone: the addresses to join lead nowhere.',
        unit: 'ops',
        queries: [query(bySum('instance, result', rate('cluster_join_attempts_total')), '{{instance}} {{result}}')],
      }),
      graph({
        title: 'Refused for their token',
        description: 'Requests of peers that were refused, by what was wrong with their token. Empty without a secret.',
        unit: 'reqps',
        queries: [query(bySum('instance, reason', rate('cluster_auth_refusals_total')), '{{instance}} {{reason}}')],
      }),
      graph({
        title: 'Senseless packets',
        description: 'Packets dropped because they made no sense, by reason. Empty while there are none.',
        unit: 'pps',
        queries: [
          query(bySum('instance, reason', rate('cluster_node_malformed_packets_total')), '{{instance}} {{reason}}'),
        ],
      }),
    ]),
  ],
})
