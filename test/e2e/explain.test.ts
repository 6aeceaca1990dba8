/**
 * What a live cluster says of its targets is what its targets notice: every node is asked about every target, before and after a
 * node comes and after one goes, and the targets' own log says who scrapes them. The nodes run on three runtimes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeReport } from '../../core/api/node.ts'
import type { ExplainAnswer, TargetExplanation, TargetRow, TargetsPage } from '../../core/api/targets.ts'
import { allSee, type ClusterAgent, startNode } from './support/cluster.ts'
import { endEverything } from './support/processes.ts'
import { type AgentRuntime, NODE, RUNTIMES } from './support/runtimes.ts'
import { type SlotTargets, startSlotTargets } from './support/slot-targets.ts'
import { until } from './support/until.ts'

const TARGETS = 24
const COMPONENT = 'prometheus.scrape.shared'
/** Two scrapes of everything, and a little. */
const LOOK_MS = 2_500

afterAll(endEverything)

describe.skipIf(NODE.missing !== undefined)('a cluster on all runtimes that are here', () => {
  let targets: SlotTargets
  let nodes: ClusterAgent[] = []

  async function start(name: string, runtime: AgentRuntime): Promise<ClusterAgent> {
    const join = nodes.map(({ address }) => address)
    const node = await startNode(targets.config(name), { name, runtime, join })
    nodes.push(node)
    return node
  }

  async function ask<T>(node: ClusterAgent, path: string): Promise<T> {
    const { status, text } = await node.get(`/api/v1/${path}`)
    expect(status, `${path}: ${text}`).toBe(200)
    return JSON.parse(text) as T
  }

  /** Who scrapes each target by its own log, once each has been left to one node for a while. */
  async function scrapers(): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
    const from = await targets.now()
    const seen = new Map<number, Set<string>>()
    await until('each target to be scraped by one node', 20_000, async () => {
      const since = (await targets.now()) - LOOK_MS
      const lately = (await targets.scrapes()).filter(({ at }) => at >= since)
      seen.clear()
      for (const { target, node } of lately) seen.set(target, (seen.get(target) ?? new Set()).add(node))
      return since >= from && seen.size === TARGETS && [...seen.values()].every(({ size }) => size === 1)
    })
    return seen
  }

  async function rows(node: ClusterAgent): Promise<readonly TargetRow[]> {
    const page = await ask<TargetsPage>(node, 'targets?limit=1000')
    expect(page).toMatchObject({ total: TARGETS, matched: TARGETS, unanswered: [] })
    return page.targets
  }

  async function explained(node: ClusterAgent, { component, key }: TargetRow): Promise<TargetExplanation> {
    const answer = await ask<ExplainAnswer>(node, `explain?component=${component}&key=${key}`)
    if (answer.found !== 'one') throw new Error(`${node.name} found ${answer.found}`)
    return answer.explanation
  }

  /** Every node says of every target what the target itself noticed. */
  async function compare(): Promise<readonly TargetExplanation[]> {
    const noticed = await scrapers()
    const all: TargetExplanation[] = []
    for (const node of nodes) {
      for (const row of await rows(node)) {
        const explanation = await explained(node, row)
        const { target, local, relabelling } = explanation
        const number = Number(/\/t\/(\d+)$/.exec(target.url)?.[1])
        const who = [...(noticed.get(number) ?? [])]
        expect([node.name, target.url, target.owner]).toEqual([node.name, target.url, ...who])
        expect([row.owner, row.toldBy, row.health]).toEqual([target.owner, target.owner, 'up'])
        expect(target).toMatchObject({
          component: COMPONENT,
          toldBy: target.owner,
          health: 'up',
          samples: 2,
          error: '',
        })
        expect(local).toBe(target.owner === node.name)
        expect(explanation.runnersUp).not.toContain(target.owner)
        expect(relabelling.at(-1)?.output).toEqual(target.labels)
        all.push(explanation)
      }
    }
    return all
  }

  beforeAll(async () => {
    targets = await startSlotTargets(TARGETS)
    const here = RUNTIMES.filter(({ missing }) => missing === undefined)
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) await start(name, here[i % here.length])
    await allSee(nodes, ['a', 'b', 'c', 'd'], 20_000)
  }, 90_000)

  it('explains every target as it is, on every node', async () => {
    const all = await compare()
    expect(new Set(all.map(({ target }) => target.owner)).size).toBe(4)
    for (const node of nodes) {
      const { work } = await ask<NodeReport>(node, 'node')
      const own = all.filter((one) => one.by === node.name && one.local).length
      expect(work).toMatchObject({ targets: own, up: own, down: 0 })
    }
  }, 60_000)

  it('says who came when a node comes, and what it took', async () => {
    const before = new Map((await rows(nodes[0])).map(({ key, owner }) => [key, owner]))
    const newcomer = await start('e', NODE)
    await allSee(nodes, ['a', 'b', 'c', 'd', 'e'], 20_000)
    await until('it scrapes', 15_000, async () => (await ask<NodeReport>(newcomer, 'node')).work.up > 0)
    const all = await compare()
    for (const { by, target, since } of all) {
      if (by === 'e') continue
      const was = before.get(target.key)
      if (was === target.owner) expect(since.joined).not.toContain('e')
      else expect([target.owner, since]).toMatchObject(['e', { before: was, joined: ['e'], left: [] }])
    }
    expect(all.some(({ target }) => target.owner === 'e')).toBe(true)
  }, 60_000)

  it('says who went when a node goes, and who got its targets', async () => {
    const before = new Map((await rows(nodes[0])).map(({ key, owner }) => [key, owner]))
    const [gone] = nodes.splice(1, 1)
    await gone.stop()
    await allSee(nodes, ['a', 'c', 'd', 'e'], 20_000)
    const all = await compare()
    for (const { target, since } of all) {
      if (before.get(target.key) === 'b') expect(since).toMatchObject({ before: 'b', joined: [], left: ['b'] })
      else expect(since.left).not.toContain('b')
    }
  }, 60_000)

  it('names what nobody could be asked about when a node was killed', async () => {
    const killed = nodes.find(({ name }) => name === 'd') as ClusterAgent
    const its = (await rows(nodes[0])).filter(({ owner }) => owner === 'd')
    expect(its.length).toBeGreaterThan(0)
    killed.signal('SIGKILL')
    await killed.exit
    nodes = nodes.filter((node) => node !== killed)
    // Before the others have noticed: it is in doubt, and says why. What was asked just before is told for a second.
    const early = await until('it to be missed', 5_000, async () => {
      const page = await ask<TargetsPage>(nodes[0], 'targets?limit=1000')
      return page.unanswered.length > 0 && page
    })
    expect(early.total).toBe(TARGETS)
    expect(early.unanswered).toEqual([{ node: 'd', reason: expect.stringContaining('refused') }])
    for (const { owner, toldBy, health } of early.targets) {
      if (owner === 'd') expect([toldBy, health]).toEqual([null, 'unknown'])
    }
    await allSee(nodes, ['a', 'c', 'e'], 30_000)
    await compare()
  }, 90_000)
})
