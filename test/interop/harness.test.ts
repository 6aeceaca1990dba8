/** That the suite's own peers work: nodes of Grafana's library among themselves, no skein. */
import { afterAll, expect, it } from 'vitest'
import { endEverything } from '../e2e/support/processes.ts'
import { until } from '../e2e/support/until.ts'
import { buildPeer } from './support/build-peer.ts'
import { type Ckit, startCkit } from './support/ckit.ts'
import { ownersOfKeys, ownersOfTargets } from './support/owners.ts'

/** On a busy machine gossip may miss one, and they merge their tables every 30 s. */
const MERGED_MS = 60_000
const built = buildPeer()
const program = 'program' in built ? built.program : ''

afterAll(endEverything)

async function cluster(names: readonly string[], clusterName: string): Promise<Ckit[]> {
  const nodes: Ckit[] = []
  for (const name of names) {
    const node = await startCkit(program, { name, clusterName })
    await node.join(nodes.map(({ address }) => address))
    await node.participate()
    nodes.push(node)
  }
  return nodes
}

const sees = (node: Ckit, count: number): Promise<boolean> =>
  until(`${count} participants`, 10_000, async () => {
    const peers = await node.peers()
    return peers.length === count && peers.every(({ state }) => state === 'participant')
  })

if ('missing' in built) {
  it.skip(`nodes of ckit among themselves (skipped: ${built.missing})`, () => undefined)
} else {
  it.each(['', 'prod'])(
    'two nodes of ckit, named %j, see each other, agree on owners, and part',
    async (clusterName) => {
      const [a, b] = await cluster(['a', 'b'], clusterName)
      await Promise.all([sees(a, 2), sees(b, 2)])

      const keys = Array.from({ length: 100 }, (_, n) => `key-${n}`)
      const owners = await a.ownersOfKeys(keys)
      expect(await b.ownersOfKeys(keys)).toEqual(owners)
      expect(new Set(owners)).toEqual(new Set(['a', 'b']))
      expect((await a.metrics()).value('cluster_node_peers', { state: 'participant' })).toBe(2)

      await b.leave()
      await sees(a, 1)
    },
  )

  it('keeps apart nodes of differently named clusters', async () => {
    const [a] = await cluster(['a'], 'one')
    const stranger = await startCkit(program, { name: 'stranger', clusterName: 'two' })
    await expect(stranger.join([a.address])).rejects.toThrow('failed to join')
  })

  it('finds the owner of a target by its labels, whatever their order, without those of discovery', async () => {
    const many = await startCkit(program, { name: 'n', count: 20 })
    await many.join([])
    await many.participate()
    await until('20 participants', MERGED_MS, async () => (await many.known()).every((known) => known === 20))
    const labels = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`label_${n}`, `value_${n}`]))
    const targets = [
      labels,
      Object.fromEntries(Object.entries(labels).reverse()),
      { ...labels, __meta_kubernetes_pod_name: 'p' },
      ...Array.from({ length: 20 }, (_, n) => ({ ...labels, more: String(n) })),
    ]
    const [owner, reversed, discovered, ...others] = await many.ownersOfTargets(targets)
    expect([reversed, discovered]).toEqual([owner, owner])
    expect(new Set(others).size).toBeGreaterThan(5)
  })

  it('agrees with skein’s ring on 10,000 keys and 1,000 targets, among 20 nodes', async () => {
    const many = await startCkit(program, { name: 'node', count: 20 })
    await many.join([])
    await many.participate()
    await until('20 participants', MERGED_MS, async () =>
      (await many.peers()).every(({ state }) => state === 'participant'),
    )
    const names = (await many.peers()).map(({ name }) => name)
    expect(names).toHaveLength(20)
    const keys = Array.from({ length: 10_000 }, (_, n) => `key-${n}-é`)
    const targets = Array.from({ length: 1000 }, (_, n) => ({
      __address__: `10.0.${n >> 8}.${n & 255}:9100`,
      job: 'ärger',
      __meta_kubernetes_namespace: String(n),
      ...(n % 3 === 0 ? { long: 'x'.repeat(n * 3) } : {}),
      ...(n % 7 === 0 ? { '\u{1f600}': 'a', '\ufb00': 'b' } : {}),
    }))
    expect(ownersOfKeys(names, keys)).toEqual(await many.ownersOfKeys(keys))
    expect(ownersOfTargets(names, targets)).toEqual(await many.ownersOfTargets(targets))
  })
}
