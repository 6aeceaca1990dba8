/**
 * Goes through the records of one segment, in pieces of the file, and finds its way again behind damage. Reads only; knows
 * nothing of blocks. Whatever the bytes are, it ends, and holds no more of them than a piece or one record.
 */
import { HEADER_BYTES, isIntact, MAGIC, type RecordHeader, readHeader } from './record.ts'

export interface FoundRecord {
  readonly header: RecordHeader
  /** In the file. */
  readonly at: number
}

/** A record with its bytes; those are valid until the next call. */
export interface LoadedRecord {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where the record begins in `bytes`. */
  readonly at: number
}

export interface Scan {
  /** The next record with a sound header, behind the one before; undefined at the end. Rejects when the file can't be read. */
  next(): Promise<FoundRecord | undefined>
  /** The record that `next` found, when it is intact; else undefined, and `next` looks for others inside of it. */
  load(): Promise<LoadedRecord | undefined>
  /** The record that `next` found is no use: `next` looks for others inside of it. */
  distrust(): void
  /** Records and stretches between them that were damaged, so far. */
  readonly damages: number
}

export type ReadPiece = (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>

/** Looking inside of damaged records again and again could take forever with bytes made for it. */
const MAX_LOADED_IN_VAIN = 8

export function createScan(read: ReadPiece, end: () => number, pieceBytes: number): Scan {
  let piece = new Uint8Array(0)
  let view = new DataView(piece.buffer)
  let pieceAt = 0
  let found: FoundRecord | undefined
  let intact = false
  /** Where the next record should begin, or where to begin looking for one. */
  let at = 0
  let looking = false
  let damages = 0
  let inVain = 0

  /** Whether the bytes are there; they are in the piece then. */
  async function hold(from: number, length: number): Promise<boolean> {
    if (from >= pieceAt && from + length <= pieceAt + piece.length) return true
    const left = end() - from
    if (left < length) return false
    piece = await read(from, Math.min(left, Math.max(length, pieceBytes)))
    view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
    pieceAt = from
    return piece.length >= length
  }

  async function headerAt(from: number): Promise<RecordHeader | undefined> {
    return (await hold(from, HEADER_BYTES)) ? readHeader(view, from - pieceAt) : undefined
  }

  /** The first place from `from` on where a record might begin. */
  async function lookFrom(from: number): Promise<number | undefined> {
    for (let start = from; ; ) {
      if (!(await hold(start, HEADER_BYTES))) return undefined
      const here = piece.indexOf(MAGIC[0], start - pieceAt)
      if (here >= 0 && here + HEADER_BYTES <= piece.length) {
        if (MAGIC.every((byte, i) => piece[here + i] === byte)) return pieceAt + here
        start = pieceAt + here + 1
      } else start = here < 0 ? pieceAt + piece.length : pieceAt + here
    }
  }

  async function next(): Promise<FoundRecord | undefined> {
    const last = found
    found = undefined
    if (!looking) {
      const header = await headerAt(at)
      if (header !== undefined) return take(header)
      if (at >= end()) return undefined
      damages++
      looking = true
      // Bytes may be missing inside of the record before, and this one be where that should have been.
      at = last !== undefined && !intact ? last.at + HEADER_BYTES : at + 1
    }
    for (;;) {
      const place = await lookFrom(at)
      if (place === undefined) {
        // Not `end()`: something may be appended there.
        looking = true
        return undefined
      }
      at = place
      const header = await headerAt(place)
      if (header !== undefined) return take(header)
      at++
    }
  }

  function take(header: RecordHeader): FoundRecord {
    found = { header, at }
    at += header.bytes
    looking = false
    intact = false
    return found
  }

  function distrust(): void {
    if (found === undefined) return
    damages++
    inVain += found.header.bytes
    if (inVain > MAX_LOADED_IN_VAIN * end()) return
    at = found.at + HEADER_BYTES
    looking = true
  }

  return {
    next,
    distrust,
    async load() {
      if (found === undefined) return undefined
      const { header, at: from } = found
      if ((await hold(from, header.bytes)) && isIntact(header, view, from - pieceAt)) {
        intact = true
        return { bytes: piece, at: from - pieceAt }
      }
      distrust()
      return undefined
    },
    get damages() {
      return damages
    },
  }
}
