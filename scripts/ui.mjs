/** Builds the pages: ui/ into one script and one style sheet, under names that change with their content. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
}

/** The first versions with `light-dark()` and everything else that the pages use. */
const BROWSERS = ['chrome123', 'firefox121', 'safari17.5']

/**
 * @param {string} root folder of the repository
 * @param {string} target folder, emptied before
 * @returns {Promise<Record<string, number>>} bytes of each file
 */
export async function buildUi(root, target) {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { app: 'ui/main.ts', theme: 'ui/first-paint.ts' },
    outdir: target,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: BROWSERS,
    legalComments: 'none',
    charset: 'utf8',
    write: false,
    logLevel: 'warning',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  const icon = readFileSync(join(root, 'ui/icon.svg'))
  files.set(`icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`, icon)

  const named = (start, end) => [...files.keys()].find((name) => name.startsWith(`${start}-`) && name.endsWith(end))
  const marks = {
    '%theme.js%': named('theme', '.js'),
    '%app.js%': named('app', '.js'),
    '%app.css%': named('app', '.css'),
    '%icon.svg%': named('icon', '.svg'),
  }
  const page = Object.entries(marks).reduce(
    (text, [mark, name]) => text.replaceAll(mark, name),
    readFileSync(join(root, 'ui/index.html'), 'utf8'),
  )
  files.set('index.html', Buffer.from(page))

  files.set('openapi.json', readFileSync(join(root, 'docs/reference/openapi.json')))

  for (const [name, content] of files) writeFileSync(join(target, name), content)
  const list = Object.fromEntries([...files.keys()].map((name) => [name, TYPES[name.slice(name.lastIndexOf('.') + 1)]]))
  writeFileSync(join(target, 'files.json'), JSON.stringify(list, null, 2))
  return Object.fromEntries([...files].map(([name, content]) => [name, content.length]))
}
