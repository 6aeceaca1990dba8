/** Numbers, durations and times as people read them. Pure; `now` is passed in, in ms since the epoch. */
import type { Timestamp } from '../../core/api/node.ts'

/** What isn't known. */
export const NONE = '–'

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Whole numbers with groups of three: `12,345`. */
export function count(value: number): string {
  return GROUPED.format(value)
}

/** Three digits that matter: `0`, `4.25`, `981`, `12.3k`, `4.56M`. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return NONE
  if (size === 0) return '0'
  if (size < 0.01) return '<0.01'
  const step = STEPS.find(([from]) => size >= from * 0.9995)
  if (step === undefined) return digits(value)
  return `${digits(value / step[0])}${step[1]}`
}

const STEPS: readonly (readonly [from: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

function digits(value: number): string {
  const size = Math.abs(value)
  const places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  const text = value.toFixed(places)
  return places === 0 ? text : text.replace(/\.?0+$/, '')
}

/** `512 B`, `1.5 KiB`, `12.3 MiB`. */
export function bytes(value: number): string {
  let size = value
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (Math.abs(size) < 1000) return `${digits(size)} ${unit}`
    size /= 1024
  }
  return `${digits(size)} TiB`
}

/** `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return NONE
  if (seconds <= 0) return '0 s'
  if (seconds < 0.9995) return seconds < 0.0005 ? '<1 ms' : `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.5) return `${seconds < 9.95 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.round(whole / 60)
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** One unit, for columns: `now`, `4 s ago`, `3 min ago`, `in 5 s` for a clock that is ahead. */
export function ago(at: Timestamp | null, now: number): string {
  if (at === null) return 'never'
  const seconds = (now - Date.parse(at)) / 1000
  if (!Number.isFinite(seconds)) return NONE
  if (seconds < -1.5) return `in ${oneUnit(-seconds)}`
  return seconds < 1 ? 'now' : `${oneUnit(seconds)} ago`
}

/** `4 s`, `3 min`, `2 h`, `5 d`. */
export function oneUnit(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** In the reader's own time zone: `22 Nov 2026, 14:03:07`. */
export function moment(at: Timestamp | null): string {
  if (at === null) return 'never'
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? NONE : MOMENT.format(time)
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** `3.4 %`, `<0.1 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1 %'
  return `${Number((share * 100).toFixed(1))} %`
}

/** `1 peer`, `4 peers`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `a`, `a and b`, `a, b and c`; past `most` the rest is counted. */
export function listed(names: readonly string[], most = 6): string {
  if (names.length === 0) return 'nobody'
  if (names.length > most) return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} others`
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}
