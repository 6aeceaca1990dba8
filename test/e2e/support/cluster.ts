/** Nodes of one cluster as processes: skein on any runtime, on ports that are known beforehand. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { type RunningAgent, startAgent } from './agent.ts'
import type { AgentRuntime } from './runtimes.ts'
import { until } from './until.ts'

export interface PeerLine {
  readonly name: string
  readonly addr: string
  readonly isSelf: boolean
  readonly state: 'viewer' | 'participant' | 'terminating'
}

export interface ClusterAgent extends RunningAgent {
  readonly name: string
  /** host:port */
  readonly address: string
  readonly runtime: AgentRuntime
  /** As `/api/v0/web/peers` says: participants and terminating ones. */
  peers(): Promise<readonly PeerLine[]>
}

export interface ClusterAgentOptions {
  readonly name: string
  readonly runtime: AgentRuntime
  readonly join: readonly string[]
  readonly clusterName?: string
  readonly port?: number
  readonly flags?: readonly string[]
}

export async function startNode(
  config: string,
  { name, runtime, join, clusterName, port, flags = [] }: ClusterAgentOptions,
): Promise<ClusterAgent> {
  const own = port ?? (await freePort())
  const address = `127.0.0.1:${own}`
  const agent = await startAgent(config, {
    runtime,
    port: own,
    flags: [
      '--cluster.enabled',
      `--cluster.node-name=${name}`,
      `--cluster.advertise-address=${address}`,
      ...(join.length === 0 ? [] : [`--cluster.join-addresses=${join.join(',')}`]),
      ...(clusterName === undefined || clusterName === '' ? [] : [`--cluster.name=${clusterName}`]),
      ...flags,
    ],
  })
  return {
    ...agent,
    name,
    address,
    runtime,
    peers: async () => JSON.parse((await agent.get('/api/v0/web/peers')).text) as PeerLine[],
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

/** Resolves once each of them sees exactly these participants and no other peer. */
export async function allSee(
  nodes: readonly Pick<ClusterAgent, 'name' | 'peers'>[],
  names: readonly string[],
  timeoutMs: number,
): Promise<void> {
  await Promise.all(
    nodes.map((node) => {
      let difference = ''
      return until(`${node.name} to see all ${names.length} nodes`, timeoutMs, async () => {
        difference = differenceOf(await node.peers(), names)
        return difference === ''
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${difference}`)
      })
    }),
  )
}

/** What is wrong with that view, for people; empty when nothing is. */
function differenceOf(peers: readonly PeerLine[], names: readonly string[]): string {
  const states = new Map(peers.map(({ name, state }) => [name, state]))
  const others = peers.filter(({ name }) => !names.includes(name)).map(({ name }) => `${name} is still there`)
  const wrong = names
    .filter((name) => states.get(name) !== 'participant')
    .map((name) => `${name} is ${states.get(name) ?? 'missing'}`)
  return [...others, ...wrong].join(', ')
}
