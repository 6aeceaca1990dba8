import { describe, expect, it } from 'vitest'
import type { MemberState } from '../../../core/cluster/wire/types.ts'
import vectors from '../../fixtures/cluster/member_decisions.json' with { type: 'json' }
import { alive, dead, type Machine, machine, queued, suspect } from './machine.ts'

/** A machine that knows enough others for confirmations to count, and whose table is as the case says: `alive inc 3`. */
function having(have: string | null): Machine {
  const it = machine()
  for (const [i, name] of ['p', 'q', 'r'].entries()) it.hears(alive(name, 10 + i))
  const [, me, kind, incarnation] = /^(me )?(alive|suspect|dead|left)?(?: inc (\d+))?/.exec(have ?? '') ?? []
  if (me !== undefined) {
    const self = it.m.members.get('me')!
    it.m.incarnation = Number(incarnation ?? 3)
    self.incarnation = it.m.incarnation
    if (kind === 'left') it.does({ kind: 'leave', token: 1 })
  } else if (kind !== undefined) {
    it.hears(alive('x', 2, 3))
    if (kind === 'suspect' || kind === 'dead') it.hears(suspect('x', 3, 'p'))
    if (kind === 'dead') it.hears(dead('x', 3, 'p'))
    if (kind === 'left') it.hears(dead('x', 3, 'x'))
    expect(it.m.members.get('x')?.state).toBe(kind as MemberState)
  }
  it.m.memberQueue.byKey.clear()
  it.now += 10
  return it
}

/** Lets it hear what the case says: `alive inc 4 other address`. */
function hears(it: Machine, what: string): void {
  const me = what.includes(' me')
  const node = me ? 'me' : 'x'
  const incarnation = Number(/inc (\d+)/.exec(what)?.[1] ?? 9)
  const home = me ? 1 : 2
  const host = what.includes('other address') ? 9 : home
  if (what.startsWith('alive')) {
    const same = me && what.includes('same vsn and meta') ? { meta: it.m.meta } : {}
    it.hears(alive(node, host, incarnation, same))
  } else if (what === 'suspect or dead') {
    it.hears(suspect(node, 3, 'p'), dead(node, 3, 'p'))
  } else if (what.startsWith('suspect')) {
    it.hears(suspect(node, incarnation, what.includes('known accuser') ? 'p' : 'q'))
  } else {
    it.hears(dead(node, incarnation, what.includes('From equals Node') ? node : 'q'))
  }
}

const cases = vectors.cases.filter(({ have }) => have !== 'any')

describe("memberlist's decisions", () => {
  it.each(cases)('$have + $in: $then', ({ have, in: what, then }) => {
    const me = what.includes(' me')
    const node = me ? 'me' : 'x'
    const it = having(have)
    const { m } = it
    const before = { ...m.members.get(node) }
    const joins = m.events.node_join
    const leaves = m.events.node_leave
    const conflicts = m.events.node_conflict
    const suspicionEnd = before.suspicion?.endsAt
    const score = m.score
    hears(it, what)
    const after = m.members.get(node)

    if (then.startsWith('conflict (reclaim')) {
      // The one local choice in this table: a dead member's name is free at once for whoever answers, and that is no conflict.
      expect(after).toMatchObject({ state: 'dead', incarnation: 3 })
      expect(m.events.node_conflict).toBe(conflicts)
      const [challenge] = m.challenges.values()
      it.hears({ kind: 'ack', seq: challenge.seq })
      expect(m.members.get(node)).toMatchObject({ state: 'alive', incarnation: 4 })
      expect(m.members.get(node)?.address).not.toBe(before.address)
      return
    }
    expect(m.events.node_conflict - conflicts).toBe(then.startsWith('conflict') ? 1 : 0)
    if (then.startsWith('ignore') || then.startsWith('conflict')) {
      expect({ ...after }).toEqual(before)
      expect(queued(m, node)).toBeUndefined()
      expect(m.score).toBe(score)
      return
    }
    expect(queued(m, node)).toBeDefined()
    if (then.startsWith('refute')) {
      const incarnation = Number(/inc (\d+)/.exec(then)?.[1])
      expect(queued(m, 'me')).toMatchObject({ kind: 'alive', incarnation })
      expect(after).toMatchObject({ state: 'alive', incarnation })
      expect(m.score).toBe(1)
      return
    }
    const stateThen = /^(alive|suspect|dead|left)/.exec(then)?.[1]
    if (stateThen !== undefined) expect(after?.state).toBe(stateThen)
    expect(m.events.node_join - joins).toBe(/join event/.test(then) && !/no join event/.test(then) ? 1 : 0)
    expect(m.events.node_leave - leaves).toBe(then.includes('leave event') ? 1 : 0)
    if (then.includes('timer cancelled')) expect(after?.suspicion).toBeUndefined()
    if (then.includes('start timer')) expect(after?.suspicion?.endsAt).toBeGreaterThan(it.now)
    if (then.startsWith('confirmation')) expect(after?.suspicion?.endsAt).toBeLessThan(suspicionEnd!)
    if (then.startsWith('update incarnation')) expect(after).toMatchObject({ state: 'alive', incarnation: 4 })
    if (then.startsWith('insert alive')) expect(after).toMatchObject({ state: 'alive', incarnation: 1 })
    if (then.includes('lower')) expect(after).toMatchObject({ incarnation: 1 })
  })

  it('takes "dead" in a push/pull for a suspicion of its own, and "left" for a leave', () => {
    const it = having('alive inc 3')
    const entry = { name: 'x', address: '10.0.0.2:12345', meta: undefined, incarnation: 3, versions: it.m.versions }
    it.merges({ members: [{ ...entry, state: 'dead' }] })
    expect(queued(it.m, 'x')).toEqual({ kind: 'suspect', incarnation: 3, node: 'x', from: 'me' })
    it.merges({ members: [{ ...entry, state: 'left' }] })
    expect(it.m.members.get('x')?.state).toBe('left')
    expect(queued(it.m, 'x')).toEqual({ kind: 'dead', incarnation: 3, node: 'x', from: 'x' })
  })

  it('drops announcements that would crash other nodes, and counts them', () => {
    const it = machine()
    for (const versions of [[], [1, 5, 2], [0, 5, 2, 0, 0, 0], [5, 1, 2, 0, 0, 0]])
      it.hears(alive('x', 2, 1, { versions: Uint8Array.from(versions) }))
    it.hears(alive('x', 2, 1, { meta: new Uint8Array(513) }))
    expect(it.m.members.has('x')).toBe(false)
    expect([...it.m.dropped.values()]).toEqual([5])
  })

  it('refuses the tables of a node of another protocol version', () => {
    const it = machine()
    const entry = { name: 'x', address: '10.0.0.2:12345', meta: undefined, incarnation: 3, state: 'alive' as const }
    it.merges({ members: [{ ...entry, versions: Uint8Array.of(6, 9, 7, 0, 0, 0) }] })
    expect(it.m.members.has('x')).toBe(false)
    it.merges({ members: [{ ...entry, versions: Uint8Array.of(1, 9, 5, 0, 0, 0) }] })
    expect(it.m.members.has('x')).toBe(true)
  })
})
