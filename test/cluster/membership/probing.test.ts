import { describe, expect, it } from 'vitest'
import type { Message } from '../../../core/cluster/wire/types.ts'
import { addressOf } from '../lan.ts'
import { alive, dead, type Machine, machine, said, suspect } from './machine.ts'

function withMembers(count: number): Machine {
  const it = machine()
  for (let i = 0; i < count; i++) it.hears(alive(`x${i}`, 10 + i))
  // Nothing left to gossip, so that only probes are said.
  it.m.memberQueue.byKey.clear()
  return it
}

/** Of three others x0 is suspected as firmly as can be; nothing is probed or left to gossip. */
function withSuspect(): Machine {
  const it = withMembers(3)
  it.m.probeAt = Number.POSITIVE_INFINITY
  it.hears(...['p', 'q', 'r'].map((from) => suspect('x0', 1, from)))
  it.m.memberQueue.byKey.clear()
  return it
}

type Ping = Extract<Message, { kind: 'ping' }>

function nextPing(it: Machine): { to: string; ping: Ping; all: readonly Message[] } {
  while (true) {
    const all = said(it.runs(it.m.wakeAt))
    const found = all.find(({ messages }) => messages[0]?.kind === 'ping')
    if (found !== undefined) return { to: found.to, ping: found.messages[0] as Ping, all: found.messages }
  }
}

describe('probing', () => {
  it('goes round all members, each once, in another order each time', () => {
    const it = withMembers(5)
    const rounds: string[] = []
    for (let round = 0; round < 4; round++) {
      const names: string[] = []
      for (let i = 0; i < 5; i++) {
        const { ping } = nextPing(it)
        names.push(ping.node)
        expect(ping.source).toEqual({ address: addressOf(1), node: 'me' })
        it.hears({ kind: 'ack', seq: ping.seq })
      }
      if (round > 0) expect([...names].sort()).toEqual(['x0', 'x1', 'x2', 'x3', 'x4'])
      rounds.push(names.join())
    }
    expect(new Set(rounds).size).toBeGreaterThan(1)
    expect(it.m.score).toBe(0)
  })

  it('asks three others after the timeout, with the same number, and suspects when all is silent', () => {
    const it = withMembers(5)
    const { ping } = nextPing(it)
    const start = it.now
    const asked = said(it.runs(start + 400)).flatMap(({ to, messages }) => messages.map((message) => ({ to, message })))
    expect(it.now).toBe(start + 400)
    expect(asked).toHaveLength(3)
    for (const { to, message } of asked)
      expect({ to, message }).toMatchObject({
        message: { kind: 'indirect-ping', seq: ping.seq, node: ping.node, nack: true },
      })
    expect(new Set(asked.map(({ to }) => to)).size).toBe(3)
    it.hears({ kind: 'nack', seq: ping.seq }, { kind: 'nack', seq: ping.seq }, { kind: 'nack', seq: ping.seq })
    it.runs(start + 999)
    expect(it.m.members.get(ping.node)?.state).toBe('alive')
    it.runs(start + 1_000)
    expect(it.m.members.get(ping.node)?.state).toBe('suspect')
    // All helpers answered, so it was not this node's own slowness.
    expect(it.m.score).toBe(0)
  })

  it('holds itself for slow when the helpers are silent too, and gives more time then', () => {
    const it = withMembers(5)
    nextPing(it)
    const start = it.now
    it.runs(start + 1_000)
    expect(it.m.score).toBe(3)
    const began = it.m.probe
    expect(began).toBeDefined()
    expect(began!.endsAt - it.now).toBe(4_000)
    it.hears({ kind: 'ack', seq: began!.seq })
    expect(it.m.score).toBe(2)
  })

  it('is content with an answer that came through another', () => {
    const it = withMembers(3)
    const { ping } = nextPing(it)
    it.runs(it.now + 700)
    it.hears({ kind: 'ack', seq: ping.seq })
    it.runs(it.now + 200)
    expect(it.m.members.get(ping.node)?.state).toBe('alive')
  })

  it('tells a suspect that it is suspected', () => {
    const it = withMembers(1)
    it.hears(suspect('x0', 1, 'somebody'))
    it.m.memberQueue.byKey.clear()
    const { all } = nextPing(it)
    expect(all).toMatchObject([{ kind: 'ping' }, { kind: 'suspect', node: 'x0', incarnation: 1, from: 'me' }])
  })

  it('blames no newcomer for the silence of the one it replaced', () => {
    const it = withMembers(1)
    const { ping } = nextPing(it)
    it.hears(dead('x0', 1, 'x0'), alive('x0', 99, 1))
    it.runs(it.now + 1_000)
    expect(it.m.members.get(ping.node)).toMatchObject({ state: 'alive', address: addressOf(99) })
  })
})

