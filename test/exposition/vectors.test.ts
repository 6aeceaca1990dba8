import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { expositionOf } from '../../core/exposition/content-type.ts'
import type { Format } from '../../core/exposition/lexer.ts'
import { parseExposition } from '../../core/exposition/parse.ts'
import { fromBase64 } from './bodies.ts'

interface Vector {
  readonly case: string
  readonly contentType: string
  readonly bodyBase64: string
  readonly up: boolean
  readonly scrapeSamplesScraped: number
  readonly series: readonly { readonly labels: Record<string, string>; readonly value: string }[]
}

interface Verdict {
  readonly format: Format
  readonly body: string
  readonly accepted: boolean
  readonly samples: readonly (readonly [labels: string[], bits: string, timestamp: number | null])[]
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')) as T
}

const { vectors } = fixture<{ vectors: Vector[] }>('exposition-vectors.json')

describe('what Prometheus 3.5.3 did with these bodies', () => {
  it('has all vectors', () => expect(vectors.length).toBe(110))

  it.each(vectors.map((vector) => [vector.case, vector] as const))('%s', (name, vector) => {
    const answer = expositionOf(vector.contentType, 'PrometheusText0.0.4')
    if (!answer.ok) throw new Error(answer.message)
    const parsed = parseExposition(fromBase64(vector.bodyBase64), answer.exposition as Format)
    expect(parsed.ok).toBe(vector.up)
    expect(parsed.ok ? parsed.samples.length : parsed.scraped).toBe(vector.scrapeSamplesScraped)
    if (!parsed.ok) return
    // The vectors show what an instant query found: the first of equal series, no empty labels.
    const found = new Map<string, string>()
    for (const { labels, value } of parsed.samples) {
      const key = keyOf(labels)
      if (!found.has(key)) found.set(key, promNumber(value))
    }
    for (const { labels, value } of vector.series) {
      const flat = Object.entries(labels).flat()
      // The one deviation: leading blanks don't become part of the metric name.
      const name_ = flat.indexOf('__name__') + 1
      if (name === 'tx_lead_ws') expect(flat[name_]).toBe('  a')
      flat[name_] = flat[name_].trimStart()
      expect([keyOf(flat), found.get(keyOf(flat))]).toEqual([keyOf(flat), value])
    }
    // Samples with old or far-future timestamps don't show in an instant query.
    const untimed = parsed.samples.filter((sample) => Number.isNaN(sample.timestamp))
    expect(new Set(untimed.map((sample) => keyOf(sample.labels))).size).toBe(vector.series.length)
  })
})

describe('what the parsers of Prometheus 3.13.2 say of generated bodies', () => {
  const { cases } = fixture<{ cases: Verdict[] }>('prometheus-3.13-verdicts.json')

  it('is what ours say', () => {
    expect(cases.length).toBeGreaterThan(500)
    for (const { format, body, accepted, samples } of cases) {
      const bytes = fromBase64(body)
      const parsed = parseExposition(bytes, format)
      const where = JSON.stringify(String.fromCharCode(...bytes))
      expect(parsed.ok, where).toBe(accepted)
      if (!parsed.ok) continue
      const ours = parsed.samples.map((sample) => [
        keyOf(sample.labels),
        bitsOf(sample.value),
        Number.isNaN(sample.timestamp) ? null : sample.timestamp,
      ])
      expect(ours, where).toEqual(samples.map(([labels, bits, timestamp]) => [keyOf(labels), bits, timestamp]))
    }
  })
})

function keyOf(labels: readonly string[]): string {
  const pairs: string[] = []
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i + 1] !== '') pairs.push(JSON.stringify([labels[i], labels[i + 1]]))
  }
  return pairs.sort().join()
}

function promNumber(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

function bitsOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}
