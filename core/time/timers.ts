/**
 * All timers of the core on one deadline heap over a single `Clock.wake`. Owns waiting; never reads the wall clock.
 * One wake-up serves every deadline that is due, so a thousand targets cost the host one timer.
 */
import { CodedError } from '../errors.ts'
import type { Clock, Monotonic } from '../ports.ts'
import { type Deadline, pop, push } from './deadline-heap.ts'

export interface Timer {
  cancel(): void
}

export interface Timers {
  /** Calls `due` once, at or after `at`, never from inside this call; +Infinity is never. Throws when `at` is NaN. */
  at(at: Monotonic, due: () => void): Timer
  /** Calls `due` once, `ms` from now. */
  after(ms: number, due: () => void): Timer
  /** Resolves after `ms`, or at once when `signal` aborts: look at the signal afterwards. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

interface Entry extends Timer, Deadline {
  due: (() => void) | undefined
}

export function createTimers(clock: Clock): Timers {
  const heap: Entry[] = []
  let order = 0
  /** Cancelled entries that are still in the heap. */
  let cancelled = 0
  let firing = false
  let wakeAt = Number.POSITIVE_INFINITY
  let cancelWake: (() => void) | undefined

  function arm(): void {
    while (heap.length > 0 && heap[0].due === undefined) {
      pop(heap)
      cancelled--
    }
    const next = heap.length === 0 ? Number.POSITIVE_INFINITY : heap[0].at
    if (next === wakeAt) return
    cancelWake?.()
    cancelWake = undefined
    wakeAt = next
    if (next !== Number.POSITIVE_INFINITY) cancelWake = clock.wake(next, fire)
  }

  function fire(): void {
    cancelWake = undefined
    wakeAt = Number.POSITIVE_INFINITY
    const now = clock.monotonic()
    // What comes due while these run waits for the next wake-up: a timer that re-arms itself can't starve the host.
    const lastOrder = order
    const later: Entry[] = []
    firing = true
    try {
      while (heap.length > 0 && heap[0].at <= now) {
        const entry = pop(heap)
        if (entry.due === undefined) {
          cancelled--
          continue
        }
        if (entry.order >= lastOrder) {
          later.push(entry)
          continue
        }
        const due = entry.due
        entry.due = undefined
        due()
      }
    } finally {
      for (const entry of later) push(heap, entry)
      firing = false
      sweep()
      arm()
    }
  }

  /**
   * Cancelled entries stay in the heap until they surface; when they are most of it, it is rebuilt. When they are all of it, the
   * host is not asked to wake anybody any more: that would keep its process. Not while firing: some entries are out of the heap
   * then, and the count would be wrong afterwards.
   */
  function sweep(): void {
    if (firing || (cancelled < heap.length && (cancelled < 64 || cancelled * 2 < heap.length))) return
    const live = heap.filter((entry) => entry.due !== undefined)
    heap.length = 0
    for (const entry of live) push(heap, entry)
    cancelled = 0
    if (heap.length === 0) arm()
  }

  function at(when: Monotonic, due: () => void): Timer {
    // Not even equal to itself, it would stop the whole heap as soon as it came to the top.
    if (Number.isNaN(when)) throw new CodedError('internal', 'a timer can not be set to NaN')
    const entry: Entry = {
      at: when,
      order: order++,
      due,
      cancel() {
        if (entry.due === undefined) return
        entry.due = undefined
        cancelled++
        sweep()
      },
    }
    push(heap, entry)
    if (when < wakeAt) arm()
    return entry
  }

  function after(ms: number, due: () => void): Timer {
    return at(clock.monotonic() + Math.max(0, ms), due)
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = after(ms, end)
      signal?.addEventListener('abort', end, { once: true })
    })
  }

  return { at, after, sleep }
}
