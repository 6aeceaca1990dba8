/** Components that a server of configuration gave this node: their list, and each of them. */
import { html } from 'lit-html'
import type { WebComponent } from '../../core/api/web.ts'
import { heading } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { componentList } from './component-list.ts'
import { showComponent } from './component-view.ts'

const EVERY = 5
const COMPONENT = 'component/'

const address = (id: string): string => addressOf('remotecfg', `${COMPONENT}${id}`)

export const remotecfg: Page = {
  path: 'remotecfg',
  title: 'Remote configuration',
  open(context) {
    if (context.rest.startsWith(COMPONENT)) {
      showComponent(context, { id: context.rest.slice(COMPONENT.length), api: 'remotecfg/', address })
      return () => {}
    }
    let held: Held<readonly WebComponent[]> = NOTHING_YET
    const empty = html`No server gave this node anything. With a <code>remotecfg</code> block in its configuration, it asks one.`
    const draw = (): void =>
      context.draw(html`${heading('Remote configuration', 'Components that a server of configuration gave this node.')}
        ${shown(held, (all) => componentList({ all, context, redraw: draw, empty, address }))}`)
    draw()
    context.poll<readonly WebComponent[]>(
      () => 'api/v0/web/remotecfg/components',
      EVERY,
      (answer) => {
        held = hold(held, answer)
        draw()
      },
    )
    return () => {}
  },
}
