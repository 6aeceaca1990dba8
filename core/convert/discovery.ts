/**
 * Service discoveries of a job: one `discovery.*` block each, for the kinds that have a component. The others are named in
 * the report: a job without its targets is not the same job.
 */

import { didYouMean } from '../syntax/suggest.ts'
import {
  attribute,
  block,
  duration,
  type Expression,
  given,
  type Statement,
  someTexts,
  text,
  textObject,
  texts,
} from './alloy.ts'
import { type Fields, joinPath } from './fields.ts'
import { file, httpClient, optional, tls } from './http-client.ts'
import { fail } from './remarks.ts'

export interface FoundDiscovery {
  /** Such as `discovery.file`. */
  readonly component: string
  readonly body: readonly Statement[]
}

export interface FoundDiscoveries {
  /** By kind in the order of the alphabet, as Prometheus loads them, and in that of the file within a kind. */
  readonly discoveries: readonly FoundDiscovery[]
  /** Some could not be converted. */
  readonly incomplete: boolean
}

/** Marks every `*_sd_configs` of the job as read. */
export function discoveriesOf(job: Fields): FoundDiscoveries {
  const discoveries: FoundDiscovery[] = []
  let incomplete = false
  for (const kind of [...Object.keys(KINDS), ...WITHOUT_COMPONENT].sort()) {
    const name = `${kind}_sd_configs`
    const body = KINDS[kind]
    if (body === undefined) {
      if (withoutComponent(job, name, kind)) incomplete = true
      continue
    }
    for (const one of job.sections(name)) {
      discoveries.push({ component: `discovery.${kind}`, body: body(one) })
      one.rest()
    }
  }
  // Kinds of later versions, and slips of the pen.
  for (const name of job.others()) {
    const kind = /^(.+)_sd_configs$/.exec(name)?.[1]
    if (kind !== undefined && withoutComponent(job, name, kind)) incomplete = true
  }
  return { discoveries, incomplete }
}

/** Kinds that Prometheus or the agent's static mode have and skein hasn't. */
const WITHOUT_COMPONENT: readonly string[] = [
  'aws',
  'azure',
  'digitalocean',
  'ec2',
  'eureka',
  'gce',
  'hetzner',
  'ionos',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
]

function withoutComponent(job: Fields, name: string, kind: string): boolean {
  const value = job.tree(name)
  if (value === undefined || (value.kind === 'list' && value.items.length === 0)) return false
  job.scope.report({
    weight: 'error',
    place: job.placeOf(name),
    summary: `The converter does not support converting the provided ${kind} service discovery.`,
    details: [
      didYouMean(kind, Object.keys(KINDS)) ??
        'write its targets to a file, for file_sd_configs, or serve them for http_sd_configs',
    ],
  })
  return true
}

const HTTP = { http2: true }
const MINUTE = 60_000

const KINDS: Readonly<Record<string, (fields: Fields) => readonly Statement[]>> = {
  consul: (fields) => [
    ...unless('server', fields.text('server'), 'localhost:8500'),
    ...given('token', optional(fields, 'token')),
    ...given('datacenter', optional(fields, 'datacenter')),
    ...given('namespace', optional(fields, 'namespace')),
    ...given('partition', optional(fields, 'partition')),
    ...unless('tag_separator', fields.text('tag_separator'), ','),
    ...unless('scheme', fields.text('scheme'), 'http'),
    ...given('username', optional(fields, 'username')),
    ...given('password', optional(fields, 'password')),
    ...flagUnless('allow_stale', fields, true),
    ...given('services', someTexts(fields.texts('services'))),
    ...given('tags', someTexts(fields.texts('tags'))),
    ...given('node_meta', textObject(fields.textMap('node_meta'))),
    ...refresh(fields, 30_000),
    ...httpClient(fields, HTTP),
    ...withoutArgument(fields, 'consul', ['path_prefix', 'filter', 'health_filter']),
  ],

  dns: (fields) => {
    const type = (fields.text('type') ?? 'SRV').toUpperCase()
    const port = fields.count('port')
    needed(fields, 'names', fields.texts('names')?.length)
    if (type !== 'SRV' && port === undefined)
      fail(fields.scope.report, fields.place, `${fields.path} of type ${type} needs a port`, 'write port: …')
    return [
      attribute('names', texts(fields.texts('names') ?? [])),
      ...refresh(fields, 30_000),
      ...unless('type', type, 'SRV'),
      ...(port === undefined || port === 0 ? [] : [attribute('port', String(port))]),
    ]
  },

  consulagent: (fields) => [
    ...unless('server', fields.text('server'), 'localhost:8500'),
    ...given('token', optional(fields, 'token')),
    ...given('datacenter', optional(fields, 'datacenter')),
    ...unless('tag_separator', fields.text('tag_separator'), ','),
    ...unless('scheme', fields.text('scheme'), 'http'),
    ...given('username', optional(fields, 'username')),
    ...given('password', optional(fields, 'password')),
    ...given('services', someTexts(fields.texts('services'))),
    ...given('tags', someTexts(fields.texts('tags'))),
    ...refresh(fields, 30_000),
    ...tls(fields),
  ],

  docker: (fields) => [
    attribute('host', text(needed(fields, 'host', fields.text('host')) ?? '')),
    ...countUnless('port', fields, 80),
    ...unless('host_networking_host', fields.text('host_networking_host'), 'localhost'),
    ...flagUnless('match_first_network', fields, true),
    ...refresh(fields, MINUTE),
    ...filters(fields),
    ...httpClient(fields, HTTP),
  ],

  dockerswarm: (fields) => [
    attribute('host', text(needed(fields, 'host', fields.text('host')) ?? '')),
    attribute('role', text(needed(fields, 'role', fields.text('role')) ?? '')),
    ...countUnless('port', fields, 80),
    ...filters(fields),
    ...refresh(fields, MINUTE),
    ...httpClient(fields, HTTP),
  ],

  file: (fields) => [attribute('files', files(fields)), ...refresh(fields, 5 * MINUTE)],

  http: (fields) => [
    attribute('url', text(needed(fields, 'url', fields.text('url')) ?? '')),
    ...httpClient(fields, HTTP),
    ...refresh(fields, MINUTE),
  ],

  kubernetes: (fields) => {
    const role = needed(fields, 'role', fields.text('role'))?.toLowerCase() ?? ''
    const api = fields.text('api_server')
    return [
      ...(api === undefined || api === '' ? [] : [attribute('api_server', text(api))]),
      attribute('role', text(role)),
      ...given('kubeconfig_file', file(fields, 'kubeconfig_file')),
      ...httpClient(fields, HTTP),
      ...namespaces(fields),
      ...fields.sections('selectors').map(selector),
      ...attachMetadata(fields),
    ]
  },

  nomad: (fields) => [
    ...flagUnless('allow_stale', fields, true),
    ...unless('namespace', fields.text('namespace'), 'default'),
    ...refresh(fields, MINUTE),
    ...unless('region', fields.text('region'), 'global'),
    ...unless('server', needed(fields, 'server', fields.text('server')), 'http://localhost:4646'),
    ...unless('tag_separator', fields.text('tag_separator'), ','),
    ...httpClient(fields, HTTP),
  ],
}

