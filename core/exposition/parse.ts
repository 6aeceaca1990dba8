/** A whole body at once, as objects: for tests, lint and oracles. The scrape path never comes here. */
import {
  createCursor,
  FAMILY_UNKNOWN,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_SAMPLE,
  LINE_TYPE,
  LINE_UNIT,
  type LineCursor,
  reset,
} from './cursor.ts'
import { type Exemplar, exemplarLabels, exposedLabels, familyName, helpText } from './labels.ts'
import { nextLine } from './lexer.ts'
import { decodeUtf8 } from './strings.ts'

export interface ParsedSample {
  /** Flat, `__name__` first, then in the order exposed, empty values included. */
  readonly labels: readonly string[]
  readonly value: number
  /** Milliseconds; NaN when the line has none. */
  readonly timestamp: number
  readonly exemplar?: Exemplar
}

export interface ParsedFamily {
  readonly name: string
  /** FAMILY_*. */
  type: number
  help: string
  unit: string
}

export type ParsedExposition =
  | { readonly ok: true; readonly samples: readonly ParsedSample[]; readonly families: readonly ParsedFamily[] }
  | {
      readonly ok: false
      readonly error: string
      /** From 1; the column counts bytes. */
      readonly line: number
      readonly column: number
      /** Sample lines up to the error, which is what scrape_samples_scraped says of a failed scrape. */
      readonly scraped: number
    }

/** Parses a body as a scrape does: an error anywhere, duplicate label names included, is an error of the whole. */
export function parseExposition(bytes: Uint8Array, format: Format): ParsedExposition {
  const cursor = createCursor(format)
  reset(cursor, bytes, bytes.length)
  const samples: ParsedSample[] = []
  const families = new Map<string, ParsedFamily>()
  let familyType = FAMILY_UNKNOWN
  for (;;) {
    switch (nextLine(cursor)) {
      case LINE_END:
        return { ok: true, samples, families: [...families.values()] }
      case LINE_ERROR:
        return failure(bytes, cursor.errorAt, cursor.error, samples.length)
      case LINE_TYPE:
        familyType = cursor.familyType
        familyOf(families, cursor).type = familyType
        break
      case LINE_HELP:
        familyOf(families, cursor).help = helpText(cursor)
        break
      case LINE_UNIT:
        familyOf(families, cursor).unit = decodeUtf8(bytes, cursor.textStart, cursor.textEnd) ?? ''
        break
      case LINE_SAMPLE: {
        const { seriesStart, seriesEnd } = cursor
        const labels = exposedLabels(bytes, seriesStart, seriesEnd, format, familyType)
        if ('error' in labels) return failure(bytes, seriesStart, labels.error, samples.length + 1)
        samples.push({ labels, value: cursor.value, timestamp: cursor.timestamp, ...exemplarOf(cursor) })
        break
      }
    }
  }
}

function familyOf(families: Map<string, ParsedFamily>, cursor: LineCursor): ParsedFamily {
  const name = familyName(cursor)
  let family = families.get(name)
  if (family === undefined) families.set(name, (family = { name, type: FAMILY_UNKNOWN, help: '', unit: '' }))
  return family
}

/** Exemplars with repeated label names are left out: they don't fail a scrape. */
function exemplarOf(cursor: LineCursor): { exemplar?: Exemplar } {
  if (cursor.exemplarEnd === 0) return {}
  const exemplar = exemplarLabels(cursor.bytes, cursor.exemplarStart, cursor.exemplarEnd)
  return 'error' in exemplar ? {} : { exemplar }
}

function failure(bytes: Uint8Array, at: number, error: string, scraped: number): ParsedExposition {
  let line = 1
  let start = 0
  for (let i = 0; i < at; i++) {
    if (bytes[i] === 0x0a) {
      line++
      start = i + 1
    }
  }
  return { ok: false, error, line, column: at - start + 1, scraped }
}
