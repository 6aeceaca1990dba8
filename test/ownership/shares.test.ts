import { describe, expect, it } from 'vitest'
import type { ClusterHold } from '../../core/cluster/cluster.ts'
import type { Peer } from '../../core/cluster/peer.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import { HANDOVER_DELAY_MS, MAX_PENDING_SHARES } from '../../core/limits.ts'
import { type ClusterOwnership, createShares } from '../../core/ownership/shares.ts'
import type { Shares } from '../../core/ownership/types.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const DELAY = HANDOVER_DELAY_MS

class World {
  readonly clock: FakeClock = createFakeClock()
  readonly listeners = new Set<() => void>()
  peers: Peer[] = []
  hold: ClusterHold | undefined = { kind: 'joining' }
  readonly shares: ClusterOwnership
  readonly changes: {
    readonly at: number
    readonly since: number
    readonly names: string
    readonly hold: string | undefined
  }[] = []
  readonly prepared: Shares[] = []
  /** How long components take to prepare. */
  preparing = 0
  readonly start: number

  constructor(...names: string[]) {
    const { clock } = this
    this.start = clock.monotonic()
    this.become(names, this.hold, false)
    const timers = createTimers(clock)
    this.shares = createShares({
      cluster: {
        peers: () => this.peers,
        hold: () => this.hold,
        onChange: (listener) => {
          this.listeners.add(listener)
          return () => this.listeners.delete(listener)
        },
      },
      clock,
      timers,
      slices: createSlices(clock),
      self: 'self',
    })
    this.shares.subscribe({
      prepare: async (next) => {
        this.prepared.push(next)
        if (this.preparing > 0) await timers.sleep(this.preparing)
      },
      changed: ({ ring, hold }, since) => {
        this.changes.push({
          at: clock.monotonic() - this.start,
          since: since - this.start,
          names: ring.names.join(),
          hold: hold?.kind,
        })
      },
    })
  }

  /** The participants, `name:state` for others. */
  become(names: readonly string[], hold: ClusterHold | undefined = undefined, tell = true): void {
    this.hold = hold
    this.peers = [...names].sort().map((text) => {
      const [name, state = 'participant'] = text.split(':')
      return {
        name,
        address: '10.0.0.1:1',
        state: state as NodeState,
        self: name === 'self',
        suspect: false,
        meta: undefined,
      }
    })
    if (tell) for (const listener of this.listeners) listener()
  }

  names(): string {
    return this.shares.shares().ring.names.join()
  }

  /** Is participant, with others perhaps, and settled. */
  static async among(...names: string[]): Promise<World> {
    const world = new World()
    world.become(['self', ...names])
    await world.clock.advance(10_000)
    world.changes.length = 0
    expect(world.names().split(',').sort()).toEqual(['self', ...names].sort())
    return world
  }
}

