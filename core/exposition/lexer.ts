/**
 * Reads exposition bodies line by line: text 0.0.4 and 1.0.0, OpenMetrics 0.0.1 and 1.0, from bytes, without allocating.
 *
 * Owns the grammar: what a line is, where its series, value, timestamp and exemplar stand, and whether the whole is
 * accepted, which it is exactly when Prometheus 3 accepts it. Any error ends the body: the caller then drops all of it.
 * Never looks at labels beyond their syntax (`labels.ts` does, once per new series), keeps no state between bodies, and
 * knows nothing of families' semantics. Follows Prometheus's documents on exposition formats, OpenMetrics 1.0, and
 * above both what Prometheus 3.13 does (its two lexers were compared with these by fuzzing).
 *
 * Deliberate differences from Prometheus, all of them lenience or silence on its side: leading blanks of a text line mean
 * nothing instead of becoming part of the metric name; a NUL byte beside the quotes of a label value is an error instead
 * of shifting the value; an OpenMetrics timestamp too large for an int64 stays in the far future instead of wrapping round.
 */
import { NEWLINE, SPACE, skipBlanks } from './bytes.ts'
import { LINE_SAMPLE, type LineCursor } from './cursor.ts'
import { scanDecimal, scanned } from './number.ts'
import { nextOpenMetricsLine, openMetricsTail } from './openmetrics.ts'
import { nextTextLine, textTail } from './text.ts'

export {
  createCursor,
  FAMILY_COUNTER,
  FAMILY_GAUGE,
  FAMILY_GAUGE_HISTOGRAM,
  FAMILY_HISTOGRAM,
  FAMILY_INFO,
  FAMILY_STATESET,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_OTHER,
  LINE_SAMPLE,
  LINE_TYPE,
  LINE_UNIT,
  type LineCursor,
  reset,
} from './cursor.ts'
export { FAMILY_NAMES } from './families.ts'

/**
 * Reads the line at `cursor.pos` and moves `pos` behind it. Returns LINE_*. After LINE_END and LINE_ERROR further calls
 * give the same answer.
 */
export function nextLine(cursor: LineCursor): number {
  return cursor.openmetrics ? nextOpenMetricsLine(cursor) : nextTextLine(cursor)
}

/**
 * The rest of a sample line whose series is known: `bytes[..seriesEnd)` was matched by the caller, `hasBraces` says that it
 * ends in `}`. True: valueStart, value, timestamp and exemplar* are set, `pos` is behind the line, and nextLine from the
 * line's start would have said the same. False: anything unusual, `pos` did not move; call nextLine from the line's start.
 */
export function sampleTail(cursor: LineCursor, seriesEnd: number, hasBraces: boolean): boolean {
  const { bytes, end } = cursor
  // One blank, a plain decimal, a newline: nearly every line there is, in both formats.
  if (seriesEnd < end && bytes[seriesEnd] === SPACE) {
    const stop = scanDecimal(bytes, seriesEnd + 1, end)
    if (stop >= 0 && stop < end && bytes[stop] === NEWLINE) {
      cursor.valueStart = seriesEnd + 1
      cursor.value = scanned[0]
      cursor.timestamp = Number.NaN
      cursor.exemplarStart = cursor.exemplarEnd = 0
      cursor.pos = stop + 1
      return true
    }
  }
  if (cursor.openmetrics) return seriesEnd < end && openMetricsTail(cursor, seriesEnd) === LINE_SAMPLE
  const value = skipBlanks(bytes, seriesEnd, end)
  // Without braces and blank the name might go on. Braces after a blank are no value, so textTail refuses them.
  if (!hasBraces && value === seriesEnd) return false
  return textTail(cursor, value) === LINE_SAMPLE
}
