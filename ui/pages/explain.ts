/** Explain: the story of one target. Owns the question; the story itself is explain-story.ts. */
import { html, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import type { RingView } from '../../core/api/ownership.ts'
import type { ExplainAnswer } from '../../core/api/targets.ts'
import { counted } from '../look/format.ts'
import { icon } from '../look/icons.ts'
import { callout, heading, unansweredBy } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { queryOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'
import { stagesView } from './explain-labels.ts'
import { story } from './explain-story.ts'
import { targetsTable } from './targets-table.ts'

const EVERY = 5

export const explain: Page = {
  path: 'explain',
  title: 'Explain',
  open(context) {
    let held: Held<ExplainAnswer> = NOTHING_YET
    let ring: RingView | undefined
    let askNow: (() => void) | undefined

    const draw = (): void => context.draw(page())

    function page(): TemplateResult {
      return html`${heading('Explain', 'Why a target is scraped where it is, and how it came to its labels.')}
        <form class="toolbar" role="search" @submit=${submit}>
          <label class="search">${icon('search')}<span class="sr">Which target</span>
            <input type="search" name="search" data-search autocomplete="off" spellcheck="false" placeholder="10.0.0.7:9100 job=node" .value=${live(typed())} /><kbd aria-hidden="true">/</kbd></label>
          <button type="submit" class="primary">Explain</button>
        </form>
        ${askNow === undefined && !isAsked() ? html`<p class="dim">Name a target by any part of its URL or labels, as on the page of <a href="targets">targets</a>; or choose one there.</p>` : shown(held, content)}`
    }

    function typed(): string {
      const { query } = context
      const field = document.querySelector<HTMLInputElement>('input[name="search"]')
      // What somebody is typing stays while answers come in.
      return field !== null && document.activeElement === field ? field.value : (query.get('search') ?? '')
    }

    function isAsked(): boolean {
      const { query } = context
      return (query.get('search') ?? '') !== '' || (query.get('key') ?? '') !== ''
    }

    function submit(event: Event): void {
      event.preventDefault()
      const search = new FormData(event.target as HTMLFormElement).get('search')
      context.choose({ search: String(search ?? '').trim() })
      held = NOTHING_YET
      if (isAsked()) begin()
      else draw()
    }

    function content(answer: ExplainAnswer): TemplateResult {
      if (answer.found === 'one') return story({ ...answer.explanation, ring, now: serverNow() })
      if (answer.found === 'several') {
        const owners = ring?.nodes.map(({ name }) => name) ?? []
        return html`${callout('info', 'explain', html`<strong>${counted(answer.matched, 'target matches', 'targets match')}.</strong> Choose one, or say more.`)}
          ${targetsTable({ targets: answer.targets, owners, now: serverNow() })}`
      }
      const silent = unansweredBy(answer.unanswered, 'What some nodes scrape was searched as far as others know it.')
      if (answer.dropped.length === 0)
        return html`${callout('warn', 'alert', html`<strong>No target matches</strong>, and none was dropped by relabelling: discovery has not found it, on this node at least.`)}
          ${silent}`
      return html`${callout('warn', 'alert', html`<strong>It is not scraped: relabelling drops it.</strong> ${counted(answer.dropped.length, 'target was', 'targets were')} found by discovery and dropped by a rule.`)}
        ${answer.dropped.map(({ sentence, stages }) => html`<section><h2>${sentence}</h2>${stagesView(stages)}</section>`)}
        ${silent}`
    }

    function begin(): void {
      draw()
      if (askNow !== undefined) {
        askNow()
        return
      }
      askNow = context.poll<ExplainAnswer>(
        () =>
          `api/v1/explain${queryOf({ component: context.query.get('component') ?? '', key: context.query.get('key') ?? '', search: context.query.get('search') ?? '' })}`,
        EVERY,
        (answer) => {
          held = hold(held, answer)
          draw()
        },
      )
      context.get<RingView>('api/v1/ring').then((answer) => {
        if (answer.ok) ring = answer.value
        draw()
      })
    }

    if (isAsked()) begin()
    else draw()
    return () => {}
  },
}
