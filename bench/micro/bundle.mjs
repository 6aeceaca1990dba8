/** skein's own TypeScript for the benches here: Node 20 can't run it, and what is measured should be bundled as the agent is. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** CommonJS packages inside an ES module call `require`. */
const REQUIRE_BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

/** All exports of these modules together, each a path from the root without its suffix: `core/ring/build`. Leaves no file behind. */
export async function bundled(modules) {
  const folder = mkdtempSync(join(tmpdir(), 'skein-bench-'))
  const outfile = join(folder, 'bundle.mjs')
  try {
    await build({
      stdin: { contents: modules.map((module) => `export * from './${module}.ts'`).join('\n'), resolveDir: ROOT },
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: REQUIRE_BANNER },
      outfile,
      logLevel: 'error',
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
