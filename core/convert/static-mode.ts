/**
 * The YAML of the agent's static mode: `metrics.configs` become jobs and receivers of their own, `server` what of it there is
 * here. Logs, traces and integrations are named in the report: skein has nothing for them.
 */
import { attribute, block, duration, given, type Statement, text, textObject } from './alloy.ts'
import { type Fields, noFields } from './fields.ts'
import { file, optional } from './http-client.ts'
import { convertJobs } from './jobs.ts'
import { asLabel, createLabels, type Labels } from './labels.ts'
import { inOrder } from './prometheus.ts'
import { fail, unsupported, warn } from './remarks.ts'
import { convertRemoteWrite } from './remote-write.ts'
import { oneOf, type ScrapeSettings, scrapeSettings } from './scrape-settings.ts'

export interface StaticOptions {
  /** Whether every scrape shares its targets with the cluster. */
  readonly clustering: boolean
  readonly turn?: (() => Promise<void>) | undefined
}

/** The names that a file of this kind can have at the top: to recognise it by. */
export const STATIC_FIELDS: readonly string[] = [
  'metrics',
  'server',
  'integrations',
  'logs',
  'traces',
  'prometheus',
  'loki',
  'tempo',
  'agent_management',
]

export const INSTANCE_FIELDS: readonly string[] = ['scrape_configs', 'remote_write', 'name', 'host_filter']

export async function convertStatic(config: Fields, options: StaticOptions): Promise<readonly Statement[]> {
  const server = serverBlocks(config)
  const metrics =
    config.section('metrics') ?? config.section('prometheus') ?? noFields(config.place, 'metrics', config.scope)
  const shared = sharedSettings(metrics)
  const labels = createLabels()
  const names = new Set<string>()
  const instances: Statement[] = []
  for (const instance of metrics.sections('configs')) {
    const name = instance.text('name') ?? ''
    const { report } = instance.scope
    if (name === '') fail(report, instance.place, 'missing instance name', `write name: … into ${instance.path}`)
    if (names.has(name)) {
      const message = `multiple instance configs found with name ${JSON.stringify(name)}`
      fail(report, instance.placeOf('name'), message, 'give one of the two another name')
    }
    names.add(name)
    instances.push(...(await convertInstance(instance, name, shared, labels, options)))
  }
  if (instances.length === 0)
    warn(config.scope.report, config.place, 'there is nothing to scrape', 'add metrics.configs')
  withoutCounterpart(metrics)
  integrations(config)
  for (const name of ['logs', 'loki', 'traces', 'tempo', 'agent_management']) config.unsupported(name, name, 'error')
  config.rest()
  return [...server, ...instances]
}

/** One instance on its own, as the scraping service stores them. */
export async function convertLoneInstance(instance: Fields, options: StaticOptions): Promise<readonly Statement[]> {
  const global = noFields(instance.place, 'global', instance.scope)
  const shared = { settings: scrapeSettings(global, 'global'), externalLabels: undefined, receivers: [] }
  return await convertInstance(instance, instance.text('name') || 'instance', shared, createLabels(), options)
}

interface Shared {
  readonly settings: ScrapeSettings
  readonly externalLabels: ReadonlyMap<string, string> | undefined
  /** Of instances that have none. */
  readonly receivers: readonly Fields[]
}

function sharedSettings(metrics: Fields): Shared {
  const global = metrics.section('global') ?? noFields(metrics.place, 'metrics.global', metrics.scope)
  const settings = scrapeSettings(global, 'global')
  const externalLabels = global.textMap('external_labels')
  const receivers = global.sections('remote_write')
  global.unsupported('evaluation_interval', 'global evaluation_interval', 'warning', 'an agent evaluates no rules')
  global.rest()
  return { settings, externalLabels, receivers }
}

async function convertInstance(
  instance: Fields,
  name: string,
  { settings, externalLabels, receivers }: Shared,
  labels: Labels,
  { clustering, turn }: StaticOptions,
): Promise<readonly Statement[]> {
  const { report } = instance.scope
  const prefix = `metrics_${name}`
  const own = instance.sections('remote_write')
  const to = own.length > 0 ? own : receivers
  const label = labels.claim(asLabel(prefix))
  if (to.length === 0) {
    const hint = 'its samples go nowhere: add remote_write, or name a receiver where forward_to is empty'
    warn(report, instance.place, `instance ${JSON.stringify(name)} has no remote_write`, hint)
  }
  const more = wal(instance)
  const hosts = 'keep the targets of a host by a relabel rule, or share them: --with-clustering'
  if (instance.flag('host_filter') === true)
    unsupported(report, instance.placeOf('host_filter'), 'host_filter', 'error', hosts)
  instance.unsupported('host_filter_relabel_configs', 'host_filter_relabel_configs', 'warning', hosts)
  instance.unsupported(
    'remote_flush_deadline',
    'remote_flush_deadline',
    'warning',
    'at the end skein flushes by itself',
  )
  if (instance.flag('write_stale_on_shutdown') === true)
    unsupported(report, instance.placeOf('write_stale_on_shutdown'), 'write_stale_on_shutdown', 'warning')

  const blocks = await convertJobs(instance.sections('scrape_configs'), {
    global: settings,
    prefix,
    labels,
    receiver: to.length === 0 ? undefined : `prometheus.remote_write.${label}.receiver`,
    clustering,
    turn,
  })
  const remoteWrite = convertRemoteWrite(to, {
    label,
    externalLabels: textObject(externalLabels),
    usual: { sendExemplars: true, retryOn429: true },
    more,
  })
  instance.rest()
  return inOrder(blocks, remoteWrite)
}

