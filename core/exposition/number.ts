/**
 * Numbers as the exposition formats spell them: Go's ParseFloat without hexadecimal floats and digit separators
 * (Prometheus takes neither), and Go's shortest 'g' form for printing. Results are exact: the nearest double.
 *
 * Read values are left in `scanned[0]`: a double that a function returns is allocated unless the call is inlined.
 */

/** Where `scanDecimal` and `readNumber` leave the value. */
export const scanned: Float64Array = new Float64Array(1)

/** Powers of ten that are doubles without rounding. */
const POWERS = new Float64Array(23)
for (let i = 0; i < POWERS.length; i++) POWERS[i] = Number(`1e${i}`)

/** An integer below this times (or divided by) an exact power of ten needs one rounding only. */
const MAX_EXACT = 2 ** 53
const MAX_SAFE = Number.MAX_SAFE_INTEGER

/**
 * The fast lane: `-?digits[.digits][e[+-]digits]` from `i` on, as far as it goes. Returns the position after it with the
 * value in `scanned[0]`, or -1 when the value needs more care (too many digits, an odd spelling, not a number at all).
 * The caller checks what stands there.
 */
export function scanDecimal(bytes: Uint8Array, i: number, end: number): number {
  const negative = i < end && bytes[i] === 0x2d
  if (negative) i++
  const start = i
  let mantissa = 0
  let digit = 0
  while (i < end && (digit = bytes[i] - 0x30) >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit
    i++
  }
  let digits = i - start
  let exponent = 0
  if (i < end && bytes[i] === 0x2e) {
    const point = ++i
    while (i < end && (digit = bytes[i] - 0x30) >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      i++
    }
    exponent = point - i
    digits -= exponent
  }
  // Beyond 2^53 the sum may have been rounded; below it never was.
  if (digits === 0 || mantissa >= MAX_EXACT) return -1
  if (i < end && (bytes[i] | 0x20) === 0x65) {
    i++
    const sign = i < end ? bytes[i] : 0
    if (sign === 0x2d || sign === 0x2b) i++
    const first = i
    let written = 0
    while (i < end && (digit = bytes[i] - 0x30) >= 0 && digit <= 9) {
      written = written * 10 + digit
      i++
    }
    if (i === first || i - first > 3) return -1
    exponent += sign === 0x2d ? -written : written
  }
  if (exponent < 0) {
    if (exponent < -22) return -1
    mantissa /= POWERS[-exponent]
  } else if (exponent > 0) {
    if (exponent > 22) return -1
    mantissa *= POWERS[exponent]
  }
  scanned[0] = negative ? -mantissa : mantissa
  return i
}

const ascii = new TextDecoder()
const encoder = new TextEncoder()

/**
 * Reads exactly `bytes[from..to)`: every accepted spelling, `inf`, `infinity` and `nan` in any letter case included.
 * Returns whether it is a number that fits a double (overflow is an error, underflow is not); the value is in `scanned[0]`.
 */
export function readNumber(bytes: Uint8Array, from: number, to: number): boolean {
  if (scanDecimal(bytes, from, to) === to) return true
  if (isDecimal(bytes, from, to)) {
    const value = Number(ascii.decode(bytes.subarray(from, to)))
    scanned[0] = value
    return Number.isFinite(value)
  }
  return readWord(bytes, from, to)
}

/** Checked by hand because Number() takes what Go does not: the empty text, blanks, 0x10, 0b1. */
function isDecimal(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from
  if (i < to && (bytes[i] === 0x2d || bytes[i] === 0x2b)) i++
  const start = i
  i = skipDigits(bytes, i, to)
  let digits = i - start
  if (i < to && bytes[i] === 0x2e) {
    const point = ++i
    i = skipDigits(bytes, i, to)
    digits += i - point
  }
  if (digits === 0) return false
  if (i < to && (bytes[i] | 0x20) === 0x65) {
    i++
    if (i < to && (bytes[i] === 0x2d || bytes[i] === 0x2b)) i++
    const first = i
    i = skipDigits(bytes, i, to)
    if (i === first) return false
  }
  return i === to
}

function skipDigits(bytes: Uint8Array, i: number, end: number): number {
  while (i < end && bytes[i] >= 0x30 && bytes[i] <= 0x39) i++
  return i
}

function readWord(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > '+infinity'.length) return false
  let word = ''
  for (let i = from; i < to; i++) word += String.fromCharCode(bytes[i])
  switch (word.toLowerCase()) {
    case 'nan': // a sign before it is an error in Go
      scanned[0] = Number.NaN
      return true
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      scanned[0] = Number.POSITIVE_INFINITY
      return true
    case '-inf':
    case '-infinity':
      scanned[0] = Number.NEGATIVE_INFINITY
      return true
    default:
      return false
  }
}

const MAX_INT64 = '9223372036854775807'

/**
 * An unsigned decimal integer, as timestamps of the text format are. `bytes[from..to)` must be digits, at least one. False
 * when it does not fit a signed 64-bit integer; what is beyond 2^53 is cut to 2^53 - 1.
 */
export function readTimestamp(bytes: Uint8Array, from: number, to: number): boolean {
  let value = 0
  if (to - from > 15) {
    while (from < to - 1 && bytes[from] === 0x30) from++
    if (to - from > MAX_INT64.length) return false
    if (to - from === MAX_INT64.length && ascii.decode(bytes.subarray(from, to)) > MAX_INT64) return false
  }
  for (let i = from; i < to; i++) value = value * 10 + bytes[i] - 0x30
  scanned[0] = value > MAX_SAFE ? MAX_SAFE : value
  return true
}

/** Milliseconds of OpenMetrics seconds: cut towards zero, and cut to the safe integers. */
export function millisFromSeconds(seconds: number): number {
  const millis = Math.trunc(seconds * 1000)
  // `+ 0` turns -0 into 0.
  return millis > MAX_SAFE ? MAX_SAFE : millis < -MAX_SAFE ? -MAX_SAFE : millis + 0
}

/** The spelling that Prometheus 3 gives `le` and `quantile`: Go's shortest 'g' form, `.0` after bare integers. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  if (value === 0) return '0.0' // also for -0
  // JavaScript finds the same shortest digits as Go; only the layout differs.
  const [digits, written] = value.toExponential().split('e')
  const exponent = Number(written)
  if (exponent < -4 || exponent >= 6) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${digits}e${exponent < 0 ? '-' : '+'}${size}`
  }
  const text = String(value) // plain in JavaScript too: it switches below 1e-6 and from 1e21 on
  return text.includes('.') ? text : `${text}.0`
}

/**
 * `formatFloat` of a number in text form; undefined when it is none. (Prometheus also normalises hexadecimal floats and
 * digit separators here, which nobody writes and no value may contain; they are left alone.)
 */
export function canonicalFloat(text: string): string | undefined {
  const bytes = encoder.encode(text)
  return readNumber(bytes, 0, bytes.length) ? formatFloat(scanned[0]) : undefined
}
