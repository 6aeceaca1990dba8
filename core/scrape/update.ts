/**
 * Takes a body over into the table of lines, in steps, or leaves everything as it was:
 *   diff.ts         walks over the two bodies in equal runs and edits the table in place where lines differ;
 *   rebuild.ts      reads the body line by line with a look-up each: the first scrape, and bodies that differ too much;
 *   take-decoded.ts takes what a decoder made of a body whose lines can't be compared as they came;
 *   admission.ts    turns the bytes of a series not seen before into labels, once.
 * Keeps no body and knows nothing of batches.
 */
import { NEWLINE } from '../exposition/bytes.ts'
import type { Exposition } from '../exposition/content-type.ts'
import type { Decoded, Decoder } from '../exposition/decoded.ts'
import { createCursor, type Format, type LineCursor } from '../exposition/lexer.ts'
import type { Body } from './bodies.ts'
import { beginDiff, type DiffWalk, stepDiff } from './diff.ts'
import { clearLines } from './lines.ts'
import { beginRebuild, type RebuildWalk, stepRebuild } from './rebuild.ts'
import { beginSpeakers, type Speakers, type SpeakerWalk, stepSpeakers } from './starts.ts'
import { dropLine, type Table } from './table.ts'
import { beginDecoded, type DecodedWalk, stepDecoded } from './take-decoded.ts'

export interface Update {
  /** The table's body is opened; `body` is not to change until the update is finished or given up. */
  begin(body: Body, exposition: Exposition): void
  /** Works for some milliseconds; false as long as there is more. At the end table.failure tells whether it failed. */
  step(): boolean
  /** After it went well. `lines`: what is to be kept of a body that was decoded, unless it is the same as before. */
  finish(): { readonly lines: Body | undefined; readonly unconverted: number }
  /** After it failed. */
  giveUp(): void
  /** What the table's body was decoded from, as long as its decoder has not gone on to another; undefined for one read by lines. */
  decoded(): Decoded | undefined
  /** Which rows of the table say when others began; undefined when none do. */
  speakers(): Speakers | undefined
}

/** After a body that differed too much for edits, so many are rebuilt at once before edits are tried again. */
const REBUILDS_IN_A_ROW = 3

type Phase =
  | { kind: 'idle' }
  | { kind: 'diff'; walk: DiffWalk }
  | { kind: 'rebuild' | 'undo'; walk: RebuildWalk }
  | { kind: 'decode'; decoder: Decoder }
  | { kind: 'take'; walk: DecodedWalk }
  | { kind: 'speakers'; walk: SpeakerWalk }

const IDLE: Phase = { kind: 'idle' }

