// The way of samples: targets found, scraped, relabelled, sent.

import { COMPONENT_ID, COMPONENT_PATH, dashboard, INSTANCE, NODES, URL as RECEIVER, row, WHERE } from '../dashboard.mjs'
import { graph, query, stat } from '../panels.mjs'

const COMPONENTS = `${NODES}, component_path=~"$component_path", component_id=~"$component_id"`
/** Prometheus itself has metrics of these names, without a component. */
const OURS = `${COMPONENTS}, component_id!=""`
const ENDPOINTS = `${OURS}, url=~"$url"`
const STORAGE = 'prometheus_remote_storage_'
const LEGEND = '{{instance}} {{component_id}}'

const rate = (name, matchers = OURS) => `rate(${name}{${matchers}}[$__rate_interval])`
const sent = (what) => rate(STORAGE + what, ENDPOINTS)
const perUrl = (expression) => `sum by (instance, component_id, url) (${expression})`
const perComponent = (expression) => `sum by (instance, component_id) (${expression})`
const quantile = (q, name, matchers) => `histogram_quantile(${q}, sum by (le) (${rate(`${name}_bucket`, matchers)}))`
const nearlyAll = (name, matchers) => query(quantile(0.99, name, matchers), '99 of 100 within')
/** The slow ones, and what is usual. */
const spread = (name, matchers) => [
  nearlyAll(name, matchers),
  query(quantile(0.5, name, matchers), 'half of them within'),
]
/** Samples and native histograms. */
const both = (what) => `${sent(`samples_${what}`)} + ${sent(`histograms_${what}`)}`
const gauge = (how, name) => `${how} by (instance, component_id, url) (${STORAGE}${name}{${ENDPOINTS}})`
const LIMITS = {
  prometheus_target_scrapes_exceeded_sample_limit_total: 'sample_limit',
  prometheus_target_scrapes_exceeded_body_size_limit_total: 'body_size_limit',
  prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total: 'native_histogram_bucket_limit',
  prometheus_target_scrape_pool_exceeded_label_limits_total: 'label limits',
  prometheus_target_scrape_pool_exceeded_target_limit_total: 'target_limit',
}
const BY_HEALTH = `prometheus_target_scrape_pool_targets_by_health{${OURS}}`

