/** Names, times and lists in the doctor's sentences. Owns how they are put; knows nothing of troubles. */
import { MAX_EVIDENCE } from '../../limits.ts'

/** In a sentence; the evidence has them all. */
const MAX_NAMES = 5

/** `a`, `a and b`, `a, b and c`, `a, b, c, d, e and 7 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(plain)
  const more = names.length - shown.length
  const parts = more > 0 ? [...shown, `${more} more`] : shown
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** The verb that goes with that many: `verb(names, 'sees', 'see')`. */
export function verb(subjects: readonly unknown[], one: string, many: string): string {
  return subjects.length === 1 ? one : many
}

/** `1 node`, `3 nodes`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `7 s`, `3 min`, `5 h`, `2 days`; rounded down, so that nothing is said to last longer than it does. */
export function lasting(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

/** Names and reasons come from the network: they stay on their line, and are no commands to a terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}

/** The first ones, and how many more there are. */
export function evidenceOf(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_EVIDENCE).map(plain)
  return lines.length > MAX_EVIDENCE ? [...shown, `and ${lines.length - MAX_EVIDENCE} more`] : shown
}
