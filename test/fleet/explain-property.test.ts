/**
 * Explanations are what happens: in random worlds of nodes that come, go and are held back, each node says that it scrapes a
 * target exactly when its scrape pool was given it, and since when, by whose coming or going, as a replay of everything shows.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExplainAnswer, TargetExplanation } from '../../core/api/targets.ts'
import type { ClusterHold } from '../../core/cluster/cluster.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import { HANDOVER_DELAY_MS } from '../../core/limits.ts'
import type { TargetLabels } from '../../core/ownership/distribute.ts'
import { buildRing } from '../../core/ring/build.ts'
import { targetKey } from '../../core/ring/keys.ts'
import type { Ring } from '../../core/ring/types.ts'
import { createTestNodes, JOB, keyText, type Noted, scrapedOf, type TestNode } from './explain-nodes.ts'

const NAMES = ['a', 'b', 'c', 'ü', '\u{1f600}'] as const

const ALL: readonly TargetLabels[] = [
  ...Array.from(
    { length: 8 },
    (_, i): TargetLabels =>
      new Map([
        ['__address__', `10.0.0.${i}:80`],
        ['__meta_zone', 'z'],
      ]),
  ),
  // Equal but for what keys leave out.
  new Map([
    ['__address__', '10.0.0.1:80'],
    ['__meta_zone', 'other'],
  ]),
  new Map([
    ['__address__', 'ä.example:80'],
    ['job', '\u{1f600}'],
    ['名前', 'はい'],
  ]),
  new Map([
    ['__address__', '10.0.0.9:80'],
    ['job', ''],
  ]),
  // Can't be scraped, and has an owner all the same.
  new Map([['zone', 'nowhere']]),
]

const HOLDS: readonly ClusterHold[] = [
  { kind: 'too-small', size: 1, minimum: 3 },
  { kind: 'name-conflict', rival: '10.0.0.9:12345' },
]

type Step =
  | { readonly kind: 'join' | 'leave'; readonly name: string; readonly lag: number }
  | { readonly kind: 'hold'; readonly name: string; readonly hold: ClusterHold | undefined }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'targets'; readonly targets: readonly TargetLabels[] }

const name = fc.constantFrom(...NAMES)
const lag = fc.nat(40)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('join' as const), name, lag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), name, lag }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('hold' as const), name, hold: fc.constantFrom(...HOLDS, undefined) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, HANDOVER_DELAY_MS, 5_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('targets' as const), targets: fc.subarray([...ALL]) }) },
)

/** What chance might leave out. */
const EVERY_HOLD: Step[] = [
  { kind: 'join', name: 'a', lag: 0 },
  { kind: 'join', name: 'b', lag: 10 },
  ...HOLDS.map((hold): Step => ({ kind: 'hold', name: 'a', hold })),
  { kind: 'wait', ms: 5_000 },
  { kind: 'hold', name: 'a', hold: undefined },
  { kind: 'wait', ms: 5_000 },
  { kind: 'hold', name: 'a', hold: HOLDS[0] },
  { kind: 'wait', ms: 5_000 },
]

const rings = new Map<string, Ring>()

function ownerOf(labels: TargetLabels, participants: readonly string[]): string | undefined {
  const id = participants.join()
  let ring = rings.get(id)
  if (ring === undefined) rings.set(id, (ring = buildRing(participants)))
  const key = new Uint32Array(2)
  targetKey(labels, key, 0)
  return ring.names[ring.owner(key[0], key[1])]
}

interface Replayed {
  readonly at: string | null
  readonly owner: string | null
  readonly before: string | null
}

function replay(self: string, noted: readonly Noted[], labels: TargetLabels): Replayed {
  let result: Replayed = { at: null, owner: null, before: null }
  noted.forEach(({ at, participants }, i) => {
    const owner = ownerOf(labels, participants) ?? null
    if (i === 0 || owner === result.owner) result = { ...result, owner }
    else {
      const { participants: previous, hold } = noted[i - 1]
      const knewNothing = previous.length === 0 && hold === 'joining' && participants.some((other) => other !== self)
      result = knewNothing
        ? { at: null, owner, before: null }
        : { at: new Date(at).toISOString(), owner, before: result.owner }
    }
  })
  return result
}

const SENTENCES: Readonly<Record<TargetExplanation['reason'], (owner: string | null) => RegExp>> = {
  'not-clustered': () => /never/,
  'nobody-participates': () => /^\S+ scrapes it, and so does any other/,
  owner: () => /^\S+ scrapes it: the first token/,
  'other-owner': (owner) => new RegExp(`^${owner} scrapes it: the first token`, 'u'),
  joining: () => /^\S+ does not scrape it: it is still joining/,
  'too-small': () => /^\S+ does not scrape it: the cluster is smaller .*\(1 of 3 nodes\)/,
  'name-conflict': () => /^\S+ does not scrape it: another node at 10\.0\.0\.9:12345/,
}

