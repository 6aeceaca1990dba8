/** The graph to look at: nodes are links, edges show what flows. */
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from 'lit-html'
import type { WebComponent } from '../../core/api/web.ts'
import { HEALTH_TONES } from '../look/badge.ts'
import { short } from '../look/format.ts'
import { addressOf } from '../shell/addresses.ts'
import { edgeId, type Flow, flowText } from './flows.ts'
import { curve, type Layout, layout } from './layout.ts'

const SIZES = { width: 196, height: 54, gapX: 84, gapY: 24 }
/** Wide graphs shrink to the page, as long as they can be read. */
const MIN_SCALE = 0.74
const MARGIN = 10
const MAX_CHARACTERS = 24

/** Where the parts of the graph stand depends on who is there and what leads where, not on how they are. */
export function createGraphLayout(): (components: readonly WebComponent[]) => Layout {
  let drawn = ''
  let last: Layout | undefined
  return (components) => {
    const shape = JSON.stringify(components.map(({ localID, dataFlowEdgesTo }) => [localID, dataFlowEdgesTo]))
    if (last === undefined || shape !== drawn) {
      const edges = components.flatMap(({ localID, dataFlowEdgesTo }) =>
        dataFlowEdgesTo.map((to) => [localID, to] as const),
      )
      last = layout(
        components.map(({ localID }) => localID),
        edges,
        SIZES,
      )
      drawn = shape
    }
    return last
  }
}

export interface GraphPictureOptions {
  readonly components: readonly WebComponent[]
  readonly placed: Layout
  /** Undefined while nothing can be told of it. */
  readonly flows: ReadonlyMap<string, Flow> | undefined
  readonly address: (component: WebComponent) => string
}

export function graphPicture({ components, placed, flows, address }: GraphPictureOptions): TemplateResult {
  const byId = new Map(components.map((component) => [component.localID, component]))
  const width = placed.width + 2 * MARGIN
  const height = placed.height + 2 * MARGIN
  return html`<div class="graph-frame" tabindex="0" role="region" aria-label="Graph of the components; the list below says the same">
    <svg class="graph" width=${width} height=${height} .style=${`min-width:${Math.round(width * MIN_SCALE)}px`} viewBox=${`${-MARGIN} ${-MARGIN} ${width} ${height}`} role="group" aria-label="Components">
      ${placed.edges.map(({ from, to, points }) => edge(points, flows?.get(edgeId(from, to))))}
      ${placed.nodes.map(({ id, x, y }) => {
        const component = byId.get(id)
        return component === undefined ? nothing : node(component, x, y, address(component))
      })}
    </svg>
  </div>`
}

function edge(points: Layout['edges'][number]['points'], flow: Flow | undefined): SVGTemplateResult {
  const [x, y] = points[points.length - 1]
  const [startX, startY] = points[0]
  const flowing = flow !== undefined && flow.rate > 0
  // Beside the first bend: there edges that come together later are still apart.
  const [nextX, nextY] = points[1]
  return svg`<g class=${flowing ? 'edge flowing' : 'edge'}>
    <path class="line" d=${curve(points)}/>
    ${flowing ? svg`<path class="dashes" d=${curve(points)}/>` : nothing}
    <path class="tip" d=${`M${x} ${y}l-8 -4.500v9Z`}/>
    ${flow === undefined ? nothing : svg`<text x=${(startX + nextX) / 2} y=${(startY + nextY) / 2 - 7}>${short(flow.rate)}/s<title>${flowText(flow)}</title></text>`}
  </g>`
}

function node(component: WebComponent, x: number, y: number, href: string): SVGTemplateResult {
  const { name, label, localID, health, createdModuleIDs } = component
  const tone = HEALTH_TONES[health.state] ?? 'dull'
  return svg`<a class=${`graph-node ${tone}`} href=${href} aria-label=${`${localID}${(createdModuleIDs?.length ?? 0) > 0 ? ' module' : ''}, ${health.state}`}>
    <title>${localID}: ${health.state}${health.message === '' ? '' : `, ${health.message}`}</title>
    <rect x=${x} y=${y} width=${SIZES.width} height=${SIZES.height} rx="9"/>
    <rect class="side" x=${x + 7} y=${y + 10} width="4" height=${SIZES.height - 20} rx="2"/>
    <text class="kind" x=${x + 21} y=${y + 21}>${cut(label === undefined ? 'component' : name)}</text>
    <text class="name" x=${x + 21} y=${y + 40}>${cut(label ?? name)}</text>
    ${(createdModuleIDs?.length ?? 0) > 0 ? svg`<text class="module-mark" x=${x + SIZES.width - 12} y=${y + 21}>module</text>` : nothing}
  </a>`
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text
}

/** The same in words. */
export function graphList({ components, flows, address }: Omit<GraphPictureOptions, 'placed'>): TemplateResult {
  return html`<ul class="graph-list">${components.map(
    (component) =>
      html`<li><a href=${address(component)}>${component.localID}</a> <span class="dim">${component.health.state}</span>${
        component.dataFlowEdgesTo.length === 0
          ? nothing
          : html`, passes on to ${component.dataFlowEdgesTo.map((to, index) => {
              const flow = flows?.get(edgeId(component.localID, to))
              return html`${index === 0 ? '' : ', '}${to}${flow === undefined ? '' : ` (${flowText(flow)})`}`
            })}`
      }${component.createdModuleIDs?.map((id) => html`; <a href=${addressOf('graph', id)}>its module</a>`)}</li>`,
  )}</ul>`
}
