/** Targets: files and answers that list them, the APIs of Docker, Consul and Nomad. */
import { nextIndex } from '../../../core/discovery/blocking-query.ts'
import { consulGroup, healthOf } from '../../../core/discovery/consul-targets.ts'
import { consulAgentGroup } from '../../../core/discovery/consulagent-targets.ts'
import { dockerTargets } from '../../../core/discovery/docker-targets.ts'
import { nodeTargets, serviceTargets, taskTargets } from '../../../core/discovery/dockerswarm-targets.ts'
import { jsonList } from '../../../core/discovery/json-list.ts'
import { jsonPlace } from '../../../core/discovery/json-place.ts'
import { nomadTarget } from '../../../core/discovery/nomad-targets.ts'
import type { TargetGroup } from '../../../core/discovery/source.ts'
import { readGroups } from '../../../core/discovery/target-groups.ts'
import { parsedJson } from '../../../core/kubernetes/json.ts'
import { MAX_TARGETS_BYTES } from '../../../core/limits.ts'
import { buildTarget } from '../../../core/scrape/target.ts'
import { scrapeConfig } from '../../support/scrape-config.ts'
import type { Bytes } from '../mutate.ts'
import { asJson, check, drained, isForPeople, type Parser, text, texts } from '../parser.ts'

const DISCOVERY = 'core/discovery'

const JSON_TOKENS: readonly string[] = [
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '""',
    '[]',
    '{}',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '"__proto__":',
    '"toString":',
  ],
]

function checkLabels(all: readonly ReadonlyMap<string, string>[]): void {
  for (const labels of all) {
    for (const [name, value] of labels) {
      check(typeof name === 'string' && typeof value === 'string', `label ${name} is a text`)
      check(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name), `${name} is the name of a label`)
    }
    // Whoever scrapes it must be able to say what is wrong with it.
    buildTarget(labels, config)
  }
}

const config = scrapeConfig()

function checkGroup(group: TargetGroup | undefined): void {
  if (group === undefined) return
  checkLabels([group.labels, ...group.targets].map((labels) => new Map([['__address__', 'a:1'], ...labels])))
}

/** A list of an API, each element made into targets by `make`. */
function listReader(make: (elements: readonly unknown[]) => unknown): (input: Bytes) => void {
  return (input) => {
    const elements = drained(jsonList(input))
    check(deepJson(input, elements), 'elements are those of the whole')
    make(elements)
  }
}

/** Whether JSON.parse finds the same: the list is taken apart by hand. */
function deepJson(input: Bytes, elements: readonly unknown[]): boolean {
  try {
    return JSON.stringify(JSON.parse(text(input)) ?? []) === JSON.stringify(elements)
  } catch {
    return false
  }
}

const DOCKER = [
  {
    Id: 'c1',
    Names: ['/web'],
    Labels: { 'a.b': 'c' },
    Ports: [{ PrivatePort: 80, PublicPort: 8080, Type: 'tcp', IP: '0.0.0.0' }],
    HostConfig: { NetworkMode: 'container:c2' },
    NetworkSettings: { Networks: {} },
  },
  { Id: 'c2', Names: ['/db'], NetworkSettings: { Networks: { n: { NetworkID: 'n1', IPAddress: '10.0.0.2' } } } },
]

const SWARM = [
  {
    ID: 's1',
    ServiceID: 's1',
    NodeID: 's1',
    Spec: { Name: 'x', Mode: { Global: {} }, Labels: { a: 'b' }, TaskTemplate: { ContainerSpec: { Image: 'i' } } },
    Endpoint: {
      Ports: [{ Protocol: 'tcp', PublishedPort: 80 }],
      VirtualIPs: [{ NetworkID: 'n1', Addr: '10.0.0.3/24' }],
    },
    Status: { Addr: '10.0.0.1', PortStatus: { Ports: [{ Protocol: 'tcp', PublishedPort: 80 }] } },
    NetworksAttachments: [{ Network: { ID: 'n1' }, Addresses: ['10.0.0.4/24'] }],
    ManagerStatus: { Leader: true, Addr: 'a' },
    Description: { Hostname: 'h', Platform: { OS: 'linux' } },
  },
]

const CONSUL = [
  {
    Node: { Node: 'n', Address: '10.0.0.1', Datacenter: 'dc1', Meta: { a: 'b' }, TaggedAddresses: { lan: '10.0.0.1' } },
    Service: {
      ID: 'i',
      Service: 's',
      Port: 80,
      Tags: ['a', 'b'],
      Meta: { c: 'd' },
      TaggedAddresses: { lan: { Address: 'x', Port: 1 } },
    },
    Checks: [{ CheckID: 'c', Status: 'passing' }],
  },
]

const NOMAD = [{ ID: 'i', ServiceName: 's', Address: '10.0.0.1', Port: 80, Tags: ['a'], Datacenter: 'dc1', JobID: 'j' }]

const TARGETS_JSON = '[{"targets":["a:1","b:2"],"labels":{"env":"prod"}},{"targets":null}]'

const TARGETS_YAML = '---\n# all\n- targets: ["a:1", \'b\']\n  labels: {env: prod}\n- targets:\n    - c:3\n'

