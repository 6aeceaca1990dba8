/** `skein cluster`: who is in the cluster, how each node is, and what is wrong. */
import type { ClusterNodeRow, ClusterView } from '../../core/api/cluster.ts'
import type { NodeReport } from '../../core/api/node.ts'
import { agoText, counted, rateText, shortHash, spanText, UNKNOWN } from './amounts.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { isClusterView } from './api-shapes.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_OK } from './command.ts'
import { gateText, holdText } from './holds.ts'
import { type Paper, paragraph } from './layout.ts'
import { noOperands } from './operands.ts'
import { type Cell, type Column, tableText } from './table.ts'
import { MARK_WIDTH, verdictMark } from './verdict-mark.ts'

export const clusterCommand: Command = {
  name: 'cluster',
  summary: 'Show the nodes of a cluster and how they are',
  usage: '[flags]',
  about: `Asks a running node who is in its cluster, and shows what each node answers: its state, its version, what it scrapes, when it
was heard last. Below stands what is wrong; skein doctor says more about that.

A number of targets with ~ is what the ring gives to a node that did not tell itself.`,
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
  { title: 'NAME', least: 16 },
  { title: 'STATE', least: 11 },
  { title: 'ADDRESS', least: 21 },
  { title: 'RUNTIME', least: 8 },
  { title: 'VERSION', least: 8 },
  { title: 'TARGETS', right: true },
  { title: 'SAMPLES/S', right: true },
  { title: 'LAST SEEN' },
  { title: 'CONFIG' },
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
  const end = wrong.length === 0 ? 'All is well.\n' : `${sentences.join('')}\nWhat to do about it: skein doctor\n`
  return `${headText(node, peers, now, paper)}\n${table}\n${end}`
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
  return lines.map(([name, text]) => `${name.padEnd(11)}${paragraph(text, 11, paper)}\n`).join('')
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
    work === null ? UNKNOWN : rateText(work.samplesPerSecond),
    peer.self ? 'asked' : agoText(peer.lastSeen, now),
    differs ? { text: shortHash(configHash), paint: 'yellow' } : shortHash(configHash),
  ]
}

function stateCell({ state, suspect }: ClusterNodeRow): Cell {
  if (suspect) return { text: `${state}, suspect`, paint: 'red' }
  return state === 'participant' ? state : { text: state, paint: 'yellow' }
}
