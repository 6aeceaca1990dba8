/** Graph: what passes on to what, how each is, and, with live debugging, how much flows. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { WebComponent } from '../../core/api/web.ts'
import { type Flow, readFlows } from '../graph/flows.ts'
import { createGraphLayout, graphList, graphPicture } from '../graph/picture.ts'
import { choice, heading } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { idInPath, idOf } from '../values/ids.ts'

const EVERY = 5

/** Seconds over which the server counts. */
const WINDOWS: readonly number[] = [1, 2, 5, 10, 30, 60]
const USUAL_WINDOW = 5

export const graph: Page = {
  path: 'graph',
  title: 'Graph',
  open(context) {
    const module = context.rest
    const place = createGraphLayout()
    let held: Held<readonly WebComponent[]> = NOTHING_YET
    let flows: ReadonlyMap<string, Flow> | undefined
    let streamEnded: string | undefined
    let stop = (): void => {}

    const draw = (): void => context.draw(page())
    const window = (): number =>
      WINDOWS.find((seconds) => String(seconds) === context.query.get('window')) ?? USUAL_WINDOW

    /** A component that has a module leads into it. */
    const address = (component: WebComponent): string => {
      const created = component.createdModuleIDs?.[0]
      return created === undefined ? addressOf('component', idOf(component)) : addressOf('graph', created)
    }

    function page(): TemplateResult {
      const aside = choice({
        label: 'Rates over',
        value: String(window()),
        options: WINDOWS.map((seconds) => [String(seconds), `${seconds} s`] as const),
        onChoose(seconds) {
          context.choose({ window: seconds })
          watch()
          draw()
        },
      })
      const below =
        module === '' ? 'What passes on to what.' : html`Module <strong>${module}</strong> · ${ancestors(module)}`
      return html`${heading('Graph', below, aside)} ${shown(held, content)}`
    }

    function content(components: readonly WebComponent[]): TemplateResult {
      if (components.length === 0) return html`<p class="dim">There are no components here.</p>`
      return html`<section class="graph-card">${graphPicture({ components, placed: place(components), flows, address })}</section>
        ${streamEnded === undefined ? nothing : html`<p class="dim small">No rates: ${streamEnded} They need <code>livedebugging { enabled = true }</code> in the configuration.</p>`}
        <details class="panel"><summary>As a list</summary>${graphList({ components, flows, address })}</details>`
    }

    function watch(): void {
      stop()
      flows = undefined
      streamEnded = undefined
      const inModule = module === '' ? '' : `/${idInPath(module)}`
      stop = context.stream(
        `api/v0/web/graph${inModule}?window=${window()}`,
        (text) => {
          flows = readFlows(text) ?? flows
          draw()
        },
        (why) => {
          flows = undefined
          streamEnded = why
          draw()
        },
      )
    }

    draw()
    watch()
    context.poll<readonly WebComponent[]>(
      () => (module === '' ? 'api/v0/web/components' : `api/v0/web/modules/${idInPath(module)}/components`),
      EVERY,
      (answer) => {
        held = hold(held, answer)
        draw()
      },
    )
    return () => {}
  },
}

/** The way back up. */
function ancestors(module: string): readonly TemplateResult[] {
  const parts = module.split('/')
  const above = parts
    .slice(0, -1)
    .map((part, index) => html`<a href=${addressOf('graph', parts.slice(0, index + 1).join('/'))}>${part}</a> / `)
  return [html`<a href="graph">all components</a> / `, ...above, html`${parts.at(-1)}`]
}
