// What the processes take, on Node, Bun and Deno.

import { dashboard, INSTANCE, NODES, row, WHERE } from '../dashboard.mjs'
import { graph, query, table } from '../panels.mjs'

const INFO = `alloy_build_info{${NODES}}`
/** Alloy and skein alone: other processes have metrics of these names as well. */
const OF_AGENTS = `and on (cluster, namespace, job, instance) ${INFO}`

export const resources = dashboard({
  uid: 'skein-resources',
  title: 'Resources',
  description: 'CPU, memory and how busy each process is.',
  variables: [...WHERE, INSTANCE],
  rows: [
    row('Processes', [
      table({
        title: 'Processes',
        description: 'Version and runtime of each process, and since when it runs.',
        key: 'instance',
        height: 7,
        columns: [
          { name: 'Info', expr: `max by (instance, version, runtime, os, arch) (${INFO})` },
          {
            name: 'Up since',
            unit: 'dateTimeFromNow',
            expr: `1000 * max by (instance) (alloy_resources_process_start_time_seconds{${NODES}})`,
          },
        ],
        labels: { version: 'Version', runtime: 'Runtime', os: 'OS', arch: 'Architecture' },
        hidden: ['Value #A'],
      }),
    ]),
    row('CPU', [
      graph({
        title: 'CPU usage',
        description: 'Cores in use. Code of skein takes one at most; compression goes to others.',
        unit: 'none',
        queries: [
          query(
            `sum by (instance) (rate(alloy_resources_process_cpu_seconds_total{${NODES}}[$__rate_interval]))`,
            '{{instance}}',
          ),
        ],
      }),
      graph({
        title: 'Event loop delay',
        description:
          'How late timers fire, which is how long anything waits for its turn. Above a quarter of a second scrapes come late, and peers may take the node for dead.',
        unit: 's',
        queries: [0.99, 0.5].map((q) =>
          query(
            `histogram_quantile(${q}, sum by (instance, le) (rate(skein_event_loop_delay_seconds_bucket{${NODES}}[$__rate_interval])))`,
            `{{instance}} ${q === 0.5 ? 'half' : '99 of 100'} within`,
          ),
        ),
      }),
      graph({
        title: 'Starts',
        description:
          'How often the process has started within an hour. More than 0 again and again: it crashes, or runs out of memory.',
        unit: 'none',
        queries: [
          query(
            `max by (instance) (changes(alloy_resources_process_start_time_seconds{${NODES}}[1h]))`,
            '{{instance}}',
          ),
        ],
      }),
    ]),
    row('Memory', [
      graph({
        title: 'Memory (resident)',
        description: 'What the operating system has given to the process.',
        unit: 'bytes',
        queries: [query(`sum by (instance) (alloy_resources_process_resident_memory_bytes{${NODES}})`, '{{instance}}')],
      }),
      graph({
        title: 'Memory (heap in use)',
        description: 'Objects of JavaScript that are in use, or not yet collected.',
        unit: 'bytes',
        queries: [query(`sum by (instance) (go_memstats_heap_inuse_bytes{${NODES}} ${OF_AGENTS})`, '{{instance}}')],
      }),
      graph({
        title: 'Memory by kind',
        description:
          'heap_total: reserved for objects. external: outside the heap. array_buffers: of that, bytes of bodies, series and queues.',
        unit: 'bytes',
        queries: [query(`sum by (instance, kind) (skein_runtime_memory_bytes{${NODES}})`, '{{instance}} {{kind}}')],
      }),
    ]),
  ],
})
