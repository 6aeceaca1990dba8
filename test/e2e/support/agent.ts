/** An agent as its users run it: a process of its own, a configuration file, one port. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseExposition, type Sample } from './exposition.ts'
import { type Running, start, temporaryFolder } from './processes.ts'
import { type AgentRuntime, NODE, ROOT } from './runtimes.ts'

export interface RunningAgent extends Running {
  /** `http://127.0.0.1:port`; throws before it listens. */
  readonly url: string
  /** The file that it reads: overwrite it and reload. */
  readonly configFile: string
  /** Writes another configuration where the agent reads it. */
  configure(config: string): void
  get(path: string): Promise<{ readonly status: number; readonly text: string }>
  metrics(): Promise<Metrics>
}

export interface Metrics {
  /** Sum over all series of the name that have these labels; undefined when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined
  readonly samples: readonly Sample[]
}

export interface AgentOptions {
  readonly runtime?: AgentRuntime
  readonly flags?: readonly string[]
  /** Port on 127.0.0.1; a free one unless given. */
  readonly port?: number
}

/** Resolves when the agent says that it is ready; throws with its output when it ends instead. */
export async function startAgent(config: string, options: AgentOptions = {}): Promise<RunningAgent> {
  const folder = temporaryFolder()
  const configFile = join(folder, 'config.alloy')
  writeFileSync(configFile, config)
  const listen = `--server.http.listen-addr=127.0.0.1:${options.port ?? 0}`
  const child = runAgent([listen, ...(options.flags ?? []), configFile], options)
  const [, address] = await child.says(/now listening for http traffic.* addr="?([\d.:]+)/, 20_000)
  const url = `http://${address}`

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(url + path)
    return { status: response.status, text: await response.text() }
  }
  return {
    ...child,
    url,
    configFile,
    configure: (next) => writeFileSync(configFile, next),
    get,
    async metrics() {
      return metricsOf(parseExposition((await get('/metrics')).text))
    },
  }
}

/** `skein run` with these arguments, whatever comes of it. */
export function runAgent(args: readonly string[], options: AgentOptions & { readonly cwd?: string } = {}): Running {
  return runProgram(['run', `--storage.path=${temporaryFolder()}`, ...args], options)
}

/** The program itself. */
export function runProgram(
  args: readonly string[],
  { runtime = NODE }: AgentOptions & { readonly cwd?: string } = {},
): Running {
  // Bun and Deno look for their configuration in the working directory.
  return start(runtime.program, [...runtime.args, ...args], { cwd: ROOT })
}

export function metricsOf(samples: readonly Sample[]): Metrics {
  return {
    samples,
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.labels.get('__name__') === name &&
          Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
      )
      return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0)
    },
  }
}
