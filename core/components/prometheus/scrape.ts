/** prometheus.scrape: scrapes targets and forwards their samples. The work is done in core/scrape. */
import { SCRAPE_PROTOCOLS } from '../../exposition/content-type.ts'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { createOutbound, type Outbound } from '../../outbound/outbound.ts'
import type { Change } from '../../ownership/distribute.ts'
import { createSharing, type Sharing } from '../../ownership/sharing.ts'
import type { ScrapeConfig } from '../../scrape/config.ts'
import { createScrapePool, type PoolSettings } from '../../scrape/pool.ts'
import { attr, block, type Infer, nested, squash } from '../../syntax/schema.ts'
import {
  bool,
  bytesSize,
  capsule,
  duration,
  list,
  map,
  number,
  oneOf,
  string,
  target,
  uint,
} from '../../syntax/types.ts'
import { deepEqual } from '../../syntax/value.ts'
import { METRICS_RECEIVER } from '../capsules.ts'
import { httpClient, outboundConfig } from '../http-client.ts'
import { IDENTITY, OWNERSHIP, SCRAPE } from '../lent.ts'
import { untilAborted } from '../until-aborted.ts'

const TEXT_PROTOCOLS = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const
const NO_HISTOGRAMS = 'native histograms and the protobuf format come in a later version'
const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_TIMEOUT_HINT = 'the default timeout is 10s: with a shorter interval, set scrape_timeout as well'
const SHARES = ['local', 'foreign', 'held', 'duplicate'] as const
const NO_METADATA = 'metadata comes in a later version'

const schema = block(
  {
    targets: attr.required(list(target), 'Targets to scrape.'),
    forward_to: attr.required(list(capsule(METRICS_RECEIVER)), 'Where samples go.'),
    job_name: attr.optional(
      string,
      '',
      "Value of the job label where a target has none; the component's id unless given.",
    ),
    scrape_interval: attr.optional(duration, 60_000, 'How often each target is scraped.'),
    scrape_timeout: attr.optional(duration, DEFAULT_TIMEOUT_MS, 'After how long a scrape is given up.'),
    metrics_path: attr.optional(string, '/metrics', 'Path that is asked for.'),
    scheme: attr.optional(oneOf('http', 'https'), 'http', 'Scheme of the URL.'),
    params: attr.optional(map(list(string)), new Map(), 'Query parameters.'),
    honor_labels: attr.optional(bool, false, 'Whether exposed labels win over those of the target.'),
    honor_timestamps: attr.optional(bool, true, 'Whether exposed timestamps are used.'),
    track_timestamps_staleness: attr.optional(
      bool,
      false,
      'Whether series with timestamps of their own get staleness markers.',
    ),
    extra_metrics: attr.optional(
      bool,
      false,
      'Adds scrape_timeout_seconds, scrape_sample_limit and scrape_body_size_bytes.',
    ),
    scrape_protocols: attr.optional(
      list(oneOf(...SCRAPE_PROTOCOLS)),
      TEXT_PROTOCOLS,
      'Formats to ask for, the first is preferred.',
    ),
    scrape_fallback_protocol: attr.optional(
      oneOf(...SCRAPE_PROTOCOLS),
      'PrometheusText0.0.4',
      'Taken when a target does not say what it sends.',
    ),
    enable_compression: attr.optional(bool, true, 'Whether to ask for gzip.'),
    body_size_limit: attr.optional(bytesSize, 0, 'Uncompressed bodies of this size and above fail; 0 is no limit.'),
    sample_limit: attr.optional(uint, 0, 'More samples than this fail the scrape; 0 is no limit.'),
    target_limit: attr.optional(uint, 0, 'More targets than this fail all of them; 0 is no limit.'),
    label_limit: attr.optional(uint, 0, 'More labels than this on a series fail the scrape; 0 is no limit.'),
    label_name_length_limit: attr.optional(uint, 0, 'Longer label names fail the scrape; 0 is no limit.'),
    label_value_length_limit: attr.optional(uint, 0, 'Longer label values fail the scrape; 0 is no limit.'),
    metric_name_validation_scheme: attr.optional(oneOf('legacy', 'utf8'), 'legacy', 'Which names are valid.'),
    metric_name_escaping_scheme: attr.optional(
      oneOf('', 'underscores', 'dots', 'values', 'allow-utf-8'),
      '',
      'How targets are to spell other names; underscores for legacy, allow-utf-8 for utf8 unless given.',
    ),
    scrape_failure_log_file: attr.optional(string, '', 'File that failed fetches are logged to as JSON lines.'),
    scrape_classic_histograms: attr.unavailable(bool, false, NO_HISTOGRAMS),
    scrape_native_histograms: attr.unavailable(bool, false, NO_HISTOGRAMS),
    native_histogram_bucket_limit: attr.unavailable(uint, 0, NO_HISTOGRAMS),
    native_histogram_min_bucket_factor: attr.unavailable(number, 0, NO_HISTOGRAMS),
    convert_classic_histograms_to_nhcb: attr.unavailable(bool, false, NO_HISTOGRAMS),
    enable_protobuf_negotiation: attr.unavailable(bool, false, NO_HISTOGRAMS),
    honor_metadata: attr.unavailable(bool, false, NO_METADATA),
    enable_type_and_unit_labels: attr.unavailable(bool, false, NO_METADATA),
    start_timestamp_zero_ingestion: attr.unavailable(bool, false, 'start timestamps come in a later version'),
    http: squash(httpClient),
    clustering: nested.optional(
      block({ enabled: attr.required(bool, 'Whether the nodes of a cluster share the targets.') }),
      'Sharing the targets with the other nodes of a cluster; a single node scrapes all of them.',
    ),
  },
  {
    validate(args, report) {
      if (args.scrape_interval <= 0) report('scrape_interval must be greater than 0', 'scrape_interval')
      if (args.scrape_timeout <= 0) report('scrape_timeout must be greater than 0', 'scrape_timeout')
      if (args.scrape_timeout > args.scrape_interval) {
        const message = 'scrape_timeout greater than scrape_interval'
        if (args.scrape_timeout !== DEFAULT_TIMEOUT_MS) report(message, 'scrape_timeout')
        else report(message, 'scrape_interval', DEFAULT_TIMEOUT_HINT)
      }
      if (args.scrape_protocols.length === 0) report('scrape_protocols must not be empty', 'scrape_protocols')
      if (new Set(args.scrape_protocols).size < args.scrape_protocols.length) {
        report('scrape_protocols must not name a protocol twice', 'scrape_protocols')
      }
      for (const field of ['scrape_protocols', 'scrape_fallback_protocol'] as const) {
        if ([args[field]].flat().includes('PrometheusProto'))
          report(`PrometheusProto is not supported by this version of skein yet: ${NO_HISTOGRAMS}`, field)
      }
      if (args.metric_name_validation_scheme === 'legacy' && args.metric_name_escaping_scheme === 'allow-utf-8') {
        report(
          'metric_name_escaping_scheme allow-utf-8 needs metric_name_validation_scheme = "utf8"',
          'metric_name_escaping_scheme',
        )
      }
    },
  },
)

