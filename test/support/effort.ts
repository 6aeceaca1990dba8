/** What a piece of work costs, for tests that a busy machine must not make fail. */

/** CPU time of this process, in ms: other processes may keep this one waiting for as long as they like. */
export function spentMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** In ms of CPU time, of up to three runs: in some, garbage is collected or code compiled; a blow-up shows in each. */
export function leastEffort(run: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 3 && least > 20; attempt++) {
    const before = spentMs()
    run()
    least = Math.min(least, spentMs() - before)
  }
  return least
}

/** What each step of a piece of work takes, in ms of CPU time. */
export function stepsOf(work: Generator<unknown>): number[] {
  const steps: number[] = []
  for (;;) {
    const start = spentMs()
    const { done } = work.next()
    steps.push(spentMs() - start)
    if (done) return steps
  }
}

/** The median: in some, garbage is collected or code compiled. */
export function usual(durations: readonly number[]): number {
  return [...durations].sort((a, b) => a - b)[durations.length >> 1]
}
