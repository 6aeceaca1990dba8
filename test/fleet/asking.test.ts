import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { PeerMeta } from '../../core/cluster/peer.ts'
import type { Told } from '../../core/fleet/ask.ts'
import { createAsk } from '../../core/fleet/asking.ts'
import { MAX_QUESTIONS_UNDER_WAY, MAX_SHARED_ANSWER_BYTES, MAX_WAITING_QUESTIONS } from '../../core/limits.ts'
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const META: PeerMeta = { version: '1', runtime: 'test', configHash: '', started: 1 }
const PATH = '/api/v1/thing'
const isThing = (value: unknown): value is { thing: number } =>
  typeof value === 'object' && value !== null && 'thing' in value

type Response = HttpResponse | HttpFailure

function http(status: number, body: string | Uint8Array): HttpResponse {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return { ok: true, status, statusText: '', header: () => undefined, body: bytes }
}

const failed = (reason: HttpFailure['reason'], message = 'as it went'): HttpFailure => ({ ok: false, reason, message })

interface World {
  readonly clock: FakeClock
  readonly stopping: AbortController
  /** `address path` of each question that was sent. */
  readonly sent: string[]
  /** How often an answer was held against its shape. */
  judged: number
  answer: (address: string, deadline: number) => Response | Promise<Response>
  ask(name: string, path?: string, meta?: PeerMeta | undefined): Promise<Told<{ thing: number }>>
}

const clocks: FakeClock[] = []

afterEach(async () => {
  for (const clock of clocks.splice(0)) {
    await clock.advance(60_000)
    // Nothing is kept, and nobody waits.
    expect(clock.pending).toBe(0)
  }
})

function world(): World {
  const clock = createFakeClock()
  clocks.push(clock)
  const sent: string[] = []
  const stopping = new AbortController()
  const ask = createAsk({
    clock,
    timers: createTimers(clock),
    slices: createSlices(clock),
    self: 'me:80',
    stopping: stopping.signal,
    async get(address, path, deadline) {
      sent.push(`${address} ${path}`)
      return it.answer(address, deadline)
    },
  })
  const it: World = {
    clock,
    stopping,
    sent,
    judged: 0,
    answer: () => http(200, '{"thing":1}'),
    ask: (name, path = PATH, ...meta) =>
      ask({ name, address: `${name}:80`, meta: meta.length === 0 ? META : meta[0] }, path, (value) => {
        it.judged++
        return isThing(value)
      }),
  }
  return it
}

async function reasonOf(response: Response, meta?: PeerMeta | 'none'): Promise<string> {
  const it = world()
  it.answer = () => response
  const told = await (meta === 'none' ? it.ask('b', PATH, undefined) : it.ask('b'))
  if (told.ok) throw new Error('it went well')
  return told.reason
}