export function createUpdate(table: Table, decoderOf: (format: Exposition) => Decoder | undefined): Update {
  let cursor: LineCursor = createCursor(table.format)
  /** Of the kept body, should the next one fail. */
  let formatBefore: Format = table.format
  let phase: Phase = IDLE
  let next: Body | undefined
  let rebuildsLeft = 0
  const decoders = new Map<Exposition, Decoder | undefined>()
  /** Of the body under way. */
  let decoder: Decoder | undefined
  let decoded: Decoded | undefined
  /** The lines of the kept body are series alone. */
  let keptIsDecoded = false
  /** What came of a body that was decoded. */
  let taken: DecodedWalk | undefined
  let speakers: Speakers | undefined

  function begin(body: Body, exposition: Exposition): void {
    next = body
    taken = undefined
    table.changed = false
    table.edited = false
    table.failure = undefined
    formatBefore = table.format
    decoder = undefined
    if (body.length === 0) return
    decoder = decoderFor(exposition)
    // What is decoded is written down in the text format.
    const format = decoder === undefined && exposition !== 'protobuf' ? exposition : 'text'
    if (format !== table.format) {
      setFormat(format)
      rebuildsLeft = Math.max(rebuildsLeft, 1)
    }
    if (decoder !== undefined) {
      decoded = undefined
      decoder.begin(body.bytes, body.length)
      phase = { kind: 'decode', decoder }
      return
    }
    if (body.bytes[body.length - 1] !== NEWLINE) body.bytes[body.length++] = NEWLINE
    if (table.body === undefined || table.body.length === 0 || keptIsDecoded || rebuildsLeft > 0) {
      if (rebuildsLeft > 0) rebuildsLeft--
      phase = { kind: 'rebuild', walk: beginRebuild(table, cursor, body, table.sampleLimit) }
    } else {
      phase = { kind: 'diff', walk: beginDiff(table, cursor, body) }
    }
  }

  function decoderFor(format: Exposition): Decoder | undefined {
    if (!decoders.has(format)) decoders.set(format, decoderOf(format))
    return decoders.get(format)
  }

  function setFormat(format: Format): void {
    table.format = format
    cursor = createCursor(format)
  }

  function step(): boolean {
    switch (phase.kind) {
      case 'idle':
        return true
      case 'diff': {
        const state = stepDiff(phase.walk)
        if (state === 'more') return false
        if (state === 'done') return endLines()
        if (state === 'failed') return beginUndo()
        rebuildsLeft = REBUILDS_IN_A_ROW
        // The exemplars of the lines edited so far come again.
        table.exemplars.discard()
        phase = { kind: 'rebuild', walk: beginRebuild(table, cursor, next as Body, table.sampleLimit) }
        return false
      }
      case 'rebuild':
        if (!stepRebuild(phase.walk)) return false
        return table.failure === undefined ? endLines() : beginUndo()
      case 'decode':
        return phase.decoder.step() && beginTake(phase.decoder.result())
      case 'take':
        if (!stepDecoded(phase.walk)) return false
        if (table.failure === undefined) taken = phase.walk
        return idle()
      case 'undo':
        return stepRebuild(phase.walk) && idle()
      case 'speakers':
        if (!stepSpeakers(phase.walk)) return false
        speakers = phase.walk.finding ? undefined : phase.walk.speakers
        return idle()
    }
  }

  function idle(): true {
    phase = IDLE
    return true
  }

  function beginTake(result: ReturnType<Decoder['result']>): boolean {
    if ('error' in result) {
      const { error, scraped, reason } = result
      table.failure = { error, scraped, reason }
      return idle()
    }
    phase = { kind: 'take', walk: beginDecoded(table, result, keptIsDecoded) }
    return false
  }

  /** The lines of a body are taken over. In OpenMetrics some may say when others began. */
  function endLines(): boolean {
    if (!table.changed) return idle()
    speakers = undefined
    table.lines.start = undefined
    if (table.format !== 'openmetrics' || !table.seenCreated) return idle()
    phase = { kind: 'speakers', walk: beginSpeakers(table.lines, next as Body) }
    return false
  }

  /** Edits of a failed update are undone by reading the kept body again, which is known to be good. */
  function beginUndo(): boolean {
    if (!table.edited) return idle()
    phase = { kind: 'undo', walk: beginRebuild(table, cursor, table.body as Body, 0) }
    return false
  }

  function finish(): { readonly lines: Body | undefined; readonly unconverted: number } {
    if (next?.length === 0) dropAllLines()
    next = undefined
    decoder?.rest()
    keptIsDecoded = taken !== undefined
    decoded = taken?.decoded
    if (taken === undefined) return { lines: undefined, unconverted: 0 }
    const { kept } = taken
    taken = undefined
    speakers = undefined
    return { lines: kept, unconverted: decoded?.unconverted ?? 0 }
  }

  function dropAllLines(): void {
    const { lines } = table
    speakers = undefined
    if (lines.count === lines.first) return
    for (let row = lines.first; row < lines.count; row++) dropLine(table, lines, row)
    clearLines(lines)
    table.changed = true
  }

  return {
    begin,
    step,
    finish,
    giveUp() {
      next = undefined
      decoder?.rest()
      table.exemplars.discard()
      if (formatBefore !== table.format) setFormat(formatBefore)
    },
    decoded: () => decoded,
    speakers: () => speakers,
  }
}
