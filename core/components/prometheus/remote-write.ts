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
import type { EndpointConfig, RemoteWriteConfig } from '../../remote-write/config.ts'
import { createRemoteWrite } from '../../remote-write/remote-write.ts'
import { attr, block, type Infer, nested, type ReportField, squash } from '../../syntax/schema.ts'
import { bool, duration, map, string, uint } from '../../syntax/types.ts'
import { type Capsule, deepEqual } from '../../syntax/value.ts'
import { METRICS_RECEIVER } from '../capsules.ts'
import { httpClientOfRemoteWrite, outboundConfig } from '../http-client.ts'
import { IDENTITY } from '../lent.ts'
import { compiled, rule } from '../relabel-rule.ts'
import { untilAborted } from '../until-aborted.ts'

const queueConfig = block(
  {
    capacity: attr.optional(uint, 10_000, 'Times max_shards: how many samples the queue holds at least.'),
    min_shards: attr.optional(uint, 1, 'Accepted for compatibility: senders are used as needed.'),
    max_shards: attr.optional(uint, 50, 'Requests under way at the same time, at most.'),
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

const metadataConfig = block({
  send: attr.optional(bool, true, 'Accepted for compatibility: metadata is not sent by this version yet.'),
  send_interval: attr.optional(duration, 60_000, 'Accepted for compatibility, like send.'),
  max_samples_per_send: attr.optional(uint, 2000, 'Accepted for compatibility, like send.'),
})

const LATER_AUTH = 'signing requests for this cloud comes in a later version'

const endpoint = block(
  {
    url: attr.required(string, 'Where to send to.'),
    name: attr.optional(string, '', 'Label remote_name of its metrics; derived from the settings unless given.'),
    remote_timeout: attr.optional(duration, 30_000, 'After how long a request is given up, and tried again.'),
    headers: attr.optional(map(string), new Map(), 'Headers to send with each request.'),
    send_exemplars: attr.optional(
      bool,
      true,
      'Accepted for compatibility: exemplars are not collected by this version yet.',
    ),
    send_native_histograms: attr.unavailable(bool, false, 'native histograms come in a later version'),
    protobuf_message: attr.unavailable(string, 'prometheus.WriteRequest', 'remote_write 2.0 comes in a later version'),
    round_robin_dns: attr.optional(bool, false, 'Pick one of the addresses of the host for each connection.'),
    http: squash(httpClientOfRemoteWrite),
    queue_config: nested.defaulted(queueConfig, 'Batching and retries.'),
    metadata_config: nested.defaulted(
      metadataConfig,
      'Accepted for compatibility: metadata is not sent by this version yet.',
    ),
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
    },
  },
)

function asHeaderMap(headers: ReadonlyMap<string, string>): HeaderMap {
  return Object.fromEntries([...headers].map(([name, value]) => [name, [value]]))
}

type EndpointArgs = Infer<typeof endpoint>

const wal = block(
  {
    truncate_frequency: attr.optional(duration, 7_200_000, 'Accepted for compatibility: there is no WAL.'),
    min_keepalive_time: attr.optional(duration, 300_000, 'Accepted for compatibility, like truncate_frequency.'),
    max_keepalive_time: attr.optional(duration, 28_800_000, 'What could not be sent for this long is dropped.'),
  },
  {
    validate(args, report) {
      if (args.truncate_frequency <= 0) report('truncate_frequency must not be 0', 'truncate_frequency')
      if (args.max_keepalive_time <= args.min_keepalive_time) {
        report('min_keepalive_time must be smaller than max_keepalive_time', 'min_keepalive_time')
      }
    },
  },
)

const schema = block(
  {
    external_labels: attr.optional(map(string), new Map(), 'Labels for all samples that do not have them.'),
    endpoint: nested.repeated(endpoint, 'Where to send to.'),
    wal: nested.defaulted(wal, 'How long samples are kept while they can not be sent.'),
  },
  { validate: (args, report) => reportEqualNames(args.endpoint, report) },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly receiver: Capsule
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { ports, timers, log, metrics, id: name } = context
  const { clock, random, http, files } = ports
  let known = first.endpoint.map((one) => rulesOf(one, []))
  const remoteWrite = createRemoteWrite(configOf(first, known), {
    clock,
    timers,
    random,
    log,
    metrics,
    name,
    userAgent: context.services(IDENTITY).userAgent,
    outbound: (config) => createOutbound(config.http as OutboundConfig, { http, files, clock, timers }),
  })

  function configOf(args: Args, rules: readonly KnownRules[]): RemoteWriteConfig {
    const { truncate_frequency, min_keepalive_time, max_keepalive_time } = args.wal
    return {
      externalLabels: labelsFromMap(args.external_labels),
      endpoints: args.endpoint.map((one, i) => endpointConfig(one, rules[i].rules)),
      wal: {
        truncateFrequency: truncate_frequency,
        minKeepaliveTime: min_keepalive_time,
        maxKeepaliveTime: max_keepalive_time,
      },
    }
  }

  context.publish({ receiver: METRICS_RECEIVER.wrap(remoteWrite.receiver) })
  return {
    async run(signal) {
      await untilAborted(signal)
      await remoteWrite.stop()
    },
    update(args) {
      const rules = args.endpoint.map((one) => rulesOf(one, known))
      remoteWrite.update(configOf(args, rules))
      known = rules
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
    url: args.url,
    remoteTimeout: args.remote_timeout,
    headers: [...args.headers],
    sendExemplars: args.send_exemplars,
    sendNativeHistograms: false,
    protobufMessage: 'prometheus.WriteRequest',
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
    does: 'Sends samples to receivers by remote_write 1.0. What waits to be sent is kept in memory: see [Operations](../operations.md).',
    exports: [{ name: 'receiver', type: 'MetricsReceiver', doc: 'What other components forward to.' }],
  },
  stability: 'generally-available',
  schema,
  build,
})
