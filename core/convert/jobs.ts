/** Scrape jobs: each becomes its discoveries, a relabelling of targets, a scrape, and a relabelling of series. */
import { attribute, block, comment, type Expression, given, object, type Statement, text, texts } from './alloy.ts'
import { discoveriesOf, type FoundDiscoveries } from './discovery.ts'
import type { Fields } from './fields.ts'
import { httpClient } from './http-client.ts'
import { asLabel, createLabels, type Labels } from './labels.ts'
import { relabelRules } from './relabel.ts'
import { fail, warn } from './remarks.ts'
import {
  histogramAttributes,
  isReadable,
  limitAttributes,
  namingAttributes,
  oneOf,
  protocolAttributes,
  type ScrapeSettings,
  scrapeSettings,
  settingsOfJob,
  timingAttributes,
} from './scrape-settings.ts'
import { joinedTargets, staticTargets } from './targets.ts'

export interface JobsOptions {
  readonly global: ScrapeSettings
  /** Stands before all labels; empty for none. */
  readonly prefix: string
  /** Those of other jobs. */
  readonly labels: Labels
  /** Where samples go, an expression; undefined when there is no receiver. */
  readonly receiver: Expression | undefined
  readonly clustering: boolean
  /** Called after each of them. */
  readonly turn: (() => Promise<void>) | undefined
}

/** The blocks of all jobs, in the groups in which they are written. */
export interface JobBlocks {
  readonly discovery: readonly Statement[]
  readonly discoveryRelabel: readonly Statement[]
  readonly scrape: readonly Statement[]
  readonly relabel: readonly Statement[]
}

export async function convertJobs(jobs: readonly Fields[], options: JobsOptions): Promise<JobBlocks> {
  const named = nameJobs(jobs, options)
  const inUse = named.map(({ label }) => label)
  const labelsOf = new Map<string, Labels>()
  const blocks = { discovery: [], discoveryRelabel: [], scrape: [], relabel: [] } as Record<
    keyof JobBlocks,
    Statement[]
  >

  function discoveryLabel(component: string, label: string, number: number): string {
    if (number === 1) return label
    let labels = labelsOf.get(component)
    if (labels === undefined) {
      labels = createLabels(inUse)
      labelsOf.set(component, labels)
    }
    return labels.claim(`${label}_${number}`)
  }

  for (const one of named) {
    const made: string[] = []
    convertJob(one, options, {
      discoveryLabel,
      add(group, component, label, body) {
        made.push(`A ${component}.${label} component`)
        blocks[group].push(block(component, label, body))
      },
    })
    one.fields.scope.report({
      weight: 'info',
      summary: `Converted scrape_configs job_name ${JSON.stringify(one.name)} into...`,
      details: made,
    })
    await options.turn?.()
  }
  return blocks
}

interface Job {
  readonly fields: Fields
  readonly name: string
  readonly label: string
}

function nameJobs(jobs: readonly Fields[], { prefix, labels }: JobsOptions): readonly Job[] {
  const seen = new Map<string, Fields>()
  return jobs.map((fields) => {
    const name = fields.text('job_name') ?? ''
    const { report } = fields.scope
    const place = fields.placeOf('job_name')
    const earlier = seen.get(name)
    if (name === '') fail(report, place, `${fields.path} needs a job_name`, 'write job_name: …')
    else if (earlier !== undefined) {
      const first = earlier.placeOf('job_name')
      const hint = `the other one is at ${first.file}:${first.line}: give one of the two another name`
      fail(report, place, `found multiple scrape configs with job name ${JSON.stringify(name)}`, hint)
    }
    seen.set(name, fields)

    const wanted = asLabel(prefix === '' ? name : `${prefix}_${name}`)
    const label = labels.claim(wanted)
    if (label !== wanted && earlier === undefined) {
      const message = `the blocks of job ${JSON.stringify(name)} are labelled ${label}`
      warn(report, place, message, `another job has the label ${wanted}, in which only letters, digits and _ can stand`)
    }
    return { fields, name, label }
  })
}

/** Where the blocks of a job go. */
interface Destination {
  /** Label of the `number`th block of that kind of the job that has `label`; numbers from 1. */
  discoveryLabel(component: string, label: string, number: number): string
  add(group: keyof JobBlocks, component: string, label: string, body: readonly Statement[]): void
}

