/** Builds the Go programs beside this folder, once per change of their sources, into the cache folder of the other peers. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Nodes of Grafana's cluster library; Prometheus's own receiver of remote_write. */
const SOURCES = { ckit: '../peer', judge: '../judge' }
const BUILD_DEADLINE_MS = 5 * 60_000

const { peersFolder } = (await import(
  /* @vite-ignore */ new URL('../../../scripts/peers.mjs', import.meta.url).href
)) as { peersFolder(): string }

export type BuiltPeer = { readonly program: string } | { readonly missing: string }

/** Needs Go and its module proxy the first time. go.sum holds all sums, so that no other server is asked. */
export function buildPeer(name: keyof typeof SOURCES = 'ckit'): BuiltPeer {
  const sources = fileURLToPath(new URL(SOURCES[name], import.meta.url))
  const folder = join(peersFolder(), `${name}-${hashOf(sources)}`)
  const program = join(folder, 'peer')
  if (existsSync(program)) return { program }
  const go = findGo()
  if (go === undefined) return { missing: 'no Go' }

  mkdirSync(folder, { recursive: true })
  const half = join(folder, `peer-${process.pid}`)
  const { status, error, stderr } = spawnSync(go, ['build', '-mod=readonly', '-buildvcs=false', '-o', half, '.'], {
    cwd: sources,
    env: { ...process.env, GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  if (status !== 0) return { missing: `go build failed: ${error?.message ?? lastLine(stderr)}` }
  renameSync(half, program)
  return { program }
}

function findGo(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']
  return folders.map((folder) => join(folder, 'go')).find((path) => existsSync(path))
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 16)
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
