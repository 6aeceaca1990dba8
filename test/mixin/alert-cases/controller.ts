/** When the alerts about configurations, components and the process fire, and when not. */
import { A, type Case, fires, type Series, series, silent } from './case.ts'

const ROOT = { controller_path: '/' }

export const CONTROLLER: readonly Case[] = [
  fires(
    'ConfigLoadFailed',
    'the last load failed',
    20,
    [series('alloy_config_last_load_successful', A, '1x5 0x60')],
    A,
  ),
  silent('ConfigLoadFailed', 'the next one succeeded', 4, [series('alloy_config_last_load_successful', A, '0x4 1x60')]),
  fires('RemoteConfigLoadFailed', 'it keeps failing', 20, [series('remotecfg_last_load_successful', A, '0x60')], A),
  silent('RemoteConfigLoadFailed', 'the server was away for some minutes', 15, [
    series('remotecfg_last_load_successful', A, '1x9 0x5 1x60'),
  ]),
  fires(
    'SlowComponentEvaluations',
    'they go on',
    40,
    [series('alloy_component_evaluation_slow_seconds', { ...A, ...ROOT, component_id: 'x.y' }, '0+60x60')],
    { ...A, component_id: 'x.y' },
  ),
  silent('SlowComponentEvaluations', 'there was one', 29, [
    series('alloy_component_evaluation_slow_seconds', { ...A, ...ROOT, component_id: 'x.y' }, '0x20 70x60'),
  ]),
  fires(
    'UnhealthyComponents',
    'some stay so',
    20,
    [
      series('alloy_component_controller_running_components', { ...A, ...ROOT, health_type: 'unhealthy' }, '2x60'),
      series('alloy_component_controller_running_components', { ...A, ...ROOT, health_type: 'healthy' }, '9x60'),
    ],
    { ...A, health_type: 'unhealthy' },
  ),
  silent('UnhealthyComponents', 'they recover', 10, [
    series('alloy_component_controller_running_components', { ...A, ...ROOT, health_type: 'unhealthy' }, '2x10 0x60'),
    series('alloy_component_controller_running_components', { ...A, ...ROOT, health_type: 'healthy' }, '9x60'),
  ]),
  fires(
    'DiscoveryFailing',
    'refreshes go on failing',
    30,
    [series('prometheus_sd_refresh_failures_total', { ...A, component_id: 'd', mechanism: 'dns' }, '0+1x60')],
    { ...A, component_id: 'd' },
  ),
  silent('DiscoveryFailing', 'one failed', 30, [
    series('prometheus_sd_refresh_failures_total', { ...A, component_id: 'd', mechanism: 'dns' }, '0x20 1x60'),
  ]),
  silent('DiscoveryFailing', "it is Prometheus's own", 30, [
    series('prometheus_sd_refresh_failures_total', { ...A, mechanism: 'dns' }, '0+1x60'),
  ]),
  fires(
    'AgentRestarts',
    'it starts every ten minutes',
    60,
    [series('alloy_resources_process_start_time_seconds', A, '1x9 2x9 3x9 4x9 5x9 6x9')],
    A,
  ),
  silent('AgentRestarts', 'it was started anew', 60, [
    series('alloy_resources_process_start_time_seconds', A, '1x30 2x60'),
  ]),
  fires('AgentEventLoopSlow', 'much waits for long', 30, loop('0+100x60', '0+150x60'), A),
  silent('AgentEventLoopSlow', 'it has just become busy', 10, loop('0+100x60', '0+150x60')),
  silent('AgentEventLoopSlow', 'little does', 30, loop('0+235x60', '0+238x60')),
]

function loop(within: string, longer: string): Series[] {
  return [
    ['0.25', within],
    ['0.5', longer],
    ['+Inf', '0+240x60'],
  ].map(([le, values]) => series('skein_event_loop_delay_seconds_bucket', { ...A, le }, values))
}