function groupReader(format: 'json' | 'yaml'): (input: Bytes) => void {
  return (input) => {
    try {
      const groups = drained(readGroups({ bytes: input, format, name: 'f' }, 'f', new Map([['__meta_filepath', 'f']])))
      for (const { labels, targets } of groups) {
        for (const one of [labels, ...targets])
          for (const [name, value] of one) check(`${name}${value}`.length > 0, 'labels are texts')
      }
    } catch (thrown) {
      if (isForPeople(thrown))
        check(
          /^f:\d+: ./.test((thrown as Error).message) || /does not hold/.test(`${thrown}`),
          `a line is named: ${thrown}`,
        )
      throw thrown
    }
  }
}

export const discoveryParsers: readonly Parser[] = [
  {
    name: 'targets in JSON',
    covers: [
      `${DISCOVERY}/target-groups.ts:readGroups`,
      `${DISCOVERY}/json-list.ts:jsonList`,
      `${DISCOVERY}/json-place.ts:jsonPlace`,
    ],
    seeds: texts(TARGETS_JSON, 'null', '[]'),
    tokens: [...JSON_TOKENS, '{"targets":["a"]},'],
    longest: MAX_TARGETS_BYTES,
    documented: isForPeople,
    read: groupReader('json'),
  },
  {
    name: 'targets in YAML',
    covers: [`${DISCOVERY}/target-groups.ts:readGroups`, `${DISCOVERY}/yaml-list.ts:yamlList`],
    seeds: texts(TARGETS_YAML, '[]', '- targets: []\n'),
    tokens: [
      '- ',
      '\n- ',
      '\n',
      ': ',
      '#',
      '"',
      "'",
      '&a ',
      '*a',
      '---\n',
      '{',
      '}',
      '[',
      ']',
      '\t',
      '\r\n',
      'labels:\n',
    ],
    longest: MAX_TARGETS_BYTES,
    // The library's own pace, in steps.
    microsPerByte: 20,
    inputs: 80,
    documented: isForPeople,
    read: groupReader('yaml'),
  },
  {
    name: 'place of a problem in JSON',
    covers: [`${DISCOVERY}/json-place.ts:jsonPlace`],
    seeds: texts(TARGETS_JSON),
    tokens: JSON_TOKENS,
    longest: MAX_TARGETS_BYTES,
    read(input) {
      const source = text(input)
      const place = drained(jsonPlace(source))
      let valid = true
      try {
        JSON.parse(source)
      } catch {
        valid = false
      }
      check((place === undefined) === valid, 'it finds a problem where JSON.parse does')
      check(place === undefined || place.line <= source.split('\n').length, 'a line is one of the text')
    },
  },
  {
    name: 'containers of Docker',
    covers: [`${DISCOVERY}/docker-targets.ts:dockerTargets`],
    seeds: asJson(DOCKER),
    tokens: JSON_TOKENS,
    documented: isForPeople,
    read: listReader((elements) =>
      checkLabels(
        drained(dockerTargets(elements, elements, { port: 80, hostNetworkingHost: 'h', matchFirstNetwork: true })),
      ),
    ),
  },
  {
    name: 'objects of Docker Swarm',
    covers: [`${DISCOVERY}/dockerswarm-targets.ts:taskTargets`],
    seeds: asJson(SWARM),
    tokens: JSON_TOKENS,
    documented: isForPeople,
    read: listReader((elements) => {
      checkLabels(drained(nodeTargets(elements, 80)))
      checkLabels(drained(serviceTargets(elements, elements, 80)))
      checkLabels(drained(taskTargets(elements, elements, elements, elements, 80)))
    }),
  },
  {
    name: 'services of Consul and Nomad',
    covers: [
      ...[`${DISCOVERY}/consul-targets.ts:consulGroup`, `${DISCOVERY}/consulagent-targets.ts:consulAgentGroup`],
      `${DISCOVERY}/nomad-targets.ts:nomadTarget`,
    ],
    seeds: asJson(CONSUL, NOMAD),
    tokens: JSON_TOKENS,
    documented: isForPeople,
    read: listReader((elements) => {
      const rules = { tagSeparator: ',', datacenter: '' }
      checkGroup(drained(consulGroup('s', elements, rules)))
      checkGroup(drained(consulAgentGroup('s', elements[0], elements, healthOf(elements), rules)))
      checkLabels(elements.map((element) => nomadTarget(element, ',')))
      check(nextIndex(3, elements.length) >= 0, 'an index counts from 0')
    }),
  },
  {
    name: 'target of a scrape',
    covers: ['core/scrape/target.ts:buildTarget'],
    seeds: asJson({
      __address__: 'a:1',
      __scheme__: 'https',
      __metrics_path__: '/x?y',
      __param_a: 'b',
      job: 'j',
      __scrape_interval__: '1m',
    }),
    tokens: ['/', '?', '#', '%', '@', ':', '[', ']', '\\u0000', '\\ud800', '..', ' '],
    read(input) {
      const object = parsedJson(input)
      const labels = new Map(
        Object.entries(object ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
      const result = buildTarget(labels, config)
      if (!result.ok) {
        check(result.error !== '', 'a refusal has a reason')
        return
      }
      const { url, interval, timeout } = result.target
      check(url.protocol === 'http:' || url.protocol === 'https:', 'targets are scraped by HTTP')
      check(interval > 0 && timeout > 0 && timeout <= interval, 'times fit each other')
    },
  },
]
