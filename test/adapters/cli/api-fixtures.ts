/** Answers of the API for tests of the command line, in the shapes of core/api. */
import type { ClusterNodeRow, ClusterView } from '../../../core/api/cluster.ts'
import type { Check, Diagnosis, Verdict } from '../../../core/api/doctor.ts'
import type { NodeReport, PeerSighting, Work } from '../../../core/api/node.ts'
import type { RelabelStage, TargetExplanation, TargetRow, TargetsPage } from '../../../core/api/targets.ts'

const STARTED = '2026-01-02T08:48:00.000Z'
const NOW = '2026-01-02T12:00:00.000Z'
const HASH = '8a3f12c0d1e2'

export const WORK: Work = { targets: 120, up: 119, down: 1, unknown: 0, samplesPerSecond: 4032.4 }

export function sighting(name: string, port: number, more: Partial<PeerSighting> = {}): PeerSighting {
  return {
    name,
    address: `10.0.0.${port}:12345`,
    state: 'participant',
    self: false,
    suspect: false,
    stateSince: STARTED,
    lastSeen: '2026-01-02T11:59:58.000Z',
    announced: { version: '1.2.3', runtime: 'node 24.1.0', configHash: HASH, started: STARTED },
    ...more,
  }
}

export function nodeRow(seen: PeerSighting, more: Partial<ClusterNodeRow> = {}): ClusterNodeRow {
  return { ...seen, kind: 'skein', work: WORK, share: 118, unanswered: null, ...more }
}

export function nodeReport(more: Partial<NodeReport> = {}): NodeReport {
  return {
    name: 'n1',
    address: '10.0.0.1:12345',
    clustered: true,
    clusterName: 'prod',
    version: '1.2.3',
    runtime: 'node 24.1.0',
    started: STARTED,
    configHash: HASH,
    configLoaded: '2026-01-02T11:55:00.000Z',
    now: NOW,
    state: 'participant',
    hold: null,
    peers: [sighting('n1', 1, { self: true })],
    peersChanged: null,
    recentPeerChanges: 0,
    conflict: null,
    gate: { minimum: 2, size: 3, open: true, timeoutSeconds: 0 },
    lamportTime: 7,
    healthScore: 0,
    sought: [],
    work: WORK,
    ...more,
  }
}

export function check(verdict: Verdict, more: Partial<Check> = {}): Check {
  return {
    id: 'configuration-drift',
    title: 'Configuration drift',
    verdict,
    sentence: 'All nodes run the same configuration.',
    evidence: ['n1 and n2: 8a3f12c0'],
    remedy: [],
    ...more,
  }
}

export function diagnosis(...checks: readonly Check[]): Diagnosis {
  const worst = (['trouble', 'warning', 'unknown', 'ok'] as const).find((verdict) =>
    checks.some((each) => each.verdict === verdict),
  )
  return { at: NOW, by: 'n1', verdict: worst ?? 'ok', checks }
}

export function clusterView(more: Partial<ClusterView> = {}): ClusterView {
  return {
    node: nodeReport(),
    peers: [
      nodeRow(sighting('n1', 1, { self: true })),
      nodeRow(
        sighting('n2', 2, {
          suspect: true,
          announced: { version: '1.2.2', runtime: 'bun 1.3.0', configHash: 'ffff0000', started: STARTED },
        }),
        { work: null, unanswered: 'no answer within 3 s' },
      ),
      nodeRow(sighting('n3', 3, { announced: null, state: 'viewer' }), {
        kind: 'alloy',
        work: null,
        share: 0,
        unanswered: "it runs Alloy, which can't tell",
      }),
    ],
    diagnosis: diagnosis(check('ok')),
    ...more,
  }
}

export function target(host: string, more: Partial<TargetRow> = {}): TargetRow {
  return {
    component: 'prometheus.scrape.nodes',
    key: '00c0ffee00c0ffee',
    job: 'node',
    url: `http://${host}:9100/metrics`,
    labels: { instance: `${host}:9100`, job: 'node' },
    owner: 'n2',
    toldBy: 'n2',
    health: 'up',
    lastScrape: '2026-01-02T11:59:48.000Z',
    durationSeconds: 0.034,
    samples: 512,
    intervalSeconds: 15,
    error: '',
    ...more,
  }
}

export function targetsPage(targets: readonly TargetRow[], more: Partial<TargetsPage> = {}): TargetsPage {
  const count = (health: TargetRow['health']): number => targets.filter((each) => each.health === health).length
  return {
    total: targets.length,
    matched: targets.length,
    health: { up: count('up'), down: count('down'), unknown: count('unknown') },
    targets,
    components: ['prometheus.scrape.nodes'],
    owners: ['n1', 'n2'],
    unanswered: [],
    ...more,
  }
}

export const STAGES: readonly RelabelStage[] = [
  {
    component: 'discovery.relabel.nodes',
    input: { __address__: '10.0.0.7:9100', __meta_zone: 'a' },
    steps: [
      {
        rule: 'replace [__address__] (.*) -> instance = $1',
        changes: [{ label: 'instance', before: null, after: '10.0.0.7:9100' }],
        dropped: false,
      },
      { rule: 'labeldrop __meta_none', changes: [], dropped: false },
      {
        rule: 'labeldrop __meta_.*',
        changes: [{ label: '__meta_zone', before: 'a', after: null }],
        dropped: false,
      },
    ],
    output: { __address__: '10.0.0.7:9100', instance: '10.0.0.7:9100' },
  },
]

export function explanation(more: Partial<TargetExplanation> = {}): TargetExplanation {
  return {
    target: target('10.0.0.7'),
    by: 'n1',
    local: false,
    reason: 'other-owner',
    hold: null,
    token: '00c0ffff12345678',
    runnersUp: ['n3', 'n1'],
    sentence: 'n2 has the next token on the ring after the key of the target.',
    since: {
      at: '2026-01-02T11:00:00.000Z',
      before: 'n4',
      joined: [],
      left: ['n4'],
      sentence: 'Since 2026-01-02 11:00:00, when n4 left.',
    },
    relabelling: STAGES,
    unanswered: null,
    ...more,
  }
}
