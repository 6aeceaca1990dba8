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
