/**
 * What a conversion has to say: each remark with its weight, its place in the text that was read, and how to mend it.
 * The words for weights and the shape of a line are those of Alloy's converter; the place is ours.
 */

import type { Diagnostic } from '../syntax/diagnostic.ts'

/**
 * `info`: what became of what. `warning`: something that doesn't change which samples arrive, or a choice that was made.
 * `error`: something was left out that changes them; can be bypassed. `critical`: there is nothing to write.
 */
export type Weight = 'info' | 'warning' | 'error' | 'critical'

/** A place in a text; line and column from 1, the column in bytes (UTF-8). */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface Remark {
  readonly weight: Weight
  /** Absent when it is about the whole. */
  readonly place?: Place
  /** One line, never a secret. */
  readonly summary: string
  /** Further lines: how to mend it, or what there is to list. */
  readonly details?: readonly string[]
}

export type Report = (remark: Remark) => void

const WORDS: Readonly<Record<Weight, string>> = {
  info: 'Info',
  warning: 'Warning',
  error: 'Error',
  critical: 'Critical',
}

/** `(Error) prometheus.yml:3:1: summary`, then each detail on a line of its own behind a tab; no newline at the end. */
export function formatRemark({ weight, place, summary, details = [] }: Remark): string {
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `
  return [`(${WORDS[weight]}) ${where}${summary}`, ...details.map((line) => `\t${line}`)].join('\n')
}

/** All of them, each with a newline. */
export function formatRemarks(remarks: readonly Remark[]): string {
  return remarks.map((remark) => `${formatRemark(remark)}\n`).join('')
}

export function hasWeight(remarks: readonly Remark[], weight: Weight): boolean {
  return remarks.some((remark) => remark.weight === weight)
}

/** What is worth reading: beside what prevents the conversion, the rest is noise. */
export function worthTelling(remarks: readonly Remark[], bypassErrors: boolean): readonly Remark[] {
  if (hasWeight(remarks, 'critical')) return remarks.filter(({ weight }) => weight === 'critical')
  if (hasWeight(remarks, 'error') && !bypassErrors) return remarks.filter(({ weight }) => weight === 'error')
  return remarks
}

/** Of those that are worth telling, without what became of what. */
export function asDiagnostics(remarks: readonly Remark[], bypassErrors: boolean): readonly Diagnostic[] {
  return worthTelling(remarks, bypassErrors).flatMap(({ weight, place, summary, details = [] }) => {
    if (weight === 'info') return []
    const refused = weight === 'error' && !bypassErrors
    const hint = [...details, ...(refused ? [BYPASS] : [])].join('; ')
    return {
      severity: weight === 'critical' || refused ? 'error' : 'warning',
      file: place?.file ?? '',
      // Nobody needs the offset: the text may hold secrets, so its lines are not shown.
      ...(place === undefined ? {} : { start: { offset: 0, line: place.line, column: place.column } }),
      message: summary,
      ...(hint === '' ? {} : { hint }),
    }
  })
}

const BYPASS = 'to run it without this: --config.bypass-conversion-errors'

export function warn(report: Report, place: Place, summary: string, ...details: readonly string[]): void {
  report({ weight: 'warning', place, summary, details })
}

export function fail(report: Report, place: Place, summary: string, ...details: readonly string[]): void {
  report({ weight: 'critical', place, summary, details })
}

/** Something that has no counterpart, in the words of Alloy's converter; `what` as in `remote_read`. */
export function unsupported(
  report: Report,
  place: Place,
  what: string,
  weight: 'warning' | 'error',
  ...details: readonly string[]
): void {
  const summary = `The converter does not support converting the provided ${what} config.`
  report({ weight, place, summary, details })
}
