/** A list of components: of the configuration, of a module, of what a server of configuration gave. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { WebComponent } from '../../core/api/web.ts'
import { badge, HEALTH_TONES, healthBadge } from '../look/badge.ts'
import { searchField, when } from '../look/parts.ts'
import { type Column, orderOf, orderText, sorted, table } from '../look/table.ts'
import type { PageContext } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { serverNow } from '../shell/server-clock.ts'
import { idOf } from '../values/ids.ts'

/** The worst first. */
const HEALTH_RANK: Readonly<Record<string, number>> = { unhealthy: 0, exited: 1, unknown: 2, healthy: 3 }

export interface ComponentListOptions {
  readonly all: readonly WebComponent[]
  readonly context: PageContext
  readonly redraw: () => void
  /** Where a component's page is: `component/…` or `remotecfg/component/…`. */
  readonly address?: (id: string) => string
  readonly empty: string | TemplateResult
}

export function componentList({
  all,
  context,
  redraw,
  empty,
  address = (id) => addressOf('component', id),
}: ComponentListOptions): TemplateResult {
  const order = orderOf(context.query.get('sort'), { column: 'health', descending: false })
  const search = context.query.get('search') ?? ''
  const columns = columnsOf(address)
  const choose = (change: Readonly<Record<string, string>>): void => {
    context.choose({ ...Object.fromEntries(context.query), ...change })
    redraw()
  }
  return html`<div class="toolbar">
      ${searchField({ label: 'Filter components', placeholder: 'prometheus.scrape', value: search, onInput: (value) => choose({ search: value }) })}
      <p class="counts" role="status" aria-live="polite">${counts(all)}</p>
    </div>
    ${table({
      caption: 'Components',
      columns,
      rows: sorted(
        all.filter((component) => matches(component, search)),
        columns,
        order,
      ),
      key: idOf,
      order,
      onOrder: (next) => choose({ sort: orderText(next) }),
      rowClass: ({ health }) => (health.state === 'healthy' ? '' : 'troubled'),
      below: ({ health }) =>
        health.state === 'unhealthy' || health.state === 'exited'
          ? html`<p class="row-error">${health.message}</p>`
          : undefined,
      empty: all.length === 0 ? empty : `No component matches “${search}”.`,
    })}`
}

export function matches({ localID, moduleID, health }: WebComponent, search: string): boolean {
  const text = `${moduleID}/${localID} ${health.state} ${health.message}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function counts(all: readonly WebComponent[]): readonly TemplateResult[] {
  return Object.keys(HEALTH_RANK).flatMap((state) => {
    const number = all.filter(({ health }) => health.state === state).length
    return number === 0 ? [] : [badge(HEALTH_TONES[state] ?? 'dull', `${number} ${state}`)]
  })
}

function columnsOf(address: (id: string) => string): readonly Column<WebComponent>[] {
  return [
    {
      id: 'id',
      title: 'ID',
      wide: true,
      by: idOf,
      cell: (component) =>
        html`<a class="component-link" href=${address(idOf(component))}><span class="dim">${component.moduleID === '' ? nothing : `${component.moduleID}/`}${component.label === undefined ? nothing : `${component.name}.`}</span>${component.label ?? component.localID}</a>`,
    },
    {
      id: 'health',
      title: 'Health',
      by: ({ health }) => HEALTH_RANK[health.state] ?? 9,
      cell: ({ health }) => healthBadge(health.state),
    },
    {
      id: 'since',
      title: 'Since',
      by: ({ health }) => -Date.parse(health.updatedTime),
      cell: ({ health }) => when(health.updatedTime, serverNow()),
    },
    {
      id: 'flow',
      title: 'Passes on to',
      cell: (component) =>
        component.dataFlowEdgesTo.length === 0
          ? html`<span class="dim">–</span>`
          : html`<span class="stack">${component.dataFlowEdgesTo.map((id) => html`<a class="quiet small" href=${address(idOf({ moduleID: component.moduleID, localID: id }))}>${id}</a>`)}</span>`,
    },
  ]
}
