import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../../core/remote-write/encoding/identity.ts'

describe('identity', () => {
  it('gives one cell per label set, shared by its owners', () => {
    const identity = createIdentity(() => 0)
    const a = identity.acquire(1, 1, 7)
    expect(identity.isShared(a)).toBe(false)
    expect(identity.acquire(1, 1, 8)).toBe(a)
    expect(identity.isShared(a)).toBe(true)
    expect(identity.orderOf(a)).toBe(7)
    // Half a hash in common, in either half, is nothing in common.
    expect(identity.acquire(1, 2, 9)).not.toBe(a)
    expect(identity.acquire(2, 1, 9)).not.toBe(a)
    expect(identity.owned).toBe(3)
    identity.release(a)
    identity.release(a)
    expect(identity.owned).toBe(2)
  })

  it('remembers the last timestamp for ten minutes after the last owner left, and not for ever', () => {
    let minute = 5
    const identity = createIdentity(() => minute)
    const cell = identity.acquire(1, 1, 7)
    identity.lastTimestamps[cell] = 1234
    identity.release(cell)
    minute = 14
    churn(identity, 1000)
    const again = identity.acquire(1, 1, 8)
    expect(identity.lastTimestamps[again]).toBe(1234)
    expect(identity.orderOf(again)).toBe(7)
    identity.release(again)
    minute = 24
    churn(identity, 10_000)
    expect(identity.lastTimestamps[identity.acquire(1, 1, 9)]).toBe(Number.NEGATIVE_INFINITY)
  })

  it('stays as small as what is in use, however much comes and goes', () => {
    let minute = 0
    const identity = createIdentity(() => minute)
    const kept = Array.from({ length: 100 }, (_, i) => identity.acquire(i, 1, i))
    for (const cell of kept) identity.lastTimestamps[cell] = cell + 0.5
    for (; minute < 500; minute++) {
      for (let i = 0; i < 50; i++) identity.release(identity.acquire(minute * 50 + i, 2, 0))
    }
    expect(identity.lastTimestamps.length).toBeLessThanOrEqual(2048)
    expect(identity.owned).toBe(100)
    for (const [i, cell] of kept.entries()) {
      expect(identity.acquire(i, 1, 0)).toBe(cell)
      expect(identity.lastTimestamps[cell]).toBe(cell + 0.5)
    }
  })
})

let next = 0
function churn(identity: ReturnType<typeof createIdentity>, count: number): void {
  for (let i = 0; i < count; i++) identity.release(identity.acquire(next++, 99, 0))
}
