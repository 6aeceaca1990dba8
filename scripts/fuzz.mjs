/**
 * Damaged inputs for every parser (test/fuzz), for as long as you like. Exits 1 when something was found.
 *
 *   npm run fuzz -- [--seconds 60] [--only part-of-a-name] [--seed text] [--runtime node|bun|deno]
 *
 * The same seed gives the same inputs. `npm test` does a short round with a fixed seed.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './root.mjs'
import { installRuntime } from './runtimes/install.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now()) },
    runtime: { type: 'string', default: 'node' },
  },
})
const seconds = Number(values.seconds)
if (!(seconds > 0)) {
  console.error(`--seconds ${values.seconds}: a number above 0`)
  process.exit(2)
}

// Inside the project: what the tests `require` at run time is found from there.
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'fuzz-'))
try {
  const script = join(folder, 'fuzz.mjs')
  // Node 20 can't run TypeScript.
  await build({
    absWorkingDir: root,
    entryPoints: ['test/fuzz/command.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    // Packages that are not ES modules ask for it.
    banner: {
      js: `import { createRequire as requireFor } from 'node:module'; const require = requireFor(${JSON.stringify(import.meta.url)})`,
    },
  })
  const { program, before } = runtimeOf(values.runtime)
  const task = JSON.stringify({ seconds, only: values.only, seed: values.seed })
  console.log(`seed ${values.seed}`)
  const { status } = spawnSync(program, [...before, script, task], { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function runtimeOf(name) {
  if (name === 'node') return { program: process.execPath, before: ['--enable-source-maps'] }
  const { program, vitest } = installRuntime(name)
  return { program, before: name === 'deno' ? vitest : [] }
}
