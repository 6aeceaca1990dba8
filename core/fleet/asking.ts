/**
 * Asking peers for what they know. Owns how often and how many at a time: who looks at the same thing shares an answer, who
 * doesn't answer is left alone for a moment, and a cluster of hundreds is asked in portions. What is said is judged by its shape
 * alone, once for all who share it, in slices: a hundred answers come at the same time. What went wrong is told in plain words.
 */
import type { PeerAddress } from '../cluster/address.ts'
import type { Peering } from '../cluster/peering.ts'
import { messageOf } from '../errors.ts'
import { MAX_QUESTIONS_UNDER_WAY, MAX_SHARED_ANSWERS, MAX_WAITING_QUESTIONS } from '../limits.ts'
import type { Clock, HttpFailure, HttpResponse, Monotonic } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import type { Timers } from '../time/timers.ts'
import { ALLOY, type Answer, readAnswer, UNEXPECTED } from './answer.ts'
import type { Ask, Told } from './ask.ts'
import { createSharedAnswers } from './shared-answers.ts'
import { createTurns } from './turns.ts'

export interface AskDeps {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Timers
  readonly slices: Slices
  /** Of this node, which is never asked. */
  readonly self: PeerAddress
  readonly get: Peering['ask']
  /** From then on no answer is kept. */
  readonly stopping: AbortSignal
}

/** From the question to the answer, waiting for its turn included. A peer that works answers within 50 ms. */
const ASK_MS = 3_000

/** Timers are early or late by less; connecting has its own, shorter limit. */
const LATENESS_MS = 500

/** Who didn't answer isn't asked again for so long: pages ask every second or two. */
const SILENT_MS = 2_000

interface Silence {
  readonly until: Monotonic
  readonly answer: Answer
}

/** Whether what is said has the shape that was asked for; a path is always asked for with the same one. */
type Is = (value: unknown) => boolean

export function createAsk(deps: AskDeps): Ask {
  const { clock, timers, slices } = deps
  const shared = createSharedAnswers(deps)
  const turns = createTurns(timers, MAX_QUESTIONS_UNDER_WAY, MAX_WAITING_QUESTIONS)
  const silent = new Map<PeerAddress, Silence>()

  async function question(address: PeerAddress, path: string, is: Is): Promise<Answer> {
    const deadline = clock.monotonic() + ASK_MS
    const done = await turns.take(deadline)
    if (done === undefined) return { ok: false, reason: 'too many questions to other nodes at a time' }
    try {
      const response = await deps.get(address, path, deadline)
      const now = clock.monotonic()
      const late = now < deadline - LATENESS_MS ? 'no connection within 1 s' : `no answer within ${ASK_MS / 1000} s`
      const answer = await slices.run(judged(response, late, is))
      if (response.ok) silent.delete(address)
      else if (response.reason !== 'too-large') keepSilence(address, { until: now + SILENT_MS, answer })
      return answer
    } catch (error) {
      // A defect, and no reason for others to wait for ever.
      return { ok: false, reason: messageOf(error) }
    } finally {
      done()
    }
  }

  function keepSilence(address: PeerAddress, silence: Silence): void {
    if (silent.size >= MAX_SHARED_ANSWERS) {
      const now = clock.monotonic()
      for (const [old, { until }] of silent) if (until <= now) silent.delete(old)
      const [oldest] = silent.keys()
      if (silent.size >= MAX_SHARED_ANSWERS) silent.delete(oldest)
    }
    silent.set(address, silence)
  }

  function answerOf(address: PeerAddress, path: string, is: Is): Promise<Answer> {
    const silence = silent.get(address)
    if (silence !== undefined && clock.monotonic() < silence.until) return Promise.resolve(silence.answer)
    return shared.get(`${address} ${path}`, () => question(address, path, is))
  }

  return async <T>(
    { address, meta }: Parameters<Ask>[0],
    path: string,
    is: (value: unknown) => value is T,
  ): Promise<Told<T>> => {
    if (address === deps.self) return { ok: false, reason: 'it is this node itself' }
    const answer = await answerOf(address, path, is)
    if (!answer.ok) return { ok: false, reason: answer.foreign && meta === undefined ? ALLOY : answer.reason }
    return { ok: true, value: answer.value as T }
  }
}

/** In two steps of some milliseconds at most, when the peer means well. */
function* judged(response: HttpResponse | HttpFailure, late: string, is: Is): Generator<undefined, Answer> {
  const answer = readAnswer(response, late)
  yield
  return answer.ok && !is(answer.value) ? { ok: false, reason: UNEXPECTED } : answer
}
