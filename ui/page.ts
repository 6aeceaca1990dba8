/** What a page is to the shell that shows it. A page is one file in pages/: it asks the API, and draws itself again when something changed. */
import type { TemplateResult } from 'lit-html'

/** `text`: what the server said, for people. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly text: string }

export interface PageContext {
  /** What follows the page's own path in the address, decoded: `prometheus.scrape.default` of `component/prometheus.scrape.default`. */
  readonly rest: string
  /** The address's query: where a page keeps what its reader has chosen, so that it can be sent to somebody. */
  readonly query: URLSearchParams
  /** Replaces what the page shows. Called as often as something changes; draws once per frame. */
  draw(content: TemplateResult): void
  /** GETs JSON; `path` has no leading slash: `api/v1/cluster`. Ends with the page. */
  get<T>(path: string): Promise<Answer<T>>
  /** Asks at once and then every `seconds` while the page is open and visible; `got` hears every answer. Returns how to ask now. */
  poll<T>(path: () => string, seconds: number, got: (answer: Answer<T>) => void): () => void
  /** Endless text, in pieces between Alloy's separators; ends with the page, or when called. */
  stream(path: string, piece: (text: string) => void, ended: (why: string) => void): () => void
  /** Puts this into the address without leaving the page. */
  choose(query: Readonly<Record<string, string | undefined>>): void
}

export interface Page {
  /** First part of the path: `targets`; empty for the page at the root. */
  readonly path: string
  /** Of the document, and of the link that leads here. */
  readonly title: string
  /** Begins; returns what to do when it is left. */
  open(context: PageContext): () => void
}
