/** prometheus.yml as a whole. */
import type { Files } from '../ports.ts'
import { type Expression, object, type Statement } from './alloy.ts'
import { usesEnvironment, withEnvironment } from './environment.ts'
import { type Fields, noFields } from './fields.ts'
import { convertJobs, type JobBlocks } from './jobs.ts'
import { createLabels } from './labels.ts'
import { warn } from './remarks.ts'
import { convertRemoteWrite } from './remote-write.ts'
import { jobsOfFiles } from './scrape-files.ts'
import { scrapeSettings } from './scrape-settings.ts'

export interface PrometheusOptions {
  readonly files: Pick<Files, 'read' | 'list'>
  /** Whether every scrape shares its targets with the cluster. */
  readonly clustering: boolean
  readonly turn?: (() => Promise<void>) | undefined
}

const RULES = 'an agent evaluates no rules: load them into the receiver'
const SERVER = 'it is about storing and asking, which an agent does not'

/** The names that a file of this kind can have at the top: to recognise it by. */
export const PROMETHEUS_FIELDS: readonly string[] = [
  'global',
  'runtime',
  'alerting',
  'rule_files',
  'scrape_config_files',
  'scrape_configs',
  'storage',
  'tracing',
  'remote_write',
  'remote_read',
  'otlp',
]

export async function convertPrometheus(config: Fields, options: PrometheusOptions): Promise<readonly Statement[]> {
  const global = config.section('global') ?? noFields(config.place, 'global', config.scope)
  const settings = scrapeSettings(global, 'global')
  const externalLabels = externalLabelsOf(global)
  // Which is the default.
  if (global.duration('evaluation_interval') !== 60_000)
    global.unsupported('evaluation_interval', 'global evaluation_interval', 'warning', RULES)
  global.unsupported('rule_query_offset', 'global rule_query_offset', 'warning', RULES)
  global.unsupported('query_log_file', 'global query_log_file', 'warning', SERVER)
  global.rest()
  config.unsupported('alerting', 'alerting', 'warning', RULES)
  config.unsupported('rule_files', 'rule_files', 'warning', RULES)

  const receivers = config.sections('remote_write')
  const jobs = [...config.sections('scrape_configs'), ...(await jobsOfFiles(config, options.files))]
  if (jobs.length === 0) warn(config.scope.report, config.place, 'there is nothing to scrape', 'add scrape_configs')
  if (receivers.length === 0) {
    const hint = 'the samples go nowhere: add remote_write, or name a receiver where forward_to is empty'
    warn(config.scope.report, config.place, 'there is no remote_write', hint)
  }
  const blocks = await convertJobs(jobs, {
    global: settings,
    prefix: '',
    labels: createLabels(),
    receiver: receivers.length === 0 ? undefined : 'prometheus.remote_write.default.receiver',
    clustering: options.clustering,
    turn: options.turn,
  })
  for (const name of ['storage', 'tracing', 'runtime', 'otlp', 'remote_read']) {
    config.unsupported(name, name, 'warning', SERVER)
  }
  const remoteWrite = convertRemoteWrite(receivers, {
    label: 'default',
    externalLabels,
    usual: { sendExemplars: false, retryOn429: false },
    more: [],
  })
  config.rest()
  return inOrder(blocks, remoteWrite)
}

export function inOrder(blocks: JobBlocks, remoteWrite: Statement | undefined): readonly Statement[] {
  return [
    ...blocks.discovery,
    ...blocks.discoveryRelabel,
    ...blocks.scrape,
    ...blocks.relabel,
    ...(remoteWrite === undefined ? [] : [remoteWrite]),
  ]
}

function externalLabelsOf(global: Fields): Expression | undefined {
  const labels = global.textMap('external_labels')
  if (labels === undefined) return undefined
  for (const [name, value] of labels) {
    if (!usesEnvironment(value)) continue
    global.scope.report({
      weight: 'info',
      place: global.placeOf('external_labels'),
      summary: `external label ${JSON.stringify(name)} is taken from the environment when the agent starts`,
    })
  }
  return object(new Map([...labels].map(([name, value]) => [name, withEnvironment(value)])))
}
