import { describe, expect, it } from 'vitest'
import type { Ping } from '../../../core/cluster/wire/types.ts'
import { addressOf, createLan } from '../lan.ts'
import { alive, dead, type Machine, machine, said } from './machine.ts'

const heard = ({ m }: Machine, name: string): number | undefined => m.members.get(name)?.heardAt
const NEVER = Number.NEGATIVE_INFINITY

/** Knows `b` at host 2 by the table of another. */
function knowing(): Machine {
  const it = machine()
  const { incarnation, address, versions } = alive('b', 2)
  it.merges({ members: [{ name: 'b', address, meta: undefined, incarnation, state: 'alive', versions }] })
  return it
}

function nextPing(it: Machine): Ping {
  for (;;) {
    const found = said(it.runs(it.m.wakeAt)).flatMap(({ messages }) => messages)
    const ping = found.find((message): message is Ping => message.kind === 'ping')
    if (ping !== undefined) return ping
  }
}

describe('a member', () => {
  it('that others speak of was not heard', () => {
    const it = knowing()
    it.now += 100
    it.hears({ kind: 'suspect', incarnation: 1, node: 'b', from: 'c' })
    it.hears(alive('b', 2, 1), dead('b', 0, 'c'))
    expect(heard(it, 'b')).toBe(NEVER)
  })

  it('is heard when it answers a ping, through others as well', () => {
    const it = knowing()
    const { seq } = nextPing(it)
    it.now += 700
    it.hears({ kind: 'ack', seq: seq + 77 })
    expect(heard(it, 'b')).toBe(NEVER)
    it.hears({ kind: 'ack', seq })
    expect(heard(it, 'b')).toBe(it.now)
  })

  it('is heard when it pings, not when another does in its name', () => {
    const it = knowing()
    it.hears({ kind: 'ping', seq: 1, node: 'me', source: { node: 'b', address: addressOf(3) } })
    it.hears({ kind: 'ping', seq: 2, node: 'me', source: {} })
    expect(heard(it, 'b')).toBe(NEVER)
    it.now += 5
    it.hears({ kind: 'ping', seq: 3, node: 'me', source: { node: 'b', address: addressOf(2) } })
    expect(heard(it, 'b')).toBe(it.now)
  })

  it('is heard when what it announces is news, not when that comes again', () => {
    const it = machine()
    it.hears(alive('b', 2, 3))
    const first = it.now
    expect(heard(it, 'b')).toBe(first)
    it.now += 1_000
    it.hears(alive('b', 2, 3), alive('b', 2, 2), alive('b', 9, 7))
    expect(heard(it, 'b')).toBe(first)
    it.hears(alive('b', 2, 4))
    expect(heard(it, 'b')).toBe(it.now)
  })

  it('is heard in an exchange that this node has opened, and only it', () => {
    const it = knowing()
    it.does({ kind: 'merge', pushPull: { join: false, members: [], states: undefined }, from: addressOf(3) })
    expect(heard(it, 'b')).toBe(NEVER)
    it.does({ kind: 'merge', pushPull: { join: false, members: [], states: undefined }, from: addressOf(2) })
    expect(heard(it, 'b')).toBe(it.now)
  })
})

describe('nodes', () => {
  it('say when they last heard of each other, and no more of one that is dead', async () => {
    const lan = createLan()
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) => lan.add(name, { host: i + 1 }))
    expect(a.lastHeard('b')).toBeUndefined()
    void b.join([a.address])
    void c.join([a.address])
    await lan.clock.advance(20)
    // Who joins has spoken with whom it joined; the others come with that one's table or by gossip.
    expect(b.lastHeard('a')).toBeGreaterThan(1_000)
    await lan.clock.advance(10_000)
    const before = lan.clock.monotonic()
    for (const node of [a, b, c]) {
      for (const name of ['a', 'b', 'c'].filter((other) => other !== node.name)) {
        expect(before - (node.lastHeard(name) ?? 0)).toBeLessThan(5_000)
      }
    }
    lan.crash(c)
    await lan.clock.advance(3_000)
    expect(a.lastHeard('c')).toBeLessThanOrEqual(before + 10)
    expect(a.lastHeard('b')).toBeGreaterThan(before)
    expect(await lan.until(30_000, () => a.peers().length === 2)).toBeDefined()
    expect(await lan.until(90_000, () => a.lastHeard('c') === undefined)).toBeDefined()
  })
})
