/** What may happen between two steps of a queue that reads, drops or closes: found by reading the code, kept as tests. */
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../core/remote-write/block.ts'
import { createFakeDisk, diskError, type FakeDisk } from '../../support/fake-segments.ts'
import { DIRECTORY, drain, give, keys, made, type QueueRig, startQueue } from './queue-rig.ts'

async function fill(rig: QueueRig, from: number, to: number, bytes: number): Promise<Block[]> {
  const all: Block[] = []
  for (let id = from; id < to; id++) {
    const block = made({ id, bytes }, rig.clock.now())
    give(rig.queue, block)
    all.push(block.block)
    await rig.clock.settle()
  }
  return all
}

/** What a run leaves that is killed, in several files. */
async function left(blocks: number): Promise<{ readonly disk: FakeDisk; readonly all: Block[] }> {
  const rig = startQueue({ maxDiskBytes: 240_000 })
  await rig.clock.settle()
  const all = await fill(rig, 0, blocks, 4_000)
  return { disk: rig.disk.copy(), all }
}

const filesOf = (disk: FakeDisk): string[] => [...(disk.directories.get(DIRECTORY) ?? [])].map(([name]) => name)

describe('a queue between two steps', () => {
  it('keeps the order when a block comes while an older one is on its way from the disk, at whatever instant', async () => {
    const before = startQueue()
    await before.clock.settle()
    const old = await fill(before, 0, 2, 100)
    for (let instants = 0; instants < 150; instants++) {
      const rig = startQueue({}, before.disk.copy())
      for (let i = 0; i < instants; i++) await undefined
      const fresh = made({ id: 9 }, rig.clock.now())
      give(rig.queue, fresh)
      expect([instants, ...keys(await drain(rig))]).toEqual([instants, ...keys([...old, fresh.block])])
    }
  })

  it('does not keep files because of blocks that were dropped', async () => {
    for (let blocks = 16; blocks < 20; blocks++) {
      const rig = startQueue({ maxMemoryBytes: 200_000, maxDiskBytes: 240_000 })
      await rig.clock.settle()
      await fill(rig, 0, blocks, 10_000)
      // All but the newest file goes, and with it what was on disk alone.
      rig.settings.maxDiskBytes = 10_000
      rig.queue.trim()
      rig.settings.maxDiskBytes = 2_000_000
      await drain(rig)
      for (let id = 100; id < 200; id += 10) {
        await fill(rig, id, id + 10, 10_000)
        await drain(rig)
      }
      expect([blocks, rig.queue.diskBytes < 300_000]).toEqual([blocks, true])
      await rig.queue.close(1_000)
      expect(filesOf(rig.disk)).toEqual([])
    }
  })

  it('reads no more of what was left once it is closed', async () => {
    const { disk } = await left(40)
    expect(filesOf(disk).length).toBeGreaterThan(4)
    let reads = 0
    disk.waiting = (of) => {
      if (of === 'read') reads++
      return undefined
    }
    const rig = startQueue({}, disk)
    while (reads === 0) await undefined
    const closing = rig.queue.close(1_000)
    await rig.clock.advance(1_000)
    await closing
    await rig.clock.advance(60_000)
    expect(reads).toBeLessThan(5)
  })

  it('does not look at every file of a disk that hangs before it goes on', async () => {
    const { disk } = await left(40)
    disk.waiting = (of) => (of === 'read' ? new Promise(() => undefined) : undefined)
    const rig = startQueue({}, disk)
    await fill(rig, 50, 52, 100)
    await rig.clock.advance(120_000)
    expect(rig.queue.blocks).toBe(2)
    expect(rig.queue.corruptions).toBe(filesOf(disk).length - 1)
    expect(rig.log.messages().length).toBeLessThan(10)
  })

  for (const [when, failsAfter] of [
    ['when it is looked at', 0],
    ['when its blocks are read', 10_000],
  ] as const) {
    it(`leaves a file that can not be read ${when} to the next run, and needs no room for those behind it`, async () => {
      const { disk, all } = await left(40)
      const names = filesOf(disk)
      const files = new Map(disk.directories.get(DIRECTORY))
      let since = Number.POSITIVE_INFINITY
      const rig = startQueue({ maxMemoryBytes: 40_000, maxDiskBytes: 2_000_000 }, disk)
      disk.failing = (of, name) =>
        of === 'read' && name === names[2] && rig.clock.monotonic() >= since ? diskError('EIO', 'no') : undefined
      if (failsAfter === 0) since = 0
      await rig.clock.advance(failsAfter)
      since = 0
      const delivered = keys(await drain(rig))
      // It is tried three times.
      await rig.clock.advance(3_000)
      delivered.push(...keys(await drain(rig)))
      expect(rig.queue.corruptions).toBe(1)
      expect(delivered.length).toBeGreaterThan(25)
      const last = await fill(rig, 90, 91, 100)
      await rig.clock.advance(100)
      await rig.queue.close(1_000)
      // Of the old ones only that is still there, as it was.
      expect(filesOf(disk).filter((name) => names.includes(name))).toEqual([names[2]])
      expect(disk.directories.get(DIRECTORY)?.get(names[2])).toEqual(files.get(names[2]))
      disk.failing = undefined
      const rest = keys(await drain(startQueue({}, disk, rig.clock)))
      expect(rest.length).toBeGreaterThan(1)
      expect(new Set([...delivered, ...rest])).toEqual(new Set(keys([...all, ...last])))
    })
  }

  it('waits for a directory that is about to open before it gives up at the end what it was given', async () => {
    const disk = createFakeDisk()
    const rig = startQueue({}, disk)
    disk.waiting = (of) =>
      of === 'list' ? new Promise((resolve) => void rig.clock.wake(rig.clock.monotonic() + 500, resolve)) : undefined
    const all = await fill(rig, 0, 3, 100)
    const closing = rig.queue.close(1_000)
    await rig.clock.advance(1_000)
    expect(await closing).toMatchObject({ kept: { samples: 30 }, lost: { samples: 0 } })
    expect(keys(await drain(startQueue({}, disk.copy())))).toEqual(keys(all))
  })

  it('gives back its file when it is closed without having anything to write', async () => {
    const disk = createFakeDisk()
    const rig = startQueue({}, disk)
    await rig.clock.settle()
    await fill(rig, 0, 1, 100)
    rig.settings.persistence = 'off'
    expect(disk.writers).toBe(1)
    await rig.queue.close(1_000)
    await rig.clock.settle()
    expect(disk.writers).toBe(0)
  })
})
