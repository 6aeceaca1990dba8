/** Looks after something until told to stop: now and then, and soon after a sign that it changed. */
import type { Timer, Timers } from '../time/timers.ts'
import { untilAborted } from './until-aborted.ts'

/** Editors write a file in several steps: what is noticed is read once they had time to finish. */
const SETTLE_MS = 50

/** `look` comes first at once, and never twice at the same time. `begin` is given what to call at a sign of change. */
export async function repeatedly(
  timers: Timers,
  everyMs: number,
  look: () => Promise<void>,
  signal: AbortSignal,
  begin: (soon: () => void) => void,
): Promise<void> {
  let timer: Timer | undefined
  let looking = false
  /** There was a sign that nobody looked after yet. */
  let noticed = false

  async function lookNow(): Promise<void> {
    looking = true
    noticed = false
    await look()
    looking = false
    if (!signal.aborted) arm(noticed ? SETTLE_MS : everyMs)
  }

  function arm(ms: number): void {
    timer?.cancel()
    timer = timers.after(ms, () => void lookNow())
  }

  begin(() => {
    // The first of several sets the time, or signs without end would put it off for ever.
    if (!looking && !noticed) arm(SETTLE_MS)
    noticed = true
  })
  arm(0)
  await untilAborted(signal)
  timer?.cancel()
}