/** What Docker is asked for. */
function filters(fields: Fields): readonly Statement[] {
  return fields.sections('filters').map((filter) => {
    const body = [
      attribute('name', text(filter.text('name') ?? '')),
      attribute('values', texts(filter.texts('values') ?? [])),
    ]
    filter.rest()
    return block('filter', '', body)
  })
}

/** Patterns of paths; relative ones begin at the directory of the configuration. */
function files(fields: Fields): Expression {
  const patterns = fields.texts('files') ?? []
  needed(fields, 'files', patterns.length)
  return texts(patterns.map((pattern) => joinPath(fields.scope.directory, pattern)))
}

function namespaces(fields: Fields): readonly Statement[] {
  const section = fields.section('namespaces')
  if (section === undefined) return []
  const own = section.flag('own_namespace') ?? false
  const body = [
    ...(own ? [attribute('own_namespace', 'true')] : []),
    ...given('names', someTexts(section.texts('names'))),
  ]
  section.rest()
  return body.length === 0 ? [] : [block('namespaces', '', body)]
}

function selector(section: Fields): Statement {
  const body = [
    attribute('role', text((section.text('role') ?? '').toLowerCase())),
    ...given('label', optional(section, 'label')),
    ...given('field', optional(section, 'field')),
  ]
  section.rest()
  return block('selectors', '', body)
}

function attachMetadata(fields: Fields): readonly Statement[] {
  const section = fields.section('attach_metadata')
  if (section === undefined) return []
  const body = ['node', 'namespace'].flatMap((name) => (section.flag(name) === true ? [attribute(name, 'true')] : []))
  section.rest()
  return body.length === 0 ? [] : [block('attach_metadata', '', body)]
}

/** Fields that change which targets are found, and have no argument to go to. */
function withoutArgument(fields: Fields, kind: string, names: readonly string[]): readonly Statement[] {
  for (const name of names) fields.unsupported(name, `${kind} service discovery ${name}`, 'error')
  return []
}

function needed<T extends string | number>(fields: Fields, name: string, value: T | undefined): T | undefined {
  if (value === undefined || value === '' || value === 0)
    fail(fields.scope.report, fields.place, `${fields.path} needs ${name}`, `write ${name}: …`)
  return value
}

function unless(name: string, value: string | undefined, usual: string): readonly Statement[] {
  return value === undefined || value === usual ? [] : [attribute(name, text(value))]
}

function flagUnless(name: string, fields: Fields, usual: boolean): readonly Statement[] {
  const value = fields.flag(name)
  return value === undefined || value === usual ? [] : [attribute(name, String(value))]
}

function countUnless(name: string, fields: Fields, usual: number): readonly Statement[] {
  const value = fields.count(name)
  return value === undefined || value === usual ? [] : [attribute(name, String(value))]
}

function refresh(fields: Fields, usual: number): readonly Statement[] {
  const value = fields.duration('refresh_interval') ?? usual
  return value === usual ? [] : [attribute('refresh_interval', duration(value))]
}
