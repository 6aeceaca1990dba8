/** `skein cluster`: who is in the cluster, how each node is, and what is wrong. */
import type { ClusterNodeRow, ClusterView } from '../../core/api/cluster.ts'
import type { NodeReport } from '../../core/api/node.ts'
import { isClusterView } from '../../core/api/shapes/cluster.ts'
import { agoText, counted, rateText, shortHash, spanText, UNKNOWN } from './amounts.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_OK } from './command.ts'
import { gateText, holdText } from './holds.ts'
import { hanging, type Paper, paragraph } from './layout.ts'
import { noOperands } from './operands.ts'
import { type Cell, type Column, tableText } from './table.ts'
import { MARK_WIDTH, verdictMark } from './verdict-mark.ts'

export const clusterCommand: Command = {
  name: 'cluster',
  summary: 'Show the nodes of a cluster and how they are',
  usage: '[flags]',
  about: `Asks a running node who is in its cluster, and shows what each node answers: its state, its version, what it scrapes, when it
was heard last. Below stands what is wrong; skein doctor says more about that.

A number of targets with ~ is what the ring gives to a node that did not tell itself. A terminal that is too narrow is shown fewer
columns.`,
  examples: [
    ['skein cluster', 'ask the node on this machine'],
    ['kubectl exec skein-0 -- skein cluster', 'ask a node in its pod'],
    ['skein cluster --address=10.0.0.7:12345 --json', 'for programs'],
  ],
  flags: API_FLAGS,
  problems: ({ values, positional }) => [...noOperands('cluster', positional), ...apiFlagProblems(values)],
  run: (given, runtime) =>
    askNode(
      {
        name: 'cluster',
        ask: (api, is) => api.get('api/v1/cluster', {}, is),
        is: isClusterView,
        text: (view) => clusterText(view, runtime.output),
        exitCode: () => EXIT_OK,
      },
      given,
      runtime,
    ),
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', least: 12 },
  { title: 'STATE' },
  { title: 'ADDRESS', least: 21 },
  { title: 'RUNTIME', optional: true },
  { title: 'VERSION', optional: true },
  { title: 'TARGETS', right: true },
  { title: 'DOWN', right: true },
  { title: 'SAMPLES/S', right: true },
  { title: 'LAST SEEN' },
  { title: 'CONFIG', optional: true },
]

function clusterText({ node, peers, diagnosis }: ClusterView, paper: Paper): string {
  const now = Date.parse(node.now)
  const table = tableText(
    COLUMNS,
    peers.map((peer) => rowOf(peer, node, now)),
    paper,
  )
  const wrong = diagnosis.checks.filter(({ verdict }) => verdict !== 'ok')
  const sentences = wrong.map(({ title, verdict, sentence }) => {
    const mark = verdictMark(verdict, paper)
    return `${mark}${paragraph(`${title}: ${sentence}`, MARK_WIDTH, paper)}\n`
  })
  const down = peers.reduce((sum, { work }) => sum + (work?.down ?? 0), 0)
  const end = [
    ...sentences,
    wrong.length > 0 ? '\nWhat to do about it: skein doctor\n' : down > 0 ? 'The cluster is well.\n' : 'All is well.\n',
    down > 0 ? `${counted(down, 'target is', 'targets are')} down: skein targets --health=down\n` : '',
  ]
  return `${headText(node, peers, now, paper)}\n${table}\n${end.join('')}`
}

function headText(node: NodeReport, peers: ClusterView['peers'], now: number, paper: Paper): string {
  const working = peers.filter(({ state }) => state === 'participant').length
  const named = node.clusterName === '' ? 'without a name' : node.clusterName
  const up = spanText(Math.floor((now - Date.parse(node.started)) / 1000))
  const loaded = node.configLoaded === null ? 'not loaded yet' : `loaded ${agoText(node.configLoaded, now)}`
  const lines: (readonly [string, string])[] = [
    ['node', `${node.name} (${node.address}), ${node.state}, skein ${node.version} on ${node.runtime}, up ${up}`],
    [
      'cluster',
      node.clustered ? `${named}: ${counted(peers.length, 'node')}, ${working} taking part` : 'none: it works alone',
    ],
  ]
  if (node.clustered) lines.push(['size gate', gateText(node.gate)])
  if (node.hold !== null) lines.push(['on hold', `it takes no clustered work: ${holdText(node.hold)}`])
  lines.push(['config', `${shortHash(node.configHash)}, ${loaded}`])
  return lines.map(([name, text]) => hanging(name.padEnd(11), text, paper)).join('')
}

function rowOf(peer: ClusterNodeRow, node: NodeReport, now: number): readonly Cell[] {
  const { announced, work } = peer
  const configHash = announced?.configHash ?? ''
  const differs = configHash !== '' && node.configHash !== '' && configHash !== node.configHash
  return [
    peer.self ? { text: peer.name, paint: 'bold' } : peer.name,
    stateCell(peer),
    peer.address,
    announced?.runtime ?? UNKNOWN,
    announced?.version ?? (peer.kind === 'alloy' ? 'Alloy' : UNKNOWN),
    work === null ? `~${peer.share}` : String(work.targets),
    downCell(work),
    work === null ? UNKNOWN : rateText(work.samplesPerSecond),
    peer.self ? 'asked' : agoText(peer.lastSeen, now),
    differs ? { text: shortHash(configHash), paint: 'yellow' } : shortHash(configHash),
  ]
}

function downCell(work: ClusterNodeRow['work']): Cell {
  if (work === null) return UNKNOWN
  return work.down === 0 ? '0' : { text: String(work.down), paint: 'red' }
}

/** Suspicion says more than the state that it was in when it was heard last. */
function stateCell({ state, suspect }: ClusterNodeRow): Cell {
  if (suspect) return { text: 'suspect', paint: 'red' }
  return state === 'participant' ? state : { text: state, paint: 'yellow' }
}
