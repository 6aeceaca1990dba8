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
  /** What the update brought that is new, of a series in the order of time; it is remembered from now on. `timestamp`: the scrape's. */
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

export function createExemplars(seed: number): Exemplars {
  const last = new Map<number, Last>()
  let pending: Pending[] = []

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
    discard() {
      pending = []
    },
    take(timestamp) {
      exemplars.outOfOrder = 0
      exemplars.tooLong = 0
      if (pending.length === 0) return undefined
      const fresh: Exemplar[] = []
      for (let from = 0; from < pending.length; ) {
        let to = from + 1
        while (to < pending.length && pending[to].slot === pending[from].slot) to++
        takeSample(from, to, timestamp, fresh)
        from = to
      }
      pending = []
      return fresh.length === 0 ? undefined : fresh
    },
    forget(slot) {
      last.delete(slot)
    },
  }

  /** As in Prometheus they are out of order only when all of a sample's are, since histograms repeat theirs. */
  function takeSample(from: number, to: number, scrape: number, fresh: Exemplar[]): void {
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
