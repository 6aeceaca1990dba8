/** Targets: all of the fleet, who scrapes each, how it goes. The server searches, sorts and cuts: only one page of rows is ever here. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { TargetsPage } from '../../core/api/targets.ts'
import { count } from '../look/format.ts'
import { choice, heading, searchField, segments, unansweredBy } from '../look/parts.ts'
import { orderOf, orderText } from '../look/table.ts'
import type { Page } from '../page.ts'
import { queryOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'
import { targetsTable } from './targets-table.ts'

const EVERY = 3
const PER_PAGE = 100
/** So that not every letter is a question to the whole fleet. */
const TYPING_MS = 200

export const targets: Page = {
  path: 'targets',
  title: 'Targets',
  open(context) {
    let held: Held<TargetsPage> = NOTHING_YET
    let asked = ''
    let answered = ''
    let typing: ReturnType<typeof setTimeout> | undefined

    const chosen = (name: string): string => context.query.get(name) ?? ''
    const draw = (): void => context.draw(page())

    function question(): string {
      const order = orderOf(chosen('sort'), { column: 'url', descending: false })
      asked = queryOf({
        search: chosen('search'),
        health: chosen('health'),
        owner: chosen('owner'),
        component: chosen('component'),
        sort: order.column,
        order: order.descending ? 'desc' : undefined,
        offset: chosen('offset'),
        limit: String(PER_PAGE),
      })
      return `api/v1/targets${asked}`
    }

    /** Whatever is chosen but the page itself leads back to the first page. */
    function choose(change: Readonly<Record<string, string>>, wait = 0): void {
      context.choose({ ...Object.fromEntries(context.query), offset: undefined, ...change })
      draw()
      clearTimeout(typing)
      typing = setTimeout(askNow, wait)
    }

    function page(): TemplateResult {
      const view = held.value
      return html`${heading('Targets', view === undefined ? 'Everything that the fleet scrapes.' : html`<strong>${count(view.total)}</strong> in the fleet`)}
        <div class="toolbar" role="search">
          ${searchField({
            label: 'Search targets',
            placeholder: 'instance=10.0.0.7:* job!=node timeout',
            value: chosen('search'),
            onInput: (value) => choose({ search: value }, TYPING_MS),
            describedBy: 'search-syntax',
          })}
          ${segments({
            label: 'Health',
            value: chosen('health'),
            options: [
              ['', 'All'],
              ['up', 'Up'],
              ['down', 'Down'],
              ['unknown', 'Unknown'],
            ],
            onChoose: (health) => choose({ health }),
          })}
          ${selection('Owner', 'owner', view?.owners ?? [])} ${selection('Component', 'component', view?.components ?? [])}
        </div>
        <details class="syntax" id="search-syntax"><summary>How to search</summary>
          <p>Words, all of which must hold. <code>job=node</code> compares a label, <code>job!=node</code> the other way round, <code>*</code> stands for any characters: <code>instance=10.0.*:9100</code>. A word without a comparison is looked for anywhere in URL, labels and error.</p>
        </details>
        ${shown(held, content)}`
    }

    function selection(label: string, name: 'owner' | 'component', known: readonly string[]): TemplateResult {
      const value = chosen(name)
      const all = value === '' || known.includes(value) ? known : [value, ...known]
      return choice({
        label,
        value,
        options: [['', 'all'], ...all.map((one) => [one, one] as const)],
        onChoose: (one) => choose({ [name]: one }),
      })
    }

    function content(view: TargetsPage): TemplateResult {
      const offset = Number(chosen('offset')) || 0
      return html`
        ${unansweredBy(view.unanswered, 'How the targets of some nodes are is unknown.')}
        ${summary(view)}
        <div class=${answered === asked ? '' : 'waiting'}>
          ${targetsTable({
            targets: view.targets,
            owners: view.owners,
            order: orderOf(chosen('sort'), { column: 'url', descending: false }),
            now: serverNow(),
            onOrder: (order) => choose({ sort: orderText(order) }),
            empty:
              view.total === 0
                ? 'The fleet has no targets yet.'
                : html`No target matches. <button type="button" class="link" @click=${() => choose({ search: '', health: '', owner: '', component: '' })}>Show all</button>`,
          })}
        </div>
        ${pager(view, offset)}`
    }

    function pager({ matched, targets }: TargetsPage, offset: number): TemplateResult | typeof nothing {
      if (matched <= PER_PAGE && offset === 0) return nothing
      const turn = (to: number) => (): void => {
        choose({ offset: to === 0 ? '' : String(to) })
        scrollTo({ top: 0 })
      }
      return html`<nav class="pager" aria-label="Pages of targets">
        <button type="button" ?disabled=${offset === 0} @click=${turn(Math.max(0, offset - PER_PAGE))}>Previous</button>
        <span>${targets.length === 0 ? '0' : `${count(offset + 1)}–${count(offset + targets.length)}`} of ${count(matched)}</span>
        <button type="button" ?disabled=${offset + PER_PAGE >= matched} @click=${turn(offset + PER_PAGE)}>Next</button>
      </nav>`
    }

    draw()
    const askNow = context.poll<TargetsPage>(question, EVERY, (answer) => {
      held = hold(held, answer)
      answered = asked
      draw()
    })
    return () => clearTimeout(typing)
  },
}

/** A bar of how those are that match. */
function summary({ matched, health: { up, down, unknown } }: TargetsPage): TemplateResult {
  const parts = [
    ['good', up, 'up'],
    ['bad', down, 'down'],
    ['dull', unknown, 'unknown'],
  ] as const
  return html`<div class="health-bar">
    <div class="bar-track" aria-hidden="true">${parts.map(([tone, number]) => (number === 0 ? nothing : html`<i class=${tone} .style=${`flex-grow:${number}`}></i>`))}</div>
    <p role="status" aria-live="polite"><strong>${count(matched)}</strong> ${matched === 1 ? 'matches' : 'match'}: ${parts.map(
      ([tone, number, word], index) =>
        html`${index === 0 ? '' : ', '}<span class="${tone}-text">${count(number)} ${word}</span>`,
    )}</p>
  </div>`
}
