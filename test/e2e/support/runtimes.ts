/** How the agent is started on each runtime, as README says; or why it can't be. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url))

export interface AgentRuntime {
  readonly name: 'node' | 'bun' | 'deno'
  readonly program: string
  /** Up to and including the agent's entry point. */
  readonly args: readonly string[]
  /** Why the agent can't run here; undefined when it can. */
  readonly missing: string | undefined
  /** For titles of suites: the name, and the reason of a skip. */
  readonly title: string
}

/** The built agent; SKEIN_E2E_AGENT names another build, such as that of an installed package. */
const BUILT = process.env['SKEIN_E2E_AGENT'] ?? join(ROOT, 'dist', 'agent.js')

const DENO_PERMISSIONS = ['net', 'read', 'write', 'env', 'sys'].map((name) => `--allow-${name}`)

const node = runtime(
  'node',
  { program: process.execPath },
  [BUILT],
  existsSync(BUILT) ? undefined : `${BUILT} is missing: npm run build`,
)
const bun = fromNpm('bun', ['adapters/bun/main.ts'])
const deno = fromNpm('deno', ['run', ...DENO_PERMISSIONS, 'adapters/deno/main.ts'])

export const RUNTIMES: readonly AgentRuntime[] = await Promise.all([node, bun, deno])
export const NODE: AgentRuntime = RUNTIMES[0]

function runtime(
  name: AgentRuntime['name'],
  { program }: { program: string },
  args: readonly string[],
  missing?: string,
): AgentRuntime {
  return { name, program, args, missing, title: missing === undefined ? name : `${name} (skipped: ${missing})` }
}

async function fromNpm(name: 'bun' | 'deno', args: readonly string[]): Promise<AgentRuntime> {
  try {
    const { installRuntime } = (await import(
      /* @vite-ignore */ new URL('../../../scripts/runtimes/install.mjs', import.meta.url).href
    )) as { installRuntime(name: string): { program: string } }
    return runtime(name, installRuntime(name), args)
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    return runtime(name, { program: name }, args, reason)
  }
}
