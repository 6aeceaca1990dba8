import { describe, expect, it } from 'vitest'
import { alive, type Machine, machine, suspect } from './machine.ts'

function withMembers(): Machine {
  const it = machine()
  for (let i = 0; i < 3; i++) it.hears(alive(`x${i}`, 10 + i))
  return it
}

describe('a node that was late itself', () => {
  it('gives a running probe the time that it slept', () => {
    const it = withMembers()
    while (it.m.probe === undefined) it.runs(it.m.wakeAt)
    const { seq, endsAt, member } = it.m.probe
    // Slept from the next wake-up on, for a little less than a probe interval.
    it.now = it.m.wakeAt + 900
    const late = it.now - it.m.wakeAt
    it.does({ kind: 'wake' })
    expect(it.m.probe?.endsAt).toBe(endsAt + late)
    it.runs(it.now + 1)
    expect(member.state).toBe('alive')
    it.hears({ kind: 'ack', seq })
    expect(it.m.score).toBe(0)
  })

  it('judges nobody after a long sleep, and exchanges tables at once', () => {
    const it = withMembers()
    while (it.m.probe === undefined) it.runs(it.m.wakeAt)
    const { member } = it.m.probe
    it.hears(suspect('x0', 1, 'p'), suspect('x0', 1, 'q'))
    it.now += 60_000
    const effects = it.does({ kind: 'wake' })
    expect(it.m.members.get('x0')?.state).toBe('suspect')
    if (member.name !== 'x0') expect(member.state).toBe('alive')
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'exchange' }))
    // The suspicion has its whole time again: one confirmation of two.
    const { suspicion } = it.m.members.get('x0')!
    expect(suspicion!.startedAt).toBe(it.now)
    expect(suspicion!.endsAt - it.now).toBe(11_381)
    // Its own probes would confirm it.
    it.m.probeAt = Number.POSITIVE_INFINITY
    it.m.probe = undefined
    const slept = it.now
    it.runs(slept + 11_380)
    expect(it.m.members.get('x0')?.state).toBe('suspect')
    it.runs(slept + 11_381)
    expect(it.m.members.get('x0')?.state).toBe('dead')
  })

  it('does so as well when a packet is what wakes it', () => {
    const it = withMembers()
    it.hears(suspect('x0', 1, 'p'))
    it.now += 60_000
    it.hears({ kind: 'ack', seq: 99_999 })
    expect(it.m.members.get('x0')?.state).toBe('suspect')
  })

  it('makes up for no missed tick', () => {
    const it = withMembers()
    it.runs(it.now + 100)
    it.now += 3_600_000
    const effects = it.does({ kind: 'wake' })
    expect(effects.length).toBeLessThan(12)
    expect(it.m.wakeAt).toBeGreaterThan(it.now)
  })
})
