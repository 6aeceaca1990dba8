/**
 * How receivers of samples take part in live debugging: in front of one, or beside those that samples go to. Owns what is said of a
 * sample; a batch that nobody watches costs one look at a boolean.
 */
import { formatLabels, type Labels } from '../../labels/labels.ts'
import type { Tap } from '../../live/live.ts'
import { type Batch, NO_SLOT, type Receiver, type SeriesSource } from '../../series/batch.ts'
import type { Rewrite } from '../../series/relabelled.ts'
import { rewriteText } from '../live-texts.ts'

export interface Meter {
  /** Takes nothing and holds up nobody. */
  readonly receiver: Receiver
  /** Samples that came, all sources together. */
  readonly total: number
}

/** To be put beside the receivers that the component forwards to: counts samples, and shows them. */
export function createMeter(name: string, tap: Tap): Meter {
  let total = 0
  return {
    receiver: {
      name,
      open: (source) => ({
        append(batch) {
          total += batch.count
          if (tap.watched) tellSamples(tap, source, batch)
          return undefined
        },
        close() {},
      }),
    },
    get total() {
      return total
    },
  }
}

/** The same receiver; whoever watches sees each sample that comes. */
export function showingSamples(receiver: Receiver, tap: Tap): Receiver {
  return showing(receiver, tap, tellSamples)
}

/** The same receiver; whoever watches sees the labels of each sample that comes, and what they are rewritten to. */
export function showingRewrites(receiver: Receiver, tap: Tap, rewrite: Rewrite): Receiver {
  return showing(receiver, tap, (tap, source, { count, slots }) => {
    tap.tell(count, (row) => {
      const labels = labelsAt(source, slots[row])
      return labels && rewriteText(labels, rewrite(labels))
    })
  })
}

type TellBatch = (tap: Tap, source: SeriesSource, batch: Batch) => void

function showing({ name, open }: Receiver, tap: Tap, tell: TellBatch): Receiver {
  return {
    name,
    open(source) {
      const sink = open(source)
      return {
        append(batch) {
          if (tap.watched) tell(tap, source, batch)
          return sink.append(batch)
        },
        close: () => sink.close(),
      }
    },
  }
}

function tellSamples(tap: Tap, source: SeriesSource, batch: Batch): void {
  tap.tell(batch.count, (row) => {
    const labels = labelsAt(source, batch.slots[row])
    return labels && sampleText(labels, batch, row)
  })
}

function labelsAt(source: SeriesSource, slot: number): Labels | undefined {
  return slot === NO_SLOT ? undefined : source.labels(slot)
}

function sampleText(labels: Labels, { timestamp, timestamps, stale, values, histograms }: Batch, row: number): string {
  const own = timestamps?.[row] ?? Number.NaN
  const text = `ts=${Number.isNaN(own) ? timestamp : own}, labels=${formatLabels(labels)}`
  const histogram = histograms?.get(row)
  if (stale?.[row] === 1) return `stale: ${text}`
  if (histogram !== undefined) return `histogram: ${text}, count=${histogram.count}, sum=${histogram.sum}`
  return `sample: ${text}, value=${values[row]}`
}
