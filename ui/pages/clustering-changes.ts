/** Who came and went, the newest first. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { ShareChange } from '../../core/api/ownership.ts'
import { counted, listed } from '../look/format.ts'
import { when } from '../look/parts.ts'
import { holdSentence } from '../values/holds.ts'

const SHOWN = 12

export function changesList(changes: readonly ShareChange[], now: number): TemplateResult {
  if (changes.length === 0) return html`<p class="dim">Nothing has changed since this node began to share the work.</p>`
  return html`<ol class="timeline">${changes.slice(0, SHOWN).map(
    (change) => html`<li class=${change.left.length > 0 ? 'left' : change.joined.length > 0 ? 'joined' : ''}>
      <div>${changeSentence(change)}</div>
      <div class="dim small">${when(change.at, now)} · ${counted(change.participants.length, 'participant')}</div>
      ${change.hold === null ? nothing : html`<div class="small">${holdSentence(change.hold)}</div>`}
    </li>`,
  )}</ol>
  ${changes.length > SHOWN ? html`<p class="dim small">and ${counted(changes.length - SHOWN, 'earlier change')}</p>` : nothing}`
}

export function changeSentence({ joined, left, participants, hold }: ShareChange): string {
  if (joined.length > 0 && left.length > 0) return `${listed(joined)} came, ${listed(left)} went.`
  if (joined.length > 0) return `${listed(joined)} came.`
  if (left.length > 0) return `${listed(left)} went.`
  if (hold !== null) return 'The work was held back.'
  return participants.length === 0 ? 'Nobody shares the work.' : 'The work was shared anew.'
}