function convertJob({ fields, name, label }: Job, options: JobsOptions, to: Destination): void {
  const targetRules = fields.sections('relabel_configs')
  const seriesRules = fields.sections('metric_relabel_configs')
  const targets = targetsOf(fields, label, targetRules.length > 0, to)
  const receiver = receiverOf(options.receiver)

  if (targetRules.length > 0) {
    const rules = relabelRules(targetRules, 'rule')
    to.add('discoveryRelabel', 'discovery.relabel', label, [attribute('targets', targets), ...rules])
  }
  to.add('scrape', 'prometheus.scrape', label, [
    attribute('targets', targetRules.length > 0 ? `discovery.relabel.${label}.output` : targets),
    ...(seriesRules.length > 0 ? receiverOf(`prometheus.relabel.${label}.receiver`) : receiver),
    ...scrapeArguments(fields, name, options),
  ])
  if (seriesRules.length > 0) {
    to.add('relabel', 'prometheus.relabel', label, [...receiver, ...relabelRules(seriesRules, 'rule')])
  }
  fields.rest()
}

function receiverOf(receiver: Expression | undefined): readonly Statement[] {
  if (receiver !== undefined) return [attribute('forward_to', `[${receiver}]`)]
  return [
    comment('There is no remote_write: name a receiver here, or the samples are lost.'),
    attribute('forward_to', '[]'),
  ]
}

function targetsOf(fields: Fields, label: string, relabelled: boolean, to: Destination): Expression {
  const { discoveries, incomplete }: FoundDiscoveries = discoveriesOf(fields)
  const numbers = new Map<string, number>()
  const exports = discoveries.map(({ component, body }) => {
    const number = (numbers.get(component) ?? 0) + 1
    numbers.set(component, number)
    const own = to.discoveryLabel(component, label, number)
    to.add('discovery', component, own, body)
    return `${component}.${own}.targets`
  })
  const inline = staticTargets(fields, relabelled)
  if (exports.length + inline.length === 0 && !incomplete) {
    warn(
      fields.scope.report,
      fields.place,
      `${fields.path} has no targets`,
      'add static_configs or a service discovery',
    )
  }
  return joinedTargets(exports, inline)
}

/** In the order in which Alloy writes them. */
function scrapeArguments(fields: Fields, name: string, { global, clustering }: JobsOptions): readonly Statement[] {
  const own = scrapeSettings(fields, 'scrape_configs')
  const settings = settingsOfJob(own, global)
  if ((settings.timeout ?? 0) > (settings.interval ?? 0)) {
    const message = `scrape timeout greater than scrape interval for scrape config with job name ${JSON.stringify(name)}`
    fail(fields.scope.report, fields.placeOf('scrape_timeout'), message, 'make the timeout shorter')
  }
  return [
    attribute('job_name', text(name)),
    ...(fields.flag('honor_labels') === true ? [attribute('honor_labels', 'true')] : []),
    ...(fields.flag('honor_timestamps') === false ? [attribute('honor_timestamps', 'false')] : []),
    ...(fields.flag('track_timestamps_staleness') === true ? [attribute('track_timestamps_staleness', 'true')] : []),
    ...given('params', params(fields)),
    ...timingAttributes(settings),
    ...protocolAttributes(settings),
    ...given('scrape_fallback_protocol', fallbackProtocol(fields)),
    ...given('metrics_path', unless(fields.text('metrics_path'), '/metrics')),
    ...given('scheme', unless(oneOf(fields, 'scheme', ['http', 'https']), 'http')),
    ...(fields.flag('enable_compression') === false ? [attribute('enable_compression', 'false')] : []),
    ...limitAttributes(settings),
    ...histogramAttributes(settings),
    ...httpClient(fields, { http2: true }),
    ...namingAttributes(settings),
    ...(clustering ? [block('clustering', '', [attribute('enabled', 'true')])] : []),
  ]
}

function params(fields: Fields): Expression | undefined {
  const found = fields.textsMap('params')
  return found && object(new Map([...found].map(([name, values]) => [name, texts(values)])))
}

function unless(value: string | undefined, usual: string): Expression | undefined {
  return value === undefined || value === '' || value === usual ? undefined : text(value)
}

function fallbackProtocol(fields: Fields): Expression | undefined {
  const protocol = fields.text('scrape_fallback_protocol')
  if (protocol === undefined || protocol === '' || !isReadable(protocol, fields, 'scrape_fallback_protocol'))
    return undefined
  return unless(protocol, 'PrometheusText0.0.4')
}
