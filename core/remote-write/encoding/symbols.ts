/**
 * What remote_write 2.0 refers to, of all series of an endpoint: pairs of a label's name and value, and descriptions (metadata),
 * made of strings that stand here once. Each request has a table of symbols of its own; what a pair or a description looks
 * like in the open one is computed when it is met first and kept with the request's number, so that a label costs one look-up of
 * a small number, never of a string. Freed with its last user; bounded by the series that live.
 *
 * One request is open at a time. A string that it has a symbol for keeps its number until it ends, so that no symbol comes twice.
 */
import type { Metadata } from '../../series/metadata.ts'
import { type Bytes, createBytes, grown, reserve } from './bytes.ts'
import type { LabelBytes } from './label-bytes.ts'
import { createStrings, type Strings } from './strings.ts'
import { utf8Length, writeUtf8 } from './text.ts'
import { createTuples } from './tuples.ts'
import { MAX_VARINT_BYTES, writeVarint } from './varint.ts'

export interface Symbols {
  readonly strings: Strings
  /** Pairs and descriptions in use. */
  readonly pairs: number
  readonly descriptions: number

  /** The pair of the name at `i` and its value, with one user more. */
  acquirePair(labels: LabelBytes, i: number): number
  /** The same for one that is known to be in use. */
  keepPair(pair: number): void
  releasePair(pair: number): void
  /** Raw bytes of its name and value in the table of symbols. */
  pairBytes(pair: number): number
  /** NOTHING_SAID when it says nothing. */
  acquireDescription(metadata: Metadata): number
  releaseDescription(description: number): void
  descriptionBytes(description: number): number

  /** Begins the symbols of a request in `table`: what is referred to from here on is appended there. */
  begin(table: Bytes): void
  /** The request is finished. */
  end(): void
  /** What the request calls a string that no series has: kept until its end. */
  refer(text: string): number
  /** A multiple of eight, another one for each request. */
  readonly request: number
  /**
   * Two words per pair: `request` + the number of bytes, and up to four bytes, the references of name and value as varints.
   * Valid when the first is `request` + 1 to 4; otherwise `lookUp` makes it so, or sets it to `request` + LONG, when they are longer.
   */
  readonly pairWords: Uint32Array
  lookUp(pair: number): void
  /** What to write for one that is LONG. */
  appendLong(out: Bytes, pair: number): void
  /** The field `metadata` of a series: valid until the next call, in a buffer of at least 24 bytes. */
  describe(description: number): Bytes
}

export const LONG = 5
export const NOTHING_SAID = 0

/** Numbers of requests in 29 bits, above the number of bytes. */
const MAX_REQUEST = 2 ** 32 - 16
const SYMBOL_TAG = 0x22
const METADATA_TAG = 0x2a
/** Texts are copied in whole words, which end behind them: what is there is nobody's. */
const OVERRUN = 4

