/**
 * The machine that one process runs on: its clocks, how late it gets to its work, and its death. Everything that enters
 * the process goes through here, in order.
 */
import type { Clock } from '../../core/ports.ts'
import type { Agenda, SimTime } from './agenda.ts'
import type { Draw } from './random.ts'

export interface Machine {
  readonly clock: Clock
  readonly alive: boolean
  readonly paused: boolean
  /** Runs `work` inside the process: at once, or as soon as it gets to it; never after its death. */
  enter(work: () => void): void
  /** Moment of this simulation at which the monotonic clock shows `at`. */
  moment(at: number): SimTime
  /** Nothing runs until then. With `suspend` the monotonic clock stands still too, as in a suspended virtual machine. */
  pause(until: SimTime, suspend: boolean): void
  /** Everything is done up to `ms` late; 0 ends it. */
  slow(ms: number): void
  /** The wall clock jumps. */
  jump(ms: number): void
  kill(): void
}

export interface MachineOptions {
  /** How wrong the wall clock is at the start, ms. */
  readonly wallError: number
  /** Share by which the wall clock runs fast. */
  readonly drift: number
}

const EPOCH = Date.UTC(2026, 0, 1)
/** So that monotonic time is never mistaken for wall time, or for that of another machine. */
const MONOTONIC_START = 1_000

export function createMachine(agenda: Agenda, draw: Draw, options: MachineOptions): Machine {
  const offset = MONOTONIC_START + Math.floor(draw.next() * 1_000)
  let wallError = options.wallError
  let frozen = 0
  let resumeAt = 0
  let slowMs = 0
  let lastEntry = 0
  /** What a wake-up was promised: fractions get lost on the way from one clock to the other. */
  let reached = 0
  let alive = true

  const monotonic = (): number => Math.max(reached, agenda.now - frozen + offset)
  const moment = (at: number): SimTime => at - offset + frozen

  function later(at: SimTime, work: () => void): void {
    lastEntry = at
    agenda.at(at, () => {
      if (!alive) return
      if (resumeAt > agenda.now) later(resumeAt, work)
      else work()
    })
  }

  function enter(work: () => void): void {
    if (!alive) return
    let at = Math.max(agenda.now, resumeAt)
    if (slowMs > 0) at += slowMs * (0.5 + 0.5 * draw.next())
    at = Math.max(at, lastEntry)
    if (at <= agenda.now) work()
    else later(at, work)
  }

  const clock: Clock = {
    now: () => EPOCH + wallError + agenda.now * (1 + options.drift),
    monotonic,
    wake(at, wakeUp) {
      let cancelled = false
      let appointment = arm()
      function arm() {
        return agenda.at(moment(at), () =>
          enter(() => {
            if (cancelled) return
            // A suspension since then moved the moment.
            if (moment(at) > agenda.now) appointment = arm()
            else {
              reached = Math.max(reached, at)
              wakeUp()
            }
          }),
        )
      }
      return () => {
        cancelled = true
        appointment.cancel()
      }
    },
    turn: () => new Promise((resolve) => agenda.after(0, () => enter(resolve))),
  }

  return {
    clock,
    enter,
    moment,
    get alive() {
      return alive
    },
    get paused() {
      return resumeAt > agenda.now
    },
    pause(until, suspend) {
      const from = Math.max(agenda.now, resumeAt)
      if (until <= from) return
      if (suspend) frozen += until - from
      resumeAt = until
    },
    slow(ms) {
      slowMs = ms
    },
    jump(ms) {
      wallError += ms
    },
    kill() {
      alive = false
    },
  }
}
