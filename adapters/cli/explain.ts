/** `skein explain`: everything about one target: why it has these labels, who scrapes it and why, how that goes. */

import { isExplainAnswer } from '../../core/api/shapes/explanation.ts'
import type { ExplainAnswer, TargetRow } from '../../core/api/targets.ts'
import { counted, UNKNOWN } from './amounts.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_FAILED, EXIT_OK } from './command.ts'
import { explanationText } from './explanation-text.ts'
import { type Paper, paragraph, shownPlainly } from './layout.ts'
import { relabellingText } from './relabelling-text.ts'
import { type Cell, type Column, tableText } from './table.ts'
import { addressOf } from './target-table.ts'
import { unansweredText } from './unanswered.ts'

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Tell who scrapes a target, why, and how it got its labels',
  usage: '[flags] TARGET…',
  about: `Asks a running node for everything about one target: its labels and what each rule of relabelling did to them, the node that
owns it and why, since when, who comes next, and the last scrape. The target is named by words as those of skein targets, or by its
key of 16 digits. When several match they are listed; when none does, those that relabelling dropped are shown with the rule that
did it.

Exits with 1 when no target matches.`,
  examples: [
    ['skein explain instance=10.0.0.7:9100', 'the one with this label'],
    ['skein explain 10.0.0.7 --component=prometheus.scrape.nodes', 'of one component, when several scrape it'],
    ['skein explain 10.0.0.8', 'why it is not scraped'],
  ],
  flags: [
    ...API_FLAGS,
    { name: 'component', kind: 'text', fallback: '', value: 'ID', help: 'Only targets of this component' },
  ],
  problems: ({ values, positional }) => [
    ...(positional.length === 0 ? ['say which target: words to search for, or its key'] : []),
    ...apiFlagProblems(values),
  ],
  run: (given, runtime) =>
    askNode(
      {
        name: 'explain',
        ask: (api, is) =>
          api.get(
            'api/v1/explain',
            { search: searchOf(given.positional), component: given.values.get('component') },
            is,
          ),
        is: isExplainAnswer,
        text: (answer) => answerText(answer, runtime.ports.clock.now(), runtime.output),
        exitCode: ({ found }) => (found === 'none' ? EXIT_FAILED : EXIT_OK),
      },
      given,
      runtime,
    ),
}

/** A key stands for itself. */
function searchOf(words: readonly string[]): string {
  return words.map((word) => (/^[0-9a-f]{16}$/i.test(word) ? `key=${word.toLowerCase()}` : word)).join(' ')
}

function answerText(answer: ExplainAnswer, now: number, paper: Paper): string {
  if (answer.found === 'one') return explanationText(answer.explanation, now, paper)
  if (answer.found === 'several') return severalText(answer.matched, answer.targets, paper)
  return noneText(answer, paper)
}

function severalText(matched: number, targets: readonly TargetRow[], paper: Paper): string {
  const shown = targets.length < matched ? `; the first ${targets.length}` : ''
  const [first] = targets
  // A line of its own, which is never broken: it is there to be copied.
  const hint =
    first === undefined
      ? 'Say more words.'
      : `Say more words, or name one by its key:\n  skein explain ${shownPlainly(first.key)} --component=${shownPlainly(first.component)}`
  const list = tableText(CHOICES, targets.map(choiceOf), paper)
  return `${counted(matched, 'target')} match${shown}:\n\n${list}\n${hint}\n`
}

const CHOICES: readonly Column[] = [
  { title: 'KEY' },
  { title: 'COMPONENT', least: 16 },
  { title: 'URL', least: 24 },
  { title: 'JOB', least: 8 },
  { title: 'OWNER', least: 8 },
]

function choiceOf(target: TargetRow): readonly Cell[] {
  return [target.key, target.component, addressOf(target), target.job, target.owner ?? UNKNOWN]
}

type None = Extract<ExplainAnswer, { readonly found: 'none' }>

function noneText({ dropped, unanswered }: None, paper: Paper): string {
  const silent = unansweredText(unanswered, 'What it scrapes was searched as far as others know it.', paper)
  const end = silent === '' ? '' : `\n${silent}`
  if (dropped.length === 0)
    return `${paragraph('No target matches, and relabelling dropped none that does.', 0, paper)}\n${end}`
  const parts = dropped.map(
    ({ sentence, stages }) => `${paragraph(sentence, 0, paper)}\n${relabellingText(stages, paper)}`,
  )
  return `No target matches; relabelling dropped ${dropped.length === 1 ? 'this one' : `these ${dropped.length}`}:\n\n${parts.join('\n')}${end}`
}
