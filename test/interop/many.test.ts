/** A node of skein among 200 of ckit: one push/pull tells it of all of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { allSee, startNode } from '../e2e/support/cluster.ts'
import { endEverything } from '../e2e/support/processes.ts'
import { NODE } from '../e2e/support/runtimes.ts'
import { until } from '../e2e/support/until.ts'
import { buildPeer } from './support/build-peer.ts'
import { type Ckit, startCkit } from './support/ckit.ts'
import { ownersOfKeys } from './support/owners.ts'

/** Most first: how many nodes one process keeps calm among themselves is a question of the machine, not of skein. */
const COUNTS = [200, 100, 50]
/** In which each node of ckit has probed two others. */
const CALM_MS = 10_000
const CALM_WITHIN_MS = 90_000
/** Asking all nodes for all peers costs the very process that is waited for. */
const ASK_EVERY_MS = 500
const built = buildPeer()
const missing = 'missing' in built ? built.missing : NODE.missing

afterAll(endEverything)

function allKnow(many: Ckit, count: number): Promise<unknown> {
  return until(`all to know ${count}`, 120_000, () => knowNow(many, count))
}

async function knowNow(many: Ckit, count: number): Promise<boolean> {
  await sleep(ASK_EVERY_MS)
  return (await many.known()).every((known) => known === count)
}

/** Nodes of ckit that all know each other and suspect nobody; undefined when this machine doesn't bring that about in time. */
async function calmCkit(program: string, count: number): Promise<Ckit | undefined> {
  const many = await startCkit(program, { name: 'ckit', clusterName: 'big', count })
  // Before they join, as Alloy usually does: nobody has to be told yet.
  await many.participate()
  await many.join([])

  // So many nodes in one process keep a small machine busy for a while: they come too late and suspect each other, and a
  // suspect is not handed on to a newcomer.
  const suspicions = (): number => many.output().split('has failed, no acks received').length
  const end = performance.now() + CALM_WITHIN_MS
  let seen = -1
  let since = performance.now()
  while (performance.now() < end) {
    const allParticipate =
      (await knowNow(many, count)) && (await many.peers()).every(({ state }) => state === 'participant')
    if (!allParticipate || suspicions() !== seen) {
      seen = suspicions()
      since = performance.now()
    } else if (performance.now() - since > CALM_MS) return many
  }
  await many.stop()
  return undefined
}

async function mostThatStayCalm(program: string): Promise<{ many: Ckit; count: number }> {
  for (const count of COUNTS) {
    const many = await calmCkit(program, count)
    if (many !== undefined) return { many, count }
    console.log(`${count} nodes of ckit don't calm down in ${CALM_WITHIN_MS} ms on this machine`)
  }
  throw new Error(`not even ${COUNTS.at(-1)} nodes of ckit calm down on this machine`)
}

it.skipIf(missing !== undefined)(
  `joins ${COUNTS[0]} nodes of ckit, and leaves them${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const times: Record<string, number> = {}
    async function timed(what: string, task: () => Promise<unknown>): Promise<void> {
      const from = performance.now()
      await task()
      times[what] = Math.round(performance.now() - from)
    }
    const { many, count } = await mostThatStayCalm((built as { program: string }).program)

    const from = performance.now()
    const skein = await startNode('', { name: 'skein', runtime: NODE, join: [many.address], clusterName: 'big' })
    const names = [...(await many.peers()).map(({ name }) => name).filter((name) => name !== 'skein'), 'skein']
    await allSee([skein], names, 20_000)
    times[`skein sees ${count + 1}, its start included`] = Math.round(performance.now() - from)
    await timed('all of ckit see skein', () => allKnow(many, count + 1))

    const seen = (await skein.peers()).map(({ name }) => name)
    expect(seen).toHaveLength(count + 1)
    await until('ckit to see skein participate', 20_000, async () =>
      (await many.peers()).some(({ name, state }) => name === 'skein' && state === 'participant'),
    )
    const keys = Array.from({ length: 10_000 }, (_, n) => `key-${n}`)
    expect(ownersOfKeys(seen, keys)).toEqual(await many.ownersOfKeys(keys))
    expect((await skein.metrics()).value('cluster_node_gossip_alive_peers')).toBe(count + 1)

    await timed('all of ckit see skein leave', async () => {
      const exit = skein.stop()
      await allKnow(many, count)
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
