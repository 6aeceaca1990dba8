import { describe, expect, it } from 'vitest'
import { createPlaces } from '../../core/discovery/places.ts'

describe('places', () => {
  it('has so many works under way at a time, and all of them in the end', async () => {
    const places = createPlaces(3)
    let underWay = 0
    let most = 0
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
      return item * 2
    }
    const items = [1, 2, 3, 4, 5, 6, 7]
    expect(await places.all(items, new AbortController().signal, work)).toEqual([2, 4, 6, 8, 10, 12, 14])
    expect(most).toBe(3)
    expect(await Promise.all(items.map((item) => places.run(() => work(item))))).toHaveLength(7)
    expect(most).toBe(3)
  })

  it('gives places back when works fail', async () => {
    const places = createPlaces(1)
    await expect(places.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await places.run(async () => 'yes')).toBe('yes')
  })

  it('ends all works with the first that fails, and with the one who asked', async () => {
    const places = createPlaces(2)
    const aborted: number[] = []
    const untilAborted = (item: number, signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        if (item === 1) reject(new Error('first'))
        signal.addEventListener('abort', () => aborted.push(item))
      })
    await expect(places.all([0, 1], new AbortController().signal, untilAborted)).rejects.toThrow('first')
    expect(aborted).toContain(0)
    const begun: number[] = []
    const begin = async (item: number): Promise<void> => {
      begun.push(item)
      throw new Error('every one')
    }
    await expect(createPlaces(1).all([1, 2, 3], new AbortController().signal, begin)).rejects.toThrow('every one')
    await Promise.resolve()
    expect(begun).toEqual([1])

    const outer = new AbortController()
    const seen = createPlaces(1).all(['a'], outer.signal, (_, signal) => {
      return new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(true)))
    })
    outer.abort()
    expect(await seen).toEqual([true])
  })
})
