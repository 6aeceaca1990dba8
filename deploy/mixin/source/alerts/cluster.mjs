// Alerts about the cluster. Those that Alloy's mixin has keep their names. Nodes are counted by cluster_node_peers: in Alloy
// cluster_node_info doesn't say which cluster it is of.

import { by, COMPONENT, list, NODE } from '../labels.mjs'
import { alert, THE_CLUSTER, THE_NODE } from './rule.mjs'

const CONFLICTS = 'cluster_node_gossip_received_events_total{event="node_conflict"}'

/** @param {import('./rule.mjs').Options} options */
export function clusterAlerts(options) {
  const cluster = options.cluster
  const node = [...new Set([...cluster, ...NODE])]
  const seenByNode = by('sum', node, 'cluster_node_peers')
  const on = `on ${list(cluster)}`
  return {
    name: 'skein_clustering',
    rules: [
      {
        name: 'ClusterNotConverging',
        // Of each state apart: nodes that disagree about who is leaving see equally many peers.
        expr: by(
          'max',
          cluster,
          `
  ${by('max', [...cluster, 'state'], 'cluster_node_peers')}
    - ${by('min', [...cluster, 'state'], 'cluster_node_peers')}
`,
        ).concat(' > 0'),
        wait: '10m',
        severity: 'warning',
        summary: 'The nodes of a cluster do not agree about their peers.',
        description: `The nodes of ${THE_CLUSTER} have seen different peers for 10 minutes; the counts differ by {{ $value }}. Targets may be scraped twice or not at all. Look at the peers by state, and at the gossip transport, of each node.`,
        runbook: 'troubleshooting.md#not-converging',
      },
      {
        name: 'ClusterNodeCountMismatch',
        expr: `${seenByNode} != ${on} group_left () ${by('count', cluster, seenByNode)}`,
        wait: '15m',
        severity: 'warning',
        summary: 'A node sees more or fewer peers than there are nodes.',
        description: `${THE_NODE} of ${THE_CLUSTER} sees {{ $value }} nodes, and another number of nodes tells its metrics. With fewer peers than nodes the cluster has split: compare the addresses to join, and whether nodes reach each other. With more, the metrics of a node are missing.`,
        runbook: 'troubleshooting.md#split-brain',
      },
      {
        name: 'ClusterNodeUnhealthy',
        expr: `${by('max', node, 'cluster_node_gossip_health_score')} > 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'A node does not keep up with the pings of its peers.',
        description: `The health score of ${THE_NODE} of ${THE_CLUSTER} has been above 0 (best) for 10 minutes; it is {{ $value }}. Its pings are not answered in time: look at its CPU and at its network.`,
        runbook: 'troubleshooting.md#unhealthy-node',
      },
      {
        name: 'ClusterNodeNameConflict',
        // The window is shorter than the wait, so that a pod that took the name of one that had just gone is no conflict.
        expr: `${by('sum', node, `increase(${CONFLICTS}[5m])`)} > 0
or
${by('max', node, 'cluster_node_name_conflict')} > 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'Two nodes of a cluster have the same name.',
        description: `${THE_NODE} of ${THE_CLUSTER} hears of two nodes with one name. One of them does no shared work, or both do the same. Give each a --cluster.node-name of its own.`,
        runbook: 'troubleshooting.md#name-conflict',
      },
      {
        name: 'ClusterNodeStuckTerminating',
        expr: `${by('sum', node, 'cluster_node_peers{state="terminating"}')} > 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'A node has been leaving for a long time.',
        description: `${THE_NODE} of ${THE_CLUSTER} has seen {{ $value }} nodes that are leaving for 10 minutes. Find out whether those processes still run, and whether this one hears from its peers.`,
        runbook: 'troubleshooting.md#stuck-terminating',
      },
      {
        name: 'ClusterConfigurationDrift',
        // Of nodes in a cluster alone, named or not: agents that share nothing may run what they like.
        expr: by(
          'count',
          cluster,
          by(
            'max',
            [...cluster, 'sha256'],
            `
  alloy_config_hash and on ${list(NODE)} cluster_node_peers
`,
          ),
        ).concat(' > 1'),
        wait: '5m',
        severity: 'warning',
        summary: 'The nodes of a cluster run different configurations.',
        description: `The nodes of ${THE_CLUSTER} run {{ $value }} different configurations: targets that they see differently are scraped twice or not at all. Find the node that did not get or did not take the new one.`,
        runbook: 'troubleshooting.md#configuration-drift',
      },
      {
        name: 'ClusterTooSmall',
        expr: `${by('min', node, 'cluster_ready_for_traffic')} == 0`,
        wait: '5m',
        severity: 'critical',
        summary: 'A cluster has fewer nodes than it waits for, and scrapes nothing.',
        description: `${THE_NODE} of ${THE_CLUSTER} takes no shared work, because there are fewer nodes than --cluster.wait-for-size asks for. Start the missing nodes, or ask for fewer.`,
        runbook: 'troubleshooting.md#too-small',
      },
      {
        name: 'ClusterNodeHoldsBack',
        // The other two reasons have alerts of their own.
        expr: `${by('max', [...node, 'reason'], 'cluster_node_hold{reason!~"too-small|name-conflict"}')} > 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'A node takes no shared work.',
        description: `${THE_NODE} of ${THE_CLUSTER} has taken no shared work for 10 minutes, for this reason: {{ $labels.reason }}. Its log tells which addresses it tries to join and how that goes.`,
        runbook: 'troubleshooting.md#not-converging',
      },
      {
        name: 'ClusterLamportClockStuck',
        // It advances with each exchange of whole states, twice a minute; less often among many nodes.
        expr: `${by('max', NODE, 'changes(cluster_node_lamport_time[15m])')} == 0
and on ${list(NODE)}
${by('sum', NODE, 'cluster_node_peers{state!="viewer"}')} > 1`,
        wait: '10m',
        severity: 'warning',
        summary: 'A node hears nothing new from its peers.',
        description: `The logical clock of ${THE_NODE} ({{ $labels.job }}) stands still although it has peers: it does not hear what they tell. Look at its gossip transport, and whether its peers can reach its address.`,
        runbook: 'troubleshooting.md#lamport-clock',
      },
      {
        name: 'ClusterPeersRefused',
        expr: `${by('sum', [...node, 'reason'], 'rate(cluster_auth_refusals_total[5m])')} > 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'A node refuses requests of peers for their token.',
        description: `${THE_NODE} of ${THE_CLUSTER} keeps refusing requests of peers, for this reason: {{ $labels.reason }}. Compare the secrets of the nodes, and their clocks when tokens are expired; without either, somebody else is knocking.`,
        runbook: 'clustering.md#who-may-join',
      },
      {
        name: 'ClusterTargetsUnscraped',
        expr: `${sharedTargets(cluster)} > 0`,
        wait: '15m',
        severity: 'critical',
        summary: 'Targets of a shared job are scraped by no node.',
        description: `{{ $value }} targets of {{ $labels.component_id }} in ${THE_CLUSTER} have been scraped by nobody for 15 minutes. Either nodes do not agree about who is there, or the metrics of a node are missing, or nodes see different labels on the same targets.`,
        runbook: 'troubleshooting.md#not-converging',
      },
      {
        name: 'ClusterTargetsScrapedTwice',
        expr: `0 - (
  ${sharedTargets(cluster)}
) > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Targets of a shared job are scraped by several nodes.',
        description: `The nodes of ${THE_CLUSTER} scrape {{ $value }} more targets of {{ $labels.component_id }} than there are. Either the cluster has split, or nodes see different labels on the same targets, such as their own host name.`,
        runbook: 'troubleshooting.md#split-brain',
      },
    ].map((rule) => alert(/** @type {any} */ (rule), options)),
  }
}

/**
 * How many of a job's targets no node scrapes; below 0: how many are scraped twice. What there is, is what the node with the longest
 * list says; Alloy's nodes don't tell their share of it, but what they scrape.
 * @param {readonly string[]} cluster
 * @param {string} nodes matchers for all metrics
 * @param {string} members matchers for those that have the cluster's name
 */
export function sharedTargets(cluster, nodes = '', members = nodes) {
  const job = [...cluster, ...COMPONENT]
  const select = (name, ...matchers) => `${name}{${matchers.filter(Boolean).join(', ')}}`.replace('{}', '')
  const share = (matcher) => select('prometheus_scrape_targets_by_share', matcher, nodes)
  const member = by('max', [...new Set([...NODE, ...cluster])], select('cluster_node_peers', members))
  const inCluster = `* on ${list(NODE)} group_left (cluster_name) (0 * ${member} + 1)`
  const own = `
    ${share('share="local"')}
      or on ${list(NODE, COMPONENT)} ${select('prometheus_scrape_targets_gauge', nodes)}
  `
  return `${by('max', job, `sum without (share) (${share('share!="duplicate"')}) ${inCluster}`)}
  - ${by('sum', job, `(${own}) ${inCluster}`)}`
}
