/** What a page holds of an answer that it asks for again and again: the last good one, and what went wrong since. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../look/icons.ts'
import type { Answer } from '../page.ts'

export interface Held<T> {
  readonly value: T | undefined
  /** Why the last question had no good answer. */
  readonly problem: string | undefined
}

export const NOTHING_YET: Held<never> = { value: undefined, problem: undefined }

export function hold<T>(before: Held<T>, answer: Answer<T>): Held<T> {
  return answer.ok ? { value: answer.value, problem: undefined } : { value: before.value, problem: answer.text }
}

/** While there is nothing: that it is on its way. After a failure: why, with the old data below, greyed. */
export function shown<T>({ value, problem }: Held<T>, view: (value: T) => TemplateResult): TemplateResult {
  return html`
    <div role="status" aria-live="polite">${
      problem === undefined
        ? nothing
        : html`<div class="callout bad">${icon('alert')}<div><strong>${
            value === undefined ? 'This can’t be shown.' : 'What you see below is old.'
          }</strong> ${problem}</div></div>`
    }</div>
    ${
      value === undefined
        ? problem === undefined
          ? html`<p class="loading" aria-busy="true"><span class="sr">Loading…</span><span class="bar w1"></span><span class="bar w2"></span><span class="bar w3"></span></p>`
          : nothing
        : html`<div class="fresh ${problem === undefined ? '' : 'stale'}">${view(value)}</div>`
    }`
}
