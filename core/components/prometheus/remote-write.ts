/** prometheus.remote_write: sends samples to receivers. The work is done in core/remote-write. */
import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { labelsFromMap } from '../../labels/labels.ts'
import type { CompiledRule } from '../../labels/relabel.ts'
import type { HeaderMap, OutboundConfig } from '../../outbound/config.ts'
import { createOutbound } from '../../outbound/outbound.ts'
import { headerProblems } from '../../outbound/problems.ts'
import {
  DEFAULT_WAL,
  type EndpointConfig,
  type Persistence,
  type ProtobufMessage,
  type RemoteWriteConfig,
} from '../../remote-write/config.ts'
import { purgeQueues } from '../../remote-write/queue/purge.ts'
import { createRemoteWrite } from '../../remote-write/remote-write.ts'
import { attr, block, type Infer, nested, type ReportField, squash } from '../../syntax/schema.ts'
import { bool, bytesSize, duration, map, string, uint } from '../../syntax/types.ts'
import { type Capsule, deepEqual } from '../../syntax/value.ts'
import { METRICS_RECEIVER } from '../capsules.ts'
import { httpClientOfRemoteWrite, outboundConfig } from '../http-client.ts'
import { IDENTITY, LIVE, REPORTS } from '../lent.ts'
import { compiled, rule } from '../relabel-rule.ts'
import { untilAborted } from '../until-aborted.ts'
import { showingSamples } from './live-samples.ts'

const queueConfig = block(
  {
    capacity: attr.optional(uint, 10_000, 'Accepted for compatibility: the queue is bounded by bytes, see wal.'),
    min_shards: attr.optional(uint, 1, 'Requests that may be under way at the same time, whatever the load.'),
    max_shards: attr.optional(uint, 50, 'The same, at most: how many it is follows the load.'),
    max_samples_per_send: attr.optional(uint, 2000, 'Samples in one request, at most.'),
    batch_send_deadline: attr.optional(
      duration,
      5000,
      'A request is sent this long after its first sample, full or not.',
    ),
    min_backoff: attr.optional(duration, 30, 'First wait after a failure; it doubles from try to try.'),
    max_backoff: attr.optional(duration, 5000, 'Longest wait after a failure.'),
    retry_on_http_429: attr.optional(bool, true, 'Whether "too many requests" is tried again.'),
    sample_age_limit: attr.optional(duration, 0, 'Requests whose newest sample is older are dropped; 0 is no limit.'),
  },
  {
    validate(args, report) {
      for (const field of ['capacity', 'max_shards', 'max_samples_per_send'] as const) {
        if (args[field] === 0) report(`${field} must be greater than 0`, field)
      }
      if (args.min_shards > args.max_shards) report('min_shards must not be greater than max_shards', 'min_shards')
      for (const field of ['batch_send_deadline', 'min_backoff', 'max_backoff'] as const) {
        if (args[field] <= 0) report(`${field} must be greater than 0`, field)
      }
      if (args.min_backoff > args.max_backoff) report('min_backoff must not be greater than max_backoff', 'min_backoff')
      if (args.sample_age_limit < 0) report('sample_age_limit must not be negative', 'sample_age_limit')
    },
  },
)

const metadataConfig = block(
  {
    send: attr.optional(bool, true, 'Whether help, type and unit of metrics are sent.'),
    send_interval: attr.optional(duration, 60_000, 'How often all of them are sent again by remote_write 1.0.'),
    max_samples_per_send: attr.optional(uint, 2000, 'Metrics described in one request of 1.0, at most.'),
  },
  {
    validate(args, report) {
      if (args.send_interval <= 0) report('send_interval must be greater than 0', 'send_interval')
      if (args.max_samples_per_send === 0) report('max_samples_per_send must be greater than 0', 'max_samples_per_send')
    },
  },
)

const MESSAGES: readonly ProtobufMessage[] = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request', 'auto']

const LATER_AUTH = 'signing requests for this cloud comes in a later version'

