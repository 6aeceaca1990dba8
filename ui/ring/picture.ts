/** The ring to look at: outside as it is, inside what it comes to. Pointing at a node shows who it is and how much is its. */
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { RingView } from '../../core/api/ownership.ts'
import { counted, percent } from '../look/format.ts'
import { nodeClass, nodeName } from '../look/node-colors.ts'
import { arcPaths, point, sharePaths } from './geometry.ts'

export interface RingMark {
  /** 0 to 1. */
  readonly at: number
  readonly kind: 'key' | 'token'
}

export interface RingPictureOptions {
  readonly ring: RingView
  /** Name of the node that is pointed at. */
  readonly chosen?: string | undefined
  readonly onChoose?: (name: string | undefined) => void
  readonly marks?: readonly RingMark[]
}

/** The same ring draws the same paths: they are long, so they are made once. */
const drawn = new WeakMap<RingView, { readonly arcs: readonly string[]; readonly pie: readonly string[] }>()

function pathsOf(ring: RingView): { readonly arcs: readonly string[]; readonly pie: readonly string[] } {
  const known = drawn.get(ring)
  if (known !== undefined) return known
  const made = {
    arcs: arcPaths(ring, 82, 98),
    pie: sharePaths(
      ring.nodes.map(({ share }) => share),
      62,
      76,
    ),
  }
  drawn.set(ring, made)
  return made
}

export function ringPicture({ ring, chosen, onChoose, marks = [] }: RingPictureOptions): TemplateResult {
  const names = ring.nodes.map(({ name }) => name)
  const { arcs, pie } = pathsOf(ring)
  const node = ring.nodes.find(({ name }) => name === chosen)
  const look = (name: string): string =>
    `${nodeClass(name, names)} ${chosen === undefined || chosen === name ? '' : 'faded'}`
  const watch = (name: string | undefined) => (): void => onChoose?.(name)
  return html`<svg class="ring" viewBox="-104 -104 208 208" role="img" aria-label=${`Ring of ${counted(names.length, 'node')}: ${ring.nodes
    .slice(0, 12)
    .map(({ name, share }) => `${name} ${percent(share)}`)
    .join(', ')}`} @mouseleave=${watch(undefined)}>
    ${names.map((name, index) => svg`<g class=${look(name)} @mouseenter=${watch(name)}><path class="arc" d=${arcs[index]}/><path class="slice" d=${pie[index]}/></g>`)}
    ${marks.map(({ at, kind }) => {
      const [x, y] = point(at, 90).split(' ')
      return kind === 'key'
        ? svg`<path class="ring-needle" d=${`M0 0L${point(at, 79)}`}/><circle class="ring-key" cx=${x} cy=${y} r="4.500"/>`
        : svg`<path class="ring-token" d=${`M${point(at, 80)}L${point(at, 101)}`}/>`
    })}
    ${
      node === undefined
        ? svg`<text class="ring-big" y="-2">${names.length}</text><text class="ring-small" y="16">${names.length === 1 ? 'node' : 'nodes'}</text>`
        : svg`<text class="ring-big" y="-2">${percent(node.share)}</text><text class="ring-small" y="16">${node.name.length > 18 ? `${node.name.slice(0, 17)}…` : node.name}</text>`
    }
  </svg>`
}

/** The picture in words. Its rows are buttons: what pointing does, the keyboard can do, too. */
export function ringLegend({ ring, chosen, onChoose }: RingPictureOptions): TemplateResult {
  const names = ring.nodes.map(({ name }) => name)
  const even = names.length === 0 ? 0 : 1 / names.length
  return html`<table class="legend">
    <caption class="sr">How the ring is shared</caption>
    <thead><tr><th scope="col">Node</th><th scope="col" class="numeric">Share of keys</th><th scope="col" class="numeric">Targets</th></tr></thead>
    <tbody>${ring.nodes.map(
      ({
        name,
        share,
        targets,
        tokens,
      }) => html`<tr class=${chosen === name ? 'chosen' : ''} @mouseenter=${() => onChoose?.(name)} @mouseleave=${() => onChoose?.(undefined)}>
        <th scope="row"><button type="button" class="row-button" aria-pressed=${chosen === name} title=${counted(tokens, 'token')}
          @focus=${() => onChoose?.(name)} @blur=${() => onChoose?.(undefined)}>${nodeName(name, names)}</button></th>
        <td class="numeric">${percent(share)}${share > even * 1.25 && names.length > 1 ? html` <span class="dim" title="More than a quarter above an even share">▲</span>` : nothing}</td>
        <td class="numeric">${targets}</td></tr>`,
    )}</tbody>
  </table>`
}
