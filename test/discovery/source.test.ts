import { describe, expect, it } from 'vitest'
import { refreshing, type TargetGroup } from '../../core/discovery/source.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { surroundingsOf, watched } from './watching.ts'

const group = (...addresses: string[]): TargetGroup => ({
  source: 's',
  labels: new Map(),
  targets: addresses.map((address) => new Map([['__address__', address]])),
})

describe('a source that asks again and again', () => {
  it('looks at once, then at intervals, however long a look takes', async () => {
    const { ports, clock } = fakePorts()
    const surroundings = surroundingsOf(ports)
    const at: number[] = []
    const start = clock.monotonic()
    const source = refreshing(surroundings, 10_000, async () => {
      at.push(clock.monotonic() - start)
      await surroundings.timers.sleep(at.length === 2 ? 15_000 : 1_000)
      return [group(`t:${at.length}`)]
    })
    const { told, seconds, stop } = watched(source)
    await clock.advance(40_000)
    expect(at).toEqual([0, 10_000, 25_000, 35_000])
    expect(told).toEqual(['t:1', 't:2', 't:3', 't:4'])
    expect(seconds).toEqual([1, 15, 1, 1])
    await stop()
  })

  it('tells what failed, wholly or in part, and goes on', async () => {
    const { ports, clock } = fakePorts()
    let looks = 0
    const source = refreshing(surroundingsOf(ports), 1_000, async () => {
      looks++
      if (looks === 1) throw new Error('nobody is there')
      return looks === 2 ? { groups: [group('a:1')], problem: 'half of it' } : [group('a:1', 'b:2')]
    })
    const { told, seconds, stop } = watched(source)
    await clock.advance(2_000)
    expect(told).toEqual(['!nobody is there', 'a:1!half of it', 'a:1 b:2'])
    expect(seconds).toHaveLength(3)
    await stop()
  })

  it('tells nothing of a look that was stopped', async () => {
    const { ports, clock } = fakePorts()
    const surroundings = surroundingsOf(ports)
    for (const fails of [true, false]) {
      const source = refreshing(surroundings, 1_000, async (signal) => {
        await surroundings.timers.sleep(60_000, signal)
        if (fails) throw new Error('aborted')
        return [group('a:1')]
      })
      const { told, stop } = watched(source)
      await clock.advance(0)
      await stop()
      expect(told).toEqual([])
    }
  })
})
