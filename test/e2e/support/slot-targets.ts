/** Many targets in one process that logs who scraped them when: what the hand-over of targets is judged by. */
import { fileURLToPath } from 'node:url'
import { start } from './processes.ts'
import type { Scrape } from './slots.ts'

const PROGRAM = fileURLToPath(new URL('slot-targets.mjs', import.meta.url))

export interface SlotTargets {
  readonly address: string
  readonly pid: number
  readonly count: number
  /** As configured, nothing added. */
  readonly labels: readonly Readonly<Record<string, string>>[]
  /** Now, by the clock of the log, ms. */
  now(): Promise<number>
  /** Everything so far, in the order of time. */
  scrapes(): Promise<readonly Scrape[]>
  /** A configuration by which a node scrapes its share of them, each second, and says who it is. */
  config(node: string): string
  end(): Promise<void>
}

interface Log {
  readonly now: number
  readonly entries: readonly (readonly [target: number, node: string, at: number])[]
}

export async function startSlotTargets(count: number): Promise<SlotTargets> {
  const child = start(process.execPath, [PROGRAM])
  const [, port] = await child.says(/listening on (\d+)/)
  const address = `127.0.0.1:${port}`
  const labels = Array.from({ length: count }, (_, n) => ({ __address__: address, __metrics_path__: `/t/${n}` }))
  const known: Scrape[] = []
  async function log(from: number): Promise<Log> {
    return (await (await fetch(`http://${address}/log?from=${from}`)).json()) as Log
  }
  return {
    address,
    pid: child.pid,
    count,
    labels,
    async end() {
      await child.stop()
    },
    now: async () => (await log(Number.MAX_SAFE_INTEGER)).now,
    async scrapes() {
      const { entries } = await log(known.length)
      for (const [target, node, at] of entries) known.push({ target, node, at })
      return known
    },
    config: (node) => `
prometheus.scrape "shared" {
  targets = [
${labels
  .map(
    (one) =>
      `    { ${Object.entries(one)
        .map(([name, value]) => `${name} = "${value}"`)
        .join(', ')} },`,
  )
  .join('\n')}
  ]
  forward_to      = []
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  http_headers    = { "X-Skein-Node" = ["${node}"] }

  clustering {
    enabled = true
  }
}
`,
  }
}
