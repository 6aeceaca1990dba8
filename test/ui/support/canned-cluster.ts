/** A made-up fleet for looking at pages: four nodes with troubles. Typed by core/api, so that it can't drift away from the answers. */
import type { ClusterNodeRow, ClusterView } from '../../../core/api/cluster.ts'
import type { Check, Diagnosis } from '../../../core/api/doctor.ts'
import type { NodeReport, PeerSighting, Work } from '../../../core/api/node.ts'
import type { OwnershipView, RingView } from '../../../core/api/ownership.ts'

export const NODES: readonly string[] = ['skein-0', 'skein-1', 'skein-2', 'skein-3']

const HASHES = {
  usual: '9f2c41d7a8e35b60c1d94e7f20a6b8135dce79f04b1a2c3d4e5f60718293a4b5',
  other: '03be77a1f2d4c596880e1b2c3d4a5f6e7d8c9b0a1f2e3d4c5b6a798897a6b5c4',
}

export function at(secondsAgo: number, now: number = Date.now()): string {
  return new Date(now - secondsAgo * 1000).toISOString()
}

/** `troubled`: one node has another configuration, one is an Alloy, one doesn't answer. */
export type Mood = 'troubled' | 'healthy' | 'alone'

export function cluster(mood: Mood, works: readonly Work[]): ClusterView {
  const peers = mood === 'alone' ? [row(0, mood, works)] : NODES.map((_, index) => row(index, mood, works))
  return { node: node(mood, works), peers, diagnosis: diagnosis(mood) }
}

export function node(mood: Mood, works: readonly Work[]): NodeReport {
  const peers = mood === 'alone' ? [sighting(0, mood)] : NODES.map((_, index) => sighting(index, mood))
  return {
    name: NODES[0],
    address: '10.0.3.11:12345',
    clustered: mood !== 'alone',
    clusterName: mood === 'alone' ? '' : 'production',
    version: '0.1.0',
    runtime: 'node 22.18.0',
    started: at(3 * 86_400 + 4000),
    configHash: HASHES.usual,
    configLoaded: at(86_400),
    now: at(0),
    state: 'participant',
    hold: null,
    peers,
    peersChanged: at(754),
    recentPeerChanges: 1,
    conflict: null,
    gate: { minimum: mood === 'alone' ? 0 : 3, size: peers.length, open: true, timeoutSeconds: 0 },
    lamportTime: 4182,
    healthScore: 0,
    sought: ['10.0.3.12:12345', '10.0.3.13:12345'],
    work: works[0],
  }
}

function sighting(index: number, mood: Mood): PeerSighting {
  const troubled = mood === 'troubled'
  const alloy = troubled && index === 3
  return {
    name: NODES[index],
    address: `10.0.3.${11 + index}:12345`,
    state: troubled && index === 2 ? 'terminating' : 'participant',
    self: index === 0,
    suspect: troubled && index === 2,
    stateSince: at(troubled && index === 2 ? 190 : 86_400 * (index + 1)),
    lastSeen: at(troubled && index === 2 ? 47 : index * 0.4),
    announced: alloy
      ? null
      : {
          version: '0.1.0',
          runtime: ['node 22.18.0', 'bun 1.3.4', 'deno 2.5.1', 'node 20.20.2'][index],
          configHash: troubled && index === 1 ? HASHES.other : HASHES.usual,
          started: at(86_400 * (index + 1)),
        },
  }
}

function row(index: number, mood: Mood, works: readonly Work[]): ClusterNodeRow {
  const seen = sighting(index, mood)
  const mute = mood === 'troubled' && index >= 2
  return {
    ...seen,
    kind: seen.announced === null ? 'alloy' : 'skein',
    work: mute ? null : works[index],
    share: works[index].targets,
    unanswered: !mute ? null : index === 3 ? 'it runs Alloy, which can’t tell' : 'no answer within 3 s',
  }
}

export function diagnosis(mood: Mood): Diagnosis {
  const checks = mood === 'troubled' ? CHECKS : CHECKS.map(well)
  return { at: at(0), by: NODES[0], verdict: mood === 'troubled' ? 'trouble' : 'ok', checks }
}

function well(check: Check): Check {
  return { ...check, verdict: 'ok', sentence: 'All is well.', evidence: [], remedy: [] }
}

