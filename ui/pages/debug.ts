/** Live debugging: what flows through one component, as it comes. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { guard } from 'lit-html/directives/guard.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { count } from '../look/format.ts'
import { callout, choice, heading, searchField } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { idInPath } from '../values/ids.ts'
import { createLines, filtered, MAX_LINES } from '../values/lines.ts'

/** In percent. */
const RATES: readonly number[] = [100, 75, 50, 25, 10, 5, 1]

export const debug: Page = {
  path: 'debug',
  title: 'Live debugging',
  open(context) {
    const id = context.rest
    const lines = createLines()
    let stop: (() => void) | undefined
    let ended: string | undefined
    let follows = true
    let copied = ''

    const chosen = (name: string): string => context.query.get(name) ?? ''
    const rate = (): number => RATES.find((percent) => String(percent) === chosen('rate')) ?? 100
    const box = (): HTMLElement | null => document.querySelector('.feed')

    function draw(): void {
      context.draw(page())
      if (follows)
        requestAnimationFrame(() => requestAnimationFrame(() => box()?.scrollTo({ top: box()?.scrollHeight ?? 0 })))
    }

    function page(): TemplateResult {
      const filter = chosen('filter')
      return html`${heading('Live debugging', html`What flows through <a href=${addressOf('component', id)}>${id}</a>`)}
        <div class="toolbar">
          ${searchField({
            label: 'Filter lines',
            placeholder: 'Only lines with this text',
            value: filter,
            onInput(value) {
              context.choose({ ...Object.fromEntries(context.query), filter: value })
              draw()
            },
          })}
          ${choice({
            label: 'Sample rate',
            value: String(rate()),
            options: RATES.map((percent) => [String(percent), `${percent} %`] as const),
            onChoose(percent) {
              context.choose({ ...Object.fromEntries(context.query), rate: percent })
              if (stop !== undefined) begin()
              draw()
            },
          })}
          <button type="button" class=${stop === undefined ? 'primary' : ''} @click=${() => (stop === undefined ? begin() : pause())}>${stop === undefined ? 'Resume' : 'Stop'}</button>
          <button type="button" @click=${clear}>Clear</button>
          <button type="button" @click=${copy}>Copy</button>
          <label class="check"><input type="checkbox" .checked=${follows} @change=${(event: Event) => {
            follows = (event.target as HTMLInputElement).checked
            draw()
          }} /> Follow</label>
        </div>
        ${ended === undefined ? nothing : callout('warn', 'alert', html`<strong>The feed has ended.</strong> ${ended}`)}
        ${feed(filter)}
        <p class="dim small feed-foot"><span>${count(lines.count())} lines, at most ${count(MAX_LINES)} are kept</span> <span role="status" aria-live="polite">${copied}</span></p>`
    }

    function feed(filter: string): TemplateResult {
      return html`<div class="feed" tabindex="0" role="log" aria-live="off" aria-label="Lines">
        ${repeat(
          lines.runs(),
          (run) => run.id,
          (run) => guard([run, filter], () => html`<pre>${filtered(run.lines, filter).join('\n')}</pre>`),
        )}
        ${lines.count() === 0 && ended === undefined ? html`<p class="dim">${stop === undefined ? 'Stopped.' : 'Waiting for something to flow…'}</p>` : nothing}
      </div>`
    }

    function begin(): void {
      stop?.()
      ended = undefined
      stop = context.stream(
        `api/v0/web/debug/${idInPath(id)}?sampleProb=${rate() / 100}`,
        (text) => {
          lines.add(text.split('\n').filter((line) => line !== ''))
          draw()
        },
        (why) => {
          ended = why
          stop = undefined
          draw()
        },
      )
      draw()
    }

    function pause(): void {
      stop?.()
      stop = undefined
      draw()
    }

    function clear(): void {
      lines.clear()
      draw()
    }

    async function copy(): Promise<void> {
      const text = lines.runs().flatMap((run) => filtered(run.lines, chosen('filter')))
      try {
        await navigator.clipboard.writeText(text.join('\n'))
        copied = `${count(text.length)} lines copied.`
      } catch {
        copied = 'The browser allows copying on pages with HTTPS only: mark the lines and copy them yourself.'
      }
      draw()
    }

    begin()
    return () => {}
  },
}
