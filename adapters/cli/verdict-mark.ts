/** The verdict of a check as a word in front of its sentence. */
import type { Verdict } from '../../core/api/doctor.ts'
import { type Paint, painted } from './color.ts'
import { type Paper, shownPlainly } from './layout.ts'

const MARKS: Readonly<Record<Verdict, readonly [word: string, paint: Paint]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  trouble: ['trouble', 'red'],
  unknown: ['unknown', 'faint'],
}

/** Where sentences begin, behind the longest mark. */
export const MARK_WIDTH = 9

/** With the spaces behind it. */
export function verdictMark(verdict: Verdict, { color }: Paper): string {
  // A newer node may know more verdicts.
  const [word, paint] = Object.hasOwn(MARKS, verdict) ? MARKS[verdict] : ([shownPlainly(verdict), 'faint'] as const)
  return `${painted(word, paint, color)}${' '.repeat(Math.max(1, MARK_WIDTH - word.length))}`
}
