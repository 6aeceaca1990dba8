// Alerts about configurations, components and the process. Those that Alloy's mixin has keep their names.

import { by, COMPONENT, NODE } from '../labels.mjs'
import { alert, THE_NODE } from './rule.mjs'

const CONTROLLER = ['controller_path', 'controller_id']

/** @param {import('./rule.mjs').Options} options */
export function controllerAlerts(options) {
  return {
    name: 'skein_controller',
    rules: [
      {
        name: 'ConfigLoadFailed',
        expr: `${by('min', NODE, 'alloy_config_last_load_successful')} == 0`,
        wait: '5m',
        severity: 'warning',
        summary: 'The configuration on disk is broken.',
        description: `${THE_NODE} ({{ $labels.job }}) could not load its configuration and runs the last good one; after a restart it would not start. Its log, and POST /-/reload, tell what is wrong.`,
        runbook: 'operations.md#signals-and-exit-codes',
      },
      {
        name: 'RemoteConfigLoadFailed',
        expr: `${by('min', NODE, 'remotecfg_last_load_successful')} == 0`,
        wait: '10m',
        severity: 'warning',
        summary: 'The remote configuration can not be fetched or loaded.',
        description: `${THE_NODE} ({{ $labels.job }}) has not been able to fetch or load its remote configuration for 10 minutes, and runs the last good one. Its log tells why.`,
        runbook: 'operations.md#logs',
      },
      {
        name: 'SlowComponentEvaluations',
        expr: `${by('sum', [...NODE, ...CONTROLLER, 'component_id'], 'rate(alloy_component_evaluation_slow_seconds[10m])')} > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Evaluations of a component take more than a minute.',
        description: `Evaluating {{ $labels.component_id }} on ${THE_NODE} again and again takes more than a minute: its exports come late to whoever refers to it.`,
        runbook: 'operations.md#sizing',
      },
      {
        name: 'UnhealthyComponents',
        expr: `${by('sum', [...NODE, ...CONTROLLER, 'health_type'], 'alloy_component_controller_running_components{health_type!="healthy"}')} > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Components are not healthy.',
        description: `{{ $value }} components on ${THE_NODE} ({{ $labels.job }}) have been {{ $labels.health_type }} for 15 minutes. GET /-/healthy names them, and the first page shows what they say.`,
        runbook: 'operations.md#endpoints',
      },
      {
        name: 'DiscoveryFailing',
        expr: `${by('sum', [...NODE, ...COMPONENT, 'mechanism'], 'rate(prometheus_sd_refresh_failures_total{component_id!=""}[10m])')} > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Targets can not be discovered.',
        description: `{{ $labels.component_id }} on ${THE_NODE} has failed to look for targets for 15 minutes and goes on with those that it knew. Its log tells why.`,
        runbook: 'operations.md#logs',
      },
      {
        name: 'AgentRestarts',
        expr: `${by('max', NODE, 'changes(alloy_resources_process_start_time_seconds[1h])')} > 3`,
        severity: 'warning',
        summary: 'A node starts again and again.',
        description: `${THE_NODE} ({{ $labels.job }}) has started {{ $value }} times within an hour. Look at the end of the log before each start, and whether its memory is limited too tightly.`,
        runbook: 'operations.md#sizing',
      },
      {
        name: 'AgentEventLoopSlow',
        expr: `histogram_quantile(0.9, ${by('sum', [...NODE, 'le'], 'rate(skein_event_loop_delay_seconds_bucket[5m])')}) > 0.25`,
        wait: '15m',
        severity: 'warning',
        summary: 'A node has more to do than one core can.',
        description: `One in ten things on ${THE_NODE} ({{ $labels.job }}) waits for {{ $value | humanizeDuration }} before its turn. Scrapes are late, and peers may take it for dead. Give it more CPU, or share its work with more nodes.`,
        runbook: 'operations.md#sizing',
      },
    ].map((rule) => alert(/** @type {any} */ (rule), options)),
  }
}
