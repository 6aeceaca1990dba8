/** `skein targets`: who scrapes what, and how it goes. */

import type { Shape } from '../../core/api/shapes/shape.ts'
import { isAnyTargetsPage } from '../../core/api/shapes/targets.ts'
import type { TargetSort, TargetsPage } from '../../core/api/targets.ts'
import { MAX_TARGETS_PAGED, MAX_TARGETS_PER_PAGE } from '../../core/limits.ts'
import { counted } from './amounts.ts'
import type { Answer, ApiClient } from './api-client.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_OK } from './command.ts'
import type { ParsedFlags } from './flags.ts'
import { hanging, type Paper } from './layout.ts'
import { targetTable } from './target-table.ts'
import { unansweredText } from './unanswered.ts'

const SORTS: readonly TargetSort[] = ['url', 'job', 'component', 'owner', 'health', 'lastScrape', 'duration', 'samples']
/** What is asked for at a time; a node of another version may give fewer. */
const PAGE = MAX_TARGETS_PER_PAGE

export const targetsCommand: Command = {
  name: 'targets',
  summary: 'Show who scrapes what, and how it goes',
  usage: '[flags] [SEARCH…]',
  about: `Asks a running node for the targets of the whole fleet: which node scrapes each, how the last scrape went, and what went wrong.

Words to search for must all hold. A word is looked for in URL, labels and error, whatever its case; instance=10.0.0.7:9100 and
job!=node compare a label, with * for any characters.`,
  examples: [
    ['skein targets', 'the first hundred, by URL'],
    ['skein targets --health=down', 'what fails, and why'],
    ['skein targets job=node 10.0.*', 'of one job, with 10.0. anywhere'],
    ['skein targets --owner=skein-2 --sort=samples --descending', 'what one node scrapes, the largest first'],
    ['skein targets --limit=0 --json', 'all of them, for programs'],
  ],
  flags: [
    ...API_FLAGS,
    {
      name: 'health',
      kind: 'text',
      fallback: '',
      value: 'HEALTH',
      help: 'Only targets that are so',
      values: ['up', 'down', 'unknown'],
    },
    { name: 'owner', kind: 'text', fallback: '', value: 'NODE', help: 'Only those of this node' },
    { name: 'component', kind: 'text', fallback: '', value: 'ID', help: 'Only those of this component' },
    { name: 'sort', kind: 'text', fallback: 'url', value: 'COLUMN', help: 'By what they are sorted', values: SORTS },
    { name: 'descending', kind: 'boolean', fallback: 'false', help: 'The other way round' },
    {
      name: 'limit',
      kind: 'integer',
      fallback: '100',
      help: `How many to show; 0 for all, up to ${MAX_TARGETS_PAGED}`,
    },
    {
      name: 'scope',
      kind: 'text',
      fallback: 'fleet',
      value: 'SCOPE',
      help: 'All nodes, or what the asked node scrapes itself',
      values: ['fleet', 'node'],
    },
  ],
  problems({ values }) {
    const problems = [...apiFlagProblems(values)]
    const limit = Number(values.get('limit'))
    if (limit < 0 || limit > MAX_TARGETS_PAGED) {
      problems.push(`flag --limit is a number of targets up to ${MAX_TARGETS_PAGED}, or 0 for all`)
    }
    return problems
  },
  run: (given, runtime) =>
    askNode(
      {
        name: 'targets',
        ask: (api, is) => askPages(api, given, is),
        is: isAnyTargetsPage,
        text: (page) => {
          const now = runtime.ports.clock.now()
          return `${tableOf(page, given, now, runtime.output)}${summaryText(page, given, runtime.output)}`
        },
        exitCode: () => EXIT_OK,
      },
      given,
      runtime,
    ),
}

/** One page when that is enough, as it came; else all of them as if they were one. */
async function askPages(
  api: ApiClient,
  { values, positional }: ParsedFlags,
  is: Shape<TargetsPage>,
): Promise<Answer<TargetsPage>> {
  const limit = Number(values.get('limit')) || MAX_TARGETS_PAGED
  const ask = (offset: number, shape: Shape<TargetsPage>): Promise<Answer<TargetsPage>> =>
    api.get(
      'api/v1/targets',
      {
        search: positional.join(' '),
        health: values.get('health'),
        owner: values.get('owner'),
        component: values.get('component'),
        sort: values.get('sort'),
        order: values.get('descending') === 'true' ? 'desc' : undefined,
        scope: values.get('scope') === 'node' ? 'node' : undefined,
        offset: offset === 0 ? undefined : String(offset),
        limit: String(Math.min(PAGE, limit - offset)),
      },
      shape,
    )
  const first = await ask(0, limit <= PAGE ? is : isAnyTargetsPage)
  if (!first.ok || limit <= PAGE) return first
  const targets = [...first.value.targets]
  let came = targets.length
  while (came > 0 && targets.length < Math.min(limit, first.value.matched)) {
    const next = await ask(targets.length, isAnyTargetsPage)
    if (!next.ok) return next
    came = next.value.targets.length
    for (const target of next.value.targets) targets.push(target)
  }
  return { ok: true, value: { ...first.value, targets } }
}

function tableOf({ targets }: TargetsPage, { values }: ParsedFlags, now: number, paper: Paper): string {
  if (targets.length === 0) return ''
  return `${targetTable(targets, values.get('sort') as TargetSort, now, paper)}\n`
}

function summaryText(page: TargetsPage, { positional }: ParsedFlags, paper: Paper): string {
  const { total, matched, health, targets, unanswered } = page
  const lines = [`${foundText(page)}: ${health.up} up, ${health.down} down, ${health.unknown} unknown.`]
  if (matched === 0 && total > 0) {
    lines[0] = `None of ${counted(total, 'target')} matches.`
    if (positional.length > 0) lines.push('If relabelling dropped it, skein explain with the same words tells how.')
  }
  if (targets.length < matched) {
    const more = targets.length < MAX_TARGETS_PAGED ? '--limit=0 shows all' : 'search for fewer to see the others'
    lines.push(`Shown: the first ${targets.length}; ${more}.`)
  }
  const found = lines.map((line) => hanging('', line, paper)).join('')
  return `${found}${unansweredText(unanswered, 'What it scrapes is shown as unknown.', paper)}`
}

function foundText({ total, matched }: TargetsPage): string {
  if (matched === total) return counted(total, 'target')
  return `${matched} of ${counted(total, 'target')} ${matched === 1 ? 'matches' : 'match'}`
}
