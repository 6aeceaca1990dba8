/** One process of test/interop/peer: nodes of Grafana's own cluster library. */
import type { Metrics } from '../../e2e/support/agent.ts'
import { metricsOf } from '../../e2e/support/agent.ts'
import { parseExposition } from '../../e2e/support/exposition.ts'
import { type Running, start } from '../../e2e/support/processes.ts'
import { until } from '../../e2e/support/until.ts'

export interface PeerLine {
  readonly name: string
  readonly addr: string
  readonly state: 'viewer' | 'participant' | 'terminating'
  readonly self: boolean
}

export interface Ckit extends Running {
  /** host:port of the first node. */
  readonly address: string
  /** Starts the first node with these peers, alone when there are none; the other nodes of the process join it. */
  join(addresses: readonly string[]): Promise<void>
  /** Resolves when that was gossiped. */
  participate(): Promise<void>
  /** All nodes of the process announce that they go, and are gone; the process stays. */
  leave(): Promise<void>
  /** As the first node sees them. */
  peers(): Promise<readonly PeerLine[]>
  /** How many peers each node of the process knows. */
  known(): Promise<readonly number[]>
  ownersOfKeys(keys: readonly string[]): Promise<readonly string[]>
  ownersOfTargets(targets: readonly Readonly<Record<string, string>>[]): Promise<readonly string[]>
  metrics(): Promise<Metrics>
}

export interface CkitOptions {
  readonly name: string
  readonly clusterName?: string
  readonly count?: number
}

const ANSWER_WITHIN_MS = 60_000

type Answer = { readonly id?: number; readonly event?: string; readonly addr?: string; readonly error?: string } & {
  readonly result?: unknown
}

/** Listens, but is in no cluster yet. */
export async function startCkit(program: string, { name, clusterName = '', count = 1 }: CkitOptions): Promise<Ckit> {
  const answers = new Map<number, Answer>()
  let address: string | undefined
  const child = start(program, ['-name', name, '-cluster-name', clusterName, '-count', String(count)], {
    onLine(line) {
      const answer = JSON.parse(line) as Answer
      if (answer.id !== undefined) answers.set(answer.id, answer)
      else if (answer.event === 'listening') address = answer.addr
    },
  })
  let ended = false
  void child.exit.then(() => {
    ended = true
  })
  function alive(): true {
    if (ended) throw new Error(`${name} ended:\n${child.output()}`)
    return true
  }

  let lastId = 0
  async function ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++lastId
    child.write(`${JSON.stringify({ id, do: what, ...more })}\n`)
    const answer = await until(`${name} to ${what}`, ANSWER_WITHIN_MS, () => answers.get(id) ?? (alive() && undefined))
    answers.delete(id)
    if (answer.error !== undefined) throw new Error(`${name} can't ${what}: ${answer.error}`)
    return answer.result
  }

  const listening = await until(`${name} to listen`, undefined, () => address ?? (alive() && undefined))
  return {
    ...child,
    address: listening,
    join: async (addresses) => void (await ask('join', { addresses })),
    participate: async () => void (await ask('state', { state: 'participant' })),
    leave: async () => void (await ask('leave')),
    peers: async () => (await ask('peers')) as PeerLine[],
    known: async () => (await ask('known')) as number[],
    ownersOfKeys: async (keys) => (await ask('owners', { keys })) as string[],
    ownersOfTargets: async (targets) => (await ask('owners', { targets })) as string[],
    async metrics() {
      return metricsOf(parseExposition(await (await fetch(`http://${listening}/metrics`)).text()))
    },
  }
}
