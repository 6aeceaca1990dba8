/**
 * `npm run peers`: the programs that skein is tested and measured against. Takes Debian's packages and unpacks them into
 * a cache folder (SKEIN_PEERS, or ~/.cache/skein-peers): nothing is installed, no service is started, root is needed
 * only if the package lists are missing. Prints the path of each program; exits 0 even when some can't be had, because all
 * of them are optional, and says so on stderr. Used by bench/ and test/e2e/.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { argv, env, getuid } from 'node:process'
import { fileURLToPath } from 'node:url'

/** Program -> Debian package. */
const PACKAGES = {
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  vmagent: 'victoria-metrics',
  'victoria-metrics': 'victoria-metrics',
}

const APT_DEADLINE_MS = 5 * 60_000

/** @returns {string} the cache folder */
export function peersFolder() {
  return env.SKEIN_PEERS || join(homedir(), '.cache', 'skein-peers')
}

/** @returns {Record<string, string | undefined>} path of each program, from the cache folder or else the PATH */
export function findPeers() {
  const folders = [join(peersFolder(), 'root', 'usr', 'bin'), ...(env.PATH ?? '').split(delimiter).filter(Boolean)]
  const find = (program) => folders.map((folder) => join(folder, program)).find(isExecutable)
  return Object.fromEntries(Object.keys(PACKAGES).map((program) => [program, find(program)]))
}

/**
 * Fetches what is missing.
 * @returns {{ found: Record<string, string | undefined>, problems: string[] }} a problem per package that can't be had
 */
export function fetchPeers() {
  const before = findPeers()
  const missing = new Set(
    Object.keys(PACKAGES)
      .filter((program) => before[program] === undefined)
      .map((program) => PACKAGES[program]),
  )
  const problems = [...missing].flatMap((name) => unpack(name) ?? [])
  return { found: findPeers(), problems }
}

/** Returns what went wrong, if anything. */
function unpack(name) {
  mkdirSync(peersFolder(), { recursive: true })
  const folder = mkdtempSync(join(peersFolder(), 'download-'))
  try {
    const problem = download(name, folder)
    if (problem !== undefined) return `${name}: ${problem}`
    const deb = readdirSync(folder).find((file) => file.endsWith('.deb'))
    if (deb === undefined) return `${name}: apt-get download brought no package`
    const result = run('dpkg-deb', ['--extract', join(folder, deb), join(peersFolder(), 'root')], folder)
    return result === undefined ? undefined : `${name}: ${result}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function download(name, folder) {
  const isRoot = getuid?.() === 0
  // As root apt would drop to a user that can't write here.
  const args = [...(isRoot ? ['-o', 'APT::Sandbox::User=root'] : []), 'download', name]
  const problem = run('apt-get', args, folder)
  if (problem === undefined || !isRoot || run('apt-get', ['update'], folder) !== undefined) return problem
  return run('apt-get', args, folder)
}

/** Returns the reason when the command fails. */
function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: APT_DEADLINE_MS })
  if (status === 0) return undefined
  return `${command} ${args.at(-1)}: ${error?.code === 'ENOENT' ? 'no such command here' : (error?.message ?? stderr.trim())}`
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (argv[1] !== undefined && realpathSync(argv[1]) === fileURLToPath(import.meta.url)) {
  const { found, problems } = fetchPeers()
  for (const problem of problems) console.error(`SKIPPED ${problem}`)
  for (const [program, path] of Object.entries(found)) console.log(`${program} ${path ?? '-'}`)
}
