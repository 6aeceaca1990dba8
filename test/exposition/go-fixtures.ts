/** What Prometheus's own parsers made of bodies that its own encoder wrote: fixtures/histograms/parsed.go. */
import { readFileSync } from 'node:fs'

export interface GoExemplar {
  readonly labels: readonly string[]
  readonly value: string
  readonly timestamp?: number
}

export interface GoHistogram {
  readonly float: boolean
  readonly schema: number
  readonly count: string
  readonly sum: string
  readonly zeroThreshold: string
  readonly zeroCount: string
  readonly positiveSpans: readonly (readonly [number, number])[]
  readonly positiveCounts: readonly string[]
  readonly negativeSpans: readonly (readonly [number, number])[]
  readonly negativeCounts: readonly string[]
  readonly customValues: readonly string[]
  readonly gauge: boolean
}

export interface GoRow {
  readonly labels: readonly string[]
  readonly value?: string
  readonly timestamp?: number
  readonly start?: number
  readonly histogram?: GoHistogram
  readonly exemplars?: readonly GoExemplar[]
  /** Only where it is another than that of the row before. */
  readonly family?: string
  readonly type?: string
  readonly help?: string
  readonly unit?: string
}

export interface GoResult {
  readonly options: { readonly native: boolean; readonly classic: boolean; readonly convert: boolean }
  readonly error?: string
  readonly rows?: readonly GoRow[]
}

export interface GoFixture {
  readonly name: string
  readonly contentType: string
  /** Base64. */
  readonly body: string
  readonly results: readonly GoResult[]
}

export function goFixtures(): readonly GoFixture[] {
  const file = new URL('../fixtures/histograms/parsed.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as GoFixture[]
}
