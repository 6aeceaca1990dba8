/** Durations as text: Go's (`1h30m`, what arguments take) and Prometheus's (`1d`, what target labels take). */

export type DurationResult =
  | { readonly ok: true; readonly milliseconds: number }
  | { readonly ok: false; readonly message: string }

const GO_UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['\u00b5s', 1e-3], // the micro sign
  ['\u03bcs', 1e-3], // the Greek letter
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** 2^63 ns, where Go's durations end. */
const MAX_MILLISECONDS = 9_223_372_036_854

/** `1h30m`, `-1.5s`, `500ms`, `0`. No days or weeks: Go has none. Fractions of a millisecond are kept. */
export function parseGoDuration(text: string): DurationResult {
  const unsigned = text.replace(/^[-+]/, '')
  if (unsigned === '0') return { ok: true, milliseconds: 0 }
  const invalid: DurationResult = { ok: false, message: `invalid duration ${JSON.stringify(text)}` }
  if (unsigned === '') return invalid

  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y
  let milliseconds = 0
  while (part.lastIndex < unsigned.length) {
    const match = part.exec(unsigned)
    if (match === null) return invalid
    const unit = GO_UNITS.get(match[2])
    if (match[2] === '') return { ok: false, message: `missing unit in duration ${JSON.stringify(text)}` }
    if (unit === undefined) {
      return { ok: false, message: `unknown unit ${JSON.stringify(match[2])} in duration ${JSON.stringify(text)}` }
    }
    milliseconds += Number(match[1]) * unit
  }
  if (milliseconds > MAX_MILLISECONDS) return invalid
  return { ok: true, milliseconds: text.startsWith('-') && milliseconds > 0 ? -milliseconds : milliseconds }
}

/** As Go prints it: `1m30s`, `1h0m0s`, `1.5s`, `500ms`, `0s`. */
export function formatGoDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  const sign = milliseconds < 0 ? '-' : ''
  const nanoseconds = Math.round(Math.abs(milliseconds) * 1e6)
  if (nanoseconds < 1e9) {
    const [unit, size] =
      nanoseconds < 1e3 ? ['ns', 1] : nanoseconds < 1e6 ? (['µs', 1e3] as const) : (['ms', 1e6] as const)
    return `${sign}${nanoseconds / Number(size)}${unit}`
  }
  const hours = Math.floor(nanoseconds / 3600e9)
  const minutes = Math.floor(nanoseconds / 60e9) % 60
  const seconds = (nanoseconds - hours * 3600e9 - minutes * 60e9) / 1e9
  const tail = `${seconds}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${tail}`
  return minutes > 0 ? `${sign}${minutes}m${tail}` : sign + tail
}

const PROMETHEUS_UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const
const PROMETHEUS_DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Whole numbers with the units y w d h m s ms, in this order, each at most once; or `0`. */
export function parsePrometheusDuration(text: string): DurationResult {
  if (text === '0') return { ok: true, milliseconds: 0 }
  if (text === '') return { ok: false, message: 'empty duration string' }
  const match = PROMETHEUS_DURATION.exec(text)
  const invalid: DurationResult = { ok: false, message: `not a valid duration string: ${JSON.stringify(text)}` }
  if (match === null) return invalid
  let milliseconds = 0
  for (const [index, [, size]] of PROMETHEUS_UNITS.entries()) milliseconds += Number(match[index + 1] ?? 0) * size
  return milliseconds > MAX_MILLISECONDS ? { ok: false, message: 'duration out of range' } : { ok: true, milliseconds }
}

/** Largest units first; years and weeks only when nothing remains: `1m30s`, `2w`, `15d`. */
export function formatPrometheusDuration(milliseconds: number): string {
  let rest = Math.trunc(milliseconds)
  if (rest === 0) return '0s'
  let out = ''
  for (const [unit, size] of PROMETHEUS_UNITS) {
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue
    const count = Math.trunc(rest / size)
    if (count === 0) continue
    out += `${count}${unit}`
    rest -= count * size
  }
  return out
}
