import { describe, expect, it } from 'vitest'
import type { Peer, Peers } from '../../core/cluster/peer.ts'
import { createSightings } from '../../core/cluster/sightings.ts'
import { MAX_PEER_CHANGES } from '../../core/limits.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function peers(...named: readonly (readonly [name: string, state: Peer['state'], suspect?: boolean])[]): Peers {
  return named.map(([name, state, suspect = false]) => {
    return { name, state, suspect, address: `${name}:80`, self: name === 'me', meta: undefined }
  })
}

describe('sightings', () => {
  it('know since when each is in its state', async () => {
    const clock = createFakeClock()
    const sightings = createSightings(clock, peers(['me', 'viewer']))
    await clock.advance(100)
    sightings.follow(peers(['me', 'viewer'], ['b', 'participant']))
    await clock.advance(100)
    sightings.follow(peers(['me', 'participant'], ['b', 'participant', true]))
    await clock.advance(100)
    expect(['me', 'b', 'c'].map((name) => sightings.stateSince(name))).toEqual([1_200, 1_100, undefined])
    sightings.follow(peers(['me', 'participant']))
    sightings.follow(peers(['me', 'participant'], ['b', 'participant']))
    expect(sightings.stateSince('b')).toBe(1_300)
  })

  it('count who comes, goes or changes its state, and nothing else', async () => {
    const clock = createFakeClock()
    const first = peers(['me', 'viewer'])
    const sightings = createSightings(clock, first)
    expect([sightings.lastChange(), sightings.changesWithin(1_000)]).toEqual([undefined, 0])
    await clock.advance(100)
    sightings.follow(peers(['me', 'participant'], ['b', 'viewer'], ['c', 'viewer']))
    expect(sightings.changesWithin(1_000)).toBe(3)
    await clock.advance(100)
    const last = peers(['me', 'participant'], ['b', 'viewer', true], ['c', 'viewer'])
    sightings.follow(last)
    sightings.follow(last)
    expect([sightings.lastChange(), sightings.changesWithin(1_000)]).toEqual([1_100, 3])
    // One went, and another one came.
    sightings.follow(peers(['me', 'participant'], ['c', 'viewer'], ['d', 'viewer']))
    expect([sightings.lastChange(), sightings.changesWithin(1_000)]).toEqual([1_200, 5])
    await clock.advance(950)
    expect(sightings.changesWithin(1_000)).toBe(2)
    await clock.advance(100)
    expect([sightings.lastChange(), sightings.changesWithin(1_000)]).toEqual([1_200, 0])
  })

  it('remember a bounded number of changes, the last ones', async () => {
    const clock = createFakeClock()
    const sightings = createSightings(clock, peers(['me', 'viewer']))
    for (let i = 0; i < MAX_PEER_CHANGES + 10; i++) {
      await clock.advance(1)
      sightings.follow(i % 2 === 0 ? peers(['me', 'viewer'], ['b', 'viewer']) : peers(['me', 'viewer']))
    }
    expect(sightings.lastChange()).toBe(clock.monotonic())
    expect(sightings.changesWithin(1_000_000)).toBe(MAX_PEER_CHANGES)
    expect(sightings.changesWithin(4)).toBe(5)
  })
})
