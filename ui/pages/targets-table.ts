/** Rows of targets: on the page of targets, and where an explanation could mean several. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { TargetRow } from '../../core/api/targets.ts'
import { healthBadge } from '../look/badge.ts'
import { count, duration, NONE } from '../look/format.ts'
import { nodeName } from '../look/node-colors.ts'
import { labels, when } from '../look/parts.ts'
import { type Column, type Order, table } from '../look/table.ts'
import { addressOf } from '../shell/addresses.ts'

export interface TargetsTableOptions {
  readonly targets: readonly TargetRow[]
  /** In the order of their colours. */
  readonly owners: readonly string[]
  readonly now: number
  readonly order?: Order
  readonly onOrder?: (order: Order) => void
  readonly empty?: string | TemplateResult
}

export function targetsTable({ targets, owners, now, order, onOrder, empty }: TargetsTableOptions): TemplateResult {
  return table({
    caption: 'Targets',
    columns: columnsOf(owners, now),
    rows: targets,
    key: ({ component, key, toldBy }) => `${component} ${key} ${toldBy ?? ''}`,
    ...(order === undefined ? {} : { order }),
    ...(onOrder === undefined ? {} : { onOrder }),
    ...(empty === undefined ? {} : { empty }),
    rowClass: ({ health }) => (health === 'down' ? 'troubled' : ''),
    below: ({ error }) => (error === '' ? undefined : html`<p class="row-error">${error}</p>`),
  })
}

/** Where the story of a target is told. */
export function explainAddress({ component, key }: Pick<TargetRow, 'component' | 'key'>): string {
  return addressOf('explain', '', { component, key })
}

function columnsOf(owners: readonly string[], now: number): readonly Column<TargetRow>[] {
  return [
    {
      id: 'url',
      title: 'Target',
      sortable: true,
      wide: true,
      cell: (
        row,
      ) => html`<a class="target-link" href=${explainAddress(row)} title="Why is it scraped where it is?">${row.url === '' ? (row.labels['instance'] ?? row.key) : row.url}</a>
        ${labels(row.labels, row.url === '' ? [] : ['job'])}`,
    },
    { id: 'health', title: 'Health', sortable: true, cell: ({ health }) => healthBadge(health) },
    {
      id: 'job',
      title: 'Job',
      sortable: true,
      cell: ({ job, component }) =>
        html`<span class="stack"><span>${job === '' ? NONE : job}</span><a class="quiet small" href=${addressOf('component', component)}>${component}</a></span>`,
    },
    {
      id: 'owner',
      title: 'Scraped by',
      sortable: true,
      cell: ({ owner, toldBy }) =>
        owner !== null
          ? nodeName(owner, owners)
          : toldBy !== null
            ? html`<span class="stack">${nodeName(toldBy, owners)}<span class="dim small">not shared</span></span>`
            : html`<span class="dim">nobody</span>`,
    },
    {
      id: 'lastScrape',
      title: 'Last scrape',
      sortable: true,
      cell: ({ lastScrape, toldBy, intervalSeconds }) =>
        toldBy === null
          ? html`<span class="dim">${NONE}</span>`
          : html`<span class="stack"><span>${when(lastScrape, now)}</span>${intervalSeconds > 0 ? html`<span class="dim small">every ${duration(intervalSeconds)}</span>` : nothing}</span>`,
    },
    {
      id: 'duration',
      title: 'Took',
      sortable: true,
      numeric: true,
      cell: ({ durationSeconds, lastScrape }) =>
        lastScrape === null ? html`<span class="dim">${NONE}</span>` : duration(durationSeconds),
    },
    {
      id: 'samples',
      title: 'Samples',
      sortable: true,
      numeric: true,
      cell: ({ samples, lastScrape }) =>
        lastScrape === null ? html`<span class="dim">${NONE}</span>` : count(samples),
    },
  ]
}
