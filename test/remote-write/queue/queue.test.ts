import { describe, expect, it } from 'vitest'
import { type Block, NOTHING } from '../../../core/remote-write/block.ts'
import type { Queued } from '../../../core/remote-write/queue/queue.ts'
import { createFakeDisk } from '../../support/fake-segments.ts'
import { drain, give, keys, made, type QueueRig, type Shape, startQueue, visible } from './queue-rig.ts'

function add(rig: QueueRig, ...shapes: Shape[]): Block[] {
  return shapes.map((shape) => {
    const block = made(shape, rig.clock.now())
    give(rig.queue, block)
    return block.block
  })
}

const ids = (count: number, from = 0): Shape[] => Array.from({ length: count }, (_, i) => ({ id: from + i }))
const samples = (rig: QueueRig, reason: string): number => rig.lost.get(reason)?.samples ?? 0

describe('the queue in memory', () => {
  it('keeps blocks in order until they are acknowledged, from wherever', async () => {
    const rig = startQueue({ persistence: 'off' })
    await rig.clock.settle()
    const blocks = add(rig, ...ids(300))
    for (const n of [3, 0, 5]) rig.queue.acknowledge(rig.queue.peek(n) as Queued)
    const left = [1, 2, 4, 5, 6, 8].map((i) => blocks[i])
    expect(
      visible(rig.queue)
        .slice(0, 6)
        .map(({ block }) => block),
    ).toEqual(left)
    expect([rig.queue.blocks, rig.queue.pending.samples]).toEqual([297, 2970])
    expect(await drain(rig)).toHaveLength(297)
    expect([rig.queue.blocks, rig.queue.bytes, rig.queue.empty]).toEqual([0, 0, true])
    expect(rig.queue.pending).toEqual(NOTHING)
  })

  it('drops the oldest beyond its bytes, but none that is being sent', async () => {
    const size = made({ id: 1, bytes: 1000 }, 0).block.body.buffer.byteLength
    const rig = startQueue({ persistence: 'off', maxMemoryBytes: 10 * size })
    await rig.clock.settle()
    const blocks = add(rig, ...ids(10).map((shape) => ({ ...shape, bytes: 1000 })))
    for (const n of [0, 2]) (rig.queue.peek(n) as Queued).inFlight = true
    blocks.push(...add(rig, ...ids(3, 10).map((shape) => ({ ...shape, bytes: 1000 }))))
    expect(samples(rig, 'queue_full')).toBe(30)
    expect(visible(rig.queue).map(({ block }) => blocks.indexOf(block))).toEqual([0, 2, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(rig.queue.bytes).toBeLessThanOrEqual(10 * size)
  })

  it('drops what is too old, but nothing that is being sent', async () => {
    const rig = startQueue({ persistence: 'off', maxAge: 100 })
    await rig.clock.settle()
    const now = rig.clock.now()
    add(rig, ...Array.from({ length: 6 }, (_, id) => ({ id, createdAt: now - 95 + id })))
    for (const n of [1, 3]) (rig.queue.peek(n) as Queued).inFlight = true
    await rig.clock.advance(10)
    rig.queue.trim()
    expect(samples(rig, 'too_old_in_queue')).toBe(30)
    expect(visible(rig.queue).map(({ block }) => block.createdAt - now + 95)).toEqual([1, 3, 5])
  })

  it('reads what an earlier run left, although it writes nothing', async () => {
    const before = startQueue()
    await before.clock.settle()
    const blocks = add(before, ...ids(3))
    await before.clock.settle()
    const rig = startQueue({ persistence: 'off' }, before.disk.copy(), before.clock)
    const { steps } = rig.disk
    blocks.push(...add(rig, ...ids(3, 3)))
    expect(keys(await drain(rig))).toEqual(keys(blocks))
    expect(rig.queue.empty).toBe(true)
    // All that happened is that the segment was removed.
    expect(rig.disk.steps - steps).toBe(1)
  })
})

describe('the queue on disk', () => {
  it('delivers what was left, as it was, before anything new', async () => {
    const before = startQueue()
    await before.clock.settle()
    const blocks = add(
      before,
      ...ids(5).map((shape) => ({ ...shape, parts: 3, protocol: '2.0' as const })),
      ...ids(5, 5),
    )
    await before.clock.settle()
    const rig = startQueue({}, before.disk.copy(), before.clock)
    blocks.push(...add(rig, ...ids(2, 10)))
    await rig.clock.settle()
    expect(rig.queue.pending.samples).toBe(15 * 10 + 70)
    const seen = visible(rig.queue)
    expect(seen.map(({ block }) => ({ ...block, body: [...block.body] }))).toEqual(
      blocks.map((block) => ({ ...block, body: [...block.body] })),
    )
    expect(seen.findIndex(({ run }) => run !== seen[0].run)).toBe(10)
    expect(seen[11].run).toBeGreaterThan(seen[0].run)
  })

  it('delivers what was given of a block that was open', async () => {
    const before = startQueue()
    await before.clock.settle()
    const { parts } = made({ id: 7, parts: 4, protocol: '2.0' }, before.clock.now())
    const expected = made({ id: 7, parts: 3, protocol: '2.0' }, before.clock.now())
    for (const part of parts.slice(0, 3)) {
      expect(before.queue.wantsParts).toBe(true)
      before.queue.grow(part)
      await before.clock.settle()
    }
    const rig = startQueue({}, before.disk.copy(), before.clock)
    await rig.clock.settle()
    expect(visible(rig.queue).map(({ block }) => block)).toEqual([expected.block])
  })

  it('keeps the parts of a block together, although a segment is full when an acknowledgement is written in between', async () => {
    const before = startQueue({ maxDiskBytes: 16 * 1024 })
    await before.clock.settle()
    add(before, { id: 0 })
    await before.clock.settle()
    const { parts, block } = made({ id: 1, parts: 3, bytes: 2000 }, before.clock.now())
    expect(before.queue.wantsParts).toBe(true)
    before.queue.grow(parts[0])
    await before.clock.settle()
    before.queue.acknowledge(before.queue.peek(0) as Queued)
    await before.clock.advance(100)
    before.queue.grow(parts[1])
    await before.clock.settle()
    before.queue.append(block, parts[2])
    await before.clock.settle()
    const rig = startQueue({}, before.disk.copy(), before.clock)
    await rig.clock.settle()
    expect(rig.queue.pending).toEqual(block.counts)
    expect(keys(await drain(rig))).toEqual(keys([block]))
  })

  it('remembers what was acknowledged, and in which order the rest stands', async () => {
    const before = startQueue()
    await before.clock.settle()
    const blocks = add(before, ...ids(10))
    await before.clock.settle()
    for (const n of [7, 4, 0, 0]) before.queue.acknowledge(before.queue.peek(n) as Queued)
    await before.clock.advance(50)
    const rig = startQueue({}, before.disk.copy(), before.clock)
    expect(keys(await drain(rig))).toEqual(keys([2, 3, 5, 6, 8, 9].map((i) => blocks[i])))
    expect(rig.lost.size).toBe(0)
  })

  it('leaves nothing on disk when everything was delivered', async () => {
    const rig = startQueue()
    await rig.clock.settle()
    add(rig, ...ids(10))
    await drain(rig)
    expect(await rig.queue.close(1000)).toEqual({ kept: NOTHING, lost: NOTHING })
    expect([...(rig.disk.directories.get('queue') ?? [])]).toEqual([])
  })

  it('spills what has waited, and everything after it', async () => {
    const rig = startQueue({ persistence: 'spill', spillDelay: 1000 })
    await rig.clock.settle()
    const { steps } = rig.disk
    add(rig, ...ids(3))
    await rig.clock.advance(999)
    expect(rig.disk.steps).toBe(steps)
    expect(rig.queue.wantsParts).toBe(false)
    await rig.clock.advance(1)
    expect(rig.disk.steps).toBeGreaterThan(steps)
    expect(rig.queue.wantsParts).toBe(true)
    add(rig, ...ids(2, 3))
    await rig.clock.settle()
    const next = startQueue({}, rig.disk.copy(), rig.clock)
    expect(await drain(next)).toHaveLength(5)
    // The receiver is back: what comes is kept in memory again.
    await drain(rig)
    expect(rig.queue.wantsParts).toBe(false)
  })

  it('writes at the end what is in memory alone', async () => {
    const rig = startQueue({ persistence: 'spill' })
    await rig.clock.settle()
    const blocks = add(rig, ...ids(5))
    const closing = rig.queue.close(5000)
    await rig.clock.settle()
    const { kept, lost } = await closing
    expect([kept.samples, lost]).toEqual([50, NOTHING])
    const next = startQueue({}, rig.disk.copy(), rig.clock)
    expect(keys(await drain(next))).toEqual(keys(blocks))
  })

  it('keeps within its memory, and reads the rest back in order', async () => {
    const maxMemoryBytes = 400_000
    const rig = startQueue({ maxMemoryBytes })
    await rig.clock.settle()
    const blocks: Block[] = []
    let most = 0
    for (let id = 0; id < 100; id++) {
      blocks.push(...add(rig, { id, bytes: 10_000 }))
      await rig.clock.settle()
      most = Math.max(most, rig.queue.bytes)
    }
    expect(most).toBeLessThanOrEqual(maxMemoryBytes)
    expect(rig.queue.pending.samples).toBe(1000)
    expect(rig.queue.blocks).toBeLessThan(40)
    expect(keys(await drain(rig))).toEqual(keys(blocks))
    expect(rig.lost.size).toBe(0)
    expect(rig.queue.pending).toEqual(NOTHING)
  })

  it('drops the oldest segments beyond its room on disk', async () => {
    const rig = startQueue({ maxDiskBytes: 1_000_000, maxMemoryBytes: 200_000 })
    await rig.clock.settle()
    const blocks: Block[] = []
    for (let id = 0; id < 300; id++) {
      blocks.push(...add(rig, { id, bytes: 10_000 }))
      await rig.clock.settle()
    }
    expect(rig.queue.diskBytes).toBeLessThanOrEqual(1_000_000 + 20_000)
    const left = await drain(rig)
    expect(samples(rig, 'queue_full') + left.length * 10).toBe(3000)
    expect(left.length).toBeGreaterThan(80)
    expect(keys(left)).toEqual(keys(blocks).slice(-left.length))
  })

  it('goes on in memory when the disk is full, and writes what is there when it is not', async () => {
    const disk = createFakeDisk()
    const rig = startQueue({}, disk)
    await rig.clock.settle()
    disk.capacity = 2_000
    const blocks = add(rig, ...ids(20).map((shape) => ({ ...shape, bytes: 500 })))
    await rig.clock.settle()
    expect(rig.queue.disk).toBe('failing')
    expect(rig.queue.wantsParts).toBe(false)
    await rig.clock.advance(10_000)
    expect(rig.log.messages().filter((line) => line.includes('fails'))).toHaveLength(1)
    disk.capacity = Number.POSITIVE_INFINITY
    await rig.clock.advance(60_000)
    expect(rig.queue.disk).toBe('working')
    const next = startQueue({}, rig.disk.copy(), rig.clock)
    expect(keys(await drain(next))).toEqual(keys(blocks))
    expect(next.lost.size).toBe(0)
  })
})