describe('answering', () => {
  it('acknowledges before everything else in the packet, with gossip beside it', () => {
    const it = withMembers(1)
    const ping: Message = { kind: 'ping', seq: 5, node: 'me', source: { address: addressOf(7), node: 'z' } }
    const effects = it.hears(
      alive('y', 50),
      { kind: 'indirect-ping', seq: 8, target: addressOf(3), node: 'q', nack: true, source: { address: addressOf(7) } },
      ping,
    )
    const [first] = said(effects)
    expect(first).toMatchObject({ to: addressOf(7), messages: [{ kind: 'ack', seq: 5 }] })
    expect(effects[0]).toMatchObject({ kind: 'send', urgency: 'answer' })
    const [next] = said(it.hears({ ...ping, seq: 6 }))
    expect(next.messages).toMatchObject([
      { kind: 'ack', seq: 6 },
      { kind: 'alive', node: 'y' },
    ])
  })

  it('keeps silent when another node is meant, and says so once', () => {
    const it = withMembers(1)
    const ping: Message = { kind: 'ping', seq: 5, node: 'other', source: { address: addressOf(7) } }
    expect(it.hears(ping)).toMatchObject([{ kind: 'log', level: 'warn' }])
    expect(it.hears(ping)).toEqual([])
    expect([...it.m.dropped]).toEqual([['a ping for another node', 2]])
  })

  it('answers whoever asks for nobody in particular', () => {
    const [ack] = said(withMembers(1).hears({ kind: 'ping', seq: 5, node: '', source: { address: addressOf(7) } }))
    expect(ack.messages[0]).toEqual({ kind: 'ack', seq: 5 })
  })

  it('drops a ping that says not where to answer', () => {
    expect(said(withMembers(1).hears({ kind: 'ping', seq: 5, node: 'me', source: {} }))).toEqual([])
  })

  it('probes for others: relays the answer under their number', () => {
    const it = withMembers(0)
    const asked: Message = {
      kind: 'indirect-ping',
      seq: 77,
      target: addressOf(3),
      node: 'q',
      nack: true,
      source: { address: addressOf(7) },
    }
    const [{ to, messages }] = said(it.hears(asked))
    expect(to).toBe(addressOf(3))
    expect(messages[0]).toMatchObject({ kind: 'ping', node: 'q', source: { address: addressOf(1), node: 'me' } })
    const seq = (messages[0] as Ping).seq
    expect(seq).not.toBe(77)
    it.now += 100
    expect(said(it.hears({ kind: 'ack', seq }))).toEqual([{ to: addressOf(7), messages: [{ kind: 'ack', seq: 77 }] }])
    expect(said(it.hears({ kind: 'ack', seq }))).toEqual([])
    expect(it.m.relays.size).toBe(0)
  })

  it('says that there was no answer, when that is wanted, and still passes on a late one', () => {
    for (const nack of [true, false]) {
      const it = withMembers(0)
      const asked: Message = {
        kind: 'indirect-ping',
        seq: 77,
        target: addressOf(3),
        node: 'q',
        nack,
        source: { address: addressOf(7) },
      }
      const seq = (said(it.hears(asked))[0].messages[0] as Ping).seq
      const start = it.now
      expect(said(it.runs(start + 400))).toEqual(
        nack ? [{ to: addressOf(7), messages: [{ kind: 'nack', seq: 77 }] }] : [],
      )
      it.now = start + 600
      expect(said(it.hears({ kind: 'ack', seq }))).toMatchObject([{ messages: [{ kind: 'ack', seq: 77 }] }])
    }
  })

  it('forgets probes for others, and makes only so many at a time', () => {
    const it = withMembers(0)
    const asked: Message = {
      kind: 'indirect-ping',
      seq: 77,
      target: addressOf(3),
      node: 'q',
      nack: true,
      source: { address: addressOf(7) },
    }
    for (let i = 0; i < 2_000; i++) it.hears(asked)
    expect(it.m.relays.size).toBe(1_024)
    it.runs(it.now + 3_000)
    expect(it.m.relays.size).toBe(0)
  })
})

