/** What a cluster of N nodes costs, and how fast it comes together. Membership alone: no node works out who owns what. */
import { createNode } from '../../core/cluster/node.ts'
import { FAIR } from './network.ts'
import { range } from './plan.ts'
import { production } from './production.ts'
import { createWorld } from './world.ts'

export interface ScaleResult {
  readonly nodes: number
  /** From the start of the last node until every node sees all as participants, ms; undefined when that took too long. */
  readonly convergedMs: number | undefined
  /** Per node and second, at rest. */
  readonly packets: number
  readonly packetBytes: number
  readonly exchanges: number
  readonly exchangeBytes: number
  /** Heap and buffers per node, at rest. */
  readonly memoryBytes: number
  /** With 10 % loss. */
  readonly refutations: number
  readonly falseDeaths: number
  readonly realMs: number
}

export interface ScaleOptions {
  readonly nodes: number
  readonly memory: () => number
  readonly lossyMs: number
  readonly progress: (text: string) => void
}

const START_MS = 10_000
const KNOWN = 3
const PATIENCE_MS = 5 * 60_000
const SETTLE_MS = 60_000
const MEASURED_MS = 60_000

export async function measureScale({ nodes, memory, lossyMs, progress }: ScaleOptions): Promise<ScaleResult> {
  const from = performance.now()
  const before = memory()
  let refutations = 0
  const world = createWorld({
    seed: `scale ${nodes}`,
    install: production(createNode, { ownership: false }),
    latency: [0.2, 5],
    probeIntervalMs: () => 1_000,
    rejoinMs: 60_000,
    wallErrorMs: 0,
    ipv6Share: 0,
    quiet: (message) => {
      if (message.startsWith('Refuting a suspect') || message.startsWith('Refuting a dead')) refutations++
    },
  })
  const { agenda, network } = world
  const draw = world.draw.fork('scale')
  const addresses = range(nodes).map(() => world.freshAddress())
  let lastStart = 0
  for (const node of range(nodes)) {
    const known = draw.some(addresses, KNOWN)
    const at = draw.between(0, START_MS)
    lastStart = Math.max(lastStart, at)
    agenda.at(at, () => world.start({ name: `node-${node}`, address: addresses[node], discover: () => known }))
  }

  function converged(): boolean {
    for (const { program } of world.processes) {
      const peers = program.peers()
      if (peers.length !== nodes || peers.some(({ state }) => state !== 'participant')) return false
    }
    return true
  }

  await agenda.run(lastStart)
  while (!converged() && agenda.now < PATIENCE_MS) await agenda.run(agenda.now + 100)
  const convergedMs = converged() ? agenda.now - lastStart : undefined
  progress(`${nodes} nodes: converged after ${convergedMs} ms, ${agenda.count} happenings, ${elapsed(from)} s`)

  await agenda.run(agenda.now + SETTLE_MS)
  const memoryBytes = (memory() - before) / nodes
  const counts = { ...network.counts }
  await agenda.run(agenda.now + MEASURED_MS)
  const rate = (key: keyof typeof counts) => (network.counts[key] - counts[key]) / nodes / (MEASURED_MS / 1000)
  const rates = {
    packets: rate('packets'),
    packetBytes: rate('bytes'),
    exchanges: rate('exchanges'),
    exchangeBytes: rate('exchangeBytes'),
  }
  progress(`${nodes} nodes: at rest ${JSON.stringify({ ...rates, memoryBytes })}, ${elapsed(from)} s`)

  const leaves = () => world.processes.reduce((sum, { program }) => sum + program.stats().events.node_leave, 0)
  const deaths = leaves()
  refutations = 0
  network.weather = { ...FAIR, loss: 0.1 }
  const lossyUntil = agenda.now + lossyMs
  while (agenda.now < lossyUntil) {
    await agenda.run(Math.min(lossyUntil, agenda.now + 60_000))
    const left = Math.round((lossyUntil - agenda.now) / 1000)
    progress(
      `${nodes} nodes: ${refutations} refutations, ${leaves() - deaths} false deaths, ${left} s left, ${elapsed(from)} s`,
    )
  }
  return {
    nodes,
    convergedMs,
    ...rates,
    memoryBytes,
    refutations,
    falseDeaths: leaves() - deaths,
    realMs: performance.now() - from,
  }
}

function elapsed(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(0)
}
