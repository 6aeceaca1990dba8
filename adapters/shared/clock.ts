/** Clock of ports.ts on the host's timers. */
import type { Clock, Monotonic } from '../../core/ports.ts'

/** setTimeout takes 31 bits; a longer delay would fire at once, so it is cut into stages. */
const LONGEST_DELAY_MS = 0x7fffffff

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

function wake(at: Monotonic, wakeUp: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const arm = (delay: number): void => {
    timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(delay)), LONGEST_DELAY_MS))
  }
  const fire = (): void => {
    // Hosts round delays and may fire up to a millisecond early: the caller's clock decides.
    const missing = at - performance.now()
    if (missing > 0) arm(missing)
    else wakeUp()
  }
  arm(at - performance.now())
  return () => clearTimeout(timer)
}
