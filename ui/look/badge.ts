/** How something is, in a word and a colour; the shape of the mark says it, too, for who can't tell the colours. */
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { Verdict } from '../../core/api/doctor.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'dull' | 'info'

const MARKS: Readonly<Record<Tone, TemplateResult<2>>> = {
  good: svg`<circle cx="6" cy="6" r="4.5"/>`,
  warn: svg`<path d="M6 .8 11.5 11H.5Z"/>`,
  bad: svg`<path d="M6 .5 11.5 6 6 11.5.5 6Z"/>`,
  dull: svg`<circle class="hollow" cx="6" cy="6" r="3.6"/>`,
  info: svg`<rect x="1.5" y="1.5" width="9" height="9" rx="2"/>`,
}

export function mark(tone: Tone): TemplateResult {
  return html`<svg class="mark ${tone}" viewBox="0 0 12 12" aria-hidden="true" focusable="false">${MARKS[tone]}</svg>`
}

export function badge(tone: Tone, text: string, title?: string): TemplateResult {
  return html`<span class="badge ${tone}" title=${title ?? nothing}>${mark(tone)}${text}</span>`
}

export const HEALTH_TONES: Readonly<Record<string, Tone>> = {
  healthy: 'good',
  unhealthy: 'bad',
  exited: 'bad',
  up: 'good',
  down: 'bad',
  participant: 'good',
  viewer: 'info',
  terminating: 'warn',
}

/** Of a component, a target or a peer. */
export function healthBadge(state: string): TemplateResult {
  return badge(HEALTH_TONES[state] ?? (state === 'unknown' ? 'dull' : 'info'), state)
}

export const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  ok: 'good',
  warning: 'warn',
  trouble: 'bad',
  unknown: 'dull',
}