describe('asking a peer', () => {
  it('gives what it says when it has the shape', async () => {
    const it = world()
    expect(await it.ask('b')).toEqual({ ok: true, value: { thing: 1 } })
    expect(it.sent).toEqual([`b:80 ${PATH}`])
  })

  it('never asks this node', async () => {
    const it = world()
    expect(await it.ask('me')).toEqual({ ok: false, reason: 'it is this node itself' })
    expect(it.sent).toEqual([])
  })

  it('says in plain words why there is no answer', async () => {
    expect(await reasonOf(failed('refused'))).toBe('connection refused')
    expect(await reasonOf(failed('tls', 'self-signed certificate'))).toBe('TLS fails: self-signed certificate')
    expect(await reasonOf(failed('reset', 'closed'))).toBe('the connection broke off: closed')
    expect(await reasonOf(failed('too-large'))).toBe('its answer is too long to be read')
    expect(await reasonOf(failed('aborted'))).toBe('this node is shutting down')
    expect(await reasonOf(failed('dns', `a\nb${'x'.repeat(1_000)}`))).toBe(`a b${'x'.repeat(197)}…`)
    expect(await reasonOf(failed('timeout'))).toBe('no connection within 1 s')
    expect(await reasonOf(http(401, 'unauthorized\n'))).toContain('--cluster.auth-secret-file')
    expect(await reasonOf(http(403, '{}'))).toContain('--cluster.auth-secret-file')
    expect(await reasonOf(http(400, '{"error":"no such scope"}'))).toBe('it answers HTTP 400: no such scope')
    expect(await reasonOf(http(503, 'it is\nstarting\n'))).toBe('it answers HTTP 503: it is starting')
    expect(await reasonOf(http(500, ''))).toBe('it answers HTTP 500')
    expect(await reasonOf(http(200, '{"other":1}'))).toContain('another version')
    expect(await reasonOf(http(200, '<html>'))).toContain('no JSON')
    expect(await reasonOf(http(404, '404 page not found\n'))).toBe('it answers HTTP 404: 404 page not found')
  })

  it('knows Alloy by what it says to a question that it does not understand', async () => {
    const alloy = "it runs Alloy, which can't tell"
    expect(await reasonOf(http(404, '404 page not found\n'), 'none')).toBe(alloy)
    expect(await reasonOf(http(200, '<!doctype html>'), 'none')).toBe(alloy)
    expect(await reasonOf(http(404, '{"error":"there is no /x"}'), 'none')).toBe('it answers HTTP 404: there is no /x')
    expect(await reasonOf(failed('refused'), 'none')).toBe('connection refused')
  })

  it('waits three seconds', async () => {
    const it = world()
    it.answer = async (_, deadline) => {
      await it.clock.advance(deadline - it.clock.monotonic())
      return failed('timeout')
    }
    const from = it.clock.monotonic()
    expect(await it.ask('b')).toEqual({ ok: false, reason: 'no answer within 3 s' })
    expect(it.clock.monotonic() - from).toBe(3_000)
  })

  it('never rejects, whatever the bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 599 }), bytes, async (status, body) => {
        const it = world()
        it.answer = () => http(status, body)
        const told = await it.ask('b')
        if (told.ok) expect(isThing(told.value)).toBe(true)
        else expect(told.reason.length).toBeLessThan(300)
      }),
      { numRuns: 300 },
    )
    const it = world()
    it.answer = () => {
      throw new Error('a defect')
    }
    expect(await it.ask('b')).toEqual({ ok: false, reason: 'a defect' })
  })
})

describe('asking the same', () => {
  it('at the same time or within a second of the question is asked once', async () => {
    const it = world()
    const waiting: (() => void)[] = []
    it.answer = () => new Promise((resolve) => waiting.push(() => resolve(http(200, `{"thing":${it.sent.length}}`))))
    const first = it.ask('b')
    const second = it.ask('b')
    const other = it.ask('b', '/api/v1/other')
    await it.clock.settle()
    expect(it.sent).toEqual([`b:80 ${PATH}`, 'b:80 /api/v1/other'])
    for (const answer of waiting.splice(0)) answer()
    expect(await first).toEqual(await second)
    await other
    await it.clock.advance(999)
    expect(await it.ask('b')).toEqual(await first)
    expect(it.sent).toHaveLength(2)
    await it.clock.advance(1)
    void it.ask('b')
    await it.clock.settle()
    expect(it.sent).toHaveLength(3)
    waiting[0]()
  })

  it('is read once for all who share it', async () => {
    const it = world()
    await Promise.all([it.ask('b'), it.ask('b')])
    await it.ask('b')
    expect(it.judged).toBe(1)
    it.answer = () => http(200, '[]')
    const other = await it.ask('c')
    expect([other.ok, await it.ask('c'), it.judged]).toEqual([false, other, 2])
  })

  it('is kept by nobody when the agent stops, and no timer is left; who waits gets an answer', async () => {
    const it = world()
    await it.ask('b')
    expect(it.clock.pending).toBe(1)
    let answer = (): void => {}
    it.answer = () => new Promise((resolve) => (answer = () => resolve(http(200, '{"thing":2}'))))
    const late = it.ask('c')
    await it.clock.settle()
    it.stopping.abort()
    expect(it.clock.pending).toBe(0)
    answer()
    expect(await late).toEqual({ ok: true, value: { thing: 2 } })
    it.answer = () => http(200, '{"thing":3}')
    for (const name of ['b', 'c', 'c']) expect(await it.ask(name)).toEqual({ ok: true, value: { thing: 3 } })
    expect(it.clock.pending).toBe(0)
  })

  it('of hundreds of peers is asked every five seconds at most', async () => {
    const it = world()
    const everybody = () => Promise.all(Array.from({ length: 300 }, (_, i) => it.ask(`n${i}`)))
    await everybody()
    await it.clock.advance(4_999)
    await everybody()
    expect(it.sent).toHaveLength(300)
    await it.clock.advance(1)
    await everybody()
    expect(it.sent).toHaveLength(600)
  })

  it('is asked anew when answers are more than may be kept', async () => {
    const it = world()
    const large = `{"thing":"${'x'.repeat(MAX_SHARED_ANSWER_BYTES / 4)}"}`
    it.answer = () => http(200, large)
    for (const name of ['a', 'b', 'c', 'd', 'a', 'd']) await it.ask(name)
    expect(it.sent.map((question) => question[0]).join('')).toBe('abcdd')
  })

  it('of who did not answer waits two seconds, whatever the question', async () => {
    const it = world()
    it.answer = () => failed('refused')
    const told = await it.ask('b')
    it.answer = () => http(200, '{"thing":2}')
    expect(await it.ask('b', '/api/v1/other')).toEqual(told)
    await it.clock.advance(1_999)
    expect(await it.ask('b')).toEqual(told)
    expect(await it.ask('c')).toMatchObject({ ok: true })
    await it.clock.advance(1)
    expect(await it.ask('b')).toEqual({ ok: true, value: { thing: 2 } })
  })

  it('of who refuses or speaks nonsense need not wait: it is there', async () => {
    const it = world()
    it.answer = () => http(503, 'starting')
    expect(await it.ask('b')).toMatchObject({ ok: false })
    it.answer = () => http(200, '{"thing":2}')
    await it.clock.advance(1_000)
    expect(await it.ask('b')).toMatchObject({ ok: true })
  })
})

