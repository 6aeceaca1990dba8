/**
 * Virtual time: what happens when, in one order that depends on nothing but what was planned. Between two happenings all
 * promises settle, so code under test sees time move only when it has nothing left to do.
 */
import { type Deadline, pop, push } from '../../core/time/deadline-heap.ts'

/** Milliseconds since the start of the simulation. */
export type SimTime = number

export interface Agenda {
  readonly now: SimTime
  /** Runs `happen` at `at` (at the earliest now), after everything planned for the same moment before. */
  at(at: SimTime, happen: () => void): Appointment
  after(ms: number, happen: () => void): Appointment
  /** Lets time pass until `end`, or until `stop()`. Rejects with what a happening throws. */
  run(end: SimTime): Promise<void>
  /** Ends the run after the present happening. */
  stop(): void
  /** Happenings so far. */
  readonly count: number
}

export interface Appointment {
  cancel(): void
}

interface Entry extends Appointment, Deadline {
  happen: (() => void) | undefined
}

/** Happenings at one moment beyond which something surely re-arms itself endlessly. */
const MAX_AT_ONCE = 200_000

export function createAgenda(): Agenda {
  const heap: Entry[] = []
  let now = 0
  let order = 0
  let count = 0
  let stopped = false

  return {
    get now() {
      return now
    },
    get count() {
      return count
    },
    at(at, happen) {
      if (Number.isNaN(at)) throw new Error('the agenda has no moment NaN')
      const entry: Entry = {
        at: Math.max(at, now),
        order: order++,
        happen,
        cancel() {
          entry.happen = undefined
        },
      }
      if (at !== Number.POSITIVE_INFINITY) push(heap, entry)
      return entry
    },
    after(ms, happen) {
      return this.at(now + Math.max(0, ms), happen)
    },
    stop() {
      stopped = true
    },
    async run(end) {
      stopped = false
      await settled()
      let atOnce = 0
      while (!stopped && heap.length > 0 && heap[0].at <= end) {
        const { at, happen } = pop(heap)
        if (happen === undefined) continue
        atOnce = at === now ? atOnce + 1 : 0
        if (atOnce > MAX_AT_ONCE) throw new Error(`${MAX_AT_ONCE} happenings at ${now} ms: something re-arms itself`)
        now = at
        count++
        happen()
        await settled()
      }
      if (!stopped) now = end
    },
  }
}

/** All microtasks run before the host's next turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
