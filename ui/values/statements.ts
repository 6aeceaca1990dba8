/** Arguments, exports and debug info of a component: values beside names, blocks as sections, many blocks of a kind as a table. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { WebStatement, WebValue } from '../../core/api/web.ts'
import { healthBadge } from '../look/badge.ts'
import { count } from '../look/format.ts'
import { when } from '../look/parts.ts'
import { serverNow } from '../shell/server-clock.ts'
import { printValue } from './print.ts'

type Block = Extract<WebStatement, { type: 'block' }>
type Attribute = Extract<WebStatement, { type: 'attr' }>

/** A scrape has a block for each of thousands of targets. */
const SHOWN_AT_FIRST = 50

export interface StatementsOptions {
  /** How many blocks of a kind are shown already, by the place of the table. */
  readonly more: Map<string, number>
  readonly redraw: () => void
}

export function statements(body: readonly WebStatement[], options: StatementsOptions, place = ''): TemplateResult {
  const attributes = body.filter((statement): statement is Attribute => statement.type === 'attr')
  return html`${
    attributes.length === 0
      ? nothing
      : html`<div class="value-frame"><table class="values">
      <thead class="sr"><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
      <tbody>${attributes.map(({ name, value }) => html`<tr><th scope="row">${name}</th><td>${shownValue(value, name)}</td></tr>`)}</tbody></table></div>`
  }
  ${runsOf(body).map((run, index) => blocks(run, options, `${place}/${index}`))}`
}

function blocks(run: readonly Block[], options: StatementsOptions, place: string): TemplateResult {
  if (run.length > 1 && run.every(isFlat)) return blockTable(run, options, place)
  return html`${run.slice(0, SHOWN_AT_FIRST).map(
    (
      block,
      index,
    ) => html`<div class="block"><h3>${block.name}${block.label === undefined ? nothing : html` <span class="dim">"${block.label}"</span>`}</h3>
      ${block.body.length === 0 ? html`<p class="dim small">Empty.</p>` : statements(block.body, options, `${place}.${index}`)}</div>`,
  )}`
}

function blockTable(run: readonly Block[], { more, redraw }: StatementsOptions, place: string): TemplateResult {
  const names = [...new Set(run.flatMap(({ body }) => body.map(({ name }) => name)))]
  const shown = Math.min(run.length, more.get(place) ?? SHOWN_AT_FIRST)
  return html`<div class="block"><h3>${run[0].name} <span class="dim">${count(run.length)}</span></h3>
    <div class="value-frame" tabindex="0" role="region" aria-label=${`Blocks ${run[0].name}`}><table class="values wide-values">
      <thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${run.slice(0, shown).map(
        ({ body }) =>
          html`<tr>${names.map((name) => {
            const found = body.find(
              (statement): statement is Attribute => statement.name === name && statement.type === 'attr',
            )
            return html`<td>${found === undefined ? nothing : shownValue(found.value, name, true)}</td>`
          })}</tr>`,
      )}</tbody></table></div>
    ${
      shown === run.length
        ? nothing
        : html`<p class="more-rows"><button type="button" @click=${() => {
            more.set(place, shown * 4)
            redraw()
          }}>Show more</button> <span class="dim">${count(shown)} of ${count(run.length)}</span></p>`
    }</div>`
}

/** What is read at a glance in tables needs no quotes; elsewhere values look as they are written. */
function shownValue(value: WebValue, name: string, bare = false): TemplateResult {
  if (
    name === 'health' &&
    value.type === 'string' &&
    /^(?:up|down|unknown|healthy|unhealthy|exited)$/.test(value.value)
  )
    return healthBadge(value.value)
  if (value.type === 'capsule' && value.value === '(secret)') return html`<span class="secret">(secret)</span>`
  if (value.type === 'string' && TIME.test(value.value)) return when(value.value, serverNow())
  if (bare && value.type === 'string') return html`<span class="mono">${value.value}</span>`
  return html`<pre class=${`value ${value.type}`}>${printValue(value)}</pre>`
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

function isFlat({ body, label }: Block): boolean {
  return label === undefined && body.length > 0 && body.every(({ type }) => type === 'attr')
}

/** Blocks of one name that stand together. */
export function runsOf(body: readonly WebStatement[]): readonly (readonly Block[])[] {
  const runs: Block[][] = []
  for (const statement of body) {
    if (statement.type !== 'block') continue
    const last = runs.at(-1)
    if (last?.[0].name === statement.name) last.push(statement)
    else runs.push([statement])
  }
  return runs
}
