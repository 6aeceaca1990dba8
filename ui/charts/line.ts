/** What a chart shows, apart from how it is drawn: which minutes, and the same in words. Pure. */
import { GAP_SECONDS, HISTORY_SECONDS } from './history.ts'

const FIRST_SECONDS = 120

/** For those who don't see the line. */
export function inWords({
  values,
  format,
}: {
  readonly values: readonly (number | null)[]
  readonly format: (value: number) => string
}): string {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return 'too little to show yet'
  return `between ${format(Math.min(...known))} and ${format(Math.max(...known))} in the last minutes`
}

/** Grows with the line: two minutes at first, so that something is to be seen soon, and a quarter of an hour at last. */
export function spanOf(times: ArrayLike<number>): [from: number, to: number] {
  const oldest = times[0] ?? 0
  const newest = times[times.length - 1] ?? 0
  return [newest - Math.min(HISTORY_SECONDS, Math.max(FIRST_SECONDS, newest - oldest)), newest]
}

export function minutesAgo(at: number, newest: number): string {
  const seconds = newest - at
  if (seconds < GAP_SECONDS) return 'now'
  return seconds < 90 ? `−${Math.round(seconds)} s` : `−${Math.round(seconds / 60)} min`
}
