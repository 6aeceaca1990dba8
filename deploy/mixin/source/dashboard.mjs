// Whole dashboards: the variables at the top, links between them, and panels laid out in rows.

const COLUMNS = 24
const TAG = 'skein-mixin'

/** All jobs that the variables at the top choose, and the nodes of them that are chosen. */
export const JOBS = 'cluster=~"$cluster", namespace=~"$namespace", job=~"$job"'
export const NODES = `${JOBS}, instance=~"$instance"`
/** For metrics that have the cluster's name. */
export const OF_CLUSTER = 'cluster_name=~"$cluster_name"'

/**
 * Variables. Each finds its values among those that the ones before it leave over, and `All` matches a missing label as well.
 * @typedef {{ readonly name: string, readonly label: string, readonly metric: string }} Variable
 */
export const WHERE = [
  { name: 'cluster', label: 'Kubernetes cluster', metric: 'alloy_build_info' },
  { name: 'namespace', label: 'Namespace', metric: 'alloy_build_info' },
  { name: 'job', label: 'Job', metric: 'alloy_build_info' },
]
export const CLUSTER_NAME = { name: 'cluster_name', label: 'Cluster', metric: 'cluster_node_peers' }
export const INSTANCE = { name: 'instance', label: 'Node', metric: 'alloy_build_info' }
export const MEMBER = { name: 'instance', label: 'Node', metric: 'cluster_node_peers' }
export const COMPONENT_PATH = { name: 'component_path', label: 'Module', metric: 'prometheus_forwarded_samples_total' }
export const COMPONENT_ID = {
  name: 'component_id',
  label: 'Component',
  metric: '{__name__=~"prometheus_forwarded_samples_total|prometheus_remote_storage_samples_in_total"}',
}
export const URL = { name: 'url', label: 'Receiver', metric: 'prometheus_remote_storage_samples_total' }

/**
 * @param {string} title
 * @param {readonly import('./panels.mjs').Panel[]} panels from left to right, wrapped where they don't fit
 */
export function row(title, panels) {
  return { title, panels }
}

/**
 * @param {object} from
 * @param {string} from.uid
 * @param {string} from.title
 * @param {string} from.description
 * @param {readonly Variable[]} from.variables
 * @param {readonly ReturnType<typeof row>[]} from.rows
 */
export function dashboard({ uid, title, description, variables, rows }) {
  return {
    uid,
    title: `skein / ${title}`,
    description,
    tags: [TAG],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        type: 'dashboards',
        title: 'skein',
        icon: 'external link',
        tags: [TAG],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
      },
    ],
    annotations: { list: [] },
    templating: { list: [datasource(), ...variables.map(variable)] },
    panels: layOut(rows),
  }
}

/** Places the panels row by row; a line is as high as its highest panel. */
function layOut(rows) {
  const panels = []
  let y = 0
  const id = () => panels.length + 1
  for (const { title, panels: inside } of rows) {
    panels.push({ id: id(), type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] })
    y++
    let [x, high] = [0, 0]
    for (const { width, height, json } of inside) {
      if (x + width > COLUMNS) {
        y += high
        x = high = 0
      }
      panels.push(json({ id: id(), gridPos: { x, y, w: width, h: height } }))
      x += width
      high = Math.max(high, height)
    }
    y += high
  }
  return panels
}

function datasource() {
  return { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', hide: 0, refresh: 1 }
}

function variable({ name, label, metric }, index, all) {
  const chosen = all.slice(0, index).map((other) => `${other.name}=~"$${other.name}"`)
  const selector = metric.endsWith('}')
    ? `${metric.slice(0, -1)}, ${chosen.join(', ')}}`
    : `${metric}{${chosen.join(', ')}}`
  const query = `label_values(${selector}, ${name})`
  return {
    type: 'query',
    name,
    label,
    datasource: { type: 'prometheus', uid: '$datasource' },
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    hide: 0,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  }
}