function wal(instance: Fields): readonly Statement[] {
  const names = {
    wal_truncate_frequency: 'truncate_frequency',
    min_wal_time: 'min_keepalive_time',
    max_wal_time: 'max_keepalive_time',
  }
  const body = Object.entries(names).flatMap(([from, to]) => {
    const value = instance.goDuration(from)
    return value === undefined ? [] : [attribute(to, duration(value))]
  })
  return body.length === 0 ? [] : [block('wal', '', body)]
}

const STORAGE = 'give the directory to skein run: --storage.path'
const CLUSTER = 'let the nodes share the targets instead: skein run --cluster.enabled, and --with-clustering here'

function withoutCounterpart(metrics: Fields): void {
  const service = metrics.section('scraping_service')
  if (service?.flag('enabled') === true) {
    unsupported(metrics.scope.report, metrics.placeOf('scraping_service'), 'scraping_service', 'error', CLUSTER)
  }
  metrics.unsupported('scraping_service_client', 'scraping_service_client', 'warning')
  metrics.unsupported('wal_directory', 'wal_directory', 'warning', STORAGE)
  for (const name of ['wal_cleanup_age', 'wal_cleanup_period', 'instance_restart_backoff', 'instance_mode']) {
    metrics.unsupported(name, name, 'warning', 'there is nothing here that it could be about')
  }
  for (const name of ['disable_keepalives', 'idle_conn_timeout']) metrics.unsupported(name, name, 'warning')
  metrics.rest()
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

function serverBlocks(config: Fields): readonly Statement[] {
  const server = config.section('server')
  if (server === undefined) return []
  const level = oneOf(server, 'log_level', LOG_LEVELS) ?? 'info'
  const format = oneOf(server, 'log_format', ['logfmt', 'json']) ?? 'logfmt'
  const logging = [
    ...(level === 'info' ? [] : [attribute('level', text(level))]),
    ...(format === 'logfmt' ? [] : [attribute('format', text(format))]),
  ]
  const tls = serverTls(server)
  server.unsupported('grpc_tls_config', 'server grpc_tls_config', 'warning', 'skein speaks no gRPC')
  for (const name of server.others()) {
    server.unsupported(name, `server ${name}`, 'warning', 'see the flags --server.http.* of skein run')
  }
  return [...(logging.length === 0 ? [] : [block('logging', '', logging)]), ...tls]
}

function serverTls(server: Fields): readonly Statement[] {
  const section = server.section('http_tls_config')
  if (section === undefined) return []
  const body = [
    ...given('cert_file', file(section, 'cert_file')),
    ...given('key_file', file(section, 'key_file')),
    ...given('client_ca_file', file(section, 'client_ca_file')),
    ...given('client_auth_type', optional(section, 'client_auth_type')),
  ]
  for (const name of section.others()) section.unsupported(name, `server http_tls_config ${name}`, 'warning')
  return body.length === 0 ? [] : [block('http', '', [block('tls', '', body)])]
}

/** What is said for all integrations together. */
const SHARED_BY_INTEGRATIONS = [
  'scrape_integrations',
  'replace_instance_label',
  'use_hostname_label',
  'integration_restart_backoff',
  'scrape_interval',
  'scrape_timeout',
  'prometheus_remote_write',
  'labels',
  'metrics',
]

const SELF = 'write prometheus.exporter.self "default" { }, and scrape its targets'
const EXPORTER = 'run the exporter beside skein, and scrape it as any other target'

function integrations(config: Fields): void {
  const section = config.section('integrations')
  if (section === undefined) return
  const { report } = config.scope
  let found = false
  for (const name of section.others()) {
    if (SHARED_BY_INTEGRATIONS.includes(name) || !isEnabled(section, name)) continue
    found = true
    const summary = `The converter does not support converting the provided ${name} integration.`
    report({ weight: 'error', place: section.placeOf(name), summary, details: [name === 'agent' ? SELF : EXPORTER] })
  }
  for (const name of SHARED_BY_INTEGRATIONS) {
    if (found) section.unsupported(name, `integrations ${name}`, 'warning')
  }
}

/** Maps say so themselves; lists are of the newer kind, which are enabled by being there. */
function isEnabled(section: Fields, name: string): boolean {
  const tree = section.tree(name)
  if (tree === undefined) return false
  return tree.kind === 'map' ? section.section(name)?.flag('enabled') === true : true
}
