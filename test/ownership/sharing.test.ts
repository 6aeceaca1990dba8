import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, TargetLabels } from '../../core/ownership/distribute.ts'
import { createSharing, type Sharing } from '../../core/ownership/sharing.ts'
import type { Ownership, Sharer, Shares } from '../../core/ownership/types.ts'
import { buildRing } from '../../core/ring/build.ts'
import { createSlices, type Slices } from '../../core/time/slices.ts'

/** Shares that the test announces and puts in force. */
class FakeOwnership implements Ownership {
  private current: Shares
  private sharer: Sharer | undefined
  private version = 0

  constructor(names: readonly string[]) {
    this.current = this.make(names)
  }

  make(names: readonly string[]): Shares {
    return { clustered: true, self: 'a', ring: buildRing(names), hold: undefined, version: ++this.version }
  }

  shares(): Shares {
    return this.current
  }

  subscribe(sharer: Sharer): () => void {
    this.sharer = sharer
    return () => (this.sharer = undefined)
  }

  async announce(next: Shares): Promise<void> {
    await this.sharer?.prepare?.(next)
  }

  apply(next: Shares, at: number): void {
    this.current = next
    this.sharer?.changed(next, at)
  }
}

/** Slices that take a turn after every step. */
const slow: Slices = {
  async run(work) {
    for (;;) {
      const step = work.next()
      if (step.done) return step.value
      await new Promise((resolve) => setImmediate(resolve))
    }
  },
}

async function idle(turns = 40): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
}

interface World {
  readonly ownership: FakeOwnership
  readonly sharing: Sharing
  readonly changes: Change[]
  readonly prepared: Change[]
}

function world(names: readonly string[], slices: Slices = createSlices(performanceClock)): World {
  const ownership = new FakeOwnership(names)
  const changes: Change[] = []
  const prepared: Change[] = []
  const sharing = createSharing({
    ownership,
    slices,
    take: (change) => changes.push(change),
    prepare: async (change) => void prepared.push(change),
  })
  return { ownership, sharing, changes, prepared }
}

const performanceClock = {
  monotonic: () => performance.now(),
  turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
}

const targets = Array.from({ length: 200 }, (_, i): TargetLabels => new Map([['__address__', `h:${i}`]]))

describe('sharing', () => {
  it('takes over a change of shares at its very moment when it was announced', async () => {
    const { ownership, sharing, changes, prepared } = world(['a'])
    sharing.setTargets(targets)
    await idle()
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ moved: [], at: undefined })
    expect(changes[0].local).toHaveLength(200)
    const next = ownership.make(['a', 'b'])
    await ownership.announce(next)
    expect(changes).toHaveLength(1)
    expect(prepared).toHaveLength(1)
    ownership.apply(next, 777)
    expect(changes).toHaveLength(2)
    const { local, moved, at } = changes[1]
    expect(at).toBe(777)
    expect(local.length + moved.length).toBe(200)
    expect(new Set([...local, ...moved]).size).toBe(200)
    expect(moved.length).toBeGreaterThan(0)
  })

  it('computes it then when it was not announced, or when targets changed meanwhile', async () => {
    const { ownership, sharing, changes } = world(['a'], slow)
    sharing.setTargets(targets)
    await idle()
    ownership.apply(ownership.make(['a', 'b']), 5)
    await idle()
    expect(changes.at(-1)?.at).toBe(5)
    const next = ownership.make(['a', 'b', 'c'])
    await ownership.announce(next)
    sharing.setTargets(targets.slice(100))
    ownership.apply(next, 9)
    await idle()
    const { local, at, distribution } = changes.at(-1) as Change
    expect(at).toBe(9)
    expect(distribution.shares).toBe(next)
    expect(local.every((labels) => targets.indexOf(labels) >= 100)).toBe(true)
  })

  it('prepares again when targets change between the announcement and its moment', async () => {
    const { ownership, sharing, changes } = world(['a'])
    sharing.setTargets(targets)
    await idle()
    const next = ownership.make(['a', 'b'])
    await ownership.announce(next)
    sharing.setTargets(targets.slice(50))
    await idle()
    ownership.apply(next, 3)
    expect(changes).toHaveLength(3)
    expect(changes[2].local.length + changes[2].moved.length).toBe(150)
  })

  it('tells what moved by what was before, when two changes are announced at a time', async () => {
    const { ownership, sharing, changes } = world(['a'], slow)
    sharing.setTargets(targets)
    await idle()
    const [first, second] = [ownership.make(['a', 'b']), ownership.make(['a', 'b', 'c'])]
    void ownership.announce(first)
    void ownership.announce(second)
    await idle()
    ownership.apply(first, 1)
    ownership.apply(second, 2)
    await idle()
    const had = new Set(changes.at(-2)?.local)
    const { local, moved } = changes.at(-1) as Change
    expect(moved.every((labels) => had.has(labels))).toBe(true)
    expect(local.length + moved.length).toBe(had.size)
  })

  it('takes nothing any more when closed', async () => {
    const { ownership, sharing, changes } = world(['a'], slow)
    sharing.setTargets(targets)
    sharing.close()
    ownership.apply(ownership.make(['b']), 1)
    await idle()
    expect(changes).toEqual([])
  })

  it('ends up right whatever comes when: local ones exact, moved ones told once each', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('targets' as const), from: fc.nat(150), count: fc.nat(200) }),
      fc.record({ kind: fc.constant('announce' as const), names: fc.subarray(['a', 'b', 'c', 'd']) }),
      fc.record({ kind: fc.constant('apply' as const) }),
      fc.record({ kind: fc.constant('surprise' as const), names: fc.subarray(['a', 'b', 'c', 'd']) }),
      fc.record({ kind: fc.constant('turns' as const), turns: fc.nat(6) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const { ownership, sharing, changes } = world(['a', 'b'], slow)
        let wanted = targets
        sharing.setTargets(wanted)
        const announced: Shares[] = []
        for (const one of steps) {
          if (one.kind === 'targets') sharing.setTargets((wanted = targets.slice(one.from, one.from + one.count)))
          else if (one.kind === 'turns') await idle(one.turns)
          else if (one.kind === 'announce') {
            const next = ownership.make(one.names)
            announced.push(next)
            void ownership.announce(next)
          } else if (one.kind === 'apply') {
            const next = announced.shift()
            if (next !== undefined) ownership.apply(next, 1)
          } else if (announced.length === 0) ownership.apply(ownership.make(one.names), 2)
        }
        await idle()
        for (const next of announced) ownership.apply(next, 3)
        await idle()

        const last = changes.at(-1) as Change
        const fresh = world([...ownership.shares().ring.names])
        fresh.sharing.setTargets(wanted)
        await idle(5)
        expect(last.local).toEqual(fresh.changes[0].local)
        // Replayed one after the other, what moved was local before and isn't any more.
        let had = new Set<TargetLabels>()
        for (const { local, moved, distribution } of changes) {
          const now = new Set(local)
          const all = new Set(distribution.keyed.targets)
          expect(new Set(moved)).toEqual(new Set([...had].filter((labels) => all.has(labels) && !now.has(labels))))
          had = now
        }
      }),
      { numRuns: 30 },
    )
  })
})
