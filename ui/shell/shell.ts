/**
 * The one window: finds the page of an address, opens it, keeps the frame around it up to date. Owns links, history, keys and the
 * theme; what pages show is theirs.
 */
import { render } from 'lit-html'
import type { NodeReport } from '../../core/api/node.ts'
import type { Page } from '../page.ts'
import { addressOf, placeOf } from './addresses.ts'
import { askJson } from './asking.ts'
import { openPage } from './context.ts'
import { frame } from './frame.ts'
import { createKeyReader, isTyping, keysEnabled } from './keys.ts'
import { learnServerTime } from './server-clock.ts'
import { chooseTheme, rememberedTheme, type Theme } from './theme.ts'

/** Who the node is changes when it is restarted or upgraded; nobody waits for that. */
const NODE_EVERY_MS = 30_000

/** `missing` is shown for addresses that no page has. */
export function startShell(pages: readonly Page[], missing: Page, host: HTMLElement): void {
  const base = new URL(document.baseURI)
  let leave = (): void => {}
  let open = missing
  let node: NodeReport | undefined
  let lastAnswer: number | undefined
  let lost = false
  let theme: Theme = rememberedTheme()
  let menuOpen = false

  function draw(): void {
    const state = {
      page: open.path,
      node,
      connection: { lastAnswer, lost, paused: document.hidden },
      theme,
      menuOpen,
      now: Date.now(),
    }
    render(frame(state, actions), host)
  }

  const actions = {
    toggleMenu() {
      menuOpen = !menuOpen
      draw()
    },
    chooseTheme(chosen: Theme) {
      theme = chosen
      chooseTheme(chosen)
      draw()
    },
    skip: () => main().focus(),
    showKeys: () => host.querySelector('dialog')?.showModal(),
    closeKeys: () => host.querySelector('dialog')?.close(),
  }

  function main(): HTMLElement {
    return host.querySelector('main') as HTMLElement
  }

  /** `first`: nobody has been anywhere yet, so the focus stays at the beginning of the document. */
  function show(url: URL, first = false): void {
    const place = placeOf(url, base)
    leave()
    open = pages.find(({ path }) => path === place?.page) ?? missing
    menuOpen = false
    draw()
    titleNow()
    leave = openPage(open, place ?? { page: '', rest: '', query: new URLSearchParams() }, { base, main: main(), heard })
    if (first) return
    // Readers of screens are told by the focus that there is another page.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => (main().querySelector<HTMLElement>('h1') ?? main()).focus({ preventScroll: true })),
    )
    if (url.hash === '') scrollTo(0, 0)
  }

  function titleNow(): void {
    const rest = placeOf(new URL(location.href), base)?.rest ?? ''
    document.title = [rest, open.title, node?.name, 'skein']
      .filter((part) => part !== undefined && part !== '')
      .join(' · ')
  }

  function go(url: URL): void {
    history.pushState(null, '', url)
    show(url)
  }

  function heard(ok: boolean): void {
    lost = !ok
    if (ok) lastAnswer = Date.now()
    draw()
  }

  async function askWhoItIs(): Promise<void> {
    if (document.hidden) return
    const answer = await askJson<NodeReport>(new URL('api/v1/node', base), new AbortController().signal)
    if (answer.ok) {
      node = answer.value
      learnServerTime(node.now)
    }
    heard(answer.ok)
    titleNow()
  }

  function followLink(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.hasAttribute('download') || link.getAttribute('target') !== null) return
    // In drawings, links have no plain text for an address.
    const url = new URL(link.getAttribute('href') ?? '', base)
    if (placeOf(url, base) === undefined) return
    event.preventDefault()
    go(url)
  }

  const readKey = createKeyReader(() => performance.now())

  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || !keysEnabled()) return
    if (host.querySelector('dialog')?.open === true) return
    const action = readKey(event.key, isTyping(event.target))
    if (action === undefined) return
    event.preventDefault()
    if (action.kind === 'help') actions.showKeys()
    else if (action.kind === 'search') main().querySelector<HTMLElement>('[data-search]')?.focus()
    else go(new URL(addressOf(action.page), base))
  }

  document.addEventListener('click', followLink)
  document.addEventListener('keydown', pressed)
  document.addEventListener('visibilitychange', draw)
  addEventListener('popstate', () => show(new URL(location.href)))
  show(new URL(location.href), true)
  void askWhoItIs()
  setInterval(askWhoItIs, NODE_EVERY_MS)
  // The seconds since the last answer.
  setInterval(() => !document.hidden && draw(), 1000)
}