describe('suspicion', () => {
  it('ends in death after the least time when two more agree, and after six times that when nobody does', () => {
    for (const [accusers, ms] of [
      [['p', 'q', 'r'], 4_000],
      [['p'], 24_000],
      [['p', 'p', 'p'], 24_000],
    ] as const) {
      const it = withMembers(3)
      it.m.probeAt = Number.POSITIVE_INFINITY
      const start = it.now
      for (const from of accusers) it.hears(suspect('x0', 1, from))
      it.runs(start + ms - 1)
      expect(it.m.members.get('x0')?.state).toBe('suspect')
      const effects = it.runs(start + ms)
      expect(it.m.members.get('x0')?.state).toBe('dead')
      expect(effects).toContainEqual(expect.objectContaining({ kind: 'changed' }))
    }
  })

  it('ends with a last look, and no later for it', () => {
    const it = withSuspect()
    const start = it.now
    expect(said(it.runs(start + 3_599))).toEqual([])
    const asked = said(it.runs(start + 3_999))
    expect(asked).toHaveLength(3)
    expect(asked[0]).toMatchObject({ to: addressOf(10), messages: [{ kind: 'ping' }, { kind: 'dead', node: 'x0' }] })
    const effects = it.runs(start + 4_000)
    expect(it.m.members.get('x0')?.state).toBe('dead')
    const message = 'Marking x0 as failed, suspect timeout reached (2 peer confirmations)'
    expect(effects).toContainEqual({ kind: 'log', level: 'info', message })
  })

  it('goes on when the member answers the last look, and its table is asked for', () => {
    const it = withSuspect()
    const start = it.now
    const [{ messages }] = said(it.runs(start + 3_600))
    const effects = it.hears({ kind: 'ack', seq: (messages[0] as Ping).seq })
    expect(effects).toContainEqual({ kind: 'exchange', with: addressOf(10) })
    it.runs(start + 7_999)
    expect(it.m.members.get('x0')?.state).toBe('suspect')
    it.runs(start + 8_001)
    expect(it.m.members.get('x0')?.state).toBe('dead')
  })

  it('ends without a last look when half of the cluster falls silent at once', () => {
    const it = withMembers(0)
    it.m.probeAt = Number.POSITIVE_INFINITY
    for (let i = 0; i < 100; i++) it.hears(alive(`n${i}`, 20 + i))
    for (let i = 0; i < 50; i++) it.hears(...['p', 'q', 'r'].map((from) => suspect(`n${i}`, 1, from)))
    it.m.memberQueue.byKey.clear()
    const looks = said(it.runs(it.now + 8_500)).filter(({ messages }) => messages[0].kind === 'ping')
    expect(new Set(looks.map(({ to }) => to)).size).toBe(32)
    expect(it.m.living).toBe(51)
  })

  it('ends after the last look when the last confirmation comes after the least time', () => {
    const it = withMembers(3)
    it.m.probeAt = Number.POSITIVE_INFINITY
    it.hears(suspect('x0', 1, 'p'), suspect('x0', 1, 'q'))
    it.now += 6_000
    it.m.wakeAt = it.now
    it.hears(suspect('x0', 1, 'r'))
    expect(it.m.members.get('x0')?.state).toBe('suspect')
    it.runs(it.now + 400)
    expect(it.m.members.get('x0')?.state).toBe('dead')
  })

  it('is lifted by a higher incarnation', () => {
    const it = withMembers(3)
    it.hears(suspect('x0', 1, 'p'))
    const effects = it.hears(alive('x0', 10, 2))
    expect(it.m.members.get('x0')).toMatchObject({ state: 'alive', suspicion: undefined })
    expect(effects).toContainEqual({ kind: 'changed' })
  })
})

describe('what others say of the dead', () => {
  it('is checked when nobody suspects the member here, and believed when it keeps silent', () => {
    const it = withMembers(3)
    it.m.probeAt = Number.POSITIVE_INFINITY
    const effects = it.hears(dead('x0', 1, 'p'))
    expect(said(effects)).toMatchObject([
      {
        to: addressOf(10),
        messages: [
          { kind: 'ping', node: 'x0' },
          { kind: 'dead', node: 'x0', from: 'p' },
        ],
      },
    ])
    expect(it.m.members.get('x0')?.state).toBe('alive')
    it.runs(it.now + 399)
    expect(it.m.members.get('x0')?.state).toBe('alive')
    it.runs(it.now + 2)
    expect(it.m.members.get('x0')?.state).toBe('dead')
  })

  it('is not believed when the member answers', () => {
    const it = withMembers(3)
    const [{ messages }] = said(it.hears(dead('x0', 1, 'p')))
    it.hears({ kind: 'ack', seq: (messages[0] as Ping).seq })
    it.m.probeAt = Number.POSITIVE_INFINITY
    it.runs(it.now + 2_000)
    expect(it.m.members.get('x0')?.state).toBe('alive')
    expect(it.m.challenges.size).toBe(0)
  })
})

describe('forgetting', () => {
  it('drops the dead 30 s after their death, not before', () => {
    const it = withMembers(3)
    it.hears(dead('x0', 1, 'x0'))
    it.now += 1
    it.m.probeAt = it.now
    // Others answer all probes.
    const until = (end: number): void => {
      while (it.m.wakeAt <= end) {
        for (const { messages } of said(it.runs(it.m.wakeAt)))
          for (const message of messages) if (message.kind === 'ping') it.hears({ kind: 'ack', seq: message.seq })
      }
    }
    until(it.now + 29_000)
    expect(it.m.members.has('x0')).toBe(true)
    until(it.now + 10_000)
    expect(it.m.members.has('x0')).toBe(false)
    expect(it.m.list).toHaveLength(3)
  })
})