export function createSymbols(seed: number): Symbols {
  const strings = createStrings(seed)
  let request = 8
  let table = createBytes(0)
  let nextReference = 1
  /** Two words per string: the request, and its reference there. */
  let stringWords = new Uint32Array(0)
  /** Strings without users that the open request has symbols for, and those that are used for its sake only. */
  const dying: number[] = []
  const borrowed: number[] = []

  const pairs = createTuples(2, dismiss)
  let pairWords = new Uint32Array(0)
  const descriptions = createTuples(3, dismiss)
  /** What was described last, which the next series often is as well. */
  let described: Metadata | undefined
  let describedAs = NOTHING_SAID
  const scratch = createBytes(256)
  /** The field as the open request has it, of the description that was written last. */
  const written = createBytes(32)
  let writtenFor = NOTHING_SAID
  let writtenRequest = 0

  function dismiss(id: number): void {
    if (!strings.release(id)) return
    if (2 * id < stringWords.length && stringWords[2 * id] === request) dying.push(id)
    else strings.free(id)
  }

  function acquireText(text: string): number {
    const size = utf8Length(text)
    scratch.length = 0
    reserve(scratch, size)
    writeUtf8(scratch, text, size)
    return strings.acquire(scratch.bytes, 0, size)
  }

  function referenceOf(id: number): number {
    if (id === 0) return 0
    if (2 * id >= stringWords.length) stringWords = grown(stringWords, 2 * strings.capacity)
    if (stringWords[2 * id] === request) return stringWords[2 * id + 1]
    const { arena, starts, lengths } = strings
    const length = lengths[id]
    reserve(table, 1 + MAX_VARINT_BYTES + length + OVERRUN)
    table.bytes[table.length++] = SYMBOL_TAG
    writeVarint(table, length)
    copyWords(arena.view, starts[id], table.view, table.length, length)
    table.length += length
    stringWords[2 * id] = request
    stringWords[2 * id + 1] = nextReference
    return nextReference++
  }

  function acquireDescription(metadata: Metadata): number {
    if (metadata === described) {
      descriptions.keep(describedAs)
      return describedAs
    }
    const { type, help, unit } = metadata
    if (type === 0 && help === '' && unit === '') return NOTHING_SAID
    const id = descriptions.acquire(acquireText(help), acquireText(unit), type)
    described = metadata
    describedAs = id
    return id
  }

  return {
    strings,
    get pairs() {
      return pairs.live
    },
    get descriptions() {
      return descriptions.live
    },
    acquirePair({ buffer, starts, lengths }, i) {
      const name = strings.acquire(buffer.bytes, starts[i], starts[i] + lengths[i])
      const value = strings.acquire(buffer.bytes, starts[i + 1], starts[i + 1] + lengths[i + 1])
      const pair = pairs.acquire(name, value, 0)
      pairWords = grown(pairWords, 2 * pairs.capacity)
      // Its number may have been another pair's in this very request.
      if (pairs.users(pair) === 1) pairWords[2 * pair] = 0
      return pair
    },
    keepPair: pairs.keep,
    releasePair: pairs.release,
    pairBytes: (pair) => {
      const { lengths } = strings
      return lengths[pairs.first(pair)] + lengths[pairs.second(pair)] + 2 * (1 + MAX_VARINT_BYTES)
    },
    acquireDescription,
    releaseDescription(description) {
      if (description === NOTHING_SAID || !descriptions.release(description)) return
      if (description === describedAs) described = undefined
      if (description === writtenFor) writtenFor = NOTHING_SAID
    },
    descriptionBytes(description) {
      if (description === NOTHING_SAID) return 0
      const { lengths } = strings
      return lengths[descriptions.first(description)] + lengths[descriptions.second(description)] + 64
    },
    begin(into) {
      table = into
      nextReference = 1
      reserve(table, 2)
      table.bytes[table.length++] = SYMBOL_TAG
      table.bytes[table.length++] = 0
    },
    end() {
      for (const id of borrowed.splice(0)) dismiss(id)
      request += 8
      if (request > MAX_REQUEST) {
        request = 8
        pairWords.fill(0)
        stringWords.fill(0)
        writtenRequest = 0
      }
      for (const id of dying.splice(0)) strings.free(id)
    },
    refer(text) {
      const id = acquireText(text)
      if (id !== 0) borrowed.push(id)
      return referenceOf(id)
    },
    get request() {
      return request
    },
    get pairWords() {
      return pairWords
    },
    lookUp(pair) {
      const name = referenceOf(pairs.first(pair))
      const value = referenceOf(pairs.second(pair))
      const nameBytes = name < 0x80 ? 1 : 2
      const valueBytes = value < 0x80 ? 1 : 2
      if (name >= 0x4000 || value >= 0x4000) {
        pairWords[2 * pair] = request + LONG
        return
      }
      const first = nameBytes === 1 ? name : (name & 0x7f) | 0x80 | ((name >> 7) << 8)
      const second = valueBytes === 1 ? value : (value & 0x7f) | 0x80 | ((value >> 7) << 8)
      pairWords[2 * pair] = request + nameBytes + valueBytes
      pairWords[2 * pair + 1] = (first | (second << (8 * nameBytes))) >>> 0
    },
    appendLong(out, pair) {
      reserve(out, 2 * MAX_VARINT_BYTES)
      writeVarint(out, referenceOf(pairs.first(pair)))
      writeVarint(out, referenceOf(pairs.second(pair)))
    },
    describe(description) {
      if (description === writtenFor && writtenRequest === request) return written
      written.length = 2
      written.bytes[written.length++] = 0x08
      writeVarint(written, descriptions.third(description))
      written.bytes[written.length++] = 0x18
      writeVarint(written, referenceOf(descriptions.first(description)))
      written.bytes[written.length++] = 0x20
      writeVarint(written, referenceOf(descriptions.second(description)))
      written.bytes[0] = METADATA_TAG
      written.bytes[1] = written.length - 2
      writtenFor = description
      writtenRequest = request
      return written
    },
  }
}

function copyWords(from: DataView, start: number, to: DataView, at: number, length: number): void {
  for (let i = 0; i < length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true)
}
