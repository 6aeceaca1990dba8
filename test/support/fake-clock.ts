/**
 * A Clock that stands still until a test moves it. Wake-ups run in order of their time (then of their making), each at
 * exactly its moment, and everything that they set going by promises has settled before time moves on. No test that
 * uses it waits for real time.
 */
import type { Clock, Monotonic } from '../../core/ports.ts'

export interface FakeClock extends Clock {
  /**
   * Moves time forward by `ms`, stopping at every wake-up on the way; `advance(0)` runs what is due already.
   * Rejects with what a wake-up throws; the clock then stands at that moment.
   */
  advance(ms: number): Promise<void>
  /** Lets promises settle (and `turn`s end) without moving time. */
  settle(): Promise<void>
  /** The wall clock jumps to `now` (milliseconds since the epoch), as after an NTP step; the monotonic one doesn't. */
  setWall(now: number): void
  /** Wake-ups asked for that have neither run nor been cancelled. */
  readonly pending: number
  /** Moment of the earliest of them, +Infinity when there is none. */
  readonly nextWake: Monotonic
}

export interface FakeClockOptions {
  /** Wall time at the start; 2026-01-01T00:00:00Z unless told. */
  readonly now?: number
  /** The monotonic clock at the start; 1,000 unless told, so that it is never mistaken for wall time or zero. */
  readonly monotonic?: Monotonic
}

interface Wake {
  readonly at: Monotonic
  readonly wakeUp: () => void
}

/** Wake-ups in one `advance` beyond which the test has surely made an endless loop. */
const MAX_WAKES = 1_000_000

export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  let monotonic = options.monotonic ?? 1_000
  let wallOffset = (options.now ?? Date.UTC(2026, 0, 1)) - monotonic
  let turns = 0
  /** Insertion order is kept, so of equal times the older one comes first. */
  const wakes = new Set<Wake>()

  function earliest(): Wake | undefined {
    let first: Wake | undefined
    for (const wake of wakes) if (first === undefined || wake.at < first.at) first = wake
    return first
  }

  /** All microtasks run before the host's next turn; code that takes turns of its own is waited for as well. */
  async function settle(): Promise<void> {
    do await hostTurn()
    while (turns > 0)
  }

  return {
    now: () => monotonic + wallOffset,
    monotonic: () => monotonic,
    wake(at, wakeUp) {
      const wake: Wake = { at, wakeUp }
      wakes.add(wake)
      return () => {
        wakes.delete(wake)
      }
    },
    async turn() {
      turns++
      await hostTurn()
      turns--
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`a clock can't advance by ${ms} ms`)
      const end = monotonic + ms
      await settle()
      for (let count = 0; ; count++) {
        const next = earliest()
        if (next === undefined || next.at > end) break
        if (count === MAX_WAKES)
          throw new Error(`${MAX_WAKES} wake-ups within ${ms} ms: something re-arms itself endlessly`)
        wakes.delete(next)
        monotonic = Math.max(monotonic, next.at)
        next.wakeUp()
        await settle()
      }
      monotonic = end
    },
    settle,
    setWall(now) {
      wallOffset = now - monotonic
    },
    get pending() {
      return wakes.size
    },
    get nextWake() {
      return earliest()?.at ?? Number.POSITIVE_INFINITY
    },
  }
}

function hostTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
