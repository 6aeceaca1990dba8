/** What stands around every page: where one can go, how the connection is, the theme. Draws what it is told; decides nothing. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { NodeReport } from '../../core/api/node.ts'
import { type IconName, icon } from '../look/icons.ts'
import { segments } from '../look/parts.ts'
import { type Connection, connectionSign } from './connection.ts'
import { keysDialog } from './keys.ts'
import { THEMES, type Theme } from './theme.ts'

export interface FrameState {
  /** Path of the open page. */
  readonly page: string
  readonly node: NodeReport | undefined
  readonly connection: Connection
  readonly theme: Theme
  readonly menuOpen: boolean
  readonly now: number
}

export interface FrameActions {
  readonly toggleMenu: () => void
  readonly chooseTheme: (theme: Theme) => void
  readonly skip: () => void
  readonly showKeys: () => void
  readonly closeKeys: () => void
}

interface Link {
  readonly page: string
  readonly title: string
  readonly icon: IconName
  /** Pages that are part of it. */
  readonly also?: readonly string[]
}

const LINKS: readonly (readonly [group: string, links: readonly Link[]])[] = [
  [
    'Fleet',
    [
      { page: 'clustering', title: 'Clustering', icon: 'cluster' },
      { page: 'targets', title: 'Targets', icon: 'targets' },
      { page: 'explain', title: 'Explain', icon: 'explain' },
      { page: 'queues', title: 'Remote write', icon: 'queue' },
      { page: 'doctor', title: 'Doctor', icon: 'doctor' },
    ],
  ],
  [
    'This node',
    [
      { page: '', title: 'Components', icon: 'components', also: ['component', 'debug'] },
      { page: 'graph', title: 'Graph', icon: 'graph' },
      { page: 'remotecfg', title: 'Remote config', icon: 'remote' },
    ],
  ],
]

const THEME_LOOKS: Readonly<Record<Theme, readonly [IconName, string]>> = {
  auto: ['system', 'As the system'],
  light: ['sun', 'Light'],
  dark: ['moon', 'Dark'],
}

export function frame(state: FrameState, actions: FrameActions): TemplateResult {
  return html`
    <a class="skip" href="#main" @click=${(event: Event) => {
      event.preventDefault()
      actions.skip()
    }}>Skip to the content</a>
    <header class="rail">
      <div class="rail-top">
        <a class="logo" href="./">${logo()}<span>skein</span></a>
        <button type="button" class="menu-button" aria-expanded=${state.menuOpen} aria-controls="nav" @click=${actions.toggleMenu}>
          ${icon(state.menuOpen ? 'close' : 'menu')}<span class="sr">Menu</span>
        </button>
      </div>
      <div class="rail-body ${state.menuOpen ? 'open' : ''}" id="nav">
        <nav aria-label="Pages">${LINKS.map(
          ([group, links]) => html`<h2>${group}</h2><ul>${links.map((link) => navLink(link, state.page))}</ul>`,
        )}</nav>
        <div class="rail-foot">
          ${nodeSign(state.node)} ${connectionSign(state.connection, state.now)}
          <div class="rail-tools">
            ${segments({
              label: 'Theme',
              value: state.theme,
              options: THEMES.map((theme) => [
                theme,
                html`${icon(THEME_LOOKS[theme][0])}<span class="sr">${THEME_LOOKS[theme][1]}</span>`,
              ]),
              onChoose: (theme) => actions.chooseTheme(theme as Theme),
            })}
            <button type="button" class="plain" title="Keys (?)" @click=${actions.showKeys}>${icon('keyboard')}<span class="sr">Keys</span></button>
          </div>
        </div>
      </div>
    </header>
    <main id="main" tabindex="-1"></main>
    ${keysDialog(actions.closeKeys)}`
}

function navLink({ page, title, icon: name, also }: Link, open: string): TemplateResult {
  const here = page === open || also?.includes(open) === true
  return html`<li><a href=${page === '' ? './' : page} aria-current=${here ? 'page' : nothing}>${icon(name)}<span>${title}</span></a></li>`
}

function nodeSign(node: NodeReport | undefined): TemplateResult | typeof nothing {
  if (node === undefined) return nothing
  return html`<div class="node-sign" title=${node.address}><strong>${node.name}</strong><span>${
    node.clusterName !== '' ? html`${node.clusterName} · ` : nothing
  }skein ${node.version}</span></div>`
}

function logo(): TemplateResult {
  return html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/><g><circle cx="16" cy="15.5" r="9"/><path d="M8.6 20.4C10 13 15 8.6 22.6 9.4M10.4 22.4C12.4 16 17 11.8 24.6 13M13.6 24.2C15.4 19.4 19 16.6 24.8 17.2M21.5 22.6c1.6 1.8 3.2 2.6 5.3 2.8"/></g></svg>`
}
