// How skein is started on each runtime by what is measured outside of `npm run bench`: as README.md tells users to.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { installRuntime } from '../scripts/runtimes/install.mjs'

const ROOT = resolve(import.meta.dirname, '..')

const ENTRY = {
  // Another build, such as that of an installed package, as in test/e2e/.
  node: [process.env.SKEIN_E2E_AGENT ?? 'dist/agent.js'],
  bun: ['adapters/bun/main.ts'],
  deno: ['run', ...['net', 'read', 'write', 'env', 'sys'].map((name) => `--allow-${name}`), 'adapters/deno/main.ts'],
}

/**
 * { program, args, cwd } of a skein that is ready for its subcommand, or { missing: why }.
 * @param {string} runtime node, bun or deno; throws on others
 */
export function findSkeinProgram(runtime) {
  const entry = ENTRY[runtime]
  if (entry === undefined)
    throw new Error(`no runtime is called "${runtime}"; there are ${Object.keys(ENTRY).join(', ')}`)
  if (!existsSync(resolve(ROOT, entry.at(-1)))) return { missing: `no ${entry.at(-1)}: npm run build` }
  try {
    // Bun and Deno look for their configuration in the working directory.
    return { program: installRuntime(runtime).program, args: entry, cwd: ROOT }
  } catch (error) {
    return { missing: error.message.split('\n')[0] }
  }
}
