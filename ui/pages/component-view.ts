/** One component with all that it tells; `root` is where its configuration lives in the API and in addresses. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { WebComponent, WebStatement } from '../../core/api/web.ts'
import { healthBadge } from '../look/badge.ts'
import { icon } from '../look/icons.ts'
import { callout, heading, when } from '../look/parts.ts'
import type { PageContext } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'
import { idInPath, siblingOf } from '../values/ids.ts'
import { type StatementsOptions, statements } from '../values/statements.ts'

const EVERY = 5

export interface ComponentPlace {
  readonly id: string
  /** Before `components/` in the API: empty, or `remotecfg/`. */
  readonly api: string
  readonly address: (id: string) => string
}

/** Asks for it, and draws it whenever it changes. */
export function showComponent(context: PageContext, place: ComponentPlace): void {
  let held: Held<WebComponent> = NOTHING_YET
  const options: StatementsOptions = { more: new Map(), redraw: () => draw() }
  const draw = (): void =>
    context.draw(html`${head(place.id, held.value)} ${shown(held, (component) => content(component, place, options))}`)
  draw()
  context.poll<WebComponent>(
    () => `api/v0/web/${place.api}components/${idInPath(place.id)}`,
    EVERY,
    (answer) => {
      held = hold(held, answer)
      draw()
    },
  )
}

function head(id: string, component: WebComponent | undefined): TemplateResult {
  const docs = component === undefined ? undefined : docsOf(component.name)
  return heading(
    html`${id} ${component === undefined ? nothing : healthBadge(component.health.state)}`,
    component === undefined ? 'Component' : html`Component of kind <strong>${component.name}</strong>`,
    html`${
      component === undefined
        ? nothing
        : component.liveDebuggingEnabled
          ? html`<a class="button" href=${addressOf('debug', id)}>${icon('bug')}Live debugging</a>`
          : html`<span class="dim small">Live debugging is not available: <code>livedebugging</code> is not enabled, or this kind of component has nothing to show.</span>`
    }
    ${docs === undefined ? nothing : html`<a class="button" href=${docs} target="_blank" rel="noreferrer">${icon('external')}Documentation</a>`}`,
  )
}

/** Of the kinds that Alloy has, too, Alloy documents what they do. */
function docsOf(name: string): string | undefined {
  const family = /^(discovery|local|prometheus|remote|pyroscope)\.\w+$/.exec(name)?.[1]
  return family === undefined
    ? undefined
    : `https://grafana.com/docs/alloy/latest/reference/components/${family}/${name}/`
}

function content(component: WebComponent, place: ComponentPlace, options: StatementsOptions): TemplateResult {
  const { health } = component
  const well = health.state === 'healthy'
  const parts: readonly (readonly [title: string, body: readonly WebStatement[], none: string])[] = [
    ['Arguments', component.arguments, 'All arguments have their defaults.'],
    ['Exports', component.exports, 'It exports nothing.'],
    ['Debug info', component.debugInfo, 'It tells nothing of its inner state.'],
  ]
  return html`
    ${callout(well ? 'good' : health.state === 'unknown' ? 'dull' : 'bad', well ? 'check' : 'alert', html`${health.message} <span class="dim small">${when(health.updatedTime, serverNow())}</span>`)}
    <div class="component-columns">
      <div>${parts.map(
        ([title, body, none], index) =>
          html`<section><h2>${title}</h2>${body.length === 0 ? html`<p class="dim">${none}</p>` : statements(body, options, String(index))}</section>`,
      )}</div>
      <aside aria-label="Related">
        ${related('Uses', component.referencesTo, component, place)} ${related('Used by', component.referencedBy, component, place)}
        ${related('Passes on to', component.dataFlowEdgesTo, component, place)} ${modules(component)}
        ${
          component.name === 'prometheus.scrape'
            ? html`<section><h2>Targets</h2><p><a href=${addressOf('targets', '', { component: place.id })}>All targets of it in the fleet</a></p></section>`
            : nothing
        }
      </aside>
    </div>`
}

function related(
  title: string,
  ids: readonly string[],
  component: WebComponent,
  { address }: ComponentPlace,
): TemplateResult | typeof nothing {
  if (ids.length === 0) return nothing
  return html`<section><h2>${title}</h2><ul class="links">${ids.map((id) => html`<li><a href=${address(siblingOf(component, id))}>${id}</a></li>`)}</ul></section>`
}

function modules({ createdModuleIDs = [] }: WebComponent): TemplateResult | typeof nothing {
  if (createdModuleIDs.length === 0) return nothing
  return html`<section><h2>Modules</h2><ul class="links">${createdModuleIDs.map((id) => html`<li><a href=${addressOf('graph', id)}>${id}</a></li>`)}</ul></section>`
}
