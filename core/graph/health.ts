/** How a component is, as Alloy words it: the least healthy of its evaluation, its run and what it says itself. */

export type HealthState = 'unknown' | 'healthy' | 'unhealthy' | 'exited'

export interface Health {
  readonly state: HealthState
  readonly message: string
  /** Milliseconds since the epoch at which it became so. */
  readonly updatedAt: number
}

const SEVERITY: Readonly<Record<HealthState, number>> = { healthy: 0, unknown: 1, unhealthy: 2, exited: 3 }

export const HEALTH_STATES: readonly HealthState[] = ['healthy', 'unknown', 'unhealthy', 'exited']

/** Of equally bad ones the newest, since its message is the one that tells what happened last. */
export function leastHealthy(first: Health, ...others: readonly Health[]): Health {
  let worst = first
  for (const health of others) {
    const difference = SEVERITY[health.state] - SEVERITY[worst.state]
    if (difference > 0 || (difference === 0 && health.updatedAt > worst.updatedAt)) worst = health
  }
  return worst
}
