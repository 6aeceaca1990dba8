// Configurations and components: what runs, how it is, and how long evaluating takes.

import { dashboard, INSTANCE, NODES, row, WHERE } from '../dashboard.mjs'
import { graph, heatmap, query, stat } from '../panels.mjs'

const COMPONENTS = `alloy_component_controller_running_components{${NODES}}`

function quantile(q, name) {
  return `histogram_quantile(${q}, sum by (le) (rate(${name}_bucket{${NODES}}[$__rate_interval])))`
}

export const controller = dashboard({
  uid: 'skein-controller',
  title: 'Controller',
  description: 'The configuration that runs, the components in it, and how long evaluating them takes.',
  variables: [...WHERE, INSTANCE],
  rows: [
    row('Now', [
      stat({
        title: 'Running nodes',
        description: 'Processes whose metrics are collected.',
        unit: 'none',
        query: query(`count(alloy_build_info{${NODES}})`),
      }),
      stat({
        title: 'Running components',
        description: 'Components of all nodes.',
        unit: 'none',
        query: query(`sum(${COMPONENTS})`),
      }),
      stat({
        title: 'Overall component health',
        description: 'Share of components that are healthy.',
        unit: 'percentunit',
        query: query(`sum(${COMPONENTS.replace('}', ', health_type="healthy"}')}) / sum(${COMPONENTS})`),
        badBelow: 1,
      }),
      stat({
        title: 'Broken configurations',
        description: 'Nodes whose last load failed: they run the last good configuration.',
        unit: 'none',
        query: query(`count(alloy_config_last_load_successful{${NODES}} == 0) or vector(0)`),
        badFrom: 1,
      }),
      stat({
        title: 'Different configurations',
        description: 'Different configurations among the chosen nodes.',
        unit: 'none',
        query: query(`count(count by (sha256) (alloy_config_hash{${NODES}}))`),
      }),
      stat({
        title: 'Last load',
        description: 'When a configuration was last loaded on any of the chosen nodes.',
        unit: 'dateTimeFromNow',
        query: query(`1000 * max(alloy_config_last_load_success_timestamp_seconds{${NODES}})`),
      }),
    ]),
    row('Components', [
      graph({
        title: 'Components by health',
        description: 'Components by what they say about themselves.',
        unit: 'none',
        stacked: true,
        queries: [query(`sum by (health_type) (${COMPONENTS})`, '{{health_type}}')],
      }),
      graph({
        title: 'Unhealthy components by node',
        description: 'Where to look: GET /-/healthy of that node names them.',
        unit: 'none',
        queries: [query(`sum by (instance) (${COMPONENTS.replace('}', ', health_type!="healthy"}')})`, '{{instance}}')],
      }),
      graph({
        title: 'Failed loads',
        description: 'Attempts to load a configuration that failed, per minute.',
        unit: 'cpm',
        queries: [
          query(
            `60 * sum by (instance) (rate(alloy_config_load_failures_total{${NODES}}[$__rate_interval]))`,
            '{{instance}}',
          ),
        ],
      }),
    ]),
    row('Evaluation', [
      graph({
        title: 'Component evaluation rate',
        description: 'How often components are evaluated: at loads, and when what they refer to changes.',
        unit: 'ops',
        queries: [
          query(
            `sum by (instance) (rate(alloy_component_evaluation_seconds_count{${NODES}}[$__rate_interval]))`,
            '{{instance}}',
          ),
        ],
      }),
      graph({
        title: 'Component evaluation time',
        description: 'How long evaluating one component takes.',
        unit: 's',
        queries: [
          query(quantile(0.99, 'alloy_component_evaluation_seconds'), '99 of 100 within'),
          query(quantile(0.5, 'alloy_component_evaluation_seconds'), 'half of them within'),
        ],
      }),
      graph({
        title: 'Slow component evaluation time',
        description: 'Share of the time spent in evaluations of a minute or more, by component. Empty is best.',
        unit: 'percentunit',
        queries: [
          query(
            `sum by (instance, component_id) (rate(alloy_component_evaluation_slow_seconds{${NODES}}[$__rate_interval]))`,
            '{{instance}} {{component_id}}',
          ),
        ],
      }),
      heatmap({
        title: 'Component evaluation histogram',
        description: 'How many evaluations took how long.',
        unit: 's',
        expr: `sum by (le) (increase(alloy_component_evaluation_seconds_bucket{${NODES}}[$__rate_interval]))`,
      }),
      heatmap({
        title: 'Component dependency wait histogram',
        description: 'How long components waited from the change of what they refer to until they were evaluated.',
        unit: 's',
        expr: `sum by (le) (increase(alloy_component_dependencies_wait_seconds_bucket{${NODES}}[$__rate_interval]))`,
      }),
      graph({
        title: 'Evaluation queue',
        description: 'Components with changed exports whose dependants are still to be evaluated.',
        unit: 'none',
        queries: [query(`sum by (instance) (alloy_component_evaluation_queue_size{${NODES}})`, '{{instance}}')],
      }),
    ]),
    row('Remote configuration', [
      graph({
        title: 'Remote configuration loaded',
        description: '1 when the last attempt to fetch and load it succeeded. Empty without a remotecfg block.',
        unit: 'none',
        queries: [query(`min by (instance) (remotecfg_last_load_successful{${NODES}})`, '{{instance}}')],
      }),
      graph({
        title: 'Attempts and failures',
        description: 'Attempts to load a remote configuration per minute, and those that failed.',
        unit: 'cpm',
        queries: [
          query(`60 * sum(rate(remotecfg_load_attempts_total{${NODES}}[$__rate_interval]))`, 'attempts'),
          query(`60 * sum(rate(remotecfg_load_failures_total{${NODES}}[$__rate_interval]))`, 'failures'),
        ],
      }),
      graph({
        title: 'Time to fetch',
        description: 'How long the server of remote configurations took to answer: 99 of 100 within.',
        unit: 's',
        queries: [query(quantile(0.99, 'remotecfg_request_duration_seconds'), '99 of 100 within')],
      }),
    ]),
  ],
})
