/** What keys do, and the list of them. Letters do nothing while somebody types, and can be switched off altogether. */
import { html, type TemplateResult } from 'lit-html'
import { icon } from '../look/icons.ts'
import { remember, remembered } from './theme.ts'

const PLACE = 'skein.keys'

/** After `g`: the path of the page. */
export const GO: Readonly<Record<string, string>> = {
  h: '',
  g: 'graph',
  c: 'clustering',
  t: 'targets',
  e: 'explain',
  w: 'queues',
  d: 'doctor',
}

const WORDS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Search'],
  ['g h', 'Components'],
  ['g g', 'Graph'],
  ['g c', 'Clustering'],
  ['g t', 'Targets'],
  ['g e', 'Explain a target'],
  ['g w', 'Remote write'],
  ['g d', 'Doctor'],
  ['?', 'These keys'],
]

/** `g` waits this long for its letter. */
const SECOND_KEY_MS = 1500

export type KeyAction =
  | { readonly kind: 'go'; readonly page: string }
  | { readonly kind: 'search' }
  | { readonly kind: 'help' }

/** Reads one key after the other. `typing`: it goes into a field. */
export function createKeyReader(now: () => number): (key: string, typing: boolean) => KeyAction | undefined {
  let waitsUntil = 0
  return (key, typing) => {
    if (typing) return undefined
    const second = now() < waitsUntil
    waitsUntil = 0
    if (second && Object.hasOwn(GO, key)) return { kind: 'go', page: GO[key] }
    if (key === '/') return { kind: 'search' }
    if (key === '?') return { kind: 'help' }
    if (key === 'g') waitsUntil = now() + SECOND_KEY_MS
    return undefined
  }
}

export function keysEnabled(): boolean {
  return remembered(PLACE) !== 'off'
}

export function keysDialog(close: () => void): TemplateResult {
  return html`<dialog class="keys" aria-labelledby="keys-title" @click=${(event: Event) => event.target === event.currentTarget && close()}>
    <div class="dialog-body">
      <div class="dialog-head"><h2 id="keys-title">Keys</h2><button type="button" class="plain" aria-label="Close" @click=${close}>${icon('close')}</button></div>
      <dl>${WORDS.map(([keys, what]) => html`<div><dt>${keys.split(' ').map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl>
      <label class="check"><input type="checkbox" ?checked=${keysEnabled()} @change=${(event: Event) => remember(PLACE, (event.target as HTMLInputElement).checked ? 'on' : 'off')} /> Use these keys in this browser</label>
    </div>
  </dialog>`
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
