/** Bun, Deno and newer Nodes from npm, for the suites: installs them when missing and says where the programs are. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.mjs'

/**
 * @typedef {object} Runtime
 * @property {string} name as on the command line
 * @property {string} program the executable itself: npx and npm's wrappers swallow signals
 * @property {string[]} vitest arguments before vitest's own script
 */

const PACKAGES = {
  bun: { folder: 'test/runtimes', program: 'bun/bin/bun.exe', vitest: ['--bun'] },
  deno: { folder: 'test/runtimes', program: 'deno/deno', vitest: ['run', '--allow-all', '--quiet'] },
  node22: { folder: 'test/runtimes/nodes', program: 'node22/bin/node', vitest: [] },
  node24: { folder: 'test/runtimes/nodes', program: 'node24/bin/node', vitest: [] },
}

/** The machine's Node first, then what comes from npm. */
export const RUNTIME_NAMES = ['node', ...Object.keys(PACKAGES)]

/**
 * @param {string} name one of RUNTIME_NAMES
 * @returns {Runtime} ready to run; throws when it can't be installed
 */
export function installRuntime(name) {
  if (name === 'node') return { name, program: process.execPath, vitest: [] }
  const { folder, program, vitest } = PACKAGES[name]
  const home = join(root, folder)
  const path = join(home, 'node_modules', program)
  if (!runs(path) || outdated(home)) {
    console.error(`installing ${name} from npm into ${folder} …`)
    // Install scripts are what puts the programs in place; npm 12 asks for the allowScripts in that package.json.
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: home,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (npm.status !== 0) throw new Error(`npm ci in ${folder} failed:\n${npm.stderr || npm.error}`)
    if (!runs(path)) throw new Error(`${path} does not run after npm ci in ${folder}`)
  }
  return { name, program: path, vitest }
}

/** @returns {string} such as `24.21.0` */
export function versionOf({ program }) {
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).match(/\d+\.\d+\.\d+\S*/)?.[0] ?? 'unknown'
}

function runs(program) {
  return existsSync(program) && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}

/** True when package-lock.json names other versions than npm installed last time. */
function outdated(home) {
  const installed = packagesOf(join(home, 'node_modules', '.package-lock.json'))
  const wanted = packagesOf(join(home, 'package-lock.json'))
  return Object.keys(wanted[''].devDependencies)
    .map((name) => `node_modules/${name}`)
    .some((path) => installed[path]?.version !== wanted[path].version)
}

function packagesOf(lock) {
  return existsSync(lock) ? JSON.parse(readFileSync(lock, 'utf8')).packages : {}
}
