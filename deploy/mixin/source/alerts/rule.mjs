// How an alert is written down: everything that it must have is an argument.

/**
 * @typedef {object} Options
 * @property {readonly string[]} cluster labels that make two nodes members of the same cluster
 * @property {string} docs where the documentation is, without a slash at the end
 */

/**
 * @param {object} from
 * @param {string} from.name
 * @param {string} from.expr
 * @param {string | undefined} [from.wait] how long it must hold, such as `10m`; at once unless told
 * @param {'warning' | 'critical'} from.severity critical: samples are lost, or nobody scrapes
 * @param {string} from.summary what is wrong, in a few words
 * @param {string} from.description what it means and what to do
 * @param {string} from.runbook page and anchor in the documentation
 * @param {Options} options
 */
export function alert({ name, expr, wait, severity, summary, description, runbook }, options) {
  return {
    alert: name,
    expr: expr.trim(),
    ...(wait === undefined ? {} : { for: wait }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `${options.docs}/${runbook}` },
  }
}

/** For annotations: which cluster, and which node of it. */
export const THE_CLUSTER =
  '{{ with $labels.cluster_name }}cluster {{ . }}{{ else }}cluster without a name{{ end }}{{ with $labels.job }} ({{ . }}){{ end }}'
export const THE_NODE = '{{ $labels.instance }}'
export const THE_COMPONENT = '{{ $labels.component_id }} on {{ $labels.instance }}'
export const THE_ENDPOINT = '{{ $labels.component_id }} on {{ $labels.instance }}, endpoint {{ $labels.url }},'
