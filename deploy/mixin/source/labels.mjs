// The labels that tell clusters, nodes and components apart, and the pieces of PromQL that are made of them.
//
// `cluster`, `namespace`, `job` and `instance` come from whoever scrapes the nodes; the first two only where there are any: a label
// that isn't there counts as empty everywhere in PromQL, so that nothing here has to ask for Kubernetes.

/** One process. */
export const NODE = ['cluster', 'namespace', 'job', 'instance']
/** A component, summed over the nodes that run it. */
export const COMPONENT = ['component_path', 'component_id']
/** One endpoint of one prometheus.remote_write on one node. */
export const ENDPOINT = [...NODE, ...COMPONENT, 'remote_name', 'url']
/** Prometheus itself has metrics of these names, without a component. */
export const OURS = 'component_id!=""'

/** @param {readonly string[]} names */
export function list(...names) {
  return `(${[...new Set(names.flat())].join(', ')})`
}

/**
 * An aggregation, such as `sum by (job) (up)`.
 * @param {'sum' | 'max' | 'min' | 'count'} how
 * @param {readonly string[]} labels
 * @param {string} expression
 */
export function by(how, labels, expression) {
  return `${how} by ${list(labels)} (${expression})`
}
