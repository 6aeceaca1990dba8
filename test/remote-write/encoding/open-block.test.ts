import { describe, expect, it } from 'vitest'
import { labelsFrom } from '../../../core/labels/labels.ts'
import type { Block } from '../../../core/remote-write/block.ts'
import { labelBytes } from '../../../core/remote-write/encoding/label-bytes.ts'
import type { Load } from '../../../core/remote-write/encoding/load.ts'
import { createMessages } from '../../../core/remote-write/encoding/messages.ts'
import { createOpenBlock } from '../../../core/remote-write/encoding/open-block.ts'
import { NO_LOAD } from '../../../core/remote-write/encoding/taken.ts'
import { decodeWriteRequest, uncompress } from '../../support/remote-write-decoder.ts'

/** Series numbered from 0, each with a label of the given length. */
function loadOf(paddings: number[]): Load {
  const messages = createMessages()
  paddings.forEach((padding, i) => {
    const labels = labelsFrom([
      ['__name__', 'm'],
      ['i', String(i)],
      ['padding', 'x'.repeat(padding)],
    ])
    messages.add(i + 1, labelBytes(labels), undefined)
  })
  const { arena, entries } = messages
  return { ...NO_LOAD, arena, ends: entries.ends, runs: Uint32Array.of(0, paddings.length), runCount: 1 }
}

function start(maxSamples: number, maxRawBytes = 1e9) {
  const blocks: Block[] = []
  const open = createOpenBlock(
    () => ({ maxSamples, maxRawBytes }),
    () => 0,
    { opened: () => undefined, parts: () => false, grew: () => undefined, finished: (block) => blocks.push(block) },
  )
  const facts = { orders: new Set([1]), minTimestamp: 5, maxTimestamp: 6 }
  return { open, blocks, begin: (load: Load) => open.begin(load, facts) }
}

function finish(open: ReturnType<typeof start>['open']): void {
  while (open.step());
}

function numbers({ body }: Block): number[] {
  return decodeWriteRequest(body).series.map(({ labels }) => Number(labels.get('i')))
}

describe('the open block', () => {
  it('cuts a load that is larger than what is left, between two series', () => {
    const { open, blocks, begin } = start(400)
    const paddings = Array.from({ length: 900 }, (_, i) => (i * 37) % 400)
    begin(loadOf(paddings))
    finish(open)
    expect(blocks.map(({ counts }) => counts.samples)).toEqual([400, 400])
    expect(open.counts.samples).toBe(100)
    open.close()
    expect(blocks.flatMap(numbers)).toEqual(paddings.map((_, i) => i))
    for (const { body, rawBytes } of blocks) expect(uncompress(body).length).toBe(rawBytes)
    expect(blocks[0]).toMatchObject({ minTimestamp: 5, maxTimestamp: 6, orders: new Set([1]) })
  })

  it('ends a request of very long labels early', () => {
    const { open, blocks, begin } = start(2000, 16_000)
    begin(loadOf(Array.from({ length: 20 }, () => 1390)))
    finish(open)
    open.close()
    expect(blocks.map(({ counts }) => counts.samples)).toEqual([11, 9])
    for (const { rawBytes } of blocks) expect(rawBytes).toBeLessThanOrEqual(16_000)
    expect(blocks.flatMap(numbers)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('takes a single series that is longer than a request should be', () => {
    const { open, blocks, begin } = start(2000, 16_000)
    begin(loadOf([10, 16_000, 10]))
    finish(open)
    open.close()
    expect(blocks.map(numbers)).toEqual([[0], [1], [2]])
  })

  it('that is told to close in the middle of a series closes after it', () => {
    const { open, blocks, begin } = start(2000)
    begin(loadOf([10, 300_000, 10]))
    expect(open.step()).toBe(true)
    open.close()
    expect(blocks).toHaveLength(0)
    finish(open)
    open.close()
    expect(blocks.flatMap(numbers)).toEqual([0, 1, 2])
  })

  it('fills the bodies it gets back again, and no others', () => {
    const { open, blocks, begin } = start(100)
    const load = loadOf(Array.from({ length: 100 }, () => 50))
    for (let i = 0; i < 3; i++) {
      begin(load)
      finish(open)
    }
    expect(new Set(blocks.map(({ body }) => body.buffer)).size).toBe(3)
    open.recycle(blocks[1].body)
    begin(load)
    finish(open)
    expect(blocks[3].body.buffer).toBe(blocks[1].body.buffer)
    expect(numbers(blocks[3])).toHaveLength(100)
    begin(load)
    finish(open)
    expect(new Set(blocks.map(({ body }) => body.buffer)).size).toBe(4)
  })
})
