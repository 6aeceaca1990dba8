import { describe, expect, it } from 'vitest'
import {
  clampScore,
  confirmationsWanted,
  exchangeIntervalMs,
  leastSuspicionMs,
  retransmitLimit,
  suspicionMs,
} from '../../../core/cluster/membership/times.ts'
import vectors from '../../fixtures/cluster/timers.json' with { type: 'json' }

interface Suspicion {
  readonly nodes: number
  readonly k: number
  readonly min_s: number
  readonly max_s: number
  readonly start_s: number
  readonly after_confirmations_s?: readonly number[]
}

describe("memberlist's formulas, with Alloy's probe interval of 5 s", () => {
  it.each(Object.entries(vectors.retransmit_limit))('passes on in a cluster of %s %i times', (n, limit) => {
    expect(retransmitLimit(Number(n))).toBe(limit)
  })

  it.each(vectors.suspicion as readonly Suspicion[])('suspects in a cluster of $nodes', (wanted) => {
    const least = leastSuspicionMs(wanted.nodes, 5_000)
    const k = confirmationsWanted(wanted.nodes)
    expect(k).toBe(wanted.k)
    expect(least).toBeCloseTo(wanted.min_s * 1_000, 6)
    expect(6 * least).toBeCloseTo(wanted.max_s * 1_000, 6)
    expect(suspicionMs(least, k, 0)).toBeCloseTo(wanted.start_s * 1_000, 0)
    for (const [i, seconds] of (wanted.after_confirmations_s ?? []).entries())
      expect(suspicionMs(least, k, i + 1)).toBeCloseTo(seconds * 1_000, 6)
  })

  it.each(Object.entries(vectors.push_pull_interval_s))('exchanges in a cluster of %s every %i s', (n, seconds) => {
    expect(exchangeIntervalMs(Number(n), 30_000)).toBe(seconds * 1_000)
  })

  it('keeps the score between 0 and 7', () => {
    expect([-1, 0, 7, 8].map(clampScore)).toEqual([0, 0, 7, 7])
  })
})
