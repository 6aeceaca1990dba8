/**
 * Answers for all who ask the same at about the same time, such as several people with the same page open: those who come while
 * it is under way, or within a second of the question, get what the first one gets; a few seconds in clusters of hundreds, where
 * reading all answers takes a third of one. Owns what is kept and for how long; its bounds are MAX_SHARED_ANSWERS and MAX_SHARED_ANSWER_BYTES.
 */
import { MAX_SHARED_ANSWER_BYTES, MAX_SHARED_ANSWERS } from '../limits.ts'
import type { Clock, Monotonic } from '../ports.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { Answer } from './answer.ts'

export interface SharedAnswers {
  /** What is kept for this question, or else what `ask` resolves to; it must not reject. */
  get(question: string, ask: () => Promise<Answer>): Promise<Answer>
}

export interface SharedAnswersDeps {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Timers
  /** From then on nothing is kept, and no timer runs. */
  readonly stopping: AbortSignal
}

const KEPT_MS = 1_000
const LONGEST_KEPT_MS = 5_000
/** For each answer that is kept: one of a node that sees 200 peers takes 1.4 ms to be read, so reading them takes 6 % of a core at most. */
const KEPT_MS_EACH = 25

interface Entry {
  readonly answer: Promise<Answer>
  /** Infinity while it is under way. */
  until: Monotonic
  bytes: number
}

export function createSharedAnswers({ clock, timers, stopping }: SharedAnswersDeps): SharedAnswers {
  /** In the order of the questions. */
  const entries = new Map<string, Entry>()
  let bytes = 0
  let sweeping: Timer | undefined

  function drop(question: string, entry: Entry): void {
    if (entries.get(question) !== entry) return
    entries.delete(question)
    bytes -= entry.bytes
  }

  /** What is over goes by itself, also when nobody asks again. */
  function dropOld(): void {
    sweeping = undefined
    const now = clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const [question, entry] of entries) {
      if (entry.until <= now) drop(question, entry)
      else next = Math.min(next, entry.until)
    }
    sweepAt(next)
  }

  function keep(question: string, entry: Entry, answer: Answer, asked: Monotonic): void {
    if (entries.get(question) !== entry) return
    entry.until = asked + Math.max(KEPT_MS, Math.min(LONGEST_KEPT_MS, KEPT_MS_EACH * entries.size))
    entry.bytes = answer.ok ? answer.bytes : 0
    bytes += entry.bytes
    if (stopping.aborted || entry.until <= clock.monotonic() || bytes > MAX_SHARED_ANSWER_BYTES) drop(question, entry)
    else sweepAt(entry.until)
  }

  function sweepAt(at: Monotonic): void {
    if (sweeping !== undefined || at === Number.POSITIVE_INFINITY) return
    sweeping = timers.at(at, dropOld)
  }

  /** Those who wait for an answer that is under way get it. */
  stopping.addEventListener('abort', () => {
    sweeping?.cancel()
    entries.clear()
    bytes = 0
  })

  return {
    get(question, ask) {
      const asked = clock.monotonic()
      const known = entries.get(question)
      if (known !== undefined && asked < known.until) return known.answer
      if (known !== undefined) drop(question, known)
      const answer = ask()
      // Beyond the bound everybody asks for himself.
      if (entries.size >= MAX_SHARED_ANSWERS) return answer
      const entry: Entry = { answer, until: Number.POSITIVE_INFINITY, bytes: 0 }
      entries.set(question, entry)
      void answer.then((told) => keep(question, entry, told, asked))
      return answer
    },
  }
}
