/** Each node has a colour of its own, the same wherever it is shown: by its place among all names. */
import { html, type TemplateResult } from 'lit-html'

/** As many as style/nodes.css has; then they begin again. */
export const NODE_COLORS = 12

/** Class that sets `--node`. Unknown nodes are grey. */
export function nodeClass(name: string, names: readonly string[]): string {
  const index = names.indexOf(name)
  return index === -1 ? 'node-other' : `node-${index % NODE_COLORS}`
}

export function nodeName(name: string, names: readonly string[]): TemplateResult {
  return html`<span class="node-name ${nodeClass(name, names)}"><i aria-hidden="true"></i>${name}</span>`
}
