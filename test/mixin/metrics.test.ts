/** What dashboards and alerts ask for is what an agent exposes: metrics, labels, and the values of labels that are words. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Exposed, whatAgentsExpose } from './exposed.ts'
import { expressions, variableExpressions } from './mixin.ts'
import { asked } from './promql.ts'

/** Given to every metric by whoever scrapes it. */
const FROM_SCRAPING: ReadonlySet<string> = new Set(['cluster', 'namespace', 'job', 'instance'])
/** Labels with words of ours as values. */
const OF_WORDS: ReadonlySet<string> = new Set([
  'state',
  'event',
  'reason',
  'health',
  'health_type',
  'share',
  'result',
  'kind',
])

let exposed: Exposed

/** What is asked for and isn't there. */
function missing(expr: string, legend: string): string[] {
  const { selectors, groupings } = asked(expr)
  const problems: string[] = []
  const has = (name: string, label: string): boolean =>
    FROM_SCRAPING.has(label) || exposed.get(name)?.has(label) === true
  for (const { names, matchers } of selectors) {
    for (const name of names) {
      if (!exposed.has(name)) problems.push(`no metric ${name}`)
      for (const { label, op, value } of matchers) {
        if (!has(name, label)) problems.push(`no label ${label} on ${name}`)
        if (!OF_WORDS.has(label) || value === '') continue
        const words = op.endsWith('~') ? value.split('|') : [value]
        for (const word of words) {
          if (exposed.get(name)?.get(label)?.has(word)) continue
          problems.push(`${name} never has ${label}="${word}"`)
        }
      }
    }
  }
  for (const { word, labels, over } of groupings) {
    const names = over.flatMap((selector) => selector.names)
    for (const label of labels) {
      if (!names.some((name) => has(name, label))) problems.push(`${word} (${label}): none of ${names.join()} has it`)
    }
  }
  for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
    const all = selectors.flatMap(({ names }) => names)
    if (!all.some((name) => has(name, label))) problems.push(`{{${label}}}: none of ${all.join()} has it`)
    const kept = groupings.filter((one) => one.word === 'by').map(({ labels }) => labels)
    if (kept.length > 0 && !kept[0].includes(label) && !kept.some((labels) => labels.includes(label)))
      problems.push(`{{${label}}} is summed away`)
  }
  return [...new Set(problems)]
}

describe('what the mixin asks for', () => {
  beforeAll(async () => {
    exposed = await whatAgentsExpose()
  })

  it('is exposed', () => {
    const problems = [...expressions(), ...variableExpressions()].flatMap(({ where, expr, legend }) =>
      missing(expr, legend).map((problem) => `${where}: ${problem}`),
    )
    expect(problems).toEqual([])
  })

  it.each([
    ['cluster_node_peer', 'no metric cluster_node_peer'],
    ['cluster_node_peers{stat="viewer"}', 'no label stat on cluster_node_peers'],
    ['cluster_node_peers{state="gone"}', 'cluster_node_peers never has state="gone"'],
    ['sum by (cluster, sha) (alloy_config_hash)', 'by (sha): none of alloy_config_hash has it'],
    ['up and on (job, nam) cluster_node_peers', 'no metric up'],
    ['rate(alloy_component_evaluation_seconds[5m])', 'no metric alloy_component_evaluation_seconds'],
  ])('would be missed in %s', (expr, problem) => {
    expect(missing(expr, '')).toContain(problem)
  })

  it('would be missed in a legend', () => {
    expect(missing('sum by (instance) (cluster_node_peers)', '{{state}}')).toEqual(['{{state}} is summed away'])
    expect(missing('cluster_node_peers', '{{stat}}')).toEqual(['{{stat}}: none of cluster_node_peers has it'])
  })
})

describe('reading PromQL', () => {
  it('finds selectors and groupings', () => {
    const { selectors, groupings } = asked(
      '1 - sum by (a) (rate(x_total{b=~"c|d", e!=""}[5m] offset 1m)) > bool 2 or time()',
    )
    expect(selectors).toEqual([
      {
        names: ['x_total'],
        matchers: [
          { label: 'b', op: '=~', value: 'c|d' },
          { label: 'e', op: '!=', value: '' },
        ],
      },
    ])
    expect(groupings).toMatchObject([{ word: 'by', labels: ['a'] }])
    expect(asked('a / on (x) group_left (y) count(b) unless c').selectors.map(({ names }) => names[0])).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it.each(['sum by (a', 'x{a}', '{a="b"}', 'x ?', 'sum by (a) x'])('refuses %s', (expression) => {
    expect(() => asked(expression)).toThrow()
  })
})
