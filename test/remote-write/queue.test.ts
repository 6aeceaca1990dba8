import { describe, expect, it } from 'vitest'
import type { Block } from '../../core/remote-write/block.ts'
import { createQueue, type Queue } from '../../core/remote-write/queue.ts'

function block(createdAt: number, bytes = 100, samples = 10): Block {
  return {
    body: new Uint8Array(bytes),
    samples,
    rawBytes: bytes * 10,
    minTimestamp: createdAt,
    maxTimestamp: createdAt,
    orders: new Set([1]),
    createdAt,
  }
}

function start(limits: Partial<{ maxBytes: number; minSamples: number; maxAge: number }> = {}) {
  const lost: string[] = []
  const clock = { now: 0 }
  const queue = createQueue(
    () => ({ maxBytes: 1000, minSamples: 0, maxAge: 1_000_000, ...limits }),
    () => clock.now,
    ({ createdAt }, reason) => lost.push(`${createdAt} ${reason}`),
  )
  return { clock, lost, queue }
}

function waiting(queue: Queue): number[] {
  return Array.from({ length: queue.blocks }, (_, i) => queue.peek(i)?.block.createdAt ?? Number.NaN)
}

describe('the queue', () => {
  it('keeps blocks in order until they are acknowledged, from wherever', () => {
    const { queue } = start({ maxBytes: 1e9 })
    for (let i = 0; i < 300; i++) queue.append(block(i))
    for (const n of [3, 0, 5]) queue.acknowledge(queue.peek(n) as NonNullable<ReturnType<Queue['peek']>>)
    expect(waiting(queue).slice(0, 6)).toEqual([1, 2, 4, 5, 6, 8])
    expect([queue.blocks, queue.samples, queue.bytes]).toEqual([297, 2970, 29_700])
    for (let entry = queue.peek(0); entry !== undefined; entry = queue.peek(0)) queue.acknowledge(entry)
    expect([queue.blocks, queue.samples, queue.bytes]).toEqual([0, 0, 0])
  })

  it('drops the oldest beyond its bytes, but none that is being sent', () => {
    const { queue, lost } = start()
    for (let i = 0; i < 10; i++) queue.append(block(i))
    for (const n of [0, 2]) (queue.peek(n) as { inFlight: boolean }).inFlight = true
    for (let i = 10; i < 13; i++) queue.append(block(i))
    expect(lost).toEqual(['1 queue_full', '3 queue_full', '4 queue_full'])
    expect(waiting(queue)).toEqual([0, 2, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(queue.bytes).toBe(1000)
  })

  it('keeps capacity times max_shards samples, however many bytes they take', () => {
    const { queue, lost } = start({ minSamples: 120 })
    for (let i = 0; i < 12; i++) queue.append(block(i))
    expect(lost).toEqual([])
    queue.append(block(12))
    expect(lost).toEqual(['0 queue_full'])
  })

  it('counts the memory of a body, not only the part that is used', () => {
    const { queue } = start()
    queue.append({ ...block(0), body: new Uint8Array(new ArrayBuffer(500), 0, 10) })
    expect(queue.bytes).toBe(500)
  })

  it('drops what is too old, but nothing that is being sent', () => {
    const rig = start({ maxAge: 100 })
    for (let i = 0; i < 6; i++) rig.queue.append(block(i))
    for (const n of [1, 3]) (rig.queue.peek(n) as { inFlight: boolean }).inFlight = true
    rig.clock.now = 105
    rig.queue.trim()
    expect(rig.lost).toEqual(['0 too_old_in_queue', '2 too_old_in_queue', '4 too_old_in_queue'])
    expect(waiting(rig.queue)).toEqual([1, 3, 5])
  })
})
