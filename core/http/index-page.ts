/** The page at the root: what this is, where things are, and how each component does. One document, no scripts. */
import type { ComponentInfo } from '../graph/graph.ts'

export interface IndexPageOptions {
  readonly version: string
  readonly components: readonly ComponentInfo[]
}

const LINKS: readonly (readonly [href: string, what: string])[] = [
  ['/metrics', 'metrics of this agent'],
  ['/-/ready', 'is it ready?'],
  ['/-/healthy', 'are all components healthy?'],
]

export function indexPage({ version, components }: IndexPageOptions): string {
  const links = LINKS.map(([href, what]) => `<li><a href="${href}">${href}</a> ${what}</li>`)
  const rows = components.map(
    ({ id, health }) =>
      `<tr><td class="${health.state}">${health.state}</td><td>${escaped(id)}</td><td>${escaped(health.message)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>skein</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { border-bottom: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top }
  .healthy { color: #176f2c } .unknown { color: #8a6100 } .unhealthy, .exited { color: #b3261e }
</style>
<h1>skein</h1>
<p>version ${escaped(version)}</p>
<ul>
${links.join('\n')}
</ul>
<h2>Components</h2>
<table>
<thead><tr><th>Health</th><th>ID</th><th>Message</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
