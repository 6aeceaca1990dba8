/** The queues of one endpoint, a row for each node, the last failure in words below. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { KindCounts, QueueRow } from '../../core/api/queues.ts'
import type { Histories } from '../charts/history.ts'
import { all, failuresOf } from '../charts/history.ts'
import { badge } from '../look/badge.ts'
import { bytes, count, duration, NONE, short } from '../look/format.ts'
import { when } from '../look/parts.ts'
import { type Column, table } from '../look/table.ts'
import { toneOf, toneWords } from './queue-states.ts'

export function queuesTable(rows: readonly QueueRow[], histories: Histories, now: number): TemplateResult {
  return table({
    caption: 'Queues by node',
    columns: columnsOf(histories),
    rows,
    key: ({ node }) => node,
    below: (row) => troubles(row, now),
  })
}

function troubles(row: QueueRow, now: number): TemplateResult | undefined {
  const { lastError, retryWaitSeconds } = row
  const gone = [...named(row.dropped, 'dropped'), ...named(row.lost, 'lost')]
  if (lastError === null && gone.length === 0) return undefined
  return html`${lastError === null ? nothing : html`<p class="row-error">${lastError.text} <span class="dim">${when(lastError.at, now)}</span>${retryWaitSeconds > 0 ? html`<span class="dim">, next attempt in ${duration(retryWaitSeconds)}</span>` : nothing}</p>`}
    ${gone.length === 0 ? nothing : html`<p class="row-note">Since the start: ${gone.join(', ')}.</p>`}`
}

function named(counts: Readonly<Record<string, KindCounts>>, word: string): readonly string[] {
  return Object.entries(counts).map(
    ([reason, kinds]) => `${count(all(kinds))} ${word} (${reason.replaceAll('_', ' ')})`,
  )
}

function columnsOf(histories: Histories): readonly Column<QueueRow>[] {
  const rate = (row: QueueRow): string => {
    const latest = histories.latest(row)
    return latest === undefined ? '…' : short(latest.rate)
  }
  return [
    { id: 'node', title: 'Node', cell: ({ node }) => node },
    { id: 'state', title: 'State', cell: (row) => badge(toneOf(row), toneWords(row)) },
    { id: 'rate', title: 'Delivered/s', numeric: true, cell: rate },
    { id: 'pending', title: 'Waiting', numeric: true, cell: ({ pending }) => count(all(pending)) },
    { id: 'lag', title: 'Behind', numeric: true, cell: ({ lagSeconds }) => duration(lagSeconds) },
    {
      id: 'held',
      title: 'Held',
      numeric: true,
      hint: 'In memory, and on disk',
      cell: ({ memoryBytes, diskBytes, disk }) =>
        html`<span class="stack"><span>${bytes(memoryBytes)}</span>${disk === 'off' ? nothing : html`<span class="dim small">disk ${bytes(diskBytes)}${disk === 'failing' ? html` <span class="bad-text">fails</span>` : nothing}</span>`}</span>`,
    },
    { id: 'series', title: 'Series', numeric: true, cell: ({ series }) => count(series) },
    {
      id: 'shards',
      title: 'Requests',
      numeric: true,
      hint: 'Under way; how many at once it may and would like to have',
      cell: ({ requestsInFlight, shards, shardsMax, shardsDesired }) =>
        html`<span class="stack"><span>${requestsInFlight}</span><span class="dim small" title=${`would like ${shardsDesired.toFixed(1)}, at most ${shardsMax}`}>${shards} of ${shardsMax} shards</span></span>`,
    },
    {
      id: 'failed',
      title: 'Never arrived',
      numeric: true,
      cell: (row) =>
        failuresOf(row) === 0
          ? html`<span class="dim">${NONE}</span>`
          : html`<span class="bad-text">${short(failuresOf(row))}</span>`,
    },
  ]
}
