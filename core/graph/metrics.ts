/**
 * The metrics of the component graph and of configuration loading, under Alloy's names. Listed here, counted
 * elsewhere.
 */
import type { Counter, Family, Gauge, Histogram, MetricScope } from '../telemetry/registry.ts'

/** Alloy's buckets, in seconds. */
const SECONDS: readonly number[] = [0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600]

export interface GraphMetrics {
  /** 1 while arguments are evaluated, be it for a load or because exports changed. */
  readonly evaluating: Gauge
  /** Components by how they are. */
  readonly components: Family<Gauge>
  /** Evaluating one component: its expressions, decoding, building or updating it. */
  readonly evaluationSeconds: Histogram
  /** Seconds spent in evaluations of a minute or more, by component. */
  readonly slowSeconds: Family<Counter>
  /** From the change of an export to the evaluation of who refers to it. */
  readonly dependenciesWaitSeconds: Histogram
  /** Components whose exports changed and whose dependants haven't been looked at. */
  readonly queueSize: Gauge
  /** 1 for each reference from one component to another. */
  readonly connections: Family<Gauge>
  /** 1 for the configuration that runs. */
  readonly configHash: Family<Gauge>
  readonly lastLoadSuccessful: Gauge
  readonly lastLoadSuccessTimestamp: Gauge
  readonly loadFailures: Counter
}

/** `clusterName` stands on the hash alone: Alloy's alert for nodes that drift apart compares hashes by it. */
export function graphMetrics(metrics: MetricScope, clusterName: string): GraphMetrics {
  const graph = metrics.scope({ controller_path: '/', controller_id: '' })
  const config = clusterName === '' ? metrics : metrics.scope({ cluster_name: clusterName })
  return {
    evaluating: graph.gauge(
      'alloy_component_controller_evaluating',
      'Whether arguments of components are being evaluated right now.',
    ),
    components: graph.gauges('alloy_component_controller_running_components', 'Components by health.', ['health_type']),
    evaluationSeconds: graph.histogram(
      'alloy_component_evaluation_seconds',
      'Seconds that evaluating one component took.',
      SECONDS,
    ),
    slowSeconds: graph.counters(
      'alloy_component_evaluation_slow_seconds',
      'Seconds spent in evaluations that took a minute or longer.',
      ['component_id'],
    ),
    dependenciesWaitSeconds: graph.histogram(
      'alloy_component_dependencies_wait_seconds',
      'Seconds from the change of an export to the evaluation of a component that refers to it.',
      SECONDS,
    ),
    queueSize: graph.gauge(
      'alloy_component_evaluation_queue_size',
      'Components with changed exports whose dependants are still to be evaluated.',
    ),
    connections: graph.gauges('alloy_component_graph_connection', 'References between components: from refers to to.', [
      'from',
      'to',
    ]),
    configHash: config.gauges('alloy_config_hash', 'Hash of the configuration that runs.', ['sha256']),
    lastLoadSuccessful: metrics.gauge(
      'alloy_config_last_load_successful',
      'Whether the last attempt to load a configuration succeeded.',
    ),
    lastLoadSuccessTimestamp: metrics.gauge(
      'alloy_config_last_load_success_timestamp_seconds',
      'Unix time of the last successful load of a configuration.',
    ),
    loadFailures: metrics.counter('alloy_config_load_failures_total', 'Attempts to load a configuration that failed.'),
  }
}
