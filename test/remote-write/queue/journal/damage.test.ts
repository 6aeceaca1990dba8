/** Files of a queue in which bits flip, bytes are missing or foreign, or that are there twice. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../core/remote-write/block.ts'
import { createBytes } from '../../../../core/remote-write/encoding/bytes.ts'
import { writeAcknowledged, writeBlock } from '../../../../core/remote-write/queue/journal/record.ts'
import { parseSegmentName, segmentName } from '../../../../core/remote-write/queue/journal/segment.ts'
import type { Queued } from '../../../../core/remote-write/queue/queue.ts'
import { createFakeDisk, diskError, type FakeDisk } from '../../../support/fake-segments.ts'
import { DIRECTORY, drain, give, keys, made, type Shape, startQueue } from '../queue-rig.ts'
import { expectedOf } from './oracle.ts'

interface Kept {
  readonly disk: FakeDisk
  /** Samples that were neither acknowledged. */
  readonly samples: number
}

/** What two runs left: blocks as a whole and in parts, in several segments, some of them acknowledged. */
async function kept(shapes: readonly Shape[], acknowledged: readonly number[]): Promise<Kept> {
  let disk = createFakeDisk()
  const half = shapes.length >> 1
  for (const some of [shapes.slice(0, half), shapes.slice(half)]) {
    const rig = startQueue({ maxDiskBytes: 24 * 1024 }, disk)
    await rig.clock.settle()
    for (const shape of some) {
      give(rig.queue, made(shape, rig.clock.now()))
      await rig.clock.settle()
    }
    for (const at of acknowledged) {
      const queued: Queued | undefined = rig.queue.peek(at)
      if (queued !== undefined) rig.queue.acknowledge(queued)
    }
    await rig.clock.advance(60)
    disk = rig.disk.copy()
  }
  const samples = expectedOf(disk).reduce((sum, block) => sum + block.samples, 0)
  return { disk, samples }
}

type Damage =
  | { readonly do: 'flip'; readonly at: number; readonly bit: number }
  | { readonly do: 'cut'; readonly at: number; readonly length: number }
  | { readonly do: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly do: 'truncate'; readonly at: number }

/** Does it to one of the files; returns how to ask whether bytes of it (as it was) survived. */
function damage(disk: FakeDisk, file: number, what: Damage): (name: string, start: number, end: number) => boolean {
  const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
  const [name, bytes] = [...files][file % files.size]
  const at = bytes.length === 0 ? 0 : Math.floor(what.at * bytes.length)
  const spared = (from: number, to: number) => (of: string, start: number, end: number) =>
    of !== name || end <= from || start >= to
  if (what.do === 'flip') {
    const flipped = bytes.slice()
    flipped[at] ^= 1 << what.bit
    files.set(name, flipped)
    return spared(at, at + 1)
  }
  const [keep, rest] =
    what.do === 'truncate'
      ? [at, bytes.length]
      : what.do === 'cut'
        ? [at, Math.min(bytes.length, at + what.length)]
        : [at, at]
  const between = what.do === 'insert' ? what.bytes : new Uint8Array(0)
  const after = Uint8Array.from([...bytes.subarray(0, keep), ...between, ...bytes.subarray(rest)])
  files.set(name, after)
  if (what.do !== 'insert') return spared(keep, rest)
  // What is inserted between two records damages none, nor does a zero among those at the end of one.
  const same = (start: number, end: number): boolean =>
    bytes.subarray(start, end).every((byte, i) => after[start + i] === byte)
  return (of, start, end) => of !== name || end <= at || start >= at || same(start, end)
}

const shape = fc.record({
  bytes: fc.integer({ min: 8, max: 200 }),
  parts: fc.integer({ min: 1, max: 3 }),
  protocol: fc.constantFrom('1.0' as const, '2.0' as const),
})
const shapes: fc.Arbitrary<Shape[]> = fc
  .array(shape, { minLength: 6, maxLength: 30 })
  .map((all) => all.map((one, id) => ({ ...one, id })))
const at = fc.double({ min: 0, max: 0.9999, noNaN: true })
const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ do: fc.constant('flip' as const), at, bit: fc.nat(7) }),
  fc.record({ do: fc.constant('cut' as const), at, length: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ do: fc.constant('insert' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }) }),
  fc.record({ do: fc.constant('truncate' as const), at }),
)
const acknowledged = fc.array(fc.nat(6), { maxLength: 4 })

async function recovered(disk: FakeDisk): Promise<{ blocks: Block[]; lost: number; corruptions: number }> {
  const rig = startQueue({}, disk)
  const blocks = await drain(rig)
  expect(rig.queue.pending.samples).toBe(0)
  expect(rig.queue.empty).toBe(true)
  return { blocks, lost: rig.lost.get('corrupt')?.samples ?? 0, corruptions: rig.queue.corruptions }
}

const samplesOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { counts }) => sum + counts.samples, 0)

describe('a queue whose files are damaged', () => {
  it('delivers all that is intact and nothing else, in order, and counts what it knows to be lost', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, acknowledged, fc.nat(20), anyDamage, async (shapes, acknowledged, file, what) => {
        const { disk, samples } = await kept(shapes, acknowledged)
        const before = disk.copy()
        const survives = damage(disk, file, what)
        const expected = expectedOf(before, survives)
        const { blocks, lost } = await recovered(disk)
        expect(keys(blocks)).toEqual(keys(expected as unknown as Block[]))
        // Of a record whose header is damaged as well, nobody knows how much was in it; an acknowledgement may be lost, too.
        const all = expectedOf(before, (name, start, end) => survives(name, start, end) || true)
        expect(samplesOf(blocks) + lost).toBeLessThanOrEqual(Math.max(samples, samplesOf(blocks)))
        expect(all.reduce((sum, block) => sum + block.samples, 0)).toBe(samples)
      }),
      { numRuns: 200 },
    )
  }, 120_000)

  it('counts all that is in a damaged payload', async () => {
    const { disk, samples } = await kept(
      Array.from({ length: 20 }, (_, id) => ({ id, bytes: 100, parts: 1 + (id % 3), protocol: '2.0' as const })),
      [],
    )
    const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
    for (const bytes of files.values()) {
      const view = new DataView(bytes.buffer)
      for (let at = 0, n = 0; at + 96 <= bytes.length; n++) {
        const payload = view.getUint32(at + 12, true) + view.getUint32(at + 16, true) + view.getUint32(at + 20, true)
        const end = at + Math.ceil((96 + payload) / 4) * 4
        if (n % 4 === 1) bytes[end - 1] ^= 0xff
        at = end
      }
    }
    const { blocks, lost, corruptions } = await recovered(disk)
    expect(lost).toBeGreaterThan(0)
    expect(corruptions).toBeGreaterThan(0)
    expect(samplesOf(blocks) + lost).toBe(samples)
  })

  it('takes segments that are there twice once, where they belong', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, acknowledged, fc.nat(20), fc.nat(40), async (shapes, acknowledged, file, index) => {
        const { disk } = await kept(shapes, acknowledged)
        const expected = expectedOf(disk)
        const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
        const [name, bytes] = [...files][file % files.size]
        const run = parseSegmentName(name)?.run ?? 0
        const copy = segmentName(run, index)
        if (!files.has(copy)) files.set(copy, bytes.slice())
        const { blocks, lost } = await recovered(disk)
        expect(keys(blocks)).toEqual(keys(expected as unknown as Block[]))
        expect(lost).toBe(0)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('takes from a copy what is damaged in one of them', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(20), fc.nat(40), fc.boolean(), at, async (shapes, file, index, first, place) => {
        const { disk } = await kept(shapes, [])
        const expected = expectedOf(disk)
        const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
        const [name, bytes] = [...files][file % files.size]
        const copy = segmentName(parseSegmentName(name)?.run ?? 0, index)
        if (files.has(copy) || bytes.length === 0) return
        files.set(copy, bytes.slice())
        const damaged = files.get(first ? name : copy) as Uint8Array
        damaged[Math.floor(place * damaged.length)] ^= 4
        const { blocks, lost } = await recovered(disk)
        expect(keys(blocks)).toEqual(keys(expected as unknown as Block[]))
        expect(lost).toBe(0)
      }),
      { numRuns: 80 },
    )
  }, 60_000)

  it('finds a block behind one that was acknowledged and is shorter now', async () => {
    const before = startQueue()
    await before.clock.settle()
    const [first, second] = [{ id: 0, bytes: 200 }, { id: 1 }].map((shape) => made(shape, before.clock.now()))
    for (const block of [first, second]) give(before.queue, block)
    await before.clock.settle()
    before.queue.acknowledge(before.queue.peek(0) as Queued)
    await before.clock.advance(60)
    const disk = before.disk.copy()
    const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
    const [[name, bytes]] = [...files]
    files.set(name, Uint8Array.from([...bytes.subarray(0, 110), ...bytes.subarray(150)]))
    const { blocks } = await recovered(disk)
    expect(keys(blocks)).toEqual(keys([second.block]))
  })

  it('takes from the next segment what was written again after a write failed', async () => {
    for (const damaged of [undefined, 0, 1]) {
      const disk = createFakeDisk()
      const rig = startQueue({}, disk)
      await rig.clock.settle()
      const shapes = Array.from({ length: 5 }, (_, id) => ({ id, bytes: 50 }))
      const blocks = shapes.map((shape) => made(shape, rig.clock.now()))
      const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
      const [name] = [...files.keys()]
      for (const block of blocks.slice(0, 2)) give(rig.queue, block)
      await rig.clock.settle()
      const length = files.get(name)?.length ?? 0
      // All of it is written, and said not to be.
      for (const block of blocks.slice(2, 4)) give(rig.queue, block)
      await rig.clock.settle()
      const written = files.get(name) as Uint8Array<ArrayBuffer>
      files.set(name, written.slice(0, length))
      const again = startQueue({}, createFakeDisk())
      await again.clock.settle()
      const failing = again.disk
      let once = true
      failing.failing = (operation) => {
        if (operation !== 'append' || !once || (failing.directories.get(DIRECTORY)?.size ?? 0) === 0) return undefined
        const mine = failing.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
        const [first, bytes] = [...mine][0]
        if (bytes.length < length) return undefined
        once = false
        mine.set(first, written.slice())
        return diskError('EIO', 'i/o error, write')
      }
      for (const some of [blocks.slice(0, 2), blocks.slice(2, 4), blocks.slice(4)]) {
        for (const block of some) give(again.queue, block)
        await again.clock.advance(3_000)
      }
      const mine = failing.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
      expect(mine.size).toBe(2)
      expect(once).toBe(false)
      if (damaged !== undefined) {
        const copy = [...mine.values()][damaged]
        copy[damaged === 0 ? length + 96 + 20 : 96 + 20] ^= 1
      }
      const { blocks: all, lost } = await recovered(failing.copy())
      expect(keys(all)).toEqual(keys(blocks.map(({ block }) => block)))
      expect(lost).toBe(0)
    }
  })

  it('removes segments of which all is done but blocks that were never written', async () => {
    const out = createBytes(0)
    const { block } = made({ id: 1 }, 0)
    const contents = { head: block.body, headRawBytes: block.rawBytes, tail: new Uint8Array(0), tailRawBytes: 0 }
    writeBlock(out, 5, 1, undefined, block, contents)
    writeAcknowledged(out, 5, [{ run: 5, ranges: [[1, 2]] }])
    const disk = createFakeDisk()
    disk.directories.set(DIRECTORY, new Map([[segmentName(5, 0), out.bytes.slice(0, out.length)]]))
    const { blocks } = await recovered(disk)
    expect(blocks).toEqual([])
    expect(disk.directories.get(DIRECTORY)?.has(segmentName(5, 0))).toBe(false)
  })

  it('leaves alone what is not its own', async () => {
    const { disk } = await kept([{ id: 1 }, { id: 2 }], [])
    const expected = expectedOf(disk)
    const files = disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>
    for (const name of ['notes.txt', '1-2.blocks', '9999999999999999-00000001.blocks', 'lost+found'])
      files.set(name, Uint8Array.of(1, 2, 3))
    const { blocks } = await recovered(disk)
    expect(keys(blocks)).toEqual(keys(expected as unknown as Block[]))
    expect([...files.keys()]).toEqual(expect.arrayContaining(['notes.txt', '1-2.blocks', 'lost+found']))
  })

  it('survives any bytes at all, also such as look like records', async () => {
    const { disk } = await kept([{ id: 1, parts: 2 }, { id: 2 }], [0])
    const [[, sample]] = [...(disk.directories.get(DIRECTORY) as Map<string, Uint8Array<ArrayBuffer>>)]
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(Uint8Array.of(0xf5, 0x8b, 0xd2, 0x1c, 1, 1, 1, 0)),
      fc
        .tuple(fc.nat(sample.length), fc.nat(sample.length))
        .map(([a, b]) => sample.subarray(Math.min(a, b), Math.max(a, b))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), async (pieces, count) => {
        const bytes = Uint8Array.from(pieces.flatMap((one) => [...one]))
        const any = createFakeDisk()
        const names = [...(disk.directories.get(DIRECTORY) as Map<string, unknown>).keys()]
        any.directories.set(DIRECTORY, new Map(names.slice(0, count).map((name) => [name, bytes.slice()])))
        let read = 0
        const open = any.open
        any.open = async (path) => {
          const directory = await open(path)
          return {
            ...directory,
            async read(name, offset, length) {
              read = Math.max(read, length)
              expect(offset + length).toBeLessThanOrEqual(bytes.length)
              return directory.read(name, offset, length)
            },
          }
        }
        await recovered(any)
        expect(read).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
