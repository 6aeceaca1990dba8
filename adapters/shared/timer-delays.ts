/**
 * How late timers fire: the delay of the event loop, measured the one way that Node, Bun and Deno share. Owns one timer, which keeps
 * no process alive and ends when nobody has asked for what it found in a while.
 */

/** Often enough to meet a stall of a quarter of a second, seldom enough to cost nothing. */
const LOOK_EVERY_MS = 250
/** Five minutes: who collects metrics comes back sooner. */
const MAX_DELAYS = 1200

/** What Host.timerDelays of ports.ts promises. */
export function createTimerDelays(): () => readonly number[] {
  let delays: number[] = []
  let stop: (() => void) | undefined

  function look(): () => void {
    let due = performance.now() + LOOK_EVERY_MS
    const timer = setInterval(() => {
      const now = performance.now()
      delays.push(Math.max(0, now - due) / 1000)
      due = now + LOOK_EVERY_MS
      if (delays.length < MAX_DELAYS) return
      stop?.()
      stop = undefined
    }, LOOK_EVERY_MS)
    timer.unref()
    return () => clearInterval(timer)
  }

  return () => {
    const taken = delays
    delays = []
    stop ??= look()
    return taken
  }
}