const CHECKS: readonly Check[] = [
  {
    id: 'not-converging',
    title: 'Not converging',
    verdict: 'ok',
    sentence: 'All nodes that answered see the same 4 peers.',
    evidence: ['skein-0 sees skein-0, skein-1, skein-2, skein-3', 'skein-1 sees skein-0, skein-1, skein-2, skein-3'],
    remedy: [],
  },
  {
    id: 'split-brain',
    title: 'Split brain',
    verdict: 'ok',
    sentence: 'Nobody outside answers as a node of this cluster.',
    evidence: [],
    remedy: [],
  },
  {
    id: 'configuration-drift',
    title: 'Configuration drift',
    verdict: 'trouble',
    sentence:
      'The nodes have 2 different configurations, and did for 14 minutes: targets may be scraped twice, or by nobody.',
    evidence: ['9f2c41d7a8e3: skein-0, skein-2', '03be77a1f2d4: skein-1', 'skein-3 runs Alloy, which can’t tell'],
    remedy: [
      'Look which one is meant: skein-1 loaded its own 14 minutes ago, the others a day ago.',
      'Give all nodes the same files and reload them: `curl -X POST http://10.0.3.12:12345/-/reload`.',
      'If a rollout is under way, wait until it has ended.',
    ],
  },
  {
    id: 'name-conflict',
    title: 'Name conflict',
    verdict: 'ok',
    sentence: 'Every node has a name of its own.',
    evidence: [],
    remedy: [],
  },
  {
    id: 'stuck-terminating',
    title: 'Stuck terminating',
    verdict: 'warning',
    sentence: 'skein-2 has been shutting down for 3 minutes, and does not answer any more.',
    evidence: ['skein-0: terminating since 3 min 10 s', 'skein-1: terminating since 3 min 9 s'],
    remedy: ['Look whether its process still runs. If it does, end it; its peers forget it within a minute.'],
  },
  {
    id: 'lamport-clock',
    title: 'Lamport clock',
    verdict: 'unknown',
    sentence: 'Only 2 of 4 nodes could tell how far their clock is.',
    evidence: ['skein-0: 4182', 'skein-1: 4181'],
    remedy: [],
  },
  {
    id: 'too-small',
    title: 'Cluster too small',
    verdict: 'ok',
    sentence: '4 nodes, 3 are needed.',
    evidence: [],
    remedy: [],
  },
  {
    id: 'unhealthy-node',
    title: 'Unhealthy node',
    verdict: 'ok',
    sentence: 'All nodes keep up with their peers’ pings.',
    evidence: [],
    remedy: [],
  },
  {
    id: 'unanswered',
    title: 'No answer',
    verdict: 'warning',
    sentence: 'skein-2 did not answer within 3 s.',
    evidence: ['skein-2 at 10.0.3.13:12345: no answer within 3 s'],
    remedy: ['Look whether it runs, and whether 10.0.3.13:12345 can be reached from 10.0.3.11 over HTTP.'],
  },
]

/** Numbers that look like chance and are always the same. */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export function ring(mood: Mood, works: readonly Work[]): RingView {
  const names = mood === 'alone' ? NODES.slice(0, 1) : NODES
  const next = chance(7)
  const arcs: { to: number; node: number }[] = []
  const shares = names.map(() => 0)
  for (let from = 0; from < 1; ) {
    const index = Math.floor(next() * names.length)
    const to = Math.min(1, from - Math.log(1 - next()) / (names.length * 512))
    shares[index] += to - from
    if (arcs.at(-1)?.node === index) arcs.pop()
    arcs.push({ to, node: index })
    from = to
  }
  return {
    node: NODES[0],
    nodes: names.map((name, index) => ({ name, tokens: 512, share: shares[index], targets: works[index].targets })),
    arcs,
  }
}

export function ownership(mood: Mood, works: readonly Work[]): OwnershipView {
  const alone = mood === 'alone'
  return {
    node: NODES[0],
    clustered: !alone,
    hold: null,
    jobs: [
      {
        component: 'prometheus.scrape.default',
        clustered: !alone,
        total: 200,
        local: works[0].targets,
        foreign: 200 - works[0].targets,
        held: 0,
        duplicate: 0,
        byOwner: Object.fromEntries(NODES.map((name, index) => [name, works[index].targets])),
      },
    ],
    changes: alone
      ? []
      : [
          { at: at(754), participants: NODES, joined: ['skein-3'], left: [], hold: null },
          { at: at(7300), participants: NODES.slice(0, 3), joined: [], left: ['skein-4'], hold: null },
          {
            at: at(86_500),
            participants: [...NODES.slice(0, 3), 'skein-4'],
            joined: ['skein-1', 'skein-2', 'skein-4'],
            left: [],
            hold: null,
          },
          {
            at: at(86_530),
            participants: NODES.slice(0, 1),
            joined: ['skein-0'],
            left: [],
            hold: { kind: 'too-small', size: 1, minimum: 3 },
          },
        ],
  }
}
