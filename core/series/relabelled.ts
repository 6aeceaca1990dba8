/**
 * A receiver that rewrites labels on the way to other receivers, or drops series. Batches pass through untouched: only
 * the answer to "which labels has this slot" changes, and it is given once per series. Owns those answers' counts; what
 * the rewriting is, it is told.
 */
import type { Labels } from '../labels/labels.ts'
import { type Batch, NO_SLOT, type Receiver, type SeriesSource, type Sink } from './batch.ts'
import { createFanout } from './fanout.ts'
import { lengthened } from './lengthened.ts'

/** Undefined: the series is dropped. */
export type Rewrite = (labels: Labels) => Labels | undefined

export interface RelabelCounts {
  /** Samples that came in, and those that went on. */
  processed: number
  written: number
  /** Series rewritten: what a cache would call a miss. */
  rewritten: number
}

export interface RelabelledReceiver {
  readonly receiver: Receiver
  readonly counts: Readonly<RelabelCounts>
  /** Answers that are remembered at present. */
  readonly remembered: number
  /** New rules: every series is asked about again. */
  setRewrite(rewrite: Rewrite): void
  setReceivers(receivers: readonly Receiver[]): void
}

const UNKNOWN = 0
const KEPT = 1
const DROPPED = 2

export function createRelabelled(
  name: string,
  first: Rewrite,
  firstReceivers: readonly Receiver[],
): RelabelledReceiver {
  let rewrite = first
  let receivers = firstReceivers
  let rules = 0
  const counts: RelabelCounts = { processed: 0, written: 0, rewritten: 0 }
  const open = new Set<{ setReceivers(receivers: readonly Receiver[]): void; readonly remembered: number }>()

  function openSink(upstream: SeriesSource): Sink {
    let verdicts = new Uint8Array(64)
    let generations = new Uint32Array(64)
    /** Labels worked out for the batch at hand, so that those behind don't make it be done again. */
    const fresh = new Map<number, Labels>()
    let version = -1
    let layout = -1
    /** Samples of the current layout that are series, and those that go on. */
    let present = 0
    let written = 0

    const source: SeriesSource = {
      name: upstream.name,
      get generations() {
        return upstream.generations
      },
      get version() {
        return upstream.version + rules
      },
      labels(slot) {
        return fresh.get(slot) ?? rewritten(slot)
      },
      metadata: (slot) => upstream.metadata(slot),
    }
    const fanout = createFanout(source, receivers)

    function rewritten(slot: number): Labels | undefined {
      const labels = upstream.labels(slot)
      return labels === undefined ? undefined : rewrite(labels)
    }

    /** Counts the samples of the batch; asks about every slot that is new. */
    function judge(batch: Batch): void {
      const current = upstream.generations
      if (verdicts.length < current.length) {
        verdicts = lengthened(verdicts, new Uint8Array(current.length))
        generations = lengthened(generations, new Uint32Array(current.length))
      }
      present = 0
      written = 0
      for (let i = 0; i < batch.count; i++) {
        const slot = batch.slots[i]
        if (slot === NO_SLOT) continue
        present++
        if (verdicts[slot] === UNKNOWN || generations[slot] !== current[slot]) {
          const labels = rewritten(slot)
          counts.rewritten++
          if (labels !== undefined) fresh.set(slot, labels)
          verdicts[slot] = labels === undefined ? DROPPED : KEPT
          generations[slot] = current[slot]
        }
        if (verdicts[slot] === KEPT) written++
      }
    }

    const handle = {
      setReceivers: (next: readonly Receiver[]) => fanout.setReceivers(next),
      get remembered() {
        return verdicts.reduce((sum, verdict) => sum + (verdict === UNKNOWN ? 0 : 1), 0)
      },
    }
    open.add(handle)

    return {
      append(batch) {
        if (version !== source.version) {
          version = source.version
          layout = -1
          verdicts.fill(UNKNOWN)
        }
        if (layout !== batch.layout) {
          layout = batch.layout
          judge(batch)
        }
        counts.processed += present
        counts.written += written
        const work = fanout.append(batch)
        if (work === undefined) fresh.clear()
        else return work.finally(() => fresh.clear())
        return undefined
      },
      close() {
        open.delete(handle)
        fanout.close()
      },
    }
  }

  return {
    receiver: { name, open: openSink },
    counts,
    get remembered() {
      let sum = 0
      for (const handle of open) sum += handle.remembered
      return sum
    },
    setRewrite(next) {
      rewrite = next
      rules++
    },
    setReceivers(next) {
      receivers = next
      for (const handle of open) handle.setReceivers(next)
    },
  }
}
