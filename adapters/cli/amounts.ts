/** Numbers, times and names in the few characters that a column of a table has. What isn't known is a dash. */

/** What stands where nothing is known. */
export const UNKNOWN = '-'

/** Whole from ten on, else with one digit after the point: `4032`, `0.5`. */
export function rateText(perSecond: number): string {
  return perSecond >= 10 || Number.isInteger(perSecond) ? String(Math.round(perSecond)) : perSecond.toFixed(1)
}

/** `350ms`, `1.25s`, `12s`, `5m`, `3h12m`, `4d7h`: two units at most. Below zero counts as nothing. */
export function spanText(seconds: number): string {
  if (!(seconds > 0)) return '0s'
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}ms`
  if (seconds < 10) return `${Number(seconds.toFixed(2))}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return twoUnits(whole, 60, 'm', 1, 's')
  return whole < 86_400 ? twoUnits(whole, 3600, 'h', 60, 'm') : twoUnits(whole, 86_400, 'd', 3600, 'h')
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`
}

/** How long ago that was, as seen at `now` (ms since the epoch): `12s ago`. What is still to come counts as now. */
export function agoText(timestamp: string | null, now: number): string {
  if (timestamp === null) return UNKNOWN
  const then = Date.parse(timestamp)
  if (Number.isNaN(then)) return timestamp
  const seconds = Math.floor((now - then) / 1000)
  return seconds <= 0 ? 'now' : `${spanText(seconds)} ago`
}

/** The first digits of a hash: enough to see whether two are the same. */
export function shortHash(hash: string): string {
  return hash === '' ? UNKNOWN : hash.slice(0, 8)
}

/** `1 target`, `2 targets`. */
export function counted(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}
