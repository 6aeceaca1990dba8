/**
 * Which family a line belongs to, and what is said of it. What counts is the *block*: the HELP, TYPE and UNIT lines between one sample
 * and the next; it is in force until the next block. Nothing of it is kept as text: each row has a mark, by which
 * a change is noticed, and who wants the words is given them from the body that is kept anyway.
 */

import type { DecodedFamily } from '../exposition/decoded.ts'
import { familyName, helpText } from '../exposition/labels.ts'
import {
  createCursor,
  FAMILY_COUNTER,
  FAMILY_GAUGE_HISTOGRAM,
  FAMILY_HISTOGRAM,
  FAMILY_INFO,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_SAMPLE,
  LINE_TYPE,
  LINE_UNIT,
  type LineCursor,
  nextLine,
  reset,
} from '../exposition/lexer.ts'
import { decodeUtf8 } from '../exposition/strings.ts'
import { hashBytes } from '../hash/murmur.ts'
import type { Metadata } from '../series/metadata.ts'
import type { Body } from './bodies.ts'
import type { Lines } from './lines.ts'

/** As many as there are types. */
const TYPE_BITS = 7
const HASH_SEED = 0x51ed270b

/** Type in force (FAMILY_*), and 28 bits of a hash of the block that is in force; small integers, which engines handle best. */
export function markOf(type: number, hash: number): number {
  return (hash & 0x7fffffff & ~TYPE_BITS) | type
}

export function typeOf(mark: number): number {
  return mark & TYPE_BITS
}

/** Reads marks off while a body is read line by line. */
export interface MarkReader {
  /** Mark of the samples to come. */
  mark: number
  /** The sample to come has lines of a block in front of it. */
  inBlock: boolean
  type: number
  hash: number
}

export function createMarkReader(): MarkReader {
  return { mark: 0, inBlock: false, type: FAMILY_UNKNOWN, hash: 0 }
}

/** Goes on behind a sample that has this mark. */
export function beginMarks(reader: MarkReader, mark: number): void {
  reader.mark = mark
  reader.inBlock = false
  reader.type = typeOf(mark)
}

/** The mark of the sample that was read: lines behind it begin another block. */
export function sampleRead(reader: MarkReader): number {
  reader.inBlock = false
  return reader.mark
}

/** The cursor has read a TYPE, HELP or UNIT line. */
export function readMark(reader: MarkReader, cursor: LineCursor, kind: number): void {
  if (kind === LINE_TYPE) reader.type = cursor.familyType
  const seed = reader.inBlock ? reader.hash : HASH_SEED
  reader.inBlock = true
  // The whole line, its keyword too; the bytes before `nameStart` are the same for all spellings of one kind of line.
  reader.hash = hashBytes(cursor.bytes, cursor.nameStart, cursor.textEnd, seed ^ kind)
  reader.mark = markOf(reader.type, reader.hash)
}

export function isMetadata(kind: number): boolean {
  return kind === LINE_TYPE || kind === LINE_HELP || kind === LINE_UNIT
}

/** What a block says of the family that it names last; reads from the cursor's position to the first sample, or to `end`. */
export function readBlock(cursor: LineCursor, end: number): Metadata | undefined {
  let family: string | undefined
  let type = FAMILY_UNKNOWN
  let help = ''
  let unit = ''
  while (cursor.pos < end) {
    const kind = nextLine(cursor)
    if (kind === LINE_SAMPLE || kind === LINE_END || kind === LINE_ERROR) break
    if (!isMetadata(kind)) continue
    const name = familyName(cursor)
    if (name !== family) {
      family = name
      type = FAMILY_UNKNOWN
      help = unit = ''
    }
    if (kind === LINE_TYPE) type = cursor.familyType
    else if (kind === LINE_HELP) help = helpText(cursor)
    else unit = decodeUtf8(cursor.bytes, cursor.textStart, cursor.textEnd) ?? ''
  }
  return family === undefined ? undefined : { family, type, help, unit }
}

/** The same for a body that was decoded as a whole. */
export function metadataOf({ name, type, help, unit }: DecodedFamily): Metadata {
  return { family: name, type, help, unit }
}

/** Finds blocks of one body, for rows that are asked about mostly in their order: a target may have 100,000 families. */
export interface BlockFinder {
  readonly lines: Lines
  readonly cursor: LineCursor
  /** These rows are known to have the block in force; none when `last` is below `first`. */
  first: number
  last: number
  block: Metadata | undefined
}

export function createBlockFinder(lines: Lines, body: Body, format: Format): BlockFinder {
  const cursor = createCursor(format)
  reset(cursor, body.bytes, body.length)
  return { lines, cursor, first: 0, last: -1, block: undefined }
}

/** The block in force at a row, whose line begins at `start`. */
export function blockAt(finder: BlockFinder, row: number, start: number): Metadata | undefined {
  const { lines, cursor } = finder
  let at = row
  // Back to the row that the block stands in front of, or to one that is known to have it.
  for (; at < finder.first || at > finder.last; at--) {
    const lead = lines.lead[at]
    const blockStart = start - lead
    cursor.pos = blockStart
    const block = lead > 0 ? readBlock(cursor, start) : undefined
    if (block !== undefined || at === lines.first) {
      finder.first = at
      finder.block = block
      break
    }
    start = blockStart - lines.length[at - 1]
  }
  finder.last = row
  return finder.block
}

const COUNTER_SUFFIXES = ['_total', '_created']
const SUFFIXES: ReadonlyMap<number, readonly string[]> = new Map([
  [FAMILY_COUNTER, COUNTER_SUFFIXES],
  [FAMILY_HISTOGRAM, ['_bucket', '_count', '_sum', '_created']],
  [FAMILY_GAUGE_HISTOGRAM, ['_bucket', '_gcount', '_gsum']],
  [FAMILY_SUMMARY, ['_count', '_sum', '_created']],
  [FAMILY_INFO, ['_info']],
])

/** Whether a series of this name is of the family: its name, or that with a suffix that the family's type allows. */
export function isOfFamily(name: string, { family, type }: Pick<Metadata, 'family' | 'type'>): boolean {
  if (!name.startsWith(family)) return false
  if (name.length === family.length) return true
  return SUFFIXES.get(type)?.includes(name.slice(family.length)) ?? false
}

/** Whether lines of a block are among `bytes[from..to)`, which lead to a sample. */
export function hasBlock(cursor: LineCursor, from: number, to: number): boolean {
  cursor.pos = from
  while (cursor.pos < to) {
    const kind = nextLine(cursor)
    if (isMetadata(kind)) return true
    if (kind === LINE_SAMPLE || kind === LINE_END || kind === LINE_ERROR) break
  }
  return false
}
