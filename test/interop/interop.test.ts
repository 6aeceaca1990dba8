/**
 * skein and Grafana's cluster library in one cluster: three nodes of skein, one on each runtime, and two of ckit, with and
 * without a cluster name, joined in both directions.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endEverything } from '../e2e/support/processes.ts'
import { buildPeer } from './support/build-peer.ts'
import { alarms, type Calm, watchCalm } from './support/calm.ts'
import { FORMED_WITHIN_MS, formCluster, type MixedCluster, runtimes } from './support/mixed.ts'
import { ownersOfKeys, ownersOfTargets } from './support/owners.ts'

const QUIET_MS = Number(process.env['SKEIN_INTEROP_QUIET_S'] ?? 180) * 1000
const TARGETS = 300
const KEYS = Array.from({ length: 10_000 }, (_, n) => `key-${n}`)
/** Alloy waits up to 1 s before it acts on a change; skein half a second. */
const SHARED_WITHIN_MS = 4000
const SEEN_WITHIN_MS = { leave: 15_000, kill: 30_000, comeBack: 10_000 }

const NAMES = [['no name', ''] as const, ['a name', 'prod'] as const]

interface Parting {
  readonly who: string
  readonly how: 'leaves' | 'is killed' | 'comes back'
  /** Until it was seen, ms by name of the observer. */
  readonly times: ReadonlyMap<string, number>
}

interface Outcome {
  readonly cluster: MixedCluster
  /** Number of participants that each member counts, when the cluster was formed. */
  readonly counted: ReadonlyMap<string, number | undefined>
  /** Names, addresses, and states that each member sees, as one text. */
  readonly seen: ReadonlyMap<string, string>
  /** Owners of the keys by each member. */
  readonly owners: ReadonlyMap<string, readonly string[]>
  /** Of each target: who has it by ckit, and who scraped it. */
  readonly shared: readonly { readonly owner: string; readonly scrapedBy: readonly string[] }[]
  readonly partings: Parting[]
  calm: Calm | undefined
}

const built = buildPeer()
const missing = 'missing' in built ? built.missing : runtimes.length < 3 ? 'not all runtimes are here' : undefined
const program = 'program' in built ? built.program : ''
const outcomes = new Map<string, Outcome>()

async function form(clusterName: string): Promise<Outcome> {
  const cluster = await formCluster(program, clusterName, TARGETS)
  const members = [...cluster.members.values()]
  const counted = new Map<string, number | undefined>()
  const seen = new Map<string, string>()
  const owners = new Map<string, readonly string[]>()
  for (const { name, kind, metrics, peers } of members) {
    const view = await peers()
    counted.set(name, (await metrics()).value('cluster_node_peers', { state: 'participant' }))
    seen.set(
      name,
      view
        .map((peer) => `${peer.name} ${peer.addr} ${peer.state}`)
        .sort()
        .join('\n'),
    )
    if (kind === 'skein')
      owners.set(
        name,
        ownersOfKeys(
          view.map((peer) => peer.name),
          KEYS,
        ),
      )
  }
  for (const [n, node] of cluster.ckit.entries()) owners.set(`ckit-${n + 1}`, await node.ownersOfKeys(KEYS))

  await sleep(SHARED_WITHIN_MS)
  const from = await cluster.targets.now()
  await sleep(3000)
  const scrapes = (await cluster.targets.scrapes()).filter(({ at }) => at > from)
  const byCkit = await cluster.ckit[0].ownersOfTargets(cluster.targets.labels)
  const shared = byCkit.map((owner, target) => ({
    owner,
    scrapedBy: [...new Set(scrapes.filter((scrape) => scrape.target === target).map(({ node }) => node))],
  }))
  return { cluster, counted, seen, owners, shared, partings: [], calm: undefined }
}

/** One of each kind leaves and comes back, then one of each kind is killed. */
async function part({ cluster, partings }: Outcome): Promise<void> {
  const { members } = cluster
  for (const who of ['skein-deno', 'ckit-2']) {
    const others = cluster.others(who)
    const names = others.map(({ name }) => name)
    const leaving = (members.get(who) as (typeof others)[number]).leave()
    partings.push({ who, how: 'leaves', times: await cluster.untilSeen(others, names, SEEN_WITHIN_MS.leave) })
    await leaving
    // Whoever is gone from the first is not to be asked: the other kind.
    const back = await cluster.begin(who, [who === 'ckit-2' ? 'skein-node' : 'ckit-1'])
    const all = [...names, who]
    const times = await cluster.untilSeen([...others, back], all, SEEN_WITHIN_MS.comeBack)
    partings.push({ who, how: 'comes back', times })
  }
  const killed: string[] = []
  for (const who of ['skein-bun', 'ckit-2']) {
    const member = members.get(who)
    killed.push(who)
    const others = cluster.others(...killed)
    const names = others.map(({ name }) => name)
    member?.signal('SIGKILL')
    partings.push({ who, how: 'is killed', times: await cluster.untilSeen(others, names, SEEN_WITHIN_MS.kill) })
  }
  await Promise.all(cluster.others(...killed).map((member) => member.leave()))
  await cluster.targets.end()
}

