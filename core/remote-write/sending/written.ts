/**
 * What a receiver of 2.0 says it wrote, in the headers of its answer (spec §5.3), and what of a request that leaves
 * unwritten. Receivers of 1.0 say nothing, and are believed.
 */
import type { HttpResponse } from '../../ports.ts'
import type { Counts } from '../block.ts'

/** Counts of one kind that the answer doesn't speak of are 0; undefined when it speaks of none, or of none in numbers. */
export function writtenBy(answer: Pick<HttpResponse, 'header'>): Counts | undefined {
  const [samples, histograms, exemplars] = ['samples', 'histograms', 'exemplars'].map((kind) => {
    const text = answer.header(`x-prometheus-remote-write-${kind}-written`)?.trim()
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
  })
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0, metadata: 0 }
}

/** What was sent and is not written; undefined when that is nothing. Metadata have no header: they share the fate of all else. */
export function unwritten(sent: Counts, written: Counts): Counts | undefined {
  const samples = Math.max(0, sent.samples - written.samples)
  const histograms = Math.max(0, sent.histograms - written.histograms)
  const exemplars = Math.max(0, sent.exemplars - written.exemplars)
  return samples + histograms + exemplars === 0 ? undefined : { samples, histograms, exemplars, metadata: 0 }
}
