/**
 * Writes docs/reference from the code: `node scripts/reference.mjs`. Run it after a change to a schema, a function or a
 * flag; test/reference.test.ts fails until then.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { referenceFiles } from './reference/files.mjs'
import { root } from './root.mjs'

const REFERENCE = join(root, 'docs/reference')

/** CommonJS packages inside an ES module call `require`. */
const REQUIRE_BANNER = `import { createRequire as createRequireOfNode } from 'node:module'
const require = createRequireOfNode(import.meta.url)`

const folder = mkdtempSync(join(tmpdir(), 'skein-reference-'))
try {
  // Node 20 reads no TypeScript.
  const outfile = join(folder, 'facts.mjs')
  await build({
    entryPoints: [join(root, 'scripts/reference/facts.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { SKEIN_VERSION: '"0"' },
    banner: { js: REQUIRE_BANNER },
    logLevel: 'error',
  })
  const { FACTS } = await import(pathToFileURL(outfile).href)
  const files = referenceFiles(FACTS)
  for (const name of readdirSync(REFERENCE)) if (!files.has(name)) rmSync(join(REFERENCE, name))
  for (const [name, content] of files) writeFileSync(join(REFERENCE, name), content)
  console.log(`wrote ${files.size} files to docs/reference: ${FACTS.components.length} components`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