describe('shares', () => {
  it('are nothing while the node joins, then all at once when it is alone', async () => {
    const world = new World('self:viewer')
    await world.clock.settle()
    expect(world.shares.shares()).toMatchObject({ clustered: true, self: 'self', hold: { kind: 'joining' } })
    await world.clock.advance(1000)
    world.become(['self'])
    await world.clock.settle()
    expect(world.changes.at(-1)).toEqual({ at: 1000, since: 1000, names: 'self', hold: undefined })
  })

  it('are there at once when there are others at the start', async () => {
    const world = new World('a', 'self:viewer')
    await world.clock.settle()
    expect(world.names()).toBe('a')
  })

  it('change when participants do, after the delay; what is slow is prepared before', async () => {
    const world = await World.among('a')
    world.become(['a', 'b', 'self'])
    const before = world.shares.shares()
    await world.clock.advance(DELAY - 1)
    expect(world.shares.shares()).toBe(before)
    expect(world.prepared.at(-1)?.ring.names).toEqual(['a', 'b', 'self'])
    await world.clock.advance(1)
    expect(world.shares.shares()).toBe(world.prepared.at(-1))
    expect(world.shares.shares().version).toBeGreaterThan(before.version)
    expect(world.changes).toEqual([{ at: 10_000 + DELAY, since: 10_000 + DELAY, names: 'a,b,self', hold: undefined }])
  })

  it('do not change when only states that do not matter do', async () => {
    const world = await World.among('a')
    world.become(['a', 'b:viewer', 'self'])
    world.become(['a', 'self'])
    await world.clock.advance(DELAY * 2)
    expect(world.changes).toEqual([])
  })

  it('lose a node that is terminating', async () => {
    const world = await World.among('a', 'b')
    world.become(['a', 'b:terminating', 'self'])
    await world.clock.advance(DELAY)
    expect(world.names()).toBe('a,self')
  })

  it('change one after the other, each at its time', async () => {
    const world = await World.among()
    world.become(['a', 'self'])
    await world.clock.advance(100)
    world.become(['a', 'b', 'self'])
    await world.clock.advance(100)
    world.become(['b', 'self'])
    await world.clock.advance(DELAY)
    expect(world.changes.map(({ at, names }) => [at - 10_000, names])).toEqual([
      [DELAY, 'a,self'],
      [DELAY + 100, 'a,b,self'],
      [DELAY + 200, 'b,self'],
    ])
  })

  it('count the delay from when its own share is computed, when this node comes in', async () => {
    const world = new World('a', 'self:viewer')
    await world.clock.advance(1000)
    world.preparing = 300
    let settled = Number.NaN
    world.become(['a', 'self'])
    void world.shares.settled().then(() => (settled = world.clock.monotonic() - world.start))
    await world.clock.advance(300 + DELAY - 1)
    expect(settled).toBe(1300)
    expect(world.names()).toBe('a')
    await world.clock.advance(1)
    expect(world.names()).toBe('a,self')
  })

  it('do not wait for components that prepare for long', async () => {
    const world = await World.among('a')
    world.preparing = DELAY * 3
    world.become(['a', 'b', 'self'])
    await world.clock.advance(DELAY)
    expect(world.names()).toBe('a,b,self')
  })

  it('are nothing at once in a name conflict, whatever was about to change', async () => {
    const world = await World.among('a')
    world.become(['a', 'b', 'self'])
    await world.clock.advance(100)
    world.become(['a', 'b', 'self'], { kind: 'name-conflict', rival: 'x:1' })
    expect(world.changes).toEqual([{ at: 10_100, since: 10_100, names: 'a,self', hold: 'name-conflict' }])
    await world.clock.advance(DELAY * 2)
    expect(world.changes.every(({ hold }) => hold === 'name-conflict')).toBe(true)
    expect(world.names()).toBe('a,b,self')
    world.become(['a', 'b', 'self'])
    await world.clock.advance(DELAY - 1)
    expect(world.shares.shares().hold?.kind).toBe('name-conflict')
    await world.clock.advance(1)
    expect(world.shares.shares().hold).toBeUndefined()
  })

  it('follow the size of the cluster after the delay', async () => {
    const world = await World.among('a')
    world.become(['self'], { kind: 'too-small', size: 1, minimum: 2 })
    await world.clock.advance(DELAY - 1)
    expect(world.shares.shares().hold).toBeUndefined()
    await world.clock.advance(1)
    expect(world.shares.shares().hold).toEqual({ kind: 'too-small', size: 1, minimum: 2 })
  })

  it('stay as they are while the node is leaving, but what was agreed before still happens', async () => {
    const world = await World.among('a')
    world.become(['a', 'b', 'self'])
    await world.clock.advance(100)
    world.become(['a', 'b', 'self:terminating'])
    world.become(['self:terminating'])
    await world.clock.advance(DELAY * 4)
    expect(world.changes.map(({ names }) => names)).toEqual(['a,b,self'])
  })

  it('are bounded in a burst, and the last word counts', async () => {
    const world = await World.among()
    const all = ['self']
    for (let i = 0; i < 100; i++) {
      all.push(`n${String(i).padStart(3, '0')}`)
      world.become([...all].sort())
      await world.clock.advance(1)
    }
    await world.clock.advance(DELAY)
    expect(world.changes.length).toBeLessThanOrEqual(MAX_PENDING_SHARES)
    expect(world.names()).toBe([...all].sort().join())
  })

  it('follow nothing any more when closed', async () => {
    const world = await World.among('a')
    world.become(['a', 'b', 'self'])
    world.shares.close()
    world.become(['self'])
    await world.clock.advance(DELAY * 2)
    expect(world.changes).toEqual([])
    expect(world.listeners.size).toBe(0)
    expect(world.clock.pending).toBe(0)
  })
})
