import { describe, expect, it } from 'vitest'
import { encodeMeta } from '../../../core/cluster/membership/meta.ts'
import type { Message } from '../../../core/cluster/wire/types.ts'
import { addressOf } from '../lan.ts'
import { alive, dead, type Machine, META, machine, queued, said, state } from './machine.ts'

type Ping = Extract<Message, { kind: 'ping' }>

function withMembers(): Machine {
  const it = machine()
  for (let i = 0; i < 3; i++) it.hears(alive(`x${i}`, 10 + i))
  it.m.probeAt = Number.POSITIVE_INFINITY
  it.m.memberQueue.byKey.clear()
  return it
}

/** Our name, alive at host 9; `started` makes it a skein node. */
function rival(started?: number, incarnation = 5): Message {
  const meta = started === undefined ? undefined : encodeMeta({ ...META, started })
  return alive('me', 9, incarnation, { meta })
}

function pingsTo(effects: ReturnType<Machine['hears']>, host: number): Ping[] {
  return said(effects)
    .filter(({ to }) => to === addressOf(host))
    .flatMap(({ messages }) => messages.filter((message): message is Ping => message.kind === 'ping'))
}

/** A node that is participant and has yielded its name to host 9. */
function yielded(): Machine {
  const it = withMembers()
  it.does({ kind: 'intend', to: 'participant' })
  it.does({ kind: 'announce', token: 1 })
  const [ping] = pingsTo(it.hears(rival()), 9)
  it.now += 5
  it.hears({ kind: 'ack', seq: ping.seq })
  expect(it.m.rival?.phase).toBe('yielding')
  return it
}

describe('our own name at another address', () => {
  it('is looked at first: a rival that does not answer changes nothing', () => {
    const it = withMembers()
    expect(pingsTo(it.hears(rival()), 9)).toHaveLength(1)
    expect(pingsTo(it.runs(it.now + 300), 9)).toHaveLength(2)
    it.runs(it.now + 200)
    expect(it.m.rival).toBeUndefined()
    expect(it.m.members.get('me')).toMatchObject({ address: addressOf(1), state: 'alive' })
    expect(it.m.events.node_conflict).toBe(1)
  })

  it.each([
    ['is no skein node', undefined, true],
    ['is older', 999, true],
    ['is younger', 1_001, false],
    ['is as old, at a higher address', 1_000, false],
  ])('yields when the rival %s', (_, started, yields) => {
    const it = withMembers()
    const effects = it.hears(rival(started))
    expect(pingsTo(effects, 9)).toHaveLength(yields ? 1 : 0)
    if (yields) return
    // The other has to yield, and is told of us; not for each of its messages.
    expect(said(effects)).toMatchObject([{ to: addressOf(9), messages: [{ kind: 'alive', node: 'me' }] }])
    expect(said(it.hears(rival(started)))).toEqual([])
  })

  it('kept, has its state announced anew: others may have heard that of the rival', () => {
    const it = withMembers()
    it.does({ kind: 'intend', to: 'participant' })
    it.does({ kind: 'announce', token: 1 })
    const time = it.m.states.cache.get('me')?.time ?? 0n
    it.m.stateQueue.byKey.clear()
    it.hears(rival(1_001))
    expect(it.m.states.cache.get('me')?.time).toBeGreaterThan(time)
    expect(it.m.stateQueue.byKey.size).toBe(1)
  })

  it('is given up: absent, silent, and the rival stands in the table', () => {
    const it = yielded()
    expect(it.m.members.get('me')).toMatchObject({ address: addressOf(9), state: 'alive', incarnation: 5 })
    expect(it.hears({ kind: 'ping', seq: 1, node: 'me', source: { address: addressOf(10) } })).toEqual([])
    expect(said(it.hears({ kind: 'suspect', incarnation: 5, node: 'me', from: 'x1' }))).toEqual([])
    expect(queued(it.m, 'me')).toBeUndefined()
    it.hears(state('me', 'terminating', 50))
    expect(it.m.states.peers.get('me')).toBe('terminating')
    expect(it.m.stateQueue.byKey.size + it.m.memberQueue.byKey.size).toBe(0)
  })

  it('is taken back when the rival is silent: above all incarnations seen, in the state wanted, at a fresh time', () => {
    const it = yielded()
    it.hears(state('me', 'viewer', 70), alive('me', 9, 12))
    const effects = it.runs(it.now + 6_000)
    expect(it.m.rival).toBeUndefined()
    expect(it.m.members.get('me')).toMatchObject({ address: addressOf(1), state: 'alive', incarnation: 13 })
    expect(it.m.states.peers.get('me')).toBe('participant')
    expect(it.m.states.cache.get('me')?.time).toBeGreaterThan(70n)
    expect(effects.filter(({ kind }) => kind === 'tell')).toHaveLength(2)
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'exchange' }))
    expect(it.m.living).toBe(4)
  })

  it('is taken back at once when the rival leaves, and after a last look when others say that it is dead', () => {
    const left = yielded()
    left.hears(dead('me', 5, 'me'))
    expect(left.m.rival).toBeUndefined()
    const gone = yielded()
    gone.hears({ kind: 'suspect', incarnation: 5, node: 'me', from: 'x0' }, dead('me', 5, 'x1'))
    expect(gone.m.rival?.phase).toBe('yielding')
    gone.runs(gone.now + 1_200)
    expect(gone.m.rival).toBeUndefined()
    expect(gone.m.members.get('me')).toMatchObject({ address: addressOf(1), state: 'alive' })
    expect(gone.m.living).toBe(4)
  })

  it('is taken back when it was yielded to an address where a younger process now lives', () => {
    const it = withMembers()
    const [ping] = pingsTo(it.hears(rival(999)), 9)
    it.hears({ kind: 'ack', seq: ping.seq })
    expect(it.m.rival?.phase).toBe('yielding')
    it.hears(rival(1_001, 6))
    expect(it.m.rival).toBeUndefined()
    expect(it.m.members.get('me')).toMatchObject({ address: addressOf(1), state: 'alive', incarnation: 7 })
  })

  it('stays given up as long as the rival answers', () => {
    const it = yielded()
    for (let i = 0; i < 50; i++) {
      for (const ping of pingsTo(it.runs(it.now + 1_000), 9)) it.hears({ kind: 'ack', seq: ping.seq })
    }
    expect(it.m.rival?.phase).toBe('yielding')
  })
})

