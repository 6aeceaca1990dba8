// Who is in the cluster, whether they agree, and how the work is shared.

import { sharedTargets } from '../alerts/cluster.mjs'
import { CLUSTER_NAME, dashboard, JOBS, OF_CLUSTER, row, WHERE } from '../dashboard.mjs'
import { by, list, NODE } from '../labels.mjs'
import { graph, query, stat, table, timeline } from '../panels.mjs'

const MEMBERS = `${JOBS}, ${OF_CLUSTER}`
const PEERS = `cluster_node_peers{${MEMBERS}}`
const SEEN = by('sum', [...NODE, 'cluster_name'], PEERS)
/** Shows what belongs to chosen clusters only, of metrics without the cluster's name. */
const HERE = `and on ${list(NODE)} ${PEERS}`
/** The address that Grafana makes of the clicked row, the variables and the chosen time. */
const NODE_PAGE = [
  '/d/skein-cluster-node?var-instance=$',
  '{__data.fields.instance}&$',
  '{datasource:queryparam}&$',
  '{cluster:queryparam}&$',
  '{namespace:queryparam}&$',
  '{job:queryparam}&$',
  '{__url_time_range}',
].join('')
const CONVERGED = /** @type {const} */ ({ 0: ['Converged', 'green'], 1: ['Not converged', 'red'] })

/** @param {readonly string[]} cluster labels that make two nodes members of the same cluster */
export function clusterOverview(cluster) {
  const count = by('count', cluster, SEEN)
  const on = `on ${list(cluster)}`
  /** 0 while all nodes see the same peers, and as many as there are nodes. */
  const disagreement = `clamp_max(
  ${by('max', cluster, `${by('max', [...cluster, 'state'], PEERS)} - ${by('min', [...cluster, 'state'], PEERS)}`)}
    + ${by('max', cluster, `abs(${SEEN} - ${on} group_left () ${count})`)},
  1
)`
  return dashboard({
    uid: 'skein-cluster-overview',
    title: 'Cluster Overview',
    description: 'Who is in the cluster, whether the nodes agree about it, and how they share the work.',
    variables: [...WHERE, CLUSTER_NAME],
    rows: [
      row('Cluster', [
        stat({
          title: 'Nodes',
          description: 'Nodes of the chosen clusters whose metrics are collected.',
          unit: 'none',
          query: query(`count(${SEEN})`),
        }),
        stat({
          title: 'Convergence state',
          description: 'Whether all nodes see the same peers in the same states, and as many as there are nodes.',
          unit: 'none',
          query: query(`max(${disagreement})`),
          words: CONVERGED,
        }),
        stat({
          title: 'Nodes that hold back',
          description:
            'Nodes that take no shared work now: still joining, in too small a cluster, or with the name of another one.',
          unit: 'none',
          query: query(`sum(cluster_node_hold{${MEMBERS}})`),
          badFrom: 1,
        }),
        stat({
          title: 'Configurations',
          description: 'Different configurations that the nodes run; more than 1 per cluster is drift.',
          unit: 'none',
          query: query(
            `max(${by('count', cluster, by('max', [...cluster, 'sha256'], `alloy_config_hash{${JOBS}} ${HERE}`))})`,
          ),
          badFrom: 2,
        }),
        stat({
          title: 'Name conflicts',
          description: 'Nodes that know of another live node with their own name.',
          unit: 'none',
          query: query(`sum(cluster_node_name_conflict{${MEMBERS}})`),
          badFrom: 1,
        }),
        stat({
          title: 'Targets that nobody scrapes',
          description:
            'Of shared jobs: targets on the longest list less those that nodes scrape. Moves for moments while nodes come and go.',
          unit: 'none',
          query: query(`sum(clamp_min(${sharedTargets(cluster, JOBS, MEMBERS)}, 0))`),
          badFrom: 1,
        }),
        table({
          title: 'Node table',
          description: 'Each node as it describes itself. Choose one to see its gossip.',
          key: 'instance',
          height: 8,
          columns: [
            { name: 'Info', expr: by('max', ['instance', 'state', 'cluster_name'], `cluster_node_info{${MEMBERS}}`) },
            { name: 'Peers', expr: by('max', ['instance'], SEEN) },
            { name: 'Health score', expr: by('max', ['instance'], `cluster_node_gossip_health_score{${MEMBERS}}`) },
            { name: 'Targets', expr: by('sum', ['instance'], `prometheus_scrape_targets_gauge{${JOBS}} ${HERE}`) },
            {
              name: 'Up since',
              unit: 'dateTimeFromNow',
              expr: `1000 * ${by('max', ['instance'], `alloy_resources_process_start_time_seconds{${JOBS}} ${HERE}`)}`,
            },
          ],
          labels: { state: 'State', cluster_name: 'Cluster' },
          hidden: ['Value #A'],
          links: [
            {
              title: 'The gossip of this node',
              url: NODE_PAGE,
            },
          ],
        }),
      ]),
      row('Convergence', [
        timeline({
          title: 'Convergence state timeline',
          description: 'When the nodes of each cluster agreed about their peers.',
          queries: [query(disagreement, '{{cluster_name}} {{job}}')],
          words: CONVERGED,
        }),
        graph({
          title: 'Peers seen by each node',
          description:
            'All lines lie on each other while the nodes agree. The minimum size is what shared work waits for.',
          unit: 'none',
          width: 12,
          queries: [
            query(SEEN, '{{instance}}'),
            query(`max(cluster_minimum_size{${MEMBERS}})`, 'minimum size'),
            query(`count(${SEEN})`, 'nodes with metrics'),
          ],
        }),
        graph({
          title: 'Peers by state',
          description: 'How many peers are in which state, by what most nodes see.',
          unit: 'none',
          width: 12,
          queries: [query(`quantile by (state) (0.5, ${PEERS})`, '{{state}}')],
        }),
      ]),
      row('Shared work', [
        graph({
          title: 'Targets by node',
          description: 'Targets that each node scrapes.',
          unit: 'none',
          stacked: true,
          width: 12,
          queries: [query(by('sum', ['instance'], `prometheus_scrape_targets_gauge{${JOBS}} ${HERE}`), '{{instance}}')],
        }),
        graph({
          title: 'Moved targets',
          description: 'Targets that went from a node to another one, per second.',
          unit: 'cps',
          width: 12,
          queries: [
            query(
              by('sum', ['instance'], `rate(prometheus_scrape_targets_moved_total{${JOBS}}[$__rate_interval]) ${HERE}`),
              '{{instance}}',
            ),
          ],
        }),
        graph({
          title: 'Targets held or duplicate',
          description:
            'Held: this node may not scrape them now, and nobody says that another one does. Duplicate: an earlier target has the same labels.',
          unit: 'none',
          width: 12,
          queries: [
            query(
              by(
                'sum',
                ['instance', 'share'],
                `prometheus_scrape_targets_by_share{${JOBS}, share=~"held|duplicate"} ${HERE}`,
              ),
              '{{instance}} {{share}}',
            ),
          ],
        }),
        graph({
          title: 'Targets without a node, or with several',
          description: 'Above 0: how many targets of a job no node scrapes. Below 0: how many are scraped twice.',
          unit: 'none',
          width: 12,
          queries: [query(sharedTargets(cluster, JOBS, MEMBERS), '{{component_id}}')],
        }),
      ]),
    ],
  })
}