const endpoint = block(
  {
    url: attr.required(string, 'Where to send to.'),
    name: attr.optional(string, '', 'Label remote_name of its metrics; derived from the settings unless given.'),
    remote_timeout: attr.optional(duration, 30_000, 'After how long a request is given up, and tried again.'),
    headers: attr.optional(map(string), new Map(), 'Headers to send with each request.'),
    send_exemplars: attr.optional(bool, true, 'Whether exemplars are sent.'),
    send_native_histograms: attr.optional(bool, false, 'Whether native histograms are sent.'),
    protobuf_message: attr.optional(
      string,
      'prometheus.WriteRequest',
      'What is sent: "prometheus.WriteRequest" (remote_write 1.0), "io.prometheus.write.v2.Request" (2.0), or "auto": 2.0, and 1.0 once the receiver turns out not to know 2.0.',
    ),
    round_robin_dns: attr.optional(bool, false, 'Pick one of the addresses of the host for each connection.'),
    http: squash(httpClientOfRemoteWrite),
    queue_config: nested.defaulted(queueConfig, 'Batching and retries.'),
    metadata_config: nested.defaulted(metadataConfig, 'Descriptions of metrics.'),
    write_relabel_config: nested.repeated(rule, 'Relabel rules for this endpoint alone.'),
    sigv4: nested.unavailable(LATER_AUTH),
    azuread: nested.unavailable(LATER_AUTH),
    google_iam: nested.unavailable(LATER_AUTH),
  },
  {
    validate(args, report) {
      for (const problem of headerProblems(asHeaderMap(args.headers), 'headers')) report(problem, 'headers')
      if (!/^https?:\/\//.test(args.url) || !URL.canParse(args.url)) report('url must be an http or https URL', 'url')
      if (args.remote_timeout <= 0) report('remote_timeout must be greater than 0', 'remote_timeout')
      if (!MESSAGES.some((known) => known === args.protobuf_message)) {
        const hint = `use one of ${MESSAGES.join(', ')}`
        report(`unknown protobuf message "${args.protobuf_message}"`, 'protobuf_message', hint)
      }
    },
  },
)

function asHeaderMap(headers: ReadonlyMap<string, string>): HeaderMap {
  return Object.fromEntries([...headers].map(([name, value]) => [name, [value]]))
}

type EndpointArgs = Infer<typeof endpoint>

const PERSISTENCE: readonly Persistence[] = ['always', 'spill', 'off']

const wal = block(
  {
    truncate_frequency: attr.optional(
      duration,
      7_200_000,
      'Accepted for compatibility: what is delivered goes at once.',
    ),
    min_keepalive_time: attr.optional(duration, 300_000, 'Accepted for compatibility, like truncate_frequency.'),
    max_keepalive_time: attr.optional(duration, 28_800_000, 'What could not be sent for this long is dropped.'),
    persistence: attr.optional(
      string,
      DEFAULT_WAL.persistence,
      'When samples are written to disk: "always" at once, "spill" when they could not be sent for spill_delay, "off" never. Not in Alloy.',
    ),
    spill_delay: attr.optional(
      duration,
      DEFAULT_WAL.spillDelay,
      'With "spill": how much of a kill -9 may be lost. Not in Alloy.',
    ),
    sync_interval: attr.optional(
      duration,
      DEFAULT_WAL.syncInterval,
      'How much a crash of the machine may lose; 0s leaves it to the operating system. Not in Alloy.',
    ),
    max_disk_size: attr.optional(
      bytesSize,
      DEFAULT_WAL.maxDiskSize,
      'Bytes on disk for each endpoint; beyond that the oldest samples are dropped. Not in Alloy.',
    ),
  },
  {
    validate(args, report) {
      if (args.truncate_frequency <= 0) report('truncate_frequency must not be 0', 'truncate_frequency')
      if (args.max_keepalive_time <= args.min_keepalive_time) {
        report('min_keepalive_time must be smaller than max_keepalive_time', 'min_keepalive_time')
      }
      if (!PERSISTENCE.some((known) => known === args.persistence)) {
        report(`unknown persistence "${args.persistence}"`, 'persistence', `use one of ${PERSISTENCE.join(', ')}`)
      }
      for (const field of ['spill_delay', 'sync_interval'] as const) {
        if (args[field] < 0) report(`${field} must not be negative`, field)
      }
      if (args.max_disk_size === 0) report('max_disk_size must be greater than 0', 'max_disk_size')
    },
  },
)

const schema = block(
  {
    external_labels: attr.optional(map(string), new Map(), 'Labels for all samples that do not have them.'),
    endpoint: nested.repeated(endpoint, 'Where to send to.'),
    wal: nested.defaulted(wal, 'How samples are kept while they can not be sent.'),
  },
  { validate: (args, report) => reportEqualNames(args.endpoint, report) },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly receiver: Capsule
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { ports, timers, log, metrics, id: name, storagePath } = context
  const { clock, random, http, files, segments } = ports
  let known = first.endpoint.map((one) => rulesOf(one, []))
  let { wal } = configOf(first, known)
  /** The component before this one may still use the directories, and whoever is never run must leave them alone. */
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  /** Before any queue is opened, so that none is taken for one that nobody uses. */
  const purged = begun.then(() => {
    const inUse = new Set(remoteWrite.places)
    return purgeQueues(segments, storagePath, inUse, wal.maxKeepaliveTime, clock.now(), log)
  })
  const remoteWrite = createRemoteWrite(configOf(first, known), {
    clock,
    timers,
    random,
    log,
    metrics,
    name,
    userAgent: context.services(IDENTITY).userAgent,
    outbound: (config) => createOutbound(config.http as OutboundConfig, { http, files, clock, timers }),
    directory: (place) => purged.then(() => segments.open(`${storagePath}/${place}`)),
  })

  context.publish({
    receiver: METRICS_RECEIVER.wrap(showingSamples(remoteWrite.receiver, context.services(LIVE).tap(name))),
  })
  return {
    async run(signal) {
      begin()
      const signOut = context.services(REPORTS).deliveries.add({ component: name, endpoints: remoteWrite.status })
      await untilAborted(signal)
      await remoteWrite.stop()
      signOut()
    },
    update(args) {
      const rules = args.endpoint.map((one) => rulesOf(one, known))
      const config = configOf(args, rules)
      remoteWrite.update(config)
      known = rules
      wal = config.wal
    },
  }
}

function configOf({ external_labels, endpoint, wal }: Args, rules: readonly KnownRules[]): RemoteWriteConfig {
  return {
    externalLabels: labelsFromMap(external_labels),
    endpoints: endpoint.map((one, i) => endpointConfig(one, rules[i].rules)),
    wal: {
      truncateFrequency: wal.truncate_frequency,
      minKeepaliveTime: wal.min_keepalive_time,
      maxKeepaliveTime: wal.max_keepalive_time,
      persistence: wal.persistence as Persistence,
      spillDelay: wal.spill_delay,
      syncInterval: wal.sync_interval,
      maxDiskSize: wal.max_disk_size,
    },
  }
}

/** The same rules keep the same compiled ones, so that nothing is encoded anew. */
interface KnownRules {
  readonly args: EndpointArgs['write_relabel_config']
  readonly rules: readonly CompiledRule[]
}

function rulesOf({ write_relabel_config: args }: EndpointArgs, known: readonly KnownRules[]): KnownRules {
  return known.find((rules) => deepEqual(rules.args, args)) ?? { args, rules: compiled(args) }
}

function endpointConfig(args: EndpointArgs, writeRelabel: readonly CompiledRule[]): EndpointConfig {
  const { queue_config: queue, metadata_config: metadata } = args
  return {
    name: nameOf(args),
    named: args.name !== '',
    url: args.url,
    remoteTimeout: args.remote_timeout,
    headers: [...args.headers],
    sendExemplars: args.send_exemplars,
    sendNativeHistograms: args.send_native_histograms,
    protobufMessage: args.protobuf_message as ProtobufMessage,
    queue: {
      capacity: queue.capacity,
      minShards: queue.min_shards,
      maxShards: queue.max_shards,
      maxSamplesPerSend: queue.max_samples_per_send,
      batchSendDeadline: queue.batch_send_deadline,
      minBackoff: queue.min_backoff,
      maxBackoff: queue.max_backoff,
      retryOnHttp429: queue.retry_on_http_429,
      sampleAgeLimit: queue.sample_age_limit,
    },
    metadata: {
      send: metadata.send,
      sendInterval: metadata.send_interval,
      maxSamplesPerSend: metadata.max_samples_per_send,
    },
    writeRelabel,
    http: { ...outboundConfig(args.http), roundRobinDns: args.round_robin_dns } satisfies OutboundConfig,
  }
}

/** Unless it has one: six hex digits of a hash over its settings, as in Prometheus and Alloy. */
function nameOf(args: EndpointArgs): string {
  if (args.name !== '') return args.name
  const settings = { ...args, headers: [...args.headers], http: outboundConfig(args.http) }
  return bytesToHex(md5(new TextEncoder().encode(JSON.stringify(settings)))).slice(0, 6)
}

function reportEqualNames(endpoints: readonly EndpointArgs[], report: ReportField): void {
  const names = new Set<string>()
  for (const one of endpoints) {
    const name = nameOf(one)
    if (names.has(name)) {
      const hint = 'give each endpoint a name of its own'
      report(
        one.name === '' ? 'two endpoints have the same settings' : `two endpoints have the name "${name}"`,
        'endpoint',
        hint,
      )
    }
    names.add(name)
  }
}

export const prometheusRemoteWrite: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: 'prometheus.remote_write',
  about: {
    does: 'Sends samples to receivers by remote_write 1.0 or 2.0. What waits to be sent is kept on disk: see [Operations](../operations.md#the-queue).',
    exports: [{ name: 'receiver', type: 'MetricsReceiver', doc: 'What other components forward to.' }],
  },
  stability: 'generally-available',
  liveDebugging: true,
  schema,
  build,
})
