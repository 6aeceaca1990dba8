/** `skein ring`: how the keys, and with them the targets, are shared among the nodes. */
import type { RingView } from '../../core/api/ownership.ts'
import { isRingView } from '../../core/api/shapes/ring.ts'
import { counted } from './amounts.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_OK } from './command.ts'
import { type Paper, shownPlainly } from './layout.ts'
import { noOperands } from './operands.ts'
import { type Cell, type Column, tableText } from './table.ts'

export const ringCommand: Command = {
  name: 'ring',
  summary: 'Show how the work is shared among the nodes',
  usage: '[flags]',
  about: `Asks a running node for its hash ring: what part of all keys each participant has, by how many tokens, and how many targets
that are. Targets with few series and those with many count the same: skein cluster shows the samples.`,
  examples: [
    ['skein ring', 'ask the node on this machine'],
    ['skein ring --json', 'with the arcs of the ring, from 0 to 1'],
  ],
  flags: API_FLAGS,
  problems: ({ values, positional }) => [...noOperands('ring', positional), ...apiFlagProblems(values)],
  run: (given, runtime) =>
    askNode(
      {
        name: 'ring',
        ask: (api, is) => api.get('api/v1/ring', {}, is),
        is: isRingView,
        text: (view) => ringText(view, runtime.output),
        exitCode: () => EXIT_OK,
      },
      given,
      runtime,
    ),
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', least: 16 },
  { title: 'SHARE', right: true },
  { title: 'TOKENS', right: true },
  { title: 'TARGETS', right: true },
  { title: '' },
]
const BAR_CELLS = 30

function ringText({ node, nodes }: RingView, paper: Paper): string {
  if (nodes.length === 0)
    return `Nobody takes part, as ${shownPlainly(node)} sees it: clustered targets have no owner.\n`
  const largest = nodes.reduce((most, { share }) => Math.max(most, share), 0)
  const rows = nodes.map(({ name, share, tokens, targets }): readonly Cell[] => [
    name,
    `${(share * 100).toFixed(1)}%`,
    String(tokens),
    String(targets),
    { text: bar(share, largest), paint: 'faint' },
  ])
  const targets = nodes.reduce((sum, each) => sum + each.targets, 0)
  const end = `${counted(nodes.length, 'node')}, ${counted(targets, 'shared target')}; as ${shownPlainly(node)} sees it.`
  return `${tableText(COLUMNS, rows, paper)}\n${end}\n`
}

/** In eighths of a character; the largest share fills all of it. */
function bar(share: number, largest: number): string {
  const eighths = largest > 0 ? Math.round((Math.max(0, share) / largest) * BAR_CELLS * 8) : 0
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
}
