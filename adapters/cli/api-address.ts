/** Which node is asked: `--address` as people write it, as the URL that the API's paths follow. */

const PORT = 12345

export type ApiAddress =
  | {
      readonly ok: true /** Ends with a slash; paths without one at their beginning are resolved against it. */
      readonly base: URL
    }
  | { readonly ok: false; readonly problem: string }

/**
 * `host`, `host:port`, `:port`, `[v6]:port` or an http or https URL, which may have a path: the prefix of the pages, or where a
 * proxy has put the server. A host alone is asked on port 12345; a URL without a port on that of its scheme.
 */
export function readAddress(text: string): ApiAddress {
  const isUrl = /^https?:\/\//i.test(text)
  if (!isUrl && (text === '' || /[/?#@\s]/.test(text))) return wrong(text)
  const written = isUrl ? text : `http://${text.startsWith(':') ? '127.0.0.1' : ''}${text}`
  if (!URL.canParse(written)) return wrong(text)
  const base = new URL(written)
  if (base.search !== '' || base.hash !== '') return wrong(text)
  // The URL hides port 80 when it was written: a host alone is one without any colon behind it.
  if (!isUrl && !/:\d+$/.test(text)) base.port = String(PORT)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return { ok: true, base }
}

function wrong(text: string): ApiAddress {
  // What may be a password isn't repeated.
  const given = text.includes('@') ? 'that' : `"${text}"`
  return {
    ok: false,
    problem: `flag --address is host:port such as 127.0.0.1:12345, or a URL such as https://skein.example/prefix/, not ${given}`,
  }
}

/** For messages: without user and password. */
export function shownAddress(base: URL): string {
  const path = base.pathname === '/' ? '' : base.pathname
  return base.protocol === 'http:' ? `${base.host}${path}` : `https://${base.host}${path}`
}
