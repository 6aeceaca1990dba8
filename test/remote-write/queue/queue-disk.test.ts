/** What a disk may do to a queue, other than lose what it was given. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Counts, NOTHING } from '../../../core/remote-write/block.ts'
import { plus } from '../../../core/remote-write/counts.ts'
import type { Queued, QueueSettings } from '../../../core/remote-write/queue/queue.ts'
import { createFakeDisk, diskError, type FakeDisk } from '../../support/fake-segments.ts'
import { drain, give, keys, made, type QueueRig, startQueue } from './queue-rig.ts'

const samples = (rig: QueueRig, reason: string): number => rig.lost.get(reason)?.samples ?? 0

async function fill(rig: QueueRig, from: number, to: number, bytes: number): Promise<string[]> {
  const all: string[] = []
  for (let id = from; id < to; id++) {
    const block = made({ id, bytes }, rig.clock.now())
    give(rig.queue, block)
    all.push(...keys([block.block]))
    await rig.clock.settle()
  }
  return all
}

describe('a disk that fails', () => {
  for (const [operation, code] of [
    ['open', 'EACCES'],
    ['list', 'EIO'],
    ['create', 'EROFS'],
    ['append', 'EIO'],
  ] as const) {
    it(`${operation} with ${code}: blocks go on from memory, within its bound, and it is said once`, async () => {
      const disk = createFakeDisk()
      disk.failing = (of) => (of === operation ? diskError(code, `no, ${of}`) : undefined)
      const rig = startQueue({ maxMemoryBytes: 500_000 }, disk)
      await rig.clock.settle()
      const all = await fill(rig, 0, 100, 10_000)
      await rig.clock.advance(600_000)
      expect(rig.queue.bytes).toBeLessThanOrEqual(500_000)
      expect(rig.queue.disk).toBe('failing')
      const left = keys(await drain(rig))
      expect(left).toEqual(all.slice(-left.length))
      expect(left.length).toBeGreaterThan(20)
      expect(samples(rig, 'queue_full') + left.length * 10).toBe(1000)
      expect(rig.log.lines.filter((line) => line.startsWith('error'))).toHaveLength(1)
    })
  }

  it('delivers what a read-only disk has, and what comes', async () => {
    const before = startQueue()
    await before.clock.settle()
    const all = await fill(before, 0, 5, 100)
    const disk = before.disk.copy()
    disk.failing = (of) => (['create', 'append', 'remove', 'sync'].includes(of) ? diskError('EROFS', 'no') : undefined)
    const rig = startQueue({}, disk)
    all.push(...(await fill(rig, 5, 8, 100)))
    expect(keys(await drain(rig))).toEqual(all)
    expect(rig.queue.empty).toBe(true)
  })

  it('makes room on a full disk by what is oldest, when memory runs short as well', async () => {
    const disk = createFakeDisk()
    disk.capacity = 1_000_000
    const rig = startQueue({ maxMemoryBytes: 400_000, maxDiskBytes: 1_600_000 }, disk)
    await rig.clock.settle()
    const all = await fill(rig, 0, 300, 10_000)
    expect(rig.queue.bytes).toBeLessThanOrEqual(400_000)
    // More than the memory alone would have kept.
    const left = keys(await drain(rig))
    expect(left).toEqual(all.slice(-left.length))
    expect(left.length).toBeGreaterThan(60)
    expect(samples(rig, 'queue_full') + left.length * 10).toBe(3000)
  })

  it('hangs: nothing waits for it, memory stays bounded, and it is used again when it answers', async () => {
    const disk = createFakeDisk()
    const rig = startQueue({ maxMemoryBytes: 500_000 }, disk)
    await rig.clock.settle()
    let free = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      free = resolve
    })
    disk.waiting = (of) => (of === 'append' ? gate : undefined)
    const all = await fill(rig, 0, 100, 10_000)
    await rig.clock.advance(6_000)
    expect(rig.queue.disk).toBe('failing')
    expect(rig.queue.wantsParts).toBe(false)
    expect(rig.queue.bytes).toBeLessThanOrEqual(500_000)
    free()
    disk.waiting = undefined
    await rig.clock.advance(1_000)
    expect(rig.queue.disk).toBe('working')
    all.push(...(await fill(rig, 100, 110, 10_000)))
    const lost = samples(rig, 'queue_full') / 10
    expect(keys(await drain(rig)).slice(-10)).toEqual(all.slice(-10))
    expect(lost).toBeGreaterThan(0)
  })

  for (const operation of ['open', 'list', 'read']) {
    it(`hangs at the start, in ${operation}: after a while new blocks are sent all the same`, async () => {
      const before = startQueue()
      await before.clock.settle()
      await fill(before, 10, 12, 100)
      const disk = before.disk.copy()
      disk.waiting = (of) => (of === operation ? new Promise(() => undefined) : undefined)
      const rig = startQueue({}, disk)
      // Nobody waits for a queue that has nothing, such as that of a configuration that never comes to run.
      if (operation === 'open') await rig.clock.advance(1_000_000)
      expect(rig.log.messages()).toEqual([])
      await fill(rig, 0, 3, 100)
      expect(rig.queue.blocks).toBe(0)
      await rig.clock.advance(35_000)
      expect(rig.queue.blocks).toBe(3)
      expect(rig.changes).toBeGreaterThan(0)
      expect(rig.log.messages()).toHaveLength(1)
    })
  }

  it('hangs at the end: closing takes no longer than it may', async () => {
    const disk = createFakeDisk()
    const rig = startQueue({ persistence: 'spill' }, disk)
    await rig.clock.settle()
    await fill(rig, 0, 3, 100)
    disk.waiting = (of) => (of === 'append' ? new Promise(() => undefined) : undefined)
    let closed: { kept: Counts; lost: Counts } | undefined
    void rig.queue.close(1_000).then((result) => {
      closed = result
    })
    await rig.clock.advance(999)
    expect(closed).toBeUndefined()
    await rig.clock.advance(1)
    expect(closed).toMatchObject({ kept: NOTHING, lost: { samples: 30 } })
  })

  it('can not read a file: it is left alone, and the others are delivered', async () => {
    const before = startQueue({ maxDiskBytes: 80_000 })
    await before.clock.settle()
    const all = await fill(before, 0, 12, 4_000)
    const disk = before.disk.copy()
    const names = [...(disk.directories.get('queue') ?? [])].map(([name]) => name)
    expect(names.length).toBeGreaterThan(2)
    disk.failing = (of, name) => (of === 'read' && name === names[1] ? diskError('EIO', 'i/o error, read') : undefined)
    const rig = startQueue({}, disk)
    await rig.clock.advance(5_000)
    const left = keys(await drain(rig))
    expect(left.length).toBeLessThan(all.length)
    expect(all.filter((key) => left.includes(key))).toEqual(left)
    expect(rig.queue.corruptions).toBe(1)
    expect(disk.directories.get('queue')?.has(names[1])).toBe(true)
  })

  it('is synced only for what is not delivered by then', async () => {
    const rig = startQueue({ syncInterval: 1_000 })
    await rig.clock.settle()
    await fill(rig, 0, 3, 100)
    await drain(rig)
    await rig.clock.advance(2_000)
    expect(rig.disk.syncs).toBe(0)
    await fill(rig, 3, 6, 100)
    await rig.clock.advance(2_000)
    expect(rig.disk.syncs).toBe(1)
  })

  it('is used by two processes at once: neither removes what the other still writes', async () => {
    const disk = createFakeDisk()
    const one = startQueue({}, disk)
    await one.clock.settle()
    const first = await fill(one, 0, 3, 100)
    const two = startQueue({}, disk, one.clock)
    await two.clock.settle()
    const later = await fill(one, 3, 5, 100)
    await fill(two, 5, 6, 100)
    expect(keys(await drain(two)).slice(0, 3)).toEqual(first)
    const next = startQueue({}, disk.copy(), one.clock)
    expect(keys(await drain(next))).toEqual(expect.arrayContaining(later))
  })
})

describe('what comes in', () => {
  const trouble = fc.constantFrom('none', 'full', 'failing', 'slow', 'short', 'unreadable')

  async function settled(disk: FakeDisk): Promise<void> {
    disk.failing = undefined
    disk.waiting = undefined
    disk.capacity = Number.POSITIVE_INFINITY
  }

  it('is delivered, lost for a reason, or pending: always, whatever the disk does', async () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('give' as const),
        bytes: fc.constantFrom(50, 3_000, 20_000),
        parts: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ do: fc.constant('acknowledge' as const), at: fc.nat(5) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 60, 2_000, 70_000) }),
      fc.record({ do: fc.constant('disk' as const), trouble }),
      fc.record({
        do: fc.constant('set' as const),
        persistence: fc.constantFrom('always' as const, 'spill' as const, 'off' as const),
      }),
      fc.record({ do: fc.constant('fly' as const), at: fc.nat(3) }),
    )
    const settings: fc.Arbitrary<Partial<QueueSettings>> = fc.record({
      persistence: fc.constantFrom('always' as const, 'spill' as const, 'off' as const),
      maxMemoryBytes: fc.constantFrom(400_000, 10_000_000),
      maxDiskBytes: fc.constantFrom(100_000, 2_000_000),
      maxAge: fc.constantFrom(100_000, 3_600_000),
    })
    await fc.assert(
      fc.asyncProperty(settings, fc.array(action, { minLength: 10, maxLength: 80 }), async (settings, actions) => {
        const disk = createFakeDisk()
        const rig = startQueue(settings, disk)
        const { queue, clock } = rig
        let given: Counts = NOTHING
        let delivered: Counts = NOTHING
        let id = 0
        let last = -1
        const order = new Map<string, number>()
        const check = (): void => {
          const lost = [...rig.lost.values()].reduce(plus, NOTHING)
          expect(plus(plus(delivered, lost), queue.pending)).toEqual(given)
          expect(queue.bytes).toBeLessThanOrEqual(rig.settings.maxMemoryBytes + 100_000)
        }
        for (const action of actions) {
          if (action.do === 'give') {
            const block = made({ ...action, id }, clock.now())
            order.set(keys([block.block])[0], id++)
            give(queue, block)
            given = plus(given, block.block.counts)
          } else if (action.do === 'acknowledge' || action.do === 'fly') {
            const queued: Queued | undefined = queue.peek(action.at)
            if (queued !== undefined && action.do === 'fly') queued.inFlight = true
            else if (queued !== undefined) {
              queue.acknowledge(queued)
              delivered = plus(delivered, queued.block.counts)
            }
          } else if (action.do === 'wait') await clock.advance(action.ms)
          else if (action.do === 'set') rig.settings.persistence = action.persistence
          else {
            await settled(disk)
            if (action.trouble === 'full') disk.capacity = 0
            if (action.trouble === 'failing')
              disk.failing = (of) => (of === 'append' || of === 'create' ? diskError('EIO', 'no') : undefined)
            if (action.trouble === 'unreadable')
              disk.failing = (of) => (of === 'read' ? diskError('EIO', 'no') : undefined)
            if (action.trouble === 'slow')
              disk.waiting = () => new Promise((resolve) => void clock.wake(clock.monotonic() + 500, resolve))
            if (action.trouble === 'short') disk.capacity = 60_000
          }
          check()
        }
        await settled(disk)
        await clock.advance(130_000)
        check()
        for (const block of await drain(rig)) {
          const at = order.get(keys([block])[0]) ?? -1
          expect(at).toBeGreaterThan(last)
          last = at
          delivered = plus(delivered, block.counts)
        }
        check()
        expect(queue.pending).toEqual(NOTHING)
        // Nothing is waited for, so nothing is kept.
        rig.settings.persistence = 'always'
        queue.trim()
        await clock.advance(100)
        const closing = queue.close(1_000)
        await clock.advance(1_000)
        expect(await closing).toEqual({ kept: NOTHING, lost: NOTHING })
        // But for files that could not be read.
        const files = [...(disk.directories.get('queue') ?? new Map()).keys()]
        expect(files.length).toBeLessThanOrEqual(queue.corruptions)
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})