describe('asking many', () => {
  it('asks some at a time, and each as soon as there is a place', async () => {
    const it = world()
    let most = 0
    const waiting: (() => void)[] = []
    it.answer = () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(http(200, '{"thing":1}')))
        most = Math.max(most, waiting.length)
      })
    const all = Array.from({ length: 200 }, (_, i) => it.ask(`n${i}`))
    for (let answered = 0; answered < 200; answered++) {
      await it.clock.settle()
      expect(waiting.length).toBe(Math.min(MAX_QUESTIONS_UNDER_WAY, 200 - answered))
      waiting.shift()?.()
    }
    expect((await Promise.all(all)).every(({ ok }) => ok)).toBe(true)
    expect(it.sent).toEqual(Array.from({ length: 200 }, (_, i) => `n${i}:80 ${PATH}`))
    expect(most).toBe(MAX_QUESTIONS_UNDER_WAY)
  })

  it('is over after three seconds, even when those who are asked first hang', async () => {
    const it = world()
    const timers = createTimers(it.clock)
    it.answer = (_, deadline) => new Promise((resolve) => timers.at(deadline, () => resolve(failed('timeout'))))
    const all = Promise.all(Array.from({ length: 40 }, (_, i) => it.ask(`n${i}`)))
    await it.clock.advance(3_000)
    const reasons = (await all).map((told) => (told.ok ? '' : told.reason))
    expect(reasons.filter((reason) => reason === 'no answer within 3 s')).toHaveLength(MAX_QUESTIONS_UNDER_WAY)
    expect(reasons.filter((reason) => reason.startsWith('too many'))).toHaveLength(8)
    // Who wasn't asked isn't blamed.
    it.answer = () => http(200, '{"thing":1}')
    expect(await it.ask('n39')).toMatchObject({ ok: true })
  })

  it('lets no more wait than there is room for', async () => {
    const it = world()
    it.answer = async () => {
      await it.clock.turn()
      return http(200, '{"thing":1}')
    }
    const over = 5
    const count = MAX_QUESTIONS_UNDER_WAY + MAX_WAITING_QUESTIONS + over
    const all = await Promise.all(Array.from({ length: count }, (_, i) => it.ask(`n${i}`)))
    expect(all.filter(({ ok }) => !ok)).toHaveLength(over)
  })
})
