/** Processes that are killed after any byte that they wrote, again and again: what the next one delivers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../core/remote-write/block.ts'
import type { Queued, QueueSettings } from '../../../../core/remote-write/queue/queue.ts'
import { createFakeDisk, type FakeDisk } from '../../../support/fake-segments.ts'
import { drain, give, joinedParts, keys, type Made, made, type QueueRig, type Shape, startQueue } from '../queue-rig.ts'
import { expectedOf } from './oracle.ts'

type Step =
  | { readonly do: 'give'; readonly bytes: number; readonly parts: number; readonly protocol: '1.0' | '2.0' }
  | { readonly do: 'grow'; readonly parts: number; readonly protocol: '1.0' | '2.0' }
  | { readonly do: 'acknowledge'; readonly at: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'close' }

const protocol = fc.constantFrom('1.0' as const, '2.0' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('give' as const),
      bytes: fc.integer({ min: 8, max: 60 }),
      parts: fc.integer({ min: 1, max: 3 }),
      protocol,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), at: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 0, 60, 1500) }) },
)
/** A run may end in the middle of a block, or in an orderly way. */
const run: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.array(step, { minLength: 3, maxLength: 8 }),
    fc.option(
      fc.oneof(
        fc.record({ do: fc.constant('grow' as const), parts: fc.integer({ min: 1, max: 3 }), protocol }),
        fc.record({ do: fc.constant('close' as const) }),
      ),
      { nil: undefined },
    ),
  )
  .map(([steps, last]) => (last === undefined ? steps : [...steps, last]))
const settings: fc.Arbitrary<Partial<QueueSettings>> = fc.record({
  persistence: fc.constantFrom('always' as const, 'always' as const, 'spill' as const),
  syncInterval: fc.constantFrom(0, 100),
  // 1 KiB for each segment: there are several.
  maxDiskBytes: fc.constantFrom(8 * 1024 * 1024, 24 * 1024),
  maxMemoryBytes: fc.constantFrom(64 * 1024 * 1024, 6_000),
})

interface History {
  /** Contents of all blocks that were ever given, whole or in part. */
  readonly contents: Set<string>
  nextId: number
}

/** Of a process that is killed when the disk dies. */
async function live(rig: QueueRig, steps: readonly Step[], history: History): Promise<void> {
  const { queue, clock } = rig
  await clock.settle()
  for (const step of steps) {
    if (step.do === 'give' || step.do === 'grow') {
      const shape: Shape = { bytes: 40, ...step, id: history.nextId++ }
      const block = made(shape, clock.now())
      remember(history, shape, clock.now())
      if (step.do === 'give') give(queue, block)
      else await grow(rig, block)
    } else if (step.do === 'acknowledge') {
      const queued: Queued | undefined = queue.peek(step.at)
      if (queued !== undefined) queue.acknowledge(queued)
    } else if (step.do === 'wait') await clock.advance(step.ms)
    else {
      const closing = queue.close(1000)
      await clock.advance(1001)
      await closing
      return
    }
  }
  await clock.settle()
}

/** As an open block does: each part has all that came since the one before. */
async function grow({ queue, clock }: QueueRig, { parts }: Made): Promise<void> {
  let given = 0
  for (let i = 1; i <= parts.length; i++) {
    if (queue.wantsParts) {
      queue.grow(joinedParts(parts.slice(given, i)))
      given = i
    }
    await clock.settle()
  }
}

/** Also what is left of it when only the first parts were written. */
function remember({ contents }: History, shape: Shape, now: number): void {
  for (let parts = 1; parts <= (shape.parts ?? 1); parts++)
    contents.add(keys([made({ ...shape, parts }, now).block])[0])
}

/** Runs them one after the other on what the one before left, each killed after so many steps of its own. */
async function histories(
  runs: readonly {
    readonly steps: readonly Step[]
    readonly settings: Partial<QueueSettings>
    readonly dies: number
  }[],
): Promise<{ readonly disk: FakeDisk; readonly history: History; readonly steps: number }> {
  let disk = createFakeDisk()
  const history: History = { contents: new Set(), nextId: 0 }
  let steps = 0
  for (const { steps: todo, settings, dies } of runs) {
    disk.diesAfter = dies
    await live(startQueue(settings, disk), todo, history)
    steps = disk.steps
    disk = disk.copy()
  }
  return { disk, history, steps }
}

async function checkRecovery(disk: FakeDisk, history: History): Promise<void> {
  const expected = expectedOf(disk)
  const rig = startQueue({}, disk)
  const delivered: Block[] = await drain(rig)
  expect(keys(delivered)).toEqual(keys(expected as unknown as Block[]))
  for (const key of keys(delivered)) expect(history.contents).toContain(key)
  // What was begun and not finished is all that may be damaged, and nobody was told that it was safe.
  expect(rig.queue.pending.samples).toBe(0)
  expect(await rig.queue.close(1000)).toMatchObject({ kept: { samples: 0 }, lost: { samples: 0 } })
  expect([...(disk.directories.get('queue') ?? new Map()).keys()]).toEqual([])
}

describe('a queue whose process is killed', () => {
  it('after every single byte of short histories: delivers all that is intact, in order, and nothing twice', async () => {
    let places = 0
    await fc.assert(
      fc.asyncProperty(run, settings, fc.nat(), async (rest, some, start) => {
        const settings = { ...some, persistence: 'always' as const }
        const steps: Step[] = [{ do: 'give', bytes: 20, parts: 2, protocol: '2.0' }, { do: 'wait', ms: 0 }, ...rest]
        const { steps: end } = await histories([{ steps, settings, dies: Number.POSITIVE_INFINITY }])
        // Long histories at some places only, others each time: elsewhere they are like short ones.
        const stride = Math.ceil(Math.max(1, end) / 200)
        for (let dies = start % stride; dies <= end; dies += stride) {
          const { disk, history } = await histories([{ steps, settings, dies }])
          await checkRecovery(disk, history)
          places++
        }
      }),
      { numRuns: 4, endOnFailure: true },
    )
    expect(places).toBeGreaterThan(300)
  }, 120_000)

  it('several times in a row, somewhere', async () => {
    const killed = fc.record({
      steps: run,
      settings,
      dies: fc.oneof(fc.nat(1500), fc.constant(Number.POSITIVE_INFINITY)),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(killed, { minLength: 2, maxLength: 5 }), async (runs) => {
        const { disk, history } = await histories(runs)
        await checkRecovery(disk, history)
      }),
      { numRuns: 80 },
    )
  }, 120_000)

  it('delivers what it had been given when it was always written and nothing was under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const rig = startQueue()
        await live(rig, steps, { contents: new Set(), nextId: 0 })
        await rig.clock.advance(60)
        const waiting = Array.from({ length: rig.queue.blocks }, (_, i) => (rig.queue.peek(i) as Queued).block)
        expect(keys(await drain(startQueue({}, rig.disk.copy())))).toEqual(keys(waiting))
      }),
      { numRuns: 60 },
    )
  })
})
