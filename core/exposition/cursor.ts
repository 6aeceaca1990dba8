/** Where a line-by-line reading of a body stands and what the last line held. One object per reader, reused for ever. */

export type Format = 'text' | 'openmetrics'

/** No more input. In OpenMetrics: `# EOF` was seen and nothing follows it. */
export const LINE_END = 0
export const LINE_SAMPLE = 1
export const LINE_TYPE = 2
export const LINE_HELP = 3
export const LINE_UNIT = 4
/** A comment or a blank line. */
export const LINE_OTHER = 5
/** `cursor.error` says what is wrong, `cursor.errorAt` where; `cursor.pos` did not move. */
export const LINE_ERROR = 6

export const FAMILY_UNKNOWN = 0
export const FAMILY_COUNTER = 1
export const FAMILY_GAUGE = 2
export const FAMILY_HISTOGRAM = 3
export const FAMILY_GAUGE_HISTOGRAM = 4
export const FAMILY_SUMMARY = 5
export const FAMILY_INFO = 6
export const FAMILY_STATESET = 7

/** All positions are byte offsets into `bytes`, ends are exclusive. Fields not named for a kind of line are stale then. */
export interface LineCursor {
  readonly openmetrics: boolean
  /** The input is `bytes[0..end)`; what lies behind `end` is never looked at. */
  bytes: Uint8Array
  end: number
  /** Where the next line starts. */
  pos: number
  /** OpenMetrics: `# EOF` was read. */
  sawEof: boolean
  /** First byte of the line, blanks before the series included. */
  lineStart: number

  // Sample lines.
  /** The series as exposed: from the name to its end or to the closing brace; blanks around it don't belong to it. */
  seriesStart: number
  seriesEnd: number
  /** Where the value begins. */
  valueStart: number
  /** NaN is only ever the ordinary NaN: no text spells a staleness marker. */
  value: number
  /** Milliseconds, NaN when the line has none. Beyond 2^53 it is cut to ±(2^53 - 1), which is far future or far past. */
  timestamp: number
  /** From `{` to the end of the line, for `exemplarLabels`; both 0 when there is none. */
  exemplarStart: number
  exemplarEnd: number

  // TYPE, HELP and UNIT lines.
  /** Family name without quotes, escapes not undone. */
  nameStart: number
  nameEnd: number
  /** What stands after the name and one blank. */
  textStart: number
  textEnd: number
  /** TYPE lines: FAMILY_*. */
  familyType: number

  /** What is wrong, for people. */
  error: string
  errorAt: number
}

const NO_BYTES = new Uint8Array(0)

/** Every number field starts as the kind of number it stays (integer or double), so that stores into it never allocate. */
export function createCursor(format: Format): LineCursor {
  return {
    openmetrics: format === 'openmetrics',
    bytes: NO_BYTES,
    end: 0,
    pos: 0,
    sawEof: false,
    lineStart: 0,
    seriesStart: 0,
    seriesEnd: 0,
    valueStart: 0,
    value: Number.NaN,
    timestamp: Number.NaN,
    exemplarStart: 0,
    exemplarEnd: 0,
    nameStart: 0,
    nameEnd: 0,
    textStart: 0,
    textEnd: 0,
    familyType: FAMILY_UNKNOWN,
    error: '',
    errorAt: 0,
  }
}

/** Starts over with another body. Call it with an empty array to let go of the last one. */
export function reset(cursor: LineCursor, bytes: Uint8Array, end: number): void {
  cursor.bytes = bytes
  cursor.end = end
  cursor.pos = 0
  cursor.sawEof = false
  cursor.error = ''
  cursor.errorAt = 0
}

/** For the rooms' own parsers: notes the problem. */
export function fail(cursor: LineCursor, at: number, error: string): typeof LINE_ERROR {
  cursor.errorAt = at
  cursor.error = error
  return LINE_ERROR
}
