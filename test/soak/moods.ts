/** A receiver that is well most of the time, and otherwise in one of many ways not, for minutes to hours: by the seed. */
import type { HttpFailure, HttpRequest, HttpResponse, Random } from '../../core/ports.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import type { Ledger } from './ledger.ts'
import { readSamples } from './read-samples.ts'

const MOODS = [
  'unavailable',
  'throttling',
  'hanging',
  'refusing',
  'slow',
  'cutting',
  'first-only',
  'failing-some',
] as const
export type Mood = 'well' | (typeof MOODS)[number]

export interface Receiver {
  mood: Mood
  /** Answered with 2xx, the answers that got lost on their way left out. */
  acknowledged: number
  /** How often each mood answered. */
  readonly answers: Map<Mood, number>
  readonly protocols: Map<string, number>
  send(request: HttpRequest): Promise<HttpResponse | HttpFailure>
}

const SECOND = 'io.prometheus.write.v2.Request'
const MINUTE = 60_000

export function createReceiver(ledger: Ledger, clock: FakeClock, random: Random): Receiver {
  const receiver: Receiver = { mood: 'well', acknowledged: 0, answers: new Map(), protocols: new Map(), send }

  function take(request: HttpRequest): number {
    const second = contentType(request).includes(SECOND)
    let samples = 0
    readSamples(request.body as Uint8Array, second, ['source', 'n'], (source, n, value, timestamp) => {
      samples++
      ledger.delivered(source, n, value, timestamp)
    })
    return samples
  }

  /** Takes it, and says so. */
  function accept(request: HttpRequest): HttpResponse {
    const samples = take(request)
    receiver.acknowledged += samples
    count(receiver.protocols, contentType(request).includes(SECOND) ? '2.0' : '1.0')
    return answer(204, { 'x-prometheus-remote-write-samples-written': String(samples) })
  }

  async function send(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    const { mood } = receiver
    count(receiver.answers, mood)
    switch (mood) {
      case 'well':
        return accept(request)
      case 'unavailable':
        return answer(503)
      case 'throttling':
        return answer(429, { 'retry-after': '20' })
      case 'refusing':
        return { ok: false, reason: 'refused', message: 'connect ECONNREFUSED 127.0.0.1:9' }
      case 'hanging':
        return (await passed(request, request.deadline))
          ? { ok: false, reason: 'timeout', message: 'no answer' }
          : { ok: false, reason: 'aborted', message: 'aborted' }
      case 'slow':
        return (await passed(request, clock.monotonic() + random.next() * 6000))
          ? accept(request)
          : { ok: false, reason: 'aborted', message: 'aborted' }
      case 'cutting':
        // It came, and was taken, but who sent it never heard so.
        take(request)
        return { ok: false, reason: 'reset', message: 'connection reset by peer' }
      case 'first-only':
        return contentType(request).includes(SECOND) ? answer(415) : accept(request)
      case 'failing-some':
        if (!(await passed(request, clock.monotonic() + random.next() * 400))) {
          return { ok: false, reason: 'aborted', message: 'aborted' }
        }
        return random.next() < 0.2 ? answer(500) : accept(request)
    }
  }

  /** False when the request is aborted before that. */
  function passed(request: HttpRequest, at: number): Promise<boolean> {
    return new Promise((resolve) => {
      clock.wake(at, () => resolve(true))
      request.signal?.addEventListener('abort', () => resolve(false))
    })
  }
  return receiver
}

/** When the receiver changes its mood, in ms from the start; well at the beginning and in the last hour. */
export function moodsOfADay(random: Random, day: number): { readonly at: number; readonly mood: Mood }[] {
  const changes: { at: number; mood: Mood }[] = [{ at: 0, mood: 'well' }]
  const between = (least: number, most: number): number => Math.round(least + random.next() * (most - least))
  // Every mood comes, each day in another order; a long outage is among them.
  const order = MOODS.map((mood) => ({ mood, by: random.next() }))
    .sort((a, b) => a.by - b.by)
    .map(({ mood }) => mood)
  const end = day - 60 * MINUTE
  let at = 0
  for (let n = 0; ; n++) {
    at += between(10 * MINUTE, 80 * MINUTE)
    const long = n % 5 === 2
    const until = at + (long ? between(120 * MINUTE, 200 * MINUTE) : between(2 * MINUTE, 40 * MINUTE))
    if (until > end) return changes
    // While a backlog is worked off, answers come out of order, and some are failures.
    const worn = until + 5 * MINUTE
    changes.push({ at, mood: order[n % order.length] }, { at: until, mood: 'failing-some' }, { at: worn, mood: 'well' })
    at = worn
  }
}

function contentType(request: HttpRequest): string {
  return request.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
}

function answer(status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { ok: true, status, statusText: '', header: (name) => headers[name], body: new Uint8Array() }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
