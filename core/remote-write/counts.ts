/** Sums of what blocks hold. */
import type { Counts } from './block.ts'

export function plus(a: Counts, b: Counts): Counts {
  return {
    samples: a.samples + b.samples,
    histograms: a.histograms + b.histograms,
    exemplars: a.exemplars + b.exemplars,
    metadata: a.metadata + b.metadata,
  }
}

export function minus(a: Counts, b: Counts): Counts {
  return {
    samples: a.samples - b.samples,
    histograms: a.histograms - b.histograms,
    exemplars: a.exemplars - b.exemplars,
    metadata: a.metadata - b.metadata,
  }
}

/** Without what is below zero. */
export function positive(a: Counts): Counts {
  return {
    samples: Math.max(0, a.samples),
    histograms: Math.max(0, a.histograms),
    exemplars: Math.max(0, a.exemplars),
    metadata: Math.max(0, a.metadata),
  }
}

export function isNothing({ samples, histograms, exemplars, metadata }: Counts): boolean {
  return samples === 0 && histograms === 0 && exemplars === 0 && metadata === 0
}
