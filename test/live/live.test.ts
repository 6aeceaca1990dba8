import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_LIVE_MESSAGE_CHARACTERS, MAX_LIVE_MESSAGES } from '../../core/limits.ts'
import { createLive, type Live, type Watch } from '../../core/live/live.ts'
import { createRates } from '../../core/live/rates.ts'

const ID = 'prometheus.scrape.a'

function allowed(next: () => number = () => 0, monotonic: () => number = () => 0): Live {
  const live = createLive({ monotonic }, { next })
  live.setEnabled(true)
  return live
}

function watching(live: Live, probability = 1, component = ID): Watch & { ended: number } {
  const counts = { ended: 0 }
  const ended = (): void => void counts.ended++
  const watch = live.watch(component, { probability, ended }) as Watch
  return {
    ...watch,
    get ended() {
      return counts.ended
    },
  }
}

describe('live debugging', () => {
  it('makes nothing while nobody watches, or it is not allowed', () => {
    const live = createLive({ monotonic: () => 0 }, { next: () => 0 })
    const tap = live.tap(ID)
    const made: number[] = []
    const tell = (): void => tap.tell(3, (i) => String(made.push(i)))
    expect(live.watch(ID, { probability: 1, ended() {} })).toBeUndefined()
    tell()
    live.setEnabled(true)
    tell()
    const other = watching(live, 1, 'another.component')
    expect(tap.watched).toBe(false)
    tell()
    expect(made).toEqual([])
    const watch = watching(live)
    expect(tap.watched).toBe(true)
    tell()
    expect(made).toEqual([0, 1, 2])
    watch.close()
    watch.close()
    expect(tap.watched).toBe(false)
    tell()
    expect(made).toHaveLength(3)
    expect(other.take()).toEqual({ messages: [], lost: 0 })
  })

  it('ends all watches when it is forbidden, and only then', () => {
    const live = allowed()
    const [a, b, closed] = [watching(live), watching(live), watching(live)]
    closed.close()
    live.setEnabled(true)
    expect([a.ended, b.ended, closed.ended]).toEqual([0, 0, 0])
    live.setEnabled(false)
    live.setEnabled(false)
    expect([a.ended, b.ended, closed.ended]).toEqual([1, 1, 0])
    expect(live.tap(ID).watched).toBe(false)
  })

  it('gives each reader its own messages, in order, and counts those that a slow one misses', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(MAX_LIVE_MESSAGES), { maxLength: 8 }), fc.nat(7), (counts, readAfter) => {
        const live = allowed()
        const [slow, quick] = [watching(live), watching(live)]
        const read: string[] = []
        let told = 0
        let made = 0
        counts.forEach((count, i) => {
          const first = told
          live.tap(ID).tell(count, (index) => {
            made++
            return String(first + index)
          })
          told += count
          read.push(...quick.take().messages)
          if (i === readAfter) slow.take()
        })
        expect(read).toEqual(Array.from({ length: told }, (_, i) => String(i)))
        const after = counts.slice(readAfter + 1).reduce((sum, count) => sum + count, 0)
        const left = readAfter < counts.length ? after : told
        const { messages, lost } = slow.take()
        expect(messages).toHaveLength(Math.min(left, MAX_LIVE_MESSAGES))
        expect(messages.length + lost).toBe(left)
        expect(made).toBeLessThanOrEqual(told * 2)
        expect(slow.take()).toEqual({ messages: [], lost: 0 })
      }),
    )
  })

  it('takes as much of everything as it is asked to', () => {
    let draws = 0
    const live = allowed(() => (draws++ % 10) / 10)
    const watch = watching(live, 0.3)
    live.tap(ID).tell(100, String)
    expect(watch.take().messages).toHaveLength(30)
    const never = watching(live, 0)
    live.tap(ID).tell(100, String)
    expect(never.take()).toEqual({ messages: [], lost: 0 })
    watch.take()
    live.tap(ID).tell(100_000, String)
    const { messages, lost } = watch.take()
    expect(Math.abs(messages.length + lost - 30_000)).toBeLessThan(10)
  })

  it('stops making messages when that takes too long', () => {
    let now = 0
    const live = allowed(
      () => 0,
      () => now,
    )
    const watch = watching(live)
    live.tap(ID).tell(500, (i) => {
      now += 1
      return String(i)
    })
    expect(now).toBeLessThan(40)
    const { messages, lost } = watch.take()
    expect(messages.length + lost).toBe(500)
  })

  it('leaves out what is no message, cuts what is too long, and hides passwords', () => {
    const live = allowed()
    const watch = watching(live)
    const texts = [
      undefined,
      'x'.repeat(MAX_LIVE_MESSAGE_CHARACTERS + 1),
      'a http://me:hush@host b',
      'u=https%3A%2F%2Fme%3Ahush%40host&v=1%3A2%40',
    ]
    live.tap(ID).tell(4, (i) => texts[i])
    expect(watch.take().messages).toEqual([
      `${'x'.repeat(MAX_LIVE_MESSAGE_CHARACTERS)}…`,
      'a http://me:xxxxx@host b',
      'u=https%3A%2F%2Fme%3Axxxxx%40host&v=1%3A2%40',
    ])
  })

  it('shows what is there already to those who begin to watch, and to nobody else', () => {
    const live = allowed()
    const tap = live.tap(ID)
    const present = (): void => tap.tell(1, () => 'present')
    const signOut = live.add({ component: ID, present })
    const first = watching(live)
    expect(first.take().messages).toEqual(['present'])
    const second = watching(live)
    expect([first.take().messages, second.take().messages]).toEqual([[], ['present']])
    // A component that takes the place of another one has something else to show.
    const signOutLater = live.add({ component: ID, present: () => tap.tell(1, () => 'new') })
    signOut()
    expect([first.take().messages, watching(live).take().messages]).toEqual([['new'], ['new']])
    signOutLater()
    expect(watching(live).take().messages).toEqual([])
  })
})

describe('rates', () => {
  it('are what came since the look before, per second', () => {
    const live = createLive({ monotonic: () => 0 }, { next: () => 0 })
    const totals = { a: 10, b: 5 }
    live.add({ component: 'a', flow: { type: 'prometheus_metric', total: () => totals.a, to: () => ['b', 'c'] } })
    const signOut = live.add({ component: 'b', flow: { type: 'target', total: () => totals.b } })
    live.add({ component: 'silent' })
    const rates = createRates(live, 1_000)
    expect(rates.look(2_000)).toEqual([])
    totals.a += 30
    totals.b += 1
    expect(rates.look(4_000)).toEqual([
      { component: 'a', type: 'prometheus_metric', to: ['b', 'c'], rate: 15 },
      { component: 'b', type: 'target', to: undefined, rate: 0.5 },
    ])
    expect(rates.look(6_000)).toEqual([])
    signOut()
    // A new one counts from 0, however much the one before had counted.
    live.add({ component: 'b', flow: { type: 'target', total: () => 4 } })
    expect(rates.look(8_000)).toEqual([{ component: 'b', type: 'target', to: undefined, rate: 2 }])
    expect(rates.look(8_000)).toEqual([])
  })
})
