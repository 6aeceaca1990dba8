/** Made-up targets of the made-up fleet, and the answers about them. */
import type { Work } from '../../../core/api/node.ts'
import type { ExplainAnswer, TargetExplanation, TargetRow, TargetsPage } from '../../../core/api/targets.ts'
import { at, chance, NODES } from './canned-cluster.ts'

const ERRORS = [
  'Get "http://10.0.9.7:9100/metrics": connect ECONNREFUSED 10.0.9.7:9100',
  'server returned HTTP status 503 Service Unavailable',
  'no answer within 10 s',
]

export function makeTargets(total: number): readonly TargetRow[] {
  const next = chance(42)
  return Array.from({ length: total }, (_, index): TargetRow => {
    const job = ['node', 'api', 'postgres', 'ingress'][index % 4]
    const instance = `10.0.${Math.floor(index / 50)}.${index % 50}:${9100 + (index % 4) * 87}`
    const owner = NODES[Math.floor(next() * 4)]
    const told = owner !== 'skein-2' && owner !== 'skein-3'
    const health = !told ? 'unknown' : next() < 0.06 ? 'down' : 'up'
    return {
      component: job === 'ingress' ? 'prometheus.scrape.ingress' : 'prometheus.scrape.default',
      key: `${index.toString(16).padStart(4, '0')}${Math.floor(next() * 2 ** 48)
        .toString(16)
        .padStart(12, '0')}`,
      job,
      url: told ? `http://${instance}/metrics` : '',
      labels: {
        instance,
        job,
        region: next() < 0.5 ? 'eu-west-1' : 'eu-central-1',
        team: ['core', 'payments', 'search'][index % 3],
      },
      owner,
      toldBy: told ? owner : null,
      health,
      lastScrape: told ? at(next() * 15) : null,
      durationSeconds: told ? 0.004 + next() * 0.3 : 0,
      samples: health === 'up' ? 300 + Math.floor(next() * 1400) : 0,
      intervalSeconds: 15,
      error: health === 'down' ? ERRORS[index % 3] : '',
    }
  })
}

/** What each node would tell of its work. */
export function worksOf(targets: readonly TargetRow[]): readonly Work[] {
  return NODES.map((name) => {
    const own = targets.filter(({ owner }) => owner === name)
    const of = (health: string): number => own.filter((target) => target.health === health).length
    const samples = own.reduce((sum, target) => sum + target.samples / target.intervalSeconds, 0)
    return { targets: own.length, up: of('up'), down: of('down'), unknown: of('unknown'), samplesPerSecond: samples }
  })
}

/** Enough of the real search for pages to show something else when somebody types. */
export function pageOf(all: readonly TargetRow[], query: URLSearchParams): TargetsPage {
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/)
  const matched = all.filter((target) => {
    const text = `${target.url} ${JSON.stringify(target.labels)} ${target.error}`.toLowerCase()
    const chosen = (name: 'health' | 'owner' | 'component'): boolean =>
      [null, '', target[name]].includes(query.get(name))
    return (
      chosen('health') &&
      chosen('owner') &&
      chosen('component') &&
      words.every((word) => text.includes(word.split('=').at(-1) ?? ''))
    )
  })
  const sort = query.get('sort') ?? 'url'
  const field = (sort === 'duration' ? 'durationSeconds' : sort) as keyof TargetRow
  const sign = query.get('order') === 'desc' ? -1 : 1
  const rows = [...matched].sort((a, b) => sign * (String(a[field]) < String(b[field]) ? -1 : 1))
  const offset = Number(query.get('offset') ?? 0)
  const of = (health: string): number => matched.filter((target) => target.health === health).length
  return {
    total: all.length,
    matched: matched.length,
    health: { up: of('up'), down: of('down'), unknown: of('unknown') },
    targets: rows.slice(offset, offset + Number(query.get('limit') ?? 100)),
    components: ['prometheus.scrape.default', 'prometheus.scrape.ingress'],
    owners: NODES,
    unanswered: [
      { node: 'skein-2', reason: 'no answer within 3 s' },
      { node: 'skein-3', reason: 'it runs Alloy, which can’t tell' },
    ],
  }
}