export const prometheus = dashboard({
  uid: 'skein-prometheus',
  title: 'Prometheus Components',
  description: 'Targets found, scraped, relabelled and sent, by component and receiver.',
  variables: [...WHERE, INSTANCE, COMPONENT_PATH, COMPONENT_ID, RECEIVER],
  rows: [
    row('Now', [
      stat({
        title: 'Targets',
        description: 'Targets that the chosen nodes scrape.',
        unit: 'none',
        query: query(`sum(prometheus_scrape_targets_gauge{${OURS}})`),
      }),
      stat({
        title: 'Targets up',
        description: 'Share of targets whose last scrape went well.',
        unit: 'percentunit',
        query: query(`sum(${BY_HEALTH.replace('}', ', health="up"}')}) / sum(${BY_HEALTH})`),
      }),
      stat({
        title: 'Samples per second',
        description: 'Samples and native histograms that came into remote_write.',
        unit: 'cps',
        query: query(`sum(${rate(`${STORAGE}samples_in_total`)} + ${rate(`${STORAGE}histograms_in_total`)})`),
      }),
      stat({
        title: 'Lost in the last day',
        description: 'Samples and native histograms that were taken over and never delivered.',
        unit: 'short',
        query: query(
          `sum(increase(${STORAGE}samples_lost_total{${ENDPOINTS}}[1d]) + increase(${STORAGE}histograms_lost_total{${ENDPOINTS}}[1d])) or vector(0)`,
        ),
        badFrom: 1,
      }),
      stat({
        title: 'Oldest unsent sample',
        description: 'How old the oldest sample is that waits to be delivered; whatever the cause of the delay.',
        unit: 's',
        query: query(`max(time() - (${STORAGE}oldest_unsent_timestamp_seconds{${ENDPOINTS}} > 0)) or vector(0)`),
        badFrom: 300,
      }),
      stat({
        title: 'Failing disks',
        description: 'Endpoints whose queue can not be written to disk: what waits would be lost with the process.',
        unit: 'none',
        query: query(`sum(${STORAGE}queue_disk_failing{${ENDPOINTS}})`),
        badFrom: 1,
      }),
    ]),
    row('Discovery', [
      graph({
        title: 'Discovered targets',
        description: 'Targets that each discovery component has found.',
        unit: 'none',
        queries: [query(perComponent(`prometheus_sd_discovered_targets{${OURS}}`), LEGEND)],
      }),
      graph({
        title: 'Failed look-ups',
        description: 'Refreshes of discovery that failed, per second; what was known stays.',
        unit: 'ops',
        queries: [query(perComponent(rate('prometheus_sd_refresh_failures_total')), LEGEND)],
      }),
      graph({
        title: 'Time of look-ups',
        description: 'How long refreshes of discovery take: 99 of 100 within.',
        unit: 's',
        queries: [nearlyAll('prometheus_sd_refresh_duration_seconds')],
      }),
    ]),
    row('Scraping', [
      graph({
        title: 'Targets by health',
        description: 'Targets by how their last scrape went; unknown before the first one.',
        unit: 'none',
        stacked: true,
        queries: [query(`sum by (health) (${BY_HEALTH})`, '{{health}}')],
      }),
      graph({
        title: 'Targets down, by job',
        description: 'Targets whose last scrape failed. The targets page of a node shows the error of each.',
        unit: 'none',
        queries: [
          query(
            `sum by (component_id, scrape_job) (${BY_HEALTH.replace('}', ', health="down"}')})`,
            '{{component_id}} {{scrape_job}}',
          ),
        ],
      }),
      graph({
        title: 'Scrape duration',
        description: 'From the request until the samples were handed over.',
        unit: 's',
        queries: spread('prometheus_target_scrape_duration_seconds'),
      }),
      graph({
        title: 'Intervals between scrapes',
        description: 'Actual intervals. Longer than configured: the node does not keep up.',
        unit: 's',
        queries: spread('prometheus_target_interval_length_histogram_seconds'),
      }),
      graph({
        title: 'Scrapes over a limit',
        description: 'Scrapes that failed at a limit, per second: nothing of them is kept.',
        unit: 'ops',
        queries: Object.entries(LIMITS).map(([name, limit]) => query(perComponent(rate(name)), `${LEGEND} ${limit}`)),
      }),
      graph({
        title: 'Rejected samples',
        description:
          'Of single scrapes: two values for one series and time, timestamps out of bounds, exemplars out of order.',
        unit: 'cps',
        queries: [
          query(
            perComponent(rate('prometheus_target_scrapes_sample_duplicate_timestamp_total')),
            `${LEGEND} duplicates`,
          ),
          query(perComponent(rate('prometheus_target_scrapes_sample_out_of_bounds_total')), `${LEGEND} out of bounds`),
          query(perComponent(rate('prometheus_target_scrapes_exemplar_out_of_order_total')), `${LEGEND} exemplars`),
        ],
      }),
    ]),
    row('Between components', [
      graph({
        title: 'Forwarded samples',
        description: 'Samples that each component passes on, per second.',
        unit: 'cps',
        queries: [query(perComponent(rate('prometheus_forwarded_samples_total')), LEGEND)],
      }),
      graph({
        title: 'Relabelled samples kept',
        description: 'Share of samples that prometheus.relabel passes on; the rest is dropped by its rules.',
        unit: 'percentunit',
        max: 1,
        queries: [
          query(
            `${perComponent(rate('alloy_prometheus_relabel_metrics_written'))} / ${perComponent(rate('alloy_prometheus_relabel_metrics_processed'))}`,
            LEGEND,
          ),
        ],
      }),
      graph({
        title: 'Relabelling remembered',
        description:
          'Share of samples whose series was relabelled before: its labels did not have to be computed again.',
        unit: 'percentunit',
        max: 1,
        queries: [
          query(
            `${perComponent(rate('alloy_prometheus_relabel_cache_hits'))} / (${perComponent(rate('alloy_prometheus_relabel_cache_hits'))} + ${perComponent(rate('alloy_prometheus_relabel_cache_misses'))})`,
            LEGEND,
          ),
        ],
      }),
    ]),
    row('remote_write', [
      graph({
        title: 'Success rate',
        description: 'Share of what was sent that the receiver did not refuse for good.',
        unit: 'percentunit',
        max: 1,
        queries: [query(`1 - ${perUrl(both('failed_total'))} / ${perUrl(both('total'))}`, `${LEGEND} {{url}}`)],
      }),
      graph({
        title: 'Delay',
        description: 'Newest sample that came in less newest that was delivered, and the age of the oldest that waits.',
        unit: 's',
        queries: [
          query(
            `max by (instance, component_id) (${STORAGE}highest_timestamp_in_seconds{${OURS}}) - on (instance, component_id) group_right () (${gauge('max', 'queue_highest_sent_timestamp_seconds')} > 0)`,
            `${LEGEND} {{url}} newest`,
          ),
          query(
            `time() - (${gauge('min', 'oldest_unsent_timestamp_seconds')} > 0)`,
            `${LEGEND} {{url}} oldest waiting`,
          ),
        ],
      }),
      graph({
        title: 'Write latency',
        description: 'How long receivers take to answer a request.',
        unit: 's',
        queries: spread(`${STORAGE}sent_batch_duration_seconds`, ENDPOINTS),
      }),
      graph({
        title: 'Sent',
        description: 'Samples and native histograms sent per second, each attempt counted.',
        unit: 'cps',
        queries: [query(perUrl(both('total')), `${LEGEND} {{url}}`)],
      }),
      graph({
        title: 'Refused',
        description:
          'Given up because the receiver refused them, per second. Descriptions of metrics are counted as well.',
        unit: 'cps',
        queries: [
          query(perUrl(both('failed_total')), `${LEGEND} {{url}}`),
          query(perUrl(sent('metadata_failed_total')), `${LEGEND} {{url}} metadata`),
        ],
      }),
      graph({
        title: 'Retried',
        description: 'In requests that failed and will be tried again, per second.',
        unit: 'cps',
        queries: [query(perUrl(both('retried_total')), `${LEGEND} {{url}}`)],
      }),
      graph({
        title: 'Lost',
        description: 'Taken over and never delivered, per second, by reason; the documentation tells what each means.',
        unit: 'cps',
        queries: [query(`sum by (instance, url, reason) (${both('lost_total')})`, '{{instance}} {{url}} {{reason}}')],
      }),
      graph({
        title: 'Dropped before sending',
        description:
          'Never queued, per second, by reason. out_of_order and duplicate_timestamp: two targets send the same series.',
        unit: 'cps',
        queries: [
          query(`sum by (instance, url, reason) (${both('dropped_total')})`, '{{instance}} {{url}} {{reason}}'),
        ],
      }),
      graph({
        title: 'Throughput',
        description: 'Compressed bytes that were delivered, with descriptions of metrics.',
        unit: 'Bps',
        queries: [query(perUrl(`${sent('bytes_total')} + ${sent('metadata_bytes_total')}`), `${LEGEND} {{url}}`)],
      }),
      graph({
        title: 'Waiting samples',
        description: 'Samples and native histograms that wait to be delivered, in memory and on disk.',
        unit: 'short',
        queries: [
          query(
            perUrl(`${STORAGE}samples_pending{${ENDPOINTS}} + ${STORAGE}histograms_pending{${ENDPOINTS}}`),
            `${LEGEND} {{url}}`,
          ),
        ],
      }),
      graph({
        title: 'Queue size',
        description:
          'What waiting requests take on disk (bound: max_disk_size, 10 GiB unless told) and in memory (128 MiB).',
        unit: 'bytes',
        queries: [
          query(gauge('sum', 'queue_disk_bytes'), `${LEGEND} {{url}} on disk`),
          query(gauge('sum', 'queue_bytes'), `${LEGEND} {{url}} in memory`),
        ],
      }),
      graph({
        title: 'Pause after failures',
        description: 'How long nothing is sent because the last request failed; 0 is best.',
        unit: 's',
        queries: [query(gauge('max', 'retry_wait_seconds'), `${LEGEND} {{url}}`)],
      }),
      graph({
        title: 'Shards',
        description: 'Requests that may be under way at once, those that are, what the load demands, and the bounds.',
        unit: 'none',
        width: 12,
        queries: [
          query(gauge('max', 'shards'), `${LEGEND} {{url}} allowed now`),
          query(gauge('max', 'requests_in_flight'), `${LEGEND} {{url}} under way`),
          query(gauge('max', 'shards_desired'), `${LEGEND} {{url}} demanded`),
          query(gauge('max', 'shards_max'), `${LEGEND} {{url}} at most`),
          query(gauge('max', 'shards_min'), `${LEGEND} {{url}} at least`),
        ],
      }),
      graph({
        title: 'Active series',
        description: 'Series that are being sent.',
        unit: 'short',
        width: 12,
        queries: [query(perComponent(`prometheus_remote_write_wal_storage_active_series{${OURS}}`), LEGEND)],
      }),
    ]),
  ],
})
