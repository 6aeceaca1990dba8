/** prometheus.scrape: scrapes targets and forwards their samples. The work is done in core/scrape. */
import { SCRAPE_PROTOCOLS } from '../../exposition/content-type.ts'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import type { Flow } from '../../live/live.ts'
import { createOutbound, type Outbound } from '../../outbound/outbound.ts'
import type { Change, Distribution } from '../../ownership/distribute.ts'
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
import { IDENTITY, LIVE, OWNERSHIP, REPORTS, SCRAPE } from '../lent.ts'
import { tellTargets } from '../live-texts.ts'
import { untilAborted } from '../until-aborted.ts'
import { createMeter } from './live-samples.ts'
import { shownTargets } from './shown-targets.ts'

const TEXT_PROTOCOLS = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const
const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_TIMEOUT_HINT = 'the default timeout is 10s: with a shorter interval, set scrape_timeout as well'
const SHARES = ['local', 'foreign', 'held', 'duplicate'] as const
const NEEDS_PROTOBUF =
  'only the protobuf format has native histograms: add "PrometheusProto" to scrape_protocols, or leave scrape_protocols out'

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
    scrape_native_histograms: attr.optional(
      bool,
      false,
      'Whether native histograms are scraped; PrometheusProto is then preferred unless scrape_protocols is given.',
    ),
    scrape_classic_histograms: attr.optional(
      bool,
      false,
      'Whether the classic series of native and of converted histograms are scraped as well.',
    ),
    convert_classic_histograms_to_nhcb: attr.optional(
      bool,
      false,
      'Whether classic histograms become native ones with custom buckets.',
    ),
    native_histogram_bucket_limit: attr.optional(
      uint,
      0,
      'Native histograms with more buckets are lowered in resolution, or fail the scrape; 0 is no limit.',
    ),
    native_histogram_min_bucket_factor: attr.optional(
      number,
      0,
      'Native histograms whose buckets are narrower than this factor are lowered in resolution; 0 is off.',
    ),
    enable_protobuf_negotiation: attr.optional(
      bool,
      false,
      'Deprecated: the same as scrape_native_histograms, without scrape_protocols.',
    ),
    honor_metadata: attr.optional(bool, true, 'Whether types, help texts and units are passed on.'),
    enable_type_and_unit_labels: attr.optional(
      bool,
      false,
      'Adds type and unit of metrics as labels __type__ and __unit__.',
    ),
    start_timestamp_zero_ingestion: attr.optional(
      bool,
      false,
      'Adds a zero where a counter or a histogram says that it began to count; _created series of OpenMetrics are left out.',
    ),
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
      const protocolsGiven = !deepEqual(args.scrape_protocols, TEXT_PROTOCOLS)
      if (args.enable_protobuf_negotiation && protocolsGiven) {
        report(
          'both enable_protobuf_negotiation and scrape_protocols are set; only one of them can be used',
          'enable_protobuf_negotiation',
          'enable_protobuf_negotiation is deprecated: remove it, and name PrometheusProto in scrape_protocols',
        )
      } else if (
        args.scrape_native_histograms &&
        protocolsGiven &&
        !args.scrape_protocols.includes('PrometheusProto')
      ) {
        report('scrape_native_histograms needs PrometheusProto', 'scrape_native_histograms', NEEDS_PROTOBUF)
      }
      if (args.native_histogram_min_bucket_factor < 0)
        report('native_histogram_min_bucket_factor must not be negative', 'native_histogram_min_bucket_factor')
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
  const { jobs } = context.services(REPORTS)
  const live = context.services(LIVE)
  const tap = live.tap(context.id)
  const meter = createMeter(context.id, tap)
  const pool = createScrapePool(metrics, { clock, timers, codecs, files, bodies, log, userAgent, hashSeed, slices })
  const counts = metrics.gauges(
    'prometheus_scrape_targets_by_share',
    'Number of targets that the nodes of the cluster share, by whose they are: local, foreign (other nodes scrape them), held (this node may not scrape now), duplicate',
    ['share'],
  )
  let args = first
  let config = scrapeConfig(first, context.id)
  let receivers = [meter.receiver, ...first.forward_to]
  let client: Outbound = outboundOf(first)
  let running = false
  /** While the targets are shared with other nodes. */
  let sharing: Sharing | undefined
  let distribution: Distribution | undefined

  function outboundOf(from: Args): Outbound {
    return createOutbound(outboundConfig(from.http), { http, files, clock, timers })
  }

  function settings(): Omit<PoolSettings, 'targets'> {
    const seed = sharing === undefined ? scheduleSeed : clusterScheduleSeed
    return { config, client, receivers, scheduleSeed: seed }
  }

  function take(change: Change): void {
    const { local, moved, at } = change
    distribution = change.distribution
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
    distribution = undefined
    for (const share of SHARES) counts.remove(share)
    void pool.update({ ...settings(), targets: args.targets })
  }

  return {
    async run(signal) {
      running = true
      updatePool()
      const signOut = jobs.add({
        component: context.id,
        shared: () => sharing !== undefined,
        config: () => config,
        distribution: () => distribution,
        given: () => args.targets,
        scraped: pool.scraped,
      })
      const total = (): number => meter.total
      const to = (): string[] => args.forward_to.map(({ name }) => name)
      const flow: Flow = { type: 'prometheus_metric', total, to }
      const present = (): void => tellTargets(tap, args.targets)
      const hide = live.add({ component: context.id, flow, present })
      await untilAborted(signal)
      running = false
      signOut()
      hide()
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
      if (!deepEqual(next.forward_to, args.forward_to)) receivers = [meter.receiver, ...next.forward_to]
      const sameTargets = !tap.watched || deepEqual(next.targets, args.targets)
      args = next
      if (!sameTargets) tellTargets(tap, args.targets)
      if (running) updatePool()
    },
    debugInfo: () => ({ target: shownTargets(pool.scraped()) }),
  }
}

function scrapeConfig(args: Args, id: string): ScrapeConfig {
  const nativeHistograms = args.scrape_native_histograms || args.enable_protobuf_negotiation
  const usual = deepEqual(args.scrape_protocols, TEXT_PROTOCOLS)
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
    scrapeProtocols: nativeHistograms && usual ? ['PrometheusProto', ...TEXT_PROTOCOLS] : args.scrape_protocols,
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
    nativeHistograms,
    classicHistograms: args.scrape_classic_histograms,
    convertClassicHistograms: args.convert_classic_histograms_to_nhcb,
    bucketLimit: args.native_histogram_bucket_limit,
    minBucketFactor: args.native_histogram_min_bucket_factor,
    honorMetadata: args.honor_metadata,
    typeAndUnitLabels: args.enable_type_and_unit_labels,
    startZeros: args.start_timestamp_zero_ingestion,
    failureLogFile: args.scrape_failure_log_file,
  }
}

export const prometheusScrape: AnyComponentDefinition = defineComponent<Args>({
  name: 'prometheus.scrape',
  about: { does: 'Scrapes targets and forwards their samples.', exports: [] },
  stability: 'generally-available',
  liveDebugging: true,
  schema,
  build,
})
