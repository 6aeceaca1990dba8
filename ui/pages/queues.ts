/** Remote write: per endpoint what waits, how far it is behind, how much goes out, what fails; node by node below. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { QueueRow, QueuesView } from '../../core/api/queues.ts'
import { chart } from '../charts/chart.ts'
import { all, createHistories, endpointOf, failuresOf, type Histories } from '../charts/history.ts'
import { badge } from '../look/badge.ts'
import { count, counted, duration, oneUnit, short } from '../look/format.ts'
import { type Figure, figures, heading, unansweredBy } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'
import { SLOW_SECONDS, severity, toneOf, toneWords } from './queue-states.ts'
import { queuesTable } from './queues-table.ts'

const EVERY = 2

/** Charts cost something: of configurations with many endpoints, the first have theirs. */
const WITH_CHARTS = 6

/** Kept when the page is left: whoever comes back finds the minutes before. */
const histories: Histories = createHistories()

export const queues: Page = {
  path: 'queues',
  title: 'Remote write',
  open(context) {
    let held: Held<QueuesView> = NOTHING_YET
    const draw = (): void =>
      context.draw(
        html`${heading('Remote write', 'What waits to be sent, and how sending goes, on all nodes.')} ${shown(held, content)}`,
      )
    draw()
    context.poll<QueuesView>(
      () => 'api/v1/queues?scope=fleet',
      EVERY,
      (answer) => {
        if (answer.ok) histories.add(answer.value)
        held = hold(held, answer)
        draw()
      },
    )
    return () => {}
  },
}

function content({ queues: rows, unanswered }: QueuesView): TemplateResult {
  const silent = unansweredBy(unanswered, 'The queues of some nodes are missing.')
  if (rows.length === 0)
    return html`${silent}<p class="dim">No node has a <code>prometheus.remote_write</code> component.</p>`
  const endpoints = [...byEndpoint(rows)].sort(([a, x], [b, y]) => severity(y) - severity(x) || (a < b ? -1 : 1))
  return html`${silent} ${figures(facts(rows, endpoints))} ${endpoints.map(([id, of], index) => endpointCard(id, of, index < WITH_CHARTS))}`
}

function facts(
  rows: readonly QueueRow[],
  endpoints: readonly (readonly [string, readonly QueueRow[]])[],
): readonly Figure[] {
  const sum = (of: (row: QueueRow) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const failing = rows.filter((row) => toneOf(row) !== 'good').length
  const lag = Math.max(...rows.map(({ lagSeconds }) => lagSeconds))
  return [
    {
      label: 'Endpoints',
      value: endpoints.length,
      below: failing === 0 ? 'all deliver' : `${counted(failing, 'queue')} in trouble`,
      ...(failing > 0 ? { tone: 'bad' as const } : {}),
    },
    {
      label: 'Delivered per second',
      value: rows.some((row) => histories.latest(row) !== undefined)
        ? short(sum((row) => histories.latest(row)?.rate ?? 0))
        : '…',
      below: 'samples',
    },
    { label: 'Waiting', value: short(sum((row) => all(row.pending))), below: 'samples' },
    {
      label: 'Furthest behind',
      value: duration(lag),
      below: 'of what was scraped',
      ...(lag > SLOW_SECONDS ? { tone: 'warn' as const } : {}),
    },
    { label: 'Never arrived', value: short(sum(failuresOf)), below: 'samples, since the start' },
  ]
}

function endpointCard(id: string, rows: readonly QueueRow[], withCharts: boolean): TemplateResult {
  const [first] = rows
  const worst = rows.reduce((worst, row) => (severity([row]) > severity([worst]) ? row : worst), first)
  return html`<section class="endpoint" aria-label=${`Endpoint ${id}`}>
    <div class="section-head">
      <div class="endpoint-name"><h2>${first.endpoint}</h2> ${badge(toneOf(worst), toneWords(worst))} <span class="tag">remote write ${first.protocol}</span></div>
      <a class="quiet" href=${addressOf('component', first.component)}>${first.component}</a>
    </div>
    <p class="endpoint-url"><code class="plain">${first.url}</code></p>
    ${withCharts ? charts(id, rows) : nothing}
    ${queuesTable(rows, histories, serverNow())}
  </section>`
}

function charts(id: string, rows: readonly QueueRow[]): TemplateResult {
  const history = histories.of(id)
  if (history === undefined) return html``
  const { times } = history
  const rate = history.rate.at(-1)
  const failures = history.failures.at(-1)
  const lag = Math.max(...rows.map(({ lagSeconds }) => lagSeconds))
  return html`<div class="charts">
    ${chart({ title: 'Delivered per second', now: rate === null || rate === undefined ? '…' : short(rate), times, values: history.rate, format: short, tone: 'accent' })}
    ${chart({ title: 'Waiting', now: count(rows.reduce((sum, row) => sum + all(row.pending), 0)), times, values: history.pending, format: short, tone: 'accent' })}
    ${chart({ title: 'Behind', now: duration(lag), times, values: history.lag, format: duration, axis: oneUnit, tone: lag > SLOW_SECONDS ? 'warn' : 'accent' })}
    ${chart({ title: 'Failures per second', now: failures === null || failures === undefined ? '…' : short(failures), times, values: history.failures, format: short, tone: 'bad' })}
  </div>`
}

function byEndpoint(rows: readonly QueueRow[]): ReadonlyMap<string, readonly QueueRow[]> {
  const groups = new Map<string, QueueRow[]>()
  for (const row of rows) {
    const group = groups.get(endpointOf(row))
    if (group === undefined) groups.set(endpointOf(row), [row])
    else group.push(row)
  }
  return groups
}
