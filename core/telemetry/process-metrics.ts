/** Metrics of the process itself, with the names that Alloy's dashboards know. */
import type { Host } from '../ports.ts'
import type { MetricScope } from './registry.ts'

export function processMetrics(scope: MetricScope, host: Host, version: string): void {
  scope
    .gauges('alloy_build_info', 'A metric with a constant 1 value labeled by version, runtime, os and arch', [
      'version',
      'runtime',
      'os',
      'arch',
    ])
    .with(`v${version}`, host.runtime, host.os, host.arch)
    .set(1)
  scope
    .gauge('alloy_resources_process_start_time_seconds', 'Start time of the process since Unix epoch in seconds')
    .set(host.startTimeSeconds)
  const cpu = scope.counter(
    'alloy_resources_process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds',
  )
  const resident = scope.gauge('alloy_resources_process_resident_memory_bytes', 'Resident memory size in bytes')
  const heap = scope.gauge(
    'go_memstats_heap_inuse_bytes',
    "Bytes in use of the runtime's heap; named as dashboards expect it",
  )
  scope.beforeCollect(() => {
    cpu.set(host.cpuSeconds())
    resident.set(host.residentBytes())
    heap.set(host.heapBytes())
  })
}
