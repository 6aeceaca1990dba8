/** Receivers: all of a `remote_write` list become one prometheus.remote_write with an endpoint each. */
import { attribute, block, duration, type Expression, given, type Statement, text, textObject } from './alloy.ts'
import { cloudLogins } from './cloud-logins.ts'
import type { Fields } from './fields.ts'
import { httpClient, optional } from './http-client.ts'
import { relabelRules } from './relabel.ts'
import { fail } from './remarks.ts'
import { oneOf } from './scrape-settings.ts'

export interface RemoteWriteOptions {
  readonly label: string
  /** Values are expressions. */
  readonly externalLabels: Expression | undefined
  /** What a field is when it isn't given: differs between Prometheus and the agent's static mode. */
  readonly usual: RemoteWriteUsual
  /** Further statements at the end of the block. */
  readonly more: readonly Statement[]
}

export interface RemoteWriteUsual {
  readonly sendExemplars: boolean
  readonly retryOn429: boolean
}

/** Undefined without any receiver. */
export function convertRemoteWrite(
  receivers: readonly Fields[],
  { label, externalLabels, usual, more }: RemoteWriteOptions,
): Statement | undefined {
  if (receivers.length === 0) return undefined
  checkNames(receivers)
  const endpoints = receivers.map((fields) => block('endpoint', '', endpoint(fields, usual)))
  const names = receivers.map((fields) => fields.text('name') ?? '').join(', ')
  for (const fields of receivers) fields.rest()
  receivers[0].scope.report({
    weight: 'info',
    summary: `Converted ${receivers.length} remote_write[s] ${JSON.stringify(names)} into...`,
    details: [`A prometheus.remote_write.${label} component`],
  })
  return block('prometheus.remote_write', label, [...given('external_labels', externalLabels), ...endpoints, ...more])
}

function checkNames(receivers: readonly Fields[]): void {
  const seen = new Set<string>()
  for (const fields of receivers) {
    const name = fields.text('name') ?? ''
    if (name !== '' && seen.has(name)) {
      const message = `found multiple remote write configs with job name ${JSON.stringify(name)}`
      fail(fields.scope.report, fields.placeOf('name'), message, 'give one of the two another name')
    }
    seen.add(name)
  }
}

/** In the order in which Alloy writes them. */
function endpoint(fields: Fields, usual: RemoteWriteUsual): readonly Statement[] {
  const url = fields.text('url') ?? ''
  const { report } = fields.scope
  if (url === '') fail(report, fields.place, `${fields.path} needs a url`, 'write url: …')
  return [
    ...given('name', optional(fields, 'name')),
    attribute('url', text(url)),
    ...time(fields, 'remote_timeout', 30_000),
    ...given('headers', textObject(fields.textMap('headers'))),
    ...flag(fields, 'send_exemplars', usual.sendExemplars, true),
    ...flag(fields, 'send_native_histograms', false, false),
    ...protobufMessage(fields),
    ...flag(fields, 'round_robin_dns', false, false),
    ...httpClient(fields, { http2: false }),
    block('queue_config', '', queueConfig(fields, usual)),
    block('metadata_config', '', metadataConfig(fields)),
    ...relabelRules(fields.sections('write_relabel_configs'), 'write_relabel_config'),
    ...cloudLogins(fields),
  ]
}

const USUAL_MESSAGE = 'prometheus.WriteRequest'

function protobufMessage(fields: Fields): readonly Statement[] {
  const message = oneOf(fields, 'protobuf_message', [USUAL_MESSAGE, 'io.prometheus.write.v2.Request'])
  return message === undefined || message === USUAL_MESSAGE ? [] : [attribute('protobuf_message', text(message))]
}

function queueConfig(fields: Fields, { retryOn429 }: RemoteWriteUsual): readonly Statement[] {
  const queue = fields.section('queue_config')
  if (queue === undefined) return retryOn429 ? [] : [attribute('retry_on_http_429', 'false')]
  const body = [
    ...count(queue, 'capacity', 10_000),
    ...count(queue, 'max_shards', 50),
    ...count(queue, 'min_shards', 1),
    ...count(queue, 'max_samples_per_send', 2000),
    ...time(queue, 'batch_send_deadline', 5000),
    ...time(queue, 'min_backoff', 30),
    ...time(queue, 'max_backoff', 5000),
    ...flag(queue, 'retry_on_http_429', retryOn429, true),
    ...time(queue, 'sample_age_limit', 0),
  ]
  queue.rest()
  return body
}

function metadataConfig(fields: Fields): readonly Statement[] {
  const metadata = fields.section('metadata_config')
  if (metadata === undefined) return []
  const body = [
    ...flag(metadata, 'send', true, true),
    ...time(metadata, 'send_interval', 60_000),
    ...count(metadata, 'max_samples_per_send', 2000),
  ]
  metadata.rest()
  return body
}

function count(fields: Fields, name: string, usual: number): readonly Statement[] {
  const value = fields.count(name)
  return value === undefined || value === usual ? [] : [attribute(name, String(value))]
}

function time(fields: Fields, name: string, usual: number): readonly Statement[] {
  const value = fields.duration(name) ?? usual
  return value === usual ? [] : [attribute(name, duration(value))]
}

/** `usual` is what it is here when it isn't given, `there` what it is in Alloy. */
function flag(fields: Fields, name: string, usual: boolean, there: boolean): readonly Statement[] {
  const value = fields.flag(name) ?? usual
  return value === there ? [] : [attribute(name, String(value))]
}
