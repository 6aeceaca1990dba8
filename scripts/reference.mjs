/**
 * Writes docs/reference/components.md from the components' schemas: `node scripts/reference.mjs`. Run it after a change to
 * a schema; test/reference.test.ts fails until then.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { referencePage } from './reference/page.mjs'
import { root } from './root.mjs'

const PAGE = 'docs/reference/components.md'

const folder = mkdtempSync(join(tmpdir(), 'skein-reference-'))
try {
  // Node 20 reads no TypeScript.
  const outfile = join(folder, 'components.mjs')
  const entryPoints = [join(root, 'core/components/index.ts')]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  const { COMPONENTS } = await import(pathToFileURL(outfile).href)
  writeFileSync(join(root, PAGE), referencePage(COMPONENTS))
  console.log(`wrote ${PAGE}: ${COMPONENTS.length} components`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
