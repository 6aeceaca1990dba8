/**
 * Builds dist/: the modules with their types for those who import skein (tsc), and dist/agent.js, the whole agent for Node
 * in one file (esbuild), which starts twice as fast. Both at the same time; a few seconds.
 */
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const started = performance.now()

/** CommonJS packages inside an ES module call `require`. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

function compile() {
  return new Promise((resolve, reject) => {
    const tsc = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    })
    tsc.on('error', reject)
    tsc.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tsc failed with exit code ${code}`))))
  })
}

async function bundle() {
  const out = `${root}/dist/agent.js`
  await build({
    absWorkingDir: root,
    entryPoints: ['adapters/node/main.ts'],
    outfile: out,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    define: { SKEIN_VERSION: JSON.stringify(version) },
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  })
  chmodSync(out, 0o755)
}

rmSync(`${root}/dist`, { recursive: true, force: true })
// `--bundle` builds the agent alone: half a second, for trying things out.
const results = await Promise.allSettled(process.argv.includes('--bundle') ? [bundle()] : [compile(), bundle()])
for (const result of results)
  if (result.status === 'rejected') console.error(String(result.reason.message ?? result.reason))
if (results.some((result) => result.status === 'rejected')) process.exit(1)
console.log(`built skein ${version} in ${((performance.now() - started) / 1000).toFixed(1)} s`)