export function explained(all: readonly TargetRow[], query: URLSearchParams): ExplainAnswer {
  const key = query.get('key')
  const found =
    key === null
      ? pageOf(all, new URLSearchParams({ search: query.get('search') ?? '' })).targets
      : all.filter((target) => target.key === key)
  if (found.length > 1) return { found: 'several', matched: found.length, targets: found.slice(0, 20) }
  if (found.length === 1) return { found: 'one', explanation: explanation(found[0]) }
  if (query.get('search')?.includes('drop') !== true) return { found: 'none', dropped: [], unanswered: [] }
  return {
    found: 'none',
    unanswered: [],
    dropped: [
      {
        sentence: 'A rule of discovery.relabel.pods dropped it.',
        stages: [
          {
            ...RELABELLING(all[0])[0],
            output: null,
            steps: [{ rule: 'drop [__meta_kubernetes_pod_phase] Succeeded', changes: [], dropped: true }],
          },
        ],
      },
    ],
  }
}

function explanation(target: TargetRow): TargetExplanation {
  return {
    target,
    by: NODES[0],
    local: target.owner === NODES[0],
    reason: target.owner === NODES[0] ? 'owner' : 'other-owner',
    hold: null,
    token: '5f3c9a01b2d4e687',
    runnersUp: NODES.filter((name) => name !== target.owner).slice(0, 2),
    sentence: `${target.owner} scrapes it: of all tokens on the ring, the first one at or after the hash of its labels is ${target.owner}’s.`,
    since: {
      at: at(754),
      before: 'skein-1',
      joined: ['skein-3'],
      left: [],
      sentence: 'Since skein-3 came 13 minutes ago; before that it was skein-1’s.',
    },
    relabelling: RELABELLING(target),
    unanswered: target.toldBy === null ? 'no answer within 3 s' : null,
  }
}

const RELABELLING = (target: TargetRow): TargetExplanation['relabelling'] => {
  const given = {
    __address__: '10.0.0.7:9100',
    __meta_kubernetes_namespace: 'monitoring',
    __meta_kubernetes_pod_label_app: 'node-exporter',
    __meta_kubernetes_pod_name: 'node-exporter-x7k2p',
    __meta_kubernetes_pod_phase: 'Running',
  }
  const relabelled = { ...given, job: target.job, region: 'eu-west-1', team: 'core' }
  return [
    {
      component: 'discovery.relabel.pods',
      input: given,
      steps: [
        { rule: 'drop [__meta_kubernetes_pod_phase] Succeeded', changes: [], dropped: false },
        {
          rule: 'replace [__meta_kubernetes_pod_label_app] (.*) -> job = $1',
          changes: [{ label: 'job', before: null, after: target.job }],
          dropped: false,
        },
        {
          rule: 'replace -> region = eu-west-1',
          changes: [
            { label: 'region', before: 'eu', after: 'eu-west-1' },
            { label: 'team', before: null, after: 'core' },
          ],
          dropped: false,
        },
      ],
      output: relabelled,
    },
    {
      component: target.component,
      input: relabelled,
      steps: [
        {
          rule: 'instance is the address, unless it has one',
          changes: [{ label: 'instance', before: null, after: '10.0.0.7:9100' }],
          dropped: false,
        },
        {
          rule: 'labels that begin with __ are left out',
          changes: Object.entries(given).map(([label, before]) => ({ label, before, after: null })),
          dropped: false,
        },
      ],
      output: target.labels,
    },
  ]
}

/** One of a usual server's targets that scrapes and that its owner tells of. */
export function explainable(): TargetRow {
  return makeTargets(200).find(
    ({ health, component }) => health === 'down' && component === 'prometheus.scrape.default',
  ) as TargetRow
}
