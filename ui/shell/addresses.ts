/** Which page an address belongs to, and the address of a page. All under the base of the document, `--server.http.ui-path-prefix`. */

export interface Place {
  /** First part of the path; empty for the root. */
  readonly page: string
  /** What follows, decoded; without a slash at either end. */
  readonly rest: string
  readonly query: URLSearchParams
}

/** Undefined for what lies outside of the base, on another server, or isn't a page but an answer of the API. */
export function placeOf(url: URL, base: URL): Place | undefined {
  if (url.origin !== base.origin) return undefined
  const path = `${url.pathname}/`.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length) : undefined
  if (path === undefined || NO_PAGES.test(path)) return undefined
  const [page = '', ...rest] = path.split('/').map(decoded)
  return { page, rest: rest.join('/').replace(/\/+$/, ''), query: url.searchParams }
}

const NO_PAGES = /^(?:api|-|assets|metrics)(?:\/|$)/

/** Relative to the base. Ids may contain `/`, which stays. Empty values are left out. */
export function addressOf(page: string, rest = '', query: Readonly<Record<string, string | undefined>> = {}): string {
  const path = rest === '' ? page : `${page}/${rest.split('/').map(encodeURIComponent).join('/')}`
  return `${path === '' ? './' : path}${queryOf(query)}`
}

/** With its question mark; empty when there is nothing to say. */
export function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const text = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  ).toString()
  return text === '' ? '' : `?${text}`
}

/** A part that isn't valid percent-encoding stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
