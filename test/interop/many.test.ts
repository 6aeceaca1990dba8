/** A node of skein among 200 of ckit: one push/pull tells it of all of them. */
import { afterAll, expect, it } from 'vitest'
import { allSee, startNode } from '../e2e/support/cluster.ts'
import { endEverything } from '../e2e/support/processes.ts'
import { NODE } from '../e2e/support/runtimes.ts'
import { until } from '../e2e/support/until.ts'
import { buildPeer } from './support/build-peer.ts'
import { startCkit } from './support/ckit.ts'
import { ownersOfKeys } from './support/owners.ts'

const COUNT = 200
/** In which each node of ckit has probed two others. */
const CALM_MS = 10_000
const built = buildPeer()
const missing = 'missing' in built ? built.missing : NODE.missing

afterAll(endEverything)

it.skipIf(missing !== undefined)(
  `joins ${COUNT} nodes of ckit, and leaves them${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const many = await startCkit((built as { program: string }).program, {
      name: 'ckit',
      clusterName: 'big',
      count: COUNT,
    })
    const times: Record<string, number> = {}
    async function timed(what: string, task: () => Promise<unknown>): Promise<void> {
      const from = performance.now()
      await task()
      times[what] = Math.round(performance.now() - from)
    }
    const allKnow = (count: number) => (): Promise<unknown> =>
      until(`all to know ${count}`, 120_000, async () => (await many.known()).every((known) => known === count))

    await timed('ckit among themselves', async () => {
      // Before they join, as Alloy usually does: nobody has to be told yet.
      await many.participate()
      await many.join([])
      await allKnow(COUNT)()
      await until('all to participate', 60_000, async () =>
        (await many.peers()).every(({ state }) => state === 'participant'),
      )
    })

    // So many nodes in one process keep a small machine busy for a while: they come too late and suspect each other, and a
    // suspect is not handed on to a newcomer.
    await timed('ckit calms down', async () => {
      const suspicions = (): number => many.output().split('has failed, no acks received').length
      let seen = -1
      let since = performance.now()
      await until('ckit to suspect nobody', 180_000, async () => {
        if (suspicions() !== seen) {
          seen = suspicions()
          since = performance.now()
        }
        return performance.now() - since > CALM_MS && (await many.known()).every((known) => known === COUNT)
      })
    })

    const from = performance.now()
    const skein = await startNode('', { name: 'skein', runtime: NODE, join: [many.address], clusterName: 'big' })
    const names = [...(await many.peers()).map(({ name }) => name).filter((name) => name !== 'skein'), 'skein']
    await allSee([skein], names, 20_000)
    times['skein sees 201, its start included'] = Math.round(performance.now() - from)
    await timed('all of ckit see skein', allKnow(COUNT + 1))

    const seen = (await skein.peers()).map(({ name }) => name)
    expect(seen).toHaveLength(COUNT + 1)
    await until('ckit to see skein participate', 20_000, async () =>
      (await many.peers()).some(({ name, state }) => name === 'skein' && state === 'participant'),
    )
    const keys = Array.from({ length: 10_000 }, (_, n) => `key-${n}`)
    expect(ownersOfKeys(seen, keys)).toEqual(await many.ownersOfKeys(keys))
    expect((await skein.metrics()).value('cluster_node_gossip_alive_peers')).toBe(COUNT + 1)

    await timed('all of ckit see skein leave', async () => {
      const exit = skein.stop()
      await allKnow(COUNT)()
      expect(await exit).toMatchObject({ code: 0 })
    })
    console.log(
      Object.entries(times)
        .map(([what, ms]) => `${what}: ${ms} ms`)
        .join('\n'),
    )
  },
  480_000,
)
