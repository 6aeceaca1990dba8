/** Makes a page's context (page.ts) out of the browser; everything that a page began ends with it. */
import { render, type TemplateResult } from 'lit-html'
import type { Answer, Page, PageContext } from '../page.ts'
import { addressOf, type Place } from './addresses.ts'
import { askJson, readStream } from './asking.ts'
import { startPolling } from './polling.ts'

export interface Surroundings {
  readonly base: URL
  /** Where the page is drawn; replaced by each page. */
  readonly main: HTMLElement
  /** Told how every question went. */
  readonly heard: (ok: boolean) => void
}

/** Opens the page; returns how to leave it. */
export function openPage(page: Page, place: Place, { base, main, heard }: Surroundings): () => void {
  const ended = new AbortController()
  const { signal } = ended
  const host = document.createElement('div')
  host.className = `page page-${page.path === '' ? 'components' : page.path}`
  main.replaceChildren(host)

  let content: TemplateResult | undefined
  let frame = 0

  async function ask<T>(path: string, stop: AbortSignal): Promise<Answer<T>> {
    const answer = await askJson<T>(new URL(path, base), stop)
    if (!stop.aborted) heard(answer.ok)
    return answer
  }

  const context: PageContext = {
    rest: place.rest,
    query: place.query,
    draw(next) {
      content = next
      if (signal.aborted || frame !== 0) return
      frame = requestAnimationFrame(() => {
        frame = 0
        if (content !== undefined) render(content, host)
      })
    },
    get: (path) => ask(path, signal),
    poll(path, seconds, got) {
      const polling = startPolling(path, seconds, got, {
        hidden: () => document.hidden,
        onVisibility(changed) {
          document.addEventListener('visibilitychange', changed)
          return () => document.removeEventListener('visibilitychange', changed)
        },
        ask,
      })
      signal.addEventListener('abort', polling.stop)
      return polling.askNow
    },
    stream(path, piece, over) {
      const reading = new AbortController()
      const stop = (): void => reading.abort()
      signal.addEventListener('abort', stop)
      readStream(new URL(path, base), reading.signal, piece).then((why) => {
        if (!reading.signal.aborted) over(why)
      })
      return stop
    },
    choose(query) {
      if (signal.aborted) return
      // Pages read what they have chosen from here when they draw again.
      for (const name of [...place.query.keys()]) place.query.delete(name)
      for (const [name, value] of Object.entries(query))
        if (value !== undefined && value !== '') place.query.set(name, value)
      history.replaceState(history.state, '', new URL(addressOf(place.page, place.rest, query), base))
    },
  }

  const leave = page.open(context)
  return () => {
    ended.abort()
    cancelAnimationFrame(frame)
    leave()
  }
}
