/** A binary heap of what is to happen when: the earliest first, and of several at one moment the one that was planned first. */
import type { Monotonic } from '../ports.ts'

export interface Deadline {
  readonly at: Monotonic
  /** Rises from one to the next. */
  readonly order: number
}

export function push<E extends Deadline>(heap: E[], entry: E): void {
  let i = heap.length
  heap.push(entry)
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(entry, heap[parent])) break
    heap[i] = heap[parent]
    i = parent
  }
  heap[i] = entry
}

/** Takes the first one out; the heap must not be empty. */
export function pop<E extends Deadline>(heap: E[]): E {
  const top = heap[0]
  const last = heap.pop() as E
  if (heap.length === 0) return top
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
    if (!before(heap[child], last)) break
    heap[i] = heap[child]
    i = child
  }
  heap[i] = last
  return top
}

function before(a: Deadline, b: Deadline): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
