/** The page at the root: all components of the configuration, and how each is. */
import { html } from 'lit-html'
import type { WebComponent } from '../../core/api/web.ts'
import { heading } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { componentList } from './component-list.ts'

const EVERY = 5

export const components: Page = {
  path: '',
  title: 'Components',
  open(context) {
    let held: Held<readonly WebComponent[]> = NOTHING_YET
    const draw = (): void =>
      context.draw(html`${heading('Components', 'What the configuration of this node consists of.')}
        ${shown(held, (all) => componentList({ all, context, redraw: draw, empty: 'The configuration has no components.' }))}`)
    draw()
    context.poll<readonly WebComponent[]>(
      () => 'api/v0/web/components',
      EVERY,
      (answer) => {
        held = hold(held, answer)
        draw()
      },
    )
    return () => {}
  },
}
