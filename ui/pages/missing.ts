/** For addresses that no page has. */
import { html } from 'lit-html'
import { heading } from '../look/parts.ts'
import type { Page } from '../page.ts'

export const missing: Page = {
  path: '-',
  title: 'Not found',
  open(context) {
    context.draw(html`${heading('There is no such page', html`Nothing is at <code>${location.pathname}</code>.`)}
      <p><a href="./">Components</a>, <a href="clustering">clustering</a>, <a href="targets">targets</a> and the rest are in the menu.</p>`)
    return () => {}
  },
}
