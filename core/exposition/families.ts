/** The types of metric families as TYPE lines name them. */
import {
  FAMILY_COUNTER,
  FAMILY_GAUGE,
  FAMILY_GAUGE_HISTOGRAM,
  FAMILY_HISTOGRAM,
  FAMILY_INFO,
  FAMILY_STATESET,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
} from './cursor.ts'

interface Spelling {
  readonly bytes: Uint8Array
  readonly type: number
}

const TEXT: readonly Spelling[] = spellings([
  ['counter', FAMILY_COUNTER],
  ['gauge', FAMILY_GAUGE],
  ['histogram', FAMILY_HISTOGRAM],
  ['summary', FAMILY_SUMMARY],
  ['untyped', FAMILY_UNKNOWN],
])

const OPENMETRICS: readonly Spelling[] = spellings([
  ['counter', FAMILY_COUNTER],
  ['gauge', FAMILY_GAUGE],
  ['histogram', FAMILY_HISTOGRAM],
  ['gaugehistogram', FAMILY_GAUGE_HISTOGRAM],
  ['summary', FAMILY_SUMMARY],
  ['info', FAMILY_INFO],
  ['stateset', FAMILY_STATESET],
  ['unknown', FAMILY_UNKNOWN],
])

/** Names of the types by FAMILY_* number, as metadata of Prometheus spells them. */
export const FAMILY_NAMES: readonly string[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
]

/** FAMILY_* of exactly these bytes, or -1. */
export function familyTypeOf(bytes: Uint8Array, from: number, to: number, openmetrics: boolean): number {
  const known = openmetrics ? OPENMETRICS : TEXT
  for (let k = 0; k < known.length; k++) {
    const spelled = known[k].bytes
    if (spelled.length !== to - from) continue
    let i = 0
    while (i < spelled.length && spelled[i] === bytes[from + i]) i++
    if (i === spelled.length) return known[k].type
  }
  return -1
}

function spellings(types: readonly (readonly [name: string, type: number])[]): Spelling[] {
  const encoder = new TextEncoder()
  return types.map(([name, type]) => ({ bytes: encoder.encode(name), type }))
}
