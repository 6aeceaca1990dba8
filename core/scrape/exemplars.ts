/**
 * The exemplars of one target: which of those that a body shows are new. Bodies repeat an exemplar until another takes its place, so
 * what is remembered is the last one of each series. An update collects; only when it went well are they taken over.
 */
import { type Exemplar as Exposed, exemplarLabels } from '../exposition/labels.ts'
import type { LineCursor } from '../exposition/lexer.ts'
import { hashBytes, hashLabels } from '../hash/murmur.ts'
import { MAX_EXEMPLAR_CODE_POINTS } from '../limits.ts'
import type { Exemplar } from '../series/batch.ts'

export interface Exemplars {
  /** The cursor's sample has one: notes it for this slot unless it is the last one known. */
  fromLine(slot: number, cursor: LineCursor, sampleTimestamp: number): void
  /** As `fromLine`, for one that was decoded; those of a sample come in any order. */
  fromDecoded(slot: number, exposed: Exposed, sampleTimestamp: number): void
  /** Forgets what this update collected. */
  discard(): void
  /**
   * Finds out which of those collected are new, and remembers them; for a few milliseconds, false as long as there is more.
   * `timestamp`: the scrape's.
   */
  judge(timestamp: number): boolean
  /** What is new, of a series in the order of time; judges what is left to be judged. */
  take(timestamp: number): readonly Exemplar[] | undefined
  /** The slot is another series' from now on. */
  forget(slot: number): void
  /** Noted in this update so far, each of which took a microsecond or two. */
  readonly noted: number
  /** Of the last `take`. */
  readonly outOfOrder: number
  readonly tooLong: number
}

interface Pending {
  readonly slot: number
  readonly exposed: Exposed
  readonly hash: number
  /** Of the sample, NaN for the scrape's. */
  readonly sample: number
}

interface Last {
  /** Of the whole exemplar as exposed. */
  hash: number
  timestamp: number
}

/** Exemplars judged before the event loop gets a turn: some 2 ms. */
const SLICE = 5_000

export function createExemplars(seed: number): Exemplars {
  const last = new Map<number, Last>()
  let pending: Pending[] = []
  /** How many of those pending are judged, and which of them are new. */
  let judged = 0
  let fresh: Exemplar[] = []

  const exemplars: Exemplars & { outOfOrder: number; tooLong: number } = {
    get noted() {
      return pending.length
    },
    outOfOrder: 0,
    tooLong: 0,
    fromLine(slot, cursor, sample) {
      const hash = hashBytes(cursor.bytes, cursor.exemplarStart, cursor.exemplarEnd, seed)
      if (last.get(slot)?.hash === hash) return
      const exposed = exemplarLabels(cursor.bytes, cursor.exemplarStart, cursor.exemplarEnd)
      // A label name that stands twice makes no exemplar, and fails no scrape.
      if (!('error' in exposed)) pending.push({ slot, exposed, hash, sample })
    },
    fromDecoded(slot, exposed, sample) {
      const hash = hashLabels([...exposed.labels, String(exposed.value), String(exposed.timestamp)], seed)
      if (last.get(slot)?.hash !== hash) pending.push({ slot, exposed, hash, sample })
    },
    discard: clear,
    judge(timestamp) {
      if (judged === 0) {
        exemplars.outOfOrder = 0
        exemplars.tooLong = 0
      }
      const end = judged + SLICE
      while (judged < pending.length && judged < end) {
        const from = judged
        while (judged < pending.length && pending[judged].slot === pending[from].slot) judged++
        judgeSample(from, judged, timestamp)
      }
      return judged === pending.length
    },
    take(timestamp) {
      while (!exemplars.judge(timestamp));
      const taken = fresh
      clear()
      return taken.length === 0 ? undefined : taken
    },
    forget(slot) {
      last.delete(slot)
    },
  }

  function clear(): void {
    pending = []
    fresh = []
    judged = 0
  }

  /** As in Prometheus they are out of order only when all of a sample's are, since histograms repeat theirs. */
  function judgeSample(from: number, to: number, scrape: number): void {
    const group =
      to === from + 1 ? undefined : pending.slice(from, to).sort((a, b) => timeOf(a, scrape) - timeOf(b, scrape))
    let older = 0
    for (let i = from; i < to; i++) {
      const one = group?.[i - from] ?? pending[i]
      const { slot, exposed, hash } = one
      const timestamp = timeOf(one, scrape)
      const before = last.get(slot)
      if (before !== undefined && timestamp <= before.timestamp) {
        if (timestamp < before.timestamp) older++
      } else if (isTooLong(exposed.labels)) {
        exemplars.tooLong++
        // Remembered, or it would be read and counted at every scrape.
        last.set(slot, { hash, timestamp: before?.timestamp ?? Number.NEGATIVE_INFINITY })
      } else {
        last.set(slot, { hash, timestamp })
        fresh.push({ slot, labels: exposed.labels, value: exposed.value, timestamp })
      }
    }
    if (older === to - from) exemplars.outOfOrder += older
  }

  return exemplars
}

function timeOf({ exposed, sample }: Pending, scrape: number): number {
  if (!Number.isNaN(exposed.timestamp)) return exposed.timestamp
  return Number.isNaN(sample) ? scrape : sample
}

function isTooLong(labels: readonly string[]): boolean {
  let units = 0
  for (const text of labels) units += text.length
  if (units <= MAX_EXEMPLAR_CODE_POINTS) return false
  let count = 0
  for (const text of labels) for (const _ of text) count++
  return count > MAX_EXEMPLAR_CODE_POINTS
}
