import { describe, expect, it } from 'vitest'
import { type Broadcasts, createBroadcasts, enqueue, take } from '../../../core/cluster/membership/broadcasts.ts'

/** A message of `length` bytes that starts with `id`. */
function message(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes[0] = id
  return bytes
}

function ids(queue: Broadcasts, maxBytes: number, limit = 4, finished: number[] = [], maxCount = 1_000): number[] {
  const out: Uint8Array[] = []
  const used = take(queue, limit, maxBytes, maxCount, out, finished)
  expect(used).toBe(out.reduce((sum, bytes) => sum + bytes.length + 2, 0))
  return out.map((bytes) => bytes[0])
}

function queueOf(...lengths: number[]): Broadcasts {
  const queue = createBroadcasts(100)
  for (const [i, length] of lengths.entries()) enqueue(queue, `k${i}`, message(i, length), undefined, [])
  return queue
}

describe('the order of broadcasts', () => {
  it('takes what fits: the larger first, of equal ones the newer', () => {
    const queue = queueOf(10, 30, 10, 20)
    expect(ids(queue, 32 + 22 + 12)).toEqual([1, 3, 2])
  })

  it('takes those first that were handed out least', () => {
    const queue = queueOf(10, 10)
    expect(ids(queue, 12)).toEqual([1])
    enqueue(queue, 'new', message(9, 8), undefined, [])
    expect(ids(queue, 24)).toEqual([0, 9])
    expect(ids(queue, 12)).toEqual([1])
  })

  it('passes over what is too large for the rest of the packet', () => {
    const queue = queueOf(100, 10)
    expect(ids(queue, 20)).toEqual([1])
  })

  it('never takes one twice for the same packet, and each as often as the limit says', () => {
    const queue = queueOf(5, 5)
    const finished: number[] = []
    enqueue(queue, 'told', message(7, 5), 42, finished)
    for (let i = 0; i < 3; i++) expect(ids(queue, 1_000, 3, finished).sort()).toEqual([0, 1, 7])
    expect(finished).toEqual([42])
    expect(ids(queue, 1_000, 3)).toEqual([])
    expect(queue.byKey.size).toBe(0)
  })

  it('keeps the newest of each key, and finishes what it replaces', () => {
    const queue = queueOf()
    const finished: number[] = []
    enqueue(queue, 'a', message(1, 5), 1, finished)
    enqueue(queue, 'a', message(2, 5), 2, finished)
    expect(finished).toEqual([1])
    expect(ids(queue, 1_000)).toEqual([2])
  })

  it('keeps to a number of messages', () => {
    expect(ids(queueOf(5, 5, 5), 1_000, 4, [], 2)).toHaveLength(2)
  })

  it('is bounded: the one handed out most gives way', () => {
    const queue = createBroadcasts(2)
    const finished: number[] = []
    enqueue(queue, 'a', message(1, 5), 1, finished)
    ids(queue, 1_000)
    enqueue(queue, 'b', message(2, 5), 2, finished)
    enqueue(queue, 'c', message(3, 5), 3, finished)
    expect(finished).toEqual([1])
    expect(ids(queue, 1_000).sort()).toEqual([2, 3])
  })

  it('holds no more memory than it has entries, also when nothing is ever taken', () => {
    const queue = createBroadcasts(10)
    for (let i = 0; i < 10_000; i++) enqueue(queue, 'same', message(1, 5), undefined, [])
    expect(queue.tiers[0].length).toBeLessThan(100)
  })
})
