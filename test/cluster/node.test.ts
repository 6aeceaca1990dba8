import { describe, expect, it } from 'vitest'
import { addresses, addressOf, createLan, type Lan, type LanNode, view } from './lan.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** `count` participants named a, b, c, … at hosts 1, 2, 3, …, that all know each other. */
async function cluster(count: number, lan: Lan = createLan()): Promise<{ lan: Lan; nodes: LanNode[] }> {
  const nodes: LanNode[] = []
  for (let i = 0; i < count; i++) {
    const node = lan.add(NAMES[i], { host: i + 1 })
    const joined = i === 0 ? undefined : node.join([addressOf(1)])
    await lan.clock.advance(10)
    await joined
    void node.changeState('participant', { deadlineMs: 1_000 })
    nodes.push(node)
  }
  const all = NAMES.slice(0, count)
    .map((name) => `${name}=participant`)
    .join(' ')
  const took = await lan.until(2_000, () => nodes.every((node) => view(node) === all))
  expect(took).toBeDefined()
  return { lan, nodes }
}

const everyone = (nodes: readonly LanNode[], wanted: string): boolean => nodes.every((node) => view(node) === wanted)

describe('a cluster of a few nodes', () => {
  it('converges, each of 2 to 5 nodes joining through the first', async () => {
    for (const count of [2, 3, 4, 5]) await cluster(count)
  })

  it('shows a change of state to all at once, and says when they know', async () => {
    const { lan, nodes } = await cluster(4)
    let known = false
    void nodes[2].changeState('terminating', { deadlineMs: 5_000 }).then(() => {
      known = true
    })
    await lan.clock.advance(10)
    expect(everyone(nodes, 'a=participant b=participant c=terminating d=participant')).toBe(true)
    expect(known).toBe(true)
  })

  it('shows the own change here at once, and to others only when it has settled', async () => {
    const lan = createLan()
    const a = lan.add('a', { host: 1 })
    const b = lan.add('b', { host: 2 })
    void b.join([a.address])
    await lan.clock.advance(10)
    let settle = (): void => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    void b.changeState('participant', { settled, deadlineMs: 60_000 })
    expect(view(b)).toBe('a=viewer b=participant')
    // Two exchanges and a lot of gossip later it is still nobody else's business.
    await lan.clock.advance(40_000)
    expect(view(a)).toBe('a=viewer b=viewer')
    settle()
    await lan.clock.advance(10)
    expect(view(a)).toBe('a=viewer b=participant')
  })

  it('ends a change of state at the deadline when others do not answer', async () => {
    const { lan, nodes } = await cluster(2)
    lan.reaches = () => false
    let ended = false
    void nodes[0].changeState('terminating', { deadlineMs: 300 }).then(() => {
      ended = true
    })
    await lan.clock.advance(299)
    expect(ended).toBe(false)
    await lan.clock.advance(1)
    expect(ended).toBe(true)
  })

  it('refuses a change that is no step forward', async () => {
    const lan = createLan()
    const a = lan.add('a', { host: 1 })
    await expect(a.changeState('terminating', { deadlineMs: 10 })).rejects.toThrow(
      'invalid transition from viewer to terminating',
    )
    await a.changeState('participant', { deadlineMs: 10 })
    await expect(a.changeState('participant', { deadlineMs: 10 })).rejects.toThrow('invalid transition')
  })

  it('notices a leave at once, and the leaver that all know', async () => {
    const { lan, nodes } = await cluster(4)
    let known = false
    void nodes[3].leave(5_000).then(() => {
      known = true
    })
    await lan.clock.advance(10)
    expect(everyone(nodes.slice(0, 3), 'a=participant b=participant c=participant')).toBe(true)
    expect(known).toBe(true)
    nodes[3].stop()
    await lan.clock.advance(60_000)
    expect(everyone(nodes.slice(0, 3), 'a=participant b=participant c=participant')).toBe(true)
    expect(nodes[0].stats().knownMembers).toBe(3)
  })

  it('notices a crash within 10 s with probes of 1 s', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { lan, nodes } = await cluster(4, createLan(seed))
      lan.crash(nodes[3])
      const took = await lan.until(10_000, () =>
        everyone(nodes.slice(0, 3), 'a=participant b=participant c=participant'),
      )
      expect(took).toBeDefined()
    }
  })

  it('notices a crash as soon when another node left shortly before: who is gone confirms nothing', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { lan, nodes } = await cluster(4, createLan(seed))
      void nodes[3].leave(1_000)
      await lan.clock.advance(1_500)
      nodes[3].stop()
      lan.crash(nodes[2])
      const took = await lan.until(10_000, () => everyone(nodes.slice(0, 2), 'a=participant b=participant'))
      expect(took).toBeDefined()
    }
  })

  it('takes a node back at once that crashed and returns at its address', async () => {
    const { lan, nodes } = await cluster(4)
    await nodes[1].setMeta({ version: '1.0.0', runtime: 'test', configHash: 'abc', started: 1_000 })
    lan.crash(nodes[1])
    await lan.clock.advance(2_000)
    const again = lan.add('b', { host: 2, meta: { started: 2_000 } })
    void again.join([addressOf(1), addressOf(3)])
    void again.changeState('participant', { deadlineMs: 1_000 })
    const all = [nodes[0], again, nodes[2], nodes[3]]
    const took = await lan.until(1_000, () =>
      all.every(
        (node) =>
          view(node) === 'a=participant b=participant c=participant d=participant' &&
          node.peers()[1].meta?.started === 2_000 &&
          !node.peers()[1].suspect,
      ),
    )
    expect(took).toBeDefined()
    await lan.clock.advance(20_000)
    expect(everyone(all, 'a=participant b=participant c=participant d=participant')).toBe(true)
  })

  it('takes a node back within a second that crashed and returns at another address', async () => {
    const { lan, nodes } = await cluster(4)
    lan.crash(nodes[1])
    await lan.clock.advance(500)
    const again = lan.add('b', { host: 9, meta: { started: 2_000 } })
    void again.join([addressOf(1), addressOf(3)])
    void again.changeState('participant', { deadlineMs: 1_000 })
    const all = [nodes[0], again, nodes[2], nodes[3]]
    const back = (): boolean =>
      all.every(
        (node) =>
          addresses(node) === 'a@1 b@9 c@3 d@4' &&
          view(node) === 'a=participant b=participant c=participant d=participant',
      )
    const took = await lan.until(1_500, back)
    expect(took).toBeDefined()
    expect(again.conflict()).toBeUndefined()
    await lan.clock.advance(60_000)
    expect(back()).toBe(true)
    expect(nodes[0].stats().knownMembers).toBe(4)
  })

  it('lets the newcomer yield a name that is taken, and come back when it is free', async () => {
    const { lan, nodes } = await cluster(3)
    const rival = lan.add('b', { host: 9, meta: { started: 5_000 } })
    let changes = 0
    rival.onChange(() => changes++)
    void rival.join([addressOf(1)])
    void rival.changeState('participant', { deadlineMs: 1_000 })
    const took = await lan.until(1_000, () => rival.conflict() !== undefined)
    expect(took).toBeLessThan(200)
    expect(rival.conflict()).toEqual({ name: 'b', rival: addressOf(2) })
    await lan.clock.advance(60_000)
    expect(rival.conflict()).toEqual({ name: 'b', rival: addressOf(2) })
    for (const node of nodes) expect(addresses(node)).toBe('a@1 b@2 c@3')
    expect(everyone(nodes, 'a=participant b=participant c=participant')).toBe(true)
    expect(changes).toBeLessThan(10)
    expect(nodes[1].conflict()).toBeUndefined()
    lan.crash(nodes[1])
    const all = [nodes[0], rival, nodes[2]]
    const back = await lan.until(15_000, () => all.every((node) => addresses(node) === 'a@1 b@9 c@3'))
    expect(back).toBeLessThan(8_000)
    expect(rival.conflict()).toBeUndefined()
    await lan.clock.advance(30_000)
    expect(everyone(all, 'a=participant b=participant c=participant')).toBe(true)
  })

  it('lets the newcomer take over at once when the holder of the name leaves', async () => {
    const { lan, nodes } = await cluster(3)
    const rival = lan.add('b', { host: 9, meta: { started: 5_000 } })
    void rival.join([addressOf(1)])
    void rival.changeState('participant', { deadlineMs: 1_000 })
    await lan.until(1_000, () => rival.conflict() !== undefined)
    void nodes[1].leave(5_000)
    await lan.clock.advance(1_000)
    nodes[1].stop()
    const all = [nodes[0], rival, nodes[2]]
    const back = await lan.until(8_000, () => all.every((node) => addresses(node) === 'a@1 b@9 c@3'))
    expect(back).toBeDefined()
  })

  it('heals a split brain of one name: exactly one yields, the younger', async () => {
    const { lan, nodes } = await cluster(3)
    // a, b on one side; c and another b on the other.
    const left = new Set([addressOf(1), addressOf(2)])
    lan.reaches = (from, to) => left.has(from) === left.has(to)
    const other = lan.add('b', { host: 9, meta: { started: 5_000 } })
    void other.join([addressOf(3)])
    void other.changeState('participant', { deadlineMs: 1_000 })
    await lan.clock.advance(60_000)
    expect(addresses(nodes[2])).toBe('b@9 c@3')
    lan.reaches = () => true
    void nodes[0].join([addressOf(3)])
    const settled = await lan.until(40_000, () => nodes.every((node) => addresses(node) === 'a@1 b@2 c@3'))
    expect(settled).toBeDefined()
    expect(other.conflict()).toEqual({ name: 'b', rival: addressOf(2) })
    expect(nodes[1].conflict()).toBeUndefined()
    await lan.clock.advance(60_000)
    expect(nodes.map(addresses)).toEqual(['a@1 b@2 c@3', 'a@1 b@2 c@3', 'a@1 b@2 c@3'])
    expect(other.conflict()).toBeDefined()
    expect(nodes[1].conflict()).toBeUndefined()
  })

  it('suspects nobody in 10 minutes without faults', async () => {
    const { lan, nodes } = await cluster(4)
    let suspected = 0
    for (const node of nodes) {
      node.onChange(() => {
        suspected++
      })
    }
    await lan.clock.advance(600_000)
    expect(suspected).toBe(0)
    for (const node of nodes) expect(node.stats().healthScore).toBe(0)
  })

  it('announces other metadata', async () => {
    const { lan, nodes } = await cluster(3)
    nodes[0].setMeta({ version: '2.0.0', runtime: 'test', configHash: 'ff', started: 1_000 })
    const took = await lan.until(1_000, () => nodes.every((node) => node.peers()[0].meta?.configHash === 'ff'))
    expect(took).toBeDefined()
  })

  it('keeps clusters of different names apart', async () => {
    const lan = createLan()
    const a = lan.add('a', { host: 1, label: 'one' })
    const b = lan.add('b', { host: 2, label: 'two' })
    const joined = b.join([a.address, b.address])
    await lan.clock.advance(100)
    expect(await joined).toEqual([
      { address: a.address, ok: false, reason: 'closed: refuse' },
      { address: b.address, ok: false, reason: 'self' },
    ])
    expect(view(a)).toBe('a=viewer')
    expect([...a.stats().malformed]).toEqual([['another cluster name', 1]])
  })
})

