/** Pieces of which all pages are made: heads, figures, callouts, labels, search fields. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import type { Check } from '../../core/api/doctor.ts'
import type { Timestamp } from '../../core/api/node.ts'
import { type Tone, VERDICT_TONES } from './badge.ts'
import { ago, moment } from './format.ts'
import { type IconName, icon } from './icons.ts'

export function heading(title: unknown, below: unknown, aside?: unknown): TemplateResult {
  return html`<header class="page-head">
    <div><h1 tabindex="-1">${title}</h1><p class="subtitle">${below}</p></div>
    ${aside === undefined ? nothing : html`<div class="page-aside">${aside}</div>`}
  </header>`
}

export interface Figure {
  readonly label: string
  readonly value: unknown
  readonly below?: unknown
  readonly tone?: Tone
}

export function figures(all: readonly Figure[]): TemplateResult {
  return html`<dl class="figures">${all.map(
    ({ label, value, below, tone }) =>
      html`<div class="figure ${tone ?? ''}"><dt>${label}</dt><dd><span class="value">${value}</span>${below === undefined ? nothing : html`<span class="below">${below}</span>`}</dd></div>`,
  )}</dl>`
}

export function callout(tone: Tone, name: IconName, content: unknown): TemplateResult {
  return html`<div class="callout ${tone}">${icon(name)}<div>${content}</div></div>`
}

/** What is wrong, and what to do about it: at once where there is trouble, for who asks where it is only a warning. */
export function troubles(checks: readonly Check[]): TemplateResult {
  const wrong = checks.filter(({ verdict }) => verdict === 'trouble' || verdict === 'warning')
  return html`<div class="troubles" role="status" aria-live="polite">${wrong.map((check) =>
    callout(
      VERDICT_TONES[check.verdict],
      'alert',
      html`<strong>${check.title}.</strong> ${withCode(check.sentence)} <a class="quiet" href=${`doctor#${check.id}`}>Evidence</a>
        ${
          check.remedy.length === 0
            ? nothing
            : html`<details ?open=${check.verdict === 'trouble'}><summary>What to do</summary>${remedies(check)}</details>`
        }`,
    ),
  )}</div>`
}

/** Whom no answer holds; Alloy's nodes never answer, and that is no trouble. */
export function unansweredBy(
  nodes: readonly { readonly node: string; readonly reason: string }[],
  what: string,
): TemplateResult | typeof nothing {
  if (nodes.length === 0) return nothing
  const expected = nodes.every(({ reason }) => reason.startsWith('it runs Alloy'))
  return callout(
    expected ? 'info' : 'warn',
    expected ? 'explain' : 'alert',
    html`<strong>${what}</strong> ${nodes.map(({ node, reason }, index) => html`${index === 0 ? '' : '; '}<strong>${node}</strong>: ${reason}`)}.`,
  )
}

export function remedies({ remedy }: Check): TemplateResult | typeof nothing {
  if (remedy.length === 0) return nothing
  if (remedy.length === 1) return html`<p class="remedy">${withCode(remedy[0])}</p>`
  return html`<ol class="remedy">${remedy.map((step) => html`<li>${withCode(step)}</li>`)}</ol>`
}

/** Flags, metrics and times in sentences look like what they are. */
export function withCode(text: string): readonly (string | TemplateResult)[] {
  return text
    .split(
      /(`[^`]+`|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|--[a-z][\w.-]*\w|\b(?:cluster|alloy|prometheus|skein)_[a-z_]+\b)/,
    )
    .map((part, index) =>
      index % 2 === 0 ? part : /^\d/.test(part) ? moment(part) : html`<code>${part.replace(/^`|`$/g, '')}</code>`,
    )
}

/** How long ago, with the exact moment when pointed at. */
export function when(at: Timestamp | null, now: number): TemplateResult {
  return at === null
    ? html`<span class="dim">never</span>`
    : html`<time datetime=${at} title=${moment(at)}>${ago(at, now)}</time>`
}

export function searchField(options: {
  readonly label: string
  readonly placeholder: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly describedBy?: string
}): TemplateResult {
  return html`<label class="search">${icon('search')}<span class="sr">${options.label}</span>
    <input type="search" data-search autocomplete="off" spellcheck="false" placeholder=${options.placeholder}
      aria-describedby=${options.describedBy ?? nothing} .value=${live(options.value)}
      @input=${(event: Event) => options.onInput((event.target as HTMLInputElement).value)} />
    <kbd aria-hidden="true">/</kbd></label>`
}

export function choice(options: {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly onChoose: (value: string) => void
}): TemplateResult {
  return html`<label class="choice"><span>${options.label}</span>
    <select @change=${(event: Event) => options.onChoose((event.target as HTMLSelectElement).value)}>
      ${options.options.map(([value, text]) => html`<option value=${value} .selected=${live(value === options.value)}>${text}</option>`)}
    </select></label>`
}

/** One of a few, all visible. */
export function segments(options: {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: unknown])[]
  readonly onChoose: (value: string) => void
}): TemplateResult {
  return html`<div class="segments" role="group" aria-label=${options.label}>${options.options.map(
    ([value, text]) =>
      html`<button type="button" aria-pressed=${value === options.value} @click=${() => options.onChoose(value)}>${text}</button>`,
  )}</div>`
}

/** Labels as chips: the name small, the value clear. */
export function labels(all: Readonly<Record<string, string>>, without: readonly string[] = []): TemplateResult {
  return html`<span class="labels">${Object.entries(all)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => html`<span class="label"><i>${name}=</i>${value}</span>`)}</span>`
}
