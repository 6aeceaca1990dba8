import { describe, expect, it } from 'vitest'
import { follow, nextIndex } from '../../core/discovery/blocking-query.ts'
import type { HttpResponse } from '../../core/ports.ts'
import { createTimers } from '../../core/time/timers.ts'
import { answer } from '../components/fake-ports.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('the index', () => {
  it.each([
    [0, 7, 7],
    [7, 7, 7],
    [7, 9, 9],
    // Went backwards.
    [9, 7, 0],
    // A server must not say 0; asking with it again would not wait.
    [0, 0, 1],
    [7, undefined, 0],
  ])('%s, then %s, is asked for as %s', (last, found, next) => {
    expect(nextIndex(last, found)).toBe(next)
  })
})

interface Ran {
  /** Second at which it was asked, and with which index. */
  readonly asked: string[]
  readonly taken: string[]
  readonly failures: string[]
}

/** Follows a server that answers with these headers, one after the other; undefined is a failure. */
async function run(headers: (string | undefined)[], refreshMs: number, forMs: number, takes = true): Promise<Ran> {
  const clock = createFakeClock()
  const start = clock.monotonic()
  const ran: Ran = { asked: [], taken: [], failures: [] }
  const control = new AbortController()
  const following = follow(
    {
      async ask(index): Promise<HttpResponse> {
        ran.asked.push(`${(clock.monotonic() - start) / 1000}s ${index}`)
        const header = headers.shift()
        if (header === undefined) throw new Error('down')
        return answer(header, { 'x-consul-index': header })
      },
      async take({ body }) {
        if (!takes) throw new Error('not taken')
        ran.taken.push(new TextDecoder().decode(body))
      },
      succeeded: () => {},
      failed: (message) => ran.failures.push(message),
    },
    { clock, timers: createTimers(clock), refreshMs, header: 'x-consul-index' },
    control.signal,
  )
  await clock.advance(forMs)
  control.abort()
  await following
  const { length } = ran.asked
  await clock.advance(600_000)
  expect(ran.asked).toHaveLength(length)
  return ran
}

describe('following', () => {
  it('asks with the last index, at a pace, and takes what is new alone', async () => {
    const { asked, taken } = await run(['5', '5', '6', '6'], 30_000, 100_000)
    expect(asked).toEqual(['0s 0', '30s 5', '60s 5', '90s 6'])
    expect(taken).toEqual(['5', '6'])
  })

  it('starts again from 0 where the index goes backwards, and takes that', async () => {
    const { asked, taken } = await run(['50', '3', '3', '3'], 10_000, 35_000)
    expect(asked).toEqual(['0s 0', '10s 50', '20s 0', '30s 3'])
    expect(taken).toEqual(['50', '3', '3'])
  })

  it.each(['', 'nonsense', '-1', '99999999999999999999'])('takes every answer when the index is %o', async (header) => {
    const { asked, taken } = await run([header, header, header], 10_000, 25_000)
    expect(asked).toEqual(['0s 0', '10s 0', '20s 0'])
    expect(taken).toHaveLength(3)
  })

  it('takes a first answer whose index is 0', async () => {
    expect((await run(['0'], 10_000, 5_000)).taken).toEqual(['0'])
  })

  it('pauses 15 s after a failure, and asks for all of it again', async () => {
    const { asked, taken, failures } = await run(['5', undefined, '5'], 1_000, 20_000)
    expect(asked.slice(0, 3)).toEqual(['0s 0', '1s 5', '16s 0'])
    expect(failures[0]).toBe('down')
    expect(taken).toEqual(['5', '5'])
  })

  it('asks again for an answer that could not be taken', async () => {
    const { asked, failures } = await run(['5', '5'], 1_000, 16_000, false)
    expect(asked).toEqual(['0s 0', '15s 0'])
    expect(failures[0]).toBe('not taken')
  })
})
