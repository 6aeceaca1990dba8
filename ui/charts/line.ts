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

export interface Frame {
  /** Times at the left and at the right edge, and the value at the upper one. */
  readonly from: number
  readonly to: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A piece of the line for each stretch of known values, and the area below each, as paths of an SVG. */
export function pathOf(
  times: readonly number[],
  values: readonly (number | null)[],
  { from, to, top, width, height }: Frame,
): { readonly lines: readonly string[]; readonly areas: readonly string[] } {
  const x = (time: number): number => round(((time - from) / (to - from || 1)) * width)
  const y = (value: number): number => round(height - (value / top) * height)
  const lines: string[] = []
  const areas: string[] = []
  for (let start = 0; start < values.length; start++) {
    if (values[start] === null) continue
    let end = start
    while (typeof values[end + 1] === 'number') end++
    const points = times.slice(start, end + 1).map((time, i) => `${x(time)} ${y(values[start + i] as number)}`)
    lines.push(`M${points.join('L')}`)
    areas.push(`M${x(times[start])} ${height}L${points.join('L')}L${x(times[end])} ${height}Z`)
    start = end
  }
  return { lines, areas }
}

/** A round number above all values, so that half of it is one, too. */
export function niceTop(values: readonly (number | null)[]): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0))
  if (most === 0) return 1
  const unit = 10 ** Math.floor(Math.log10(most))
  return unit * ([1, 2, 4, 6, 8, 10].find((times) => unit * times >= most) ?? 10)
}

/** Index of the time that is closest; -1 when there are none. Ascending. */
export function nearest(times: readonly number[], at: number): number {
  let best = times.length - 1
  for (let i = best - 1; i >= 0 && Math.abs(times[i] - at) <= Math.abs(times[best] - at); i--) best = i
  return best
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
