/**
 * Metrics of the process itself, with the names that Alloy's dashboards know, and what only a JavaScript runtime has. Owns names and
 * help; everything is asked of the host when metrics are collected.
 */
import type { Host } from '../ports.ts'
import type { MetricScope } from './registry.ts'

/** In seconds: a turn of the event loop should be shorter than 10 ms, and peers lose patience after some hundreds. */
const DELAYS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

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
  const memory = scope.gauges(
    'skein_runtime_memory_bytes',
    'Memory of the runtime by kind: heap_total, external, array_buffers.',
    ['kind'],
  )
  const delays = scope.histogram(
    'skein_event_loop_delay_seconds',
    'How late timers fire, looked at four times a second: how long anything waits for its turn.',
    DELAYS,
  )
  scope.beforeCollect(() => {
    const { heapTotal, external, arrayBuffers } = host.memory()
    memory.with('heap_total').set(heapTotal)
    memory.with('external').set(external)
    memory.with('array_buffers').set(arrayBuffers)
    for (const seconds of host.timerDelays()) delays.observe(seconds)
    cpu.set(host.cpuSeconds())
    resident.set(host.residentBytes())
    heap.set(host.heapBytes())
  })
}