describe('a node that was cut off', () => {
  it('is back with everybody soon, also with their states', async () => {
    for (const seconds of [3, 12, 25, 60]) {
      const { lan, nodes } = await cluster(4)
      const lone = nodes[3]
      lan.reaches = (from, to) => from !== lone.address && to !== lone.address
      await lan.clock.advance(seconds * 1_000)
      lan.reaches = () => true
      void lone.join([addressOf(1)])
      const took = await lan.until(5_000, () =>
        everyone(nodes, 'a=participant b=participant c=participant d=participant'),
      )
      expect(took, `after ${seconds} s`).toBeDefined()
    }
  })
})

describe('what others may send', () => {
  it('never makes a node throw', async () => {
    const { nodes } = await cluster(2)
    const node = nodes[0]
    const bytes = [[], [0], [7, 255], [9], [12, 0], [244, 0], [8, 0x12, 1, 9], [4, 0x80], [0xff, 1, 2]]
    for (const packet of bytes) {
      expect(() => node.packet(Uint8Array.from(packet), undefined)).not.toThrow()
      expect(() => node.stream(Uint8Array.from(packet), undefined)).not.toThrow()
    }
    expect(node.stats().malformed.size).toBeGreaterThan(3)
    expect(view(node)).toBe('a=participant b=participant')
  })
})

describe('stop', () => {
  it('is final: no timer, no packet, no answer', async () => {
    const { lan, nodes } = await cluster(2)
    const [a, b] = nodes
    b.stop()
    const sent = b.sent()
    await lan.clock.advance(20_000)
    expect(b.sent()).toBe(sent)
    expect(b.stream(Uint8Array.of(6), undefined).kind).toBe('refuse')
    expect(await b.join([a.address])).toEqual([{ address: a.address, ok: false, reason: 'this node has stopped' }])
    a.stop()
    await lan.clock.advance(60_000)
    expect(lan.clock.pending).toBe(0)
  })
})