describe('the name of another at two addresses', () => {
  it('stays with a holder that answers', () => {
    const it = withMembers()
    const effects = it.hears(alive('x0', 99, 7))
    const [ping] = pingsTo(effects, 10)
    expect(said(effects)[0].messages).toMatchObject([
      { kind: 'ping', node: 'x0' },
      { kind: 'alive', address: addressOf(99) },
    ])
    it.hears({ kind: 'ack', seq: ping.seq })
    it.runs(it.now + 1_000)
    expect(it.m.members.get('x0')).toMatchObject({ address: addressOf(10), incarnation: 1 })
    expect(it.m.events.node_conflict).toBe(1)
  })

  it('goes to a newcomer that answers when the holder does not, also at a lower incarnation', () => {
    const it = withMembers()
    it.hears(alive('x0', 10, 8))
    const asked = it.hears(alive('x0', 99, 1))
    expect(pingsTo([...asked, ...it.runs(it.now + 390)], 10)).toHaveLength(3)
    const [ping] = pingsTo(it.runs(it.now + 20), 99)
    expect(it.m.members.get('x0')?.address).toBe(addressOf(10))
    const effects = it.hears({ kind: 'ack', seq: ping.seq })
    expect(it.m.members.get('x0')).toMatchObject({ address: addressOf(99), incarnation: 1, state: 'alive' })
    expect(effects).toContainEqual({ kind: 'changed' })
    expect(queued(it.m, 'x0')).toMatchObject({ address: addressOf(99) })
    expect(it.m.challenges.size).toBe(0)
  })

  it.each(['alive', 'dead'])('goes to nobody who does not answer, the old holder being %s', (state) => {
    const it = withMembers()
    if (state === 'dead') it.hears({ kind: 'suspect', incarnation: 1, node: 'x0', from: 'x1' }, dead('x0', 1, 'x1'))
    const effects = [...it.hears(alive('x0', 99, 7)), ...it.runs(it.now + 2_000)]
    expect(pingsTo(effects, 99)).toHaveLength(3)
    expect(it.m.members.get('x0')).toMatchObject({ address: addressOf(10), state })
    expect(it.m.challenges.size).toBe(0)
  })

  it('is asked about for a bounded number of names at a time', () => {
    const it = machine()
    for (let i = 0; i < 1_500; i++) it.hears(alive(`n${i}`, 2))
    for (let i = 0; i < 1_500; i++) it.hears(alive(`n${i}`, 3))
    expect(it.m.challenges.size).toBe(1_024)
  })
})
