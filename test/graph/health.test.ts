import { describe, expect, it } from 'vitest'
import { type Health, type HealthState, leastHealthy } from '../../core/graph/health.ts'

function health(state: HealthState, updatedAt: number): Health {
  return { state, message: `${state} at ${updatedAt}`, updatedAt }
}

describe('leastHealthy', () => {
  it('prefers exited, then unhealthy, then unknown, then healthy', () => {
    const [healthy, unknown, unhealthy, exited] = [
      health('healthy', 9),
      health('unknown', 8),
      health('unhealthy', 7),
      health('exited', 6),
    ]
    expect(leastHealthy(healthy, unknown)).toBe(unknown)
    expect(leastHealthy(unknown, unhealthy, healthy)).toBe(unhealthy)
    expect(leastHealthy(unhealthy, exited, unknown)).toBe(exited)
  })

  it('takes the newest of equals', () => {
    const newest = health('unhealthy', 3)
    expect(leastHealthy(health('unhealthy', 2), newest, health('unhealthy', 1))).toBe(newest)
  })
})
