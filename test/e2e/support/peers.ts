/** Debian's Prometheus and node exporter as processes, and Prometheus's HTTP API. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readValue } from './exposition.ts'
import { type Running, start, temporaryFolder } from './processes.ts'

const { fetchPeers } = (await import(
  /* @vite-ignore */ new URL('../../../scripts/peers.mjs', import.meta.url).href
)) as {
  fetchPeers(): { found: Readonly<Record<string, string | undefined>>; problems: readonly string[] }
}
const { found, problems } = fetchPeers()

/** Why these programs can't be used; undefined when they can. */
export function missingPeers(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => found[program] === undefined)
  if (missing.length === 0) return undefined
  return `no ${missing.join(', no ')}${problems.length === 0 ? '' : `: ${problems.join('; ').split('\n')[0]}`}`
}

export interface SeriesPoints {
  readonly labels: ReadonlyMap<string, string>
  /** In the order of time; milliseconds. */
  readonly points: readonly { readonly timestamp: number; readonly value: number }[]
}

export interface Prometheus extends Running {
  readonly url: string
  readonly writeUrl: string
  /**
   * An instant query. A range vector such as `up[5m]` gives raw samples with their own timestamps, staleness markers left
   * out. `at`: milliseconds, now unless given.
   */
  query(expression: string, at?: number): Promise<SeriesPoints[]>
  /** The `data` of any other answer of its API, such as that of `query_exemplars`. */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown>
  /** `query_range`: milliseconds. */
  queryRange(expression: string, from: number, to: number, step: number): Promise<SeriesPoints[]>
}

/** As a receiver of remote_write; it scrapes what `scrapeConfigs` (YAML) says, nothing unless given. */
export async function startPrometheus(
  scrapeConfigs = 'scrape_configs: []\n',
  features: readonly string[] = [],
): Promise<Prometheus> {
  const folder = temporaryFolder()
  const configFile = join(folder, 'prometheus.yml')
  writeFileSync(configFile, scrapeConfigs)
  const child = start(found['prometheus'] ?? 'prometheus', [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--web.enable-remote-write-receiver',
    ...(features.length === 0 ? [] : [`--enable-feature=${features.join(',')}`]),
  ])
  const url = `http://${await listening(child)}`
  await child.says(/Server is ready to receive web requests/)

  async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const answer = (await response.json()) as { status: string; error?: string; data: unknown }
    if (answer.status !== 'success') throw new Error(`Prometheus can't ${path}: ${answer.error}`)
    return answer.data
  }
  async function points(path: string, parameters: Readonly<Record<string, string>>): Promise<SeriesPoints[]> {
    const { result } = (await ask(path, parameters)) as {
      result: { metric: Record<string, string>; value?: Point; values?: Point[] }[]
    }
    return result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      labels: new Map(Object.entries(metric)),
      points: values.map(([seconds, text]) => ({ timestamp: Math.round(seconds * 1000), value: readValue(text) })),
    }))
  }
  return {
    ...child,
    url,
    writeUrl: `${url}/api/v1/write`,
    ask,
    query: (query, at = Date.now()) => points('query', { query, time: String(at / 1000) }),
    queryRange: (query, from, to, step) =>
      points('query_range', {
        query,
        start: String(from / 1000),
        end: String(to / 1000),
        step: String(step / 1000),
      }),
  }
}

type Point = [seconds: number, value: string]

/** Resolves to its host:port. */
export async function startNodeExporter(): Promise<{ readonly address: string }> {
  const child = start(found['prometheus-node-exporter'] ?? 'prometheus-node-exporter', [
    '--web.listen-address=127.0.0.1:0',
  ])
  return { address: await listening(child) }
}

async function listening(child: Running): Promise<string> {
  const [, address] = await child.says(/msg="Listening on".* address=(\S+)/)
  return address
}