function report({ cluster, partings, calm }: Outcome): string {
  const list = (times: ReadonlyMap<string, number>): string => [...times].map(([who, ms]) => `${who} ${ms}`).join(', ')
  return [
    `cluster ${cluster.clusterName === '' ? 'without a name' : `"${cluster.clusterName}"`}: formed in ${cluster.formed} ms`,
    `  ${(calm?.ms ?? 0) / 1000} s of calm, ${calm?.looks} looks, worst health score ${calm?.worstHealth}`,
    ...partings.map(({ who, how, times }) => `  ${who} ${how}, seen after (ms): ${list(times)}`),
  ].join('\n')
}

describe.skipIf(missing !== undefined)(
  `skein and ckit in one cluster${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(async () => {
      for (const [, clusterName] of NAMES) outcomes.set(clusterName, await form(clusterName))
      await Promise.all(
        [...outcomes.values()].map(async (outcome) => {
          outcome.calm = await watchCalm([...outcome.cluster.members.values()], QUIET_MS)
        }),
      )
      for (const outcome of outcomes.values()) await part(outcome)
      for (const outcome of outcomes.values()) console.log(report(outcome))
    }, QUIET_MS + 400_000)
    afterAll(endEverything)

    describe.each(NAMES)('with %s', (_, clusterName) => {
      const outcome = (): Outcome => outcomes.get(clusterName) as Outcome

      it(`has five participants for all five within ${FORMED_WITHIN_MS} ms`, () => {
        const { cluster, counted, seen } = outcome()
        expect(cluster.formed).toBeLessThan(FORMED_WITHIN_MS)
        expect([...counted.values()]).toEqual([5, 5, 5, 5, 5])
        expect(new Set(seen.values()).size).toBe(1)
      })

      it('has one owner for each of 10,000 keys', () => {
        const { owners } = outcome()
        expect(owners.size).toBe(5)
        const first = owners.get('ckit-1')
        expect(new Set(first).size).toBe(5)
        for (const [who, mine] of owners) expect(mine, who).toEqual(first)
      })

      it(`has each of ${TARGETS} targets scraped by the owner that ckit names, and by nobody else`, () => {
        const { cluster, shared } = outcome()
        const wrong = shared.filter(({ owner, scrapedBy }) => {
          const expected = owner.startsWith('skein') ? [owner] : []
          return scrapedBy.join() !== expected.join()
        })
        expect(wrong).toEqual([])
        expect(new Set(shared.map(({ owner }) => owner)).size).toBe(5)
        const names = [...cluster.members.keys()]
        expect(ownersOfTargets(names, cluster.targets.labels)).toEqual(shared.map(({ owner }) => owner))
      })

      it(`suspects nobody for ${QUIET_MS / 1000} s`, () => {
        const { calm } = outcome()
        expect(calm?.disturbances).toEqual([])
        expect(calm?.looks).toBeGreaterThan(QUIET_MS / 20_000)
      })

      it.each(['skein-deno', 'ckit-2'])('sees %s leave and come back', (who) => {
        const { partings } = outcome()
        for (const how of ['leaves', 'comes back']) {
          const parting = partings.find((one) => one.who === who && one.how === how)
          expect(parting?.times.size, how).toBe(how === 'leaves' ? 4 : 5)
          expect([...(parting?.times ?? [])].filter(([, ms]) => ms === Infinity)).toEqual([])
        }
      })

      it.each([
        ['skein-bun', 4],
        ['ckit-2', 3],
      ] as const)('sees that %s was killed', (who, observers) => {
        const parting = outcome().partings.find((one) => one.who === who && one.how === 'is killed')
        expect(parting?.times.size).toBe(observers)
        expect([...(parting?.times ?? [])].filter(([, ms]) => ms === Infinity)).toEqual([])
      })
    })
  },
)

describe('alarms', () => {
  it.each([
    'ts=1 level=info node=a subsystem=memberlist msg="Suspect b has failed, no acks received"',
    'ts=1 level=info node=a subsystem=memberlist msg="Marking b as failed, suspect timeout reached (1 peer confirmations)"',
    'ts=1 level=warn node=a subsystem=memberlist msg="Refuting a suspect message (from: b)"',
    'ts=1 level=warn msg="a peer is suspected" peer=b',
  ])('are seen in %s', (line) => {
    expect(alarms(`ts=1 msg="peers changed"\n${line}\n`)).toEqual([line])
  })
})