type Args = Infer<typeof schema>

function build(context: ComponentContext<Record<string, never>>, first: Args): Component<Args> {
  const { ports, timers, log, metrics } = context
  const { clock, codecs, files, http } = ports
  const { bodies, hashSeed, scheduleSeed, clusterScheduleSeed, slices } = context.services(SCRAPE)
  const ownership = context.services(OWNERSHIP)
  const { userAgent } = context.services(IDENTITY)
  const pool = createScrapePool(metrics, { clock, timers, codecs, files, bodies, log, userAgent, hashSeed, slices })
  const counts = metrics.gauges(
    'prometheus_scrape_targets_by_share',
    'Number of targets that the nodes of the cluster share, by whose they are: local, foreign (other nodes scrape them), held (this node may not scrape now), duplicate',
    ['share'],
  )
  let args = first
  let config = scrapeConfig(first, context.id)
  let client: Outbound = outboundOf(first)
  let running = false
  /** While the targets are shared with other nodes. */
  let sharing: Sharing | undefined

  function outboundOf(from: Args): Outbound {
    return createOutbound(outboundConfig(from.http), { http, files, clock, timers })
  }

  function settings(): Omit<PoolSettings, 'targets'> {
    const seed = sharing === undefined ? scheduleSeed : clusterScheduleSeed
    return { config, client, receivers: args.forward_to, scheduleSeed: seed }
  }

  function take({ local, moved, at, distribution }: Change): void {
    for (const share of SHARES) counts.with(share).set(distribution.counts[share])
    void pool.update({ ...settings(), targets: local, moved, at })
  }

  function updatePool(): void {
    const shared = args.clustering?.enabled === true && ownership.shares().clustered
    if (shared) {
      sharing ??= createSharing({ ownership, slices, take, prepare: ({ local }) => pool.prepare(local) })
      sharing.setTargets(args.targets)
      return
    }
    sharing?.close()
    sharing = undefined
    for (const share of SHARES) counts.remove(share)
    void pool.update({ ...settings(), targets: args.targets })
  }

  return {
    async run(signal) {
      running = true
      updatePool()
      await untilAborted(signal)
      running = false
      sharing?.close()
      await pool.stop(context.shutdown.aborted ? 'silently' : 'at-once')
      client.close()
    },
    update(next) {
      if (!deepEqual(next.http, args.http)) {
        const before = client
        client = outboundOf(next)
        before.close()
      }
      const nextConfig = scrapeConfig(next, context.id)
      if (!deepEqual(nextConfig, config)) config = nextConfig
      args = next
      if (running) updatePool()
    },
    debugInfo: () => ({ target: pool.status() }),
  }
}

function scrapeConfig(args: Args, id: string): ScrapeConfig {
  const names = args.metric_name_validation_scheme
  return {
    jobName: args.job_name === '' ? id : args.job_name,
    scrapeInterval: args.scrape_interval,
    scrapeTimeout: args.scrape_timeout,
    metricsPath: args.metrics_path,
    scheme: args.scheme,
    params: Object.fromEntries(args.params),
    honorLabels: args.honor_labels,
    honorTimestamps: args.honor_timestamps,
    trackTimestampsStaleness: args.track_timestamps_staleness,
    extraMetrics: args.extra_metrics,
    scrapeProtocols: args.scrape_protocols,
    fallbackProtocol: args.scrape_fallback_protocol,
    enableCompression: args.enable_compression,
    bodySizeLimit: args.body_size_limit,
    sampleLimit: args.sample_limit,
    targetLimit: args.target_limit,
    labelLimit: args.label_limit,
    labelNameLengthLimit: args.label_name_length_limit,
    labelValueLengthLimit: args.label_value_length_limit,
    names,
    escaping: args.metric_name_escaping_scheme || (names === 'legacy' ? 'underscores' : 'allow-utf-8'),
    failureLogFile: args.scrape_failure_log_file,
  }
}

export const prometheusScrape: AnyComponentDefinition = defineComponent<Args>({
  name: 'prometheus.scrape',
  about: { does: 'Scrapes targets and forwards their samples.', exports: [] },
  stability: 'generally-available',
  schema,
  build,
})