/** Why a node does or doesn't scrape it, by what the test knows. */
function reasonOf(self: string, { participants, hold }: Noted, owner: string | null): TargetExplanation['reason'] {
  if (hold !== undefined) return hold
  return participants.length === 0 ? 'nobody-participates' : owner === self ? 'owner' : 'other-owner'
}

function explanationIn(answer: ExplainAnswer): TargetExplanation {
  if (answer.found !== 'one') throw new Error(`found ${answer.found}`)
  return answer.explanation
}

async function checkNode(node: TestNode, targets: readonly TargetLabels[]): Promise<void> {
  const given = new Set(node.scraped())
  const last = node.noted.at(-1) as Noted
  const firsts = new Map(targets.toReversed().map((labels) => [keyText(labels), labels]))
  for (const [key, labels] of firsts) {
    const told = explanationIn(await node.explain({ component: JOB, key }))
    const replayed = replay(node.name, node.noted, labels)
    const { owner } = replayed
    const scrapeable = scrapedOf(labels, 0) !== undefined
    expect(told.local).toBe(given.has(labels) && scrapeable)
    expect(told.target).toMatchObject({ component: JOB, key, owner })
    expect(told.reason).toBe(reasonOf(node.name, last, owner))
    expect(told.sentence).toMatch(scrapeable ? SENTENCES[told.reason](owner) : /can't scrape it: no address/)
    expect(told.by).toBe(node.name)
    expect(told.runnersUp[0]).toBe(
      ownerOf(
        labels,
        last.participants.filter((other) => other !== owner),
      ),
    )
    expect(told.since).toMatchObject({ at: replayed.at, before: replayed.before })
    for (const gone of told.since.left) expect(last.participants.includes(gone) && gone === owner).toBe(false)
    if (told.local) expect(told.target).toMatchObject({ toldBy: node.name, health: 'up', samples: 7 })
  }
}

/** When all see the same and nobody is held, exactly the owner has a target, whomever one asks. */
async function checkAgreement(nodes: readonly TestNode[], targets: readonly TargetLabels[]): Promise<void> {
  for (const labels of new Map(targets.toReversed().map((one) => [keyText(one), one])).values()) {
    const holders = nodes.filter((node) => node.scraped().includes(labels)).map((node) => node.name)
    for (const node of nodes) {
      const { target } = explanationIn(await node.explain({ component: JOB, key: keyText(labels) }))
      expect([target.owner]).toEqual(holders)
      expect(target.toldBy).toBe(scrapedOf(labels, 0) === undefined ? null : target.owner)
    }
  }
}

describe('explanations', () => {
  it('say what the scrape loops do, in all worlds', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const world = createTestNodes()
        const { clock, nodes } = world
        const states = new Map<string, NodeState>()
        const holds = new Map<string, ClusterHold | undefined>()
        let targets = ALL

        /** Each learns of it a little later than the one before. */
        async function tell(lag: number): Promise<void> {
          const view = new Map(states)
          for (const node of nodes.values()) {
            node.see(view, view.get(node.name) === 'participant' ? holds.get(node.name) : { kind: 'joining' })
            await clock.advance(lag)
          }
        }

        for (const one of steps) {
          if (one.kind === 'wait') await clock.advance(one.ms)
          else if (one.kind === 'targets') {
            targets = one.targets
            for (const node of nodes.values()) node.setTargets(targets)
          } else if (one.kind === 'hold') {
            const node = nodes.get(one.name)
            if (node === undefined) continue
            holds.set(one.name, one.hold)
            node.see(states, one.hold)
          } else if (one.kind === 'join' && !nodes.has(one.name)) {
            world.add(one.name, states, targets)
            await clock.advance(one.lag)
            states.set(one.name, 'participant')
            await tell(one.lag)
          } else if (one.kind === 'leave' && nodes.has(one.name)) {
            nodes.delete(one.name)
            states.delete(one.name)
            holds.delete(one.name)
            await tell(one.lag)
          }
          await clock.settle()
          for (const node of nodes.values()) await checkNode(node, targets)
        }

        for (const node of nodes.values()) node.see(states, undefined)
        await clock.advance(10 * HANDOVER_DELAY_MS)
        await checkAgreement([...nodes.values()], targets)
        for (const node of nodes.values()) for (const { hold } of node.noted) seen.add(hold ?? 'none')
      }),
      { numRuns: 30, examples: [[EVERY_HOLD]] },
    )
    // Else it would say little.
    expect([...seen].sort()).toEqual(['joining', 'name-conflict', 'none', 'too-small'])
  })
})
