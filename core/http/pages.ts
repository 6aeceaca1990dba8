/**
 * The pages for people: one document for every address under the prefix, and the files that it loads. Owns their routes and
 * headers; never reads a disk (an adapter does, behind `Pages`), and knows nothing of what the pages show.
 */
import type { Context, Hono } from 'hono'
import type { RequestContext } from './cluster-routes.ts'

export interface PageFile {
  /** Content type. */
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
  /** The same, compressed; undefined where that gains nothing. */
  readonly gzip: Uint8Array<ArrayBuffer> | undefined
  /** Changes with the content. */
  readonly etag: string
}

/** The files of the built pages. */
export interface Pages {
  /** Undefined when there is no such file, or when nothing was built. Read once, then kept. Never rejects. */
  file(name: string): Promise<PageFile | undefined>
}

/** The document is a file like the others, in which this stands where the prefix belongs. */
const DOCUMENT = 'index.html'
const PREFIX_MARK = '/%prefix%/'

/** File names change with their content, so nobody ever needs to ask again. */
const FOR_EVER = 'public, max-age=31536000, immutable'

const GUARDED: Readonly<Record<string, string>> = {
  // No script, style or request from anywhere but this server, and none that stands in the document itself.
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  // Addresses of pages tell targets and components: other servers needn't know them.
  'referrer-policy': 'same-origin',
  'x-frame-options': 'SAMEORIGIN',
}

/**
 * Register these last: they answer GETs of `prefix` and every other under it that wants HTML and nobody else has answered. `prefix`
 * begins and ends with `/`.
 */
export function pageRoutes(app: Hono<RequestContext>, prefix: string, pages: Pages): void {
  app.get(`${prefix}assets/:name`, async (c) => {
    const file = await pages.file(c.req.param('name'))
    // The document itself is only right with its prefix.
    if (file === undefined || c.req.param('name') === DOCUMENT) return c.notFound()
    return answer(c, file, { 'cache-control': FOR_EVER })
  })

  app.get(`${prefix}*`, async (c, next) => {
    if (!isPage(c, prefix)) return next()
    const file = await pages.file(DOCUMENT)
    if (file === undefined) return c.html(notBuilt(prefix), 200, { ...GUARDED, 'cache-control': 'no-store' })
    return answer(c, withPrefix(file, prefix), { 'cache-control': 'no-cache' })
  })
}

/**
 * Programs that ask for what isn't there get the plain answer of the server; so do browsers below the paths of the API. The root
 * is there for all: some ask for it to see whether anybody is.
 */
function isPage(c: Context<RequestContext>, prefix: string): boolean {
  const rest = c.req.path.slice(prefix.length)
  if (rest === '') return true
  if (/^(?:api|-|assets|debug\/pprof)(?:\/|$)/.test(rest)) return false
  return c.req.header('accept')?.includes('text/html') === true
}

function answer(c: Context<RequestContext>, file: PageFile, headers: Readonly<Record<string, string>>): Response {
  const all = { ...GUARDED, ...headers, etag: file.etag, vary: 'accept-encoding' }
  const known = c.req.header('if-none-match')?.split(/\s*,\s*/)
  if (known?.includes(file.etag) === true) return c.body(null, 304, all)
  const zipped =
    file.gzip !== undefined && /\bgzip\b(?!;\s*q=0(?:\.0*)?(?:,|$))/.test(c.req.header('accept-encoding') ?? '')
  const body = zipped && file.gzip !== undefined ? file.gzip : file.body
  return c.body(body, 200, { ...all, 'content-type': file.type, ...(zipped ? { 'content-encoding': 'gzip' } : {}) })
}

function withPrefix(file: PageFile, prefix: string): PageFile {
  const text = new TextDecoder().decode(file.body).replaceAll(PREFIX_MARK, () => escaped(prefix))
  // The etag of a document that is the same but for its prefix must not be the same.
  return {
    ...file,
    body: new TextEncoder().encode(text),
    gzip: undefined,
    etag: `W/"${escaped(prefix)}${file.etag.replace(/^W\/|"/g, '')}"`,
  }
}

function notBuilt(prefix: string): string {
  const links = [`${prefix}api/v1/cluster`, `${prefix}api/v1/targets`, '/metrics', '/-/ready']
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>skein</title>
<h1>skein</h1>
<p>It runs, but its pages were not built: run <code>npm run build</code> in the folder of skein and load this page again.</p>
<p>Without the pages there are:</p>
<ul>
${links.map((link) => `<li><a href="${escaped(link)}">${escaped(link)}</a></li>`).join('\n')}
</ul>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** For a process that has no pages at all, such as one in a test. */
export const NO_PAGES: Pages = { file: async () => undefined }
