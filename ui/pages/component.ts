/** One component of this node's configuration. */
import type { Page } from '../page.ts'
import { addressOf } from '../shell/addresses.ts'
import { showComponent } from './component-view.ts'

export const component: Page = {
  path: 'component',
  title: 'Component',
  open(context) {
    showComponent(context, { id: context.rest, api: '', address: (id) => addressOf('component', id) })
    return () => {}
  },
}
