/** Whether the node answers: the sign at the edge of every page. */
import { html, type TemplateResult } from 'lit-html'
import { mark } from '../look/badge.ts'
import { oneUnit } from '../look/format.ts'

export interface Connection {
  /** Ms since the epoch of the last good answer; undefined before the first. */
  readonly lastAnswer: number | undefined
  /** Since then, a question went unanswered. */
  readonly lost: boolean
  /** The window isn't looked at: nobody asks. */
  readonly paused: boolean
}

export function connectionSign({ lastAnswer, lost, paused }: Connection, now: number): TemplateResult {
  const since = lastAnswer === undefined ? undefined : oneUnit(Math.max(0, (now - lastAnswer) / 1000))
  const state = lost ? 'No answer' : paused ? 'Paused' : lastAnswer === undefined ? 'Asking…' : 'Connected'
  const tone = lost ? 'bad' : lastAnswer === undefined || paused ? 'dull' : 'good'
  // Only the word is news for readers of screens; the seconds tick on beside it.
  return html`<div class="connection ${tone}">
    ${mark(tone)}<span><span role="status" aria-live="polite">${state}</span>
    <span class="since">${since === undefined ? '' : `last answer ${since} ago`}</span></span>
  </div>`
}
