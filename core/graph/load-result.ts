/** What a load comes to, and how its problems are told. */
import { type Diagnostic, formatDiagnostic, renderDiagnostics } from '../syntax/diagnostic.ts'
import type { Source } from './sources.ts'

export interface LoadCounts {
  readonly added: number
  readonly updated: number
  readonly removed: number
  readonly unchanged: number
}

export type LoadResult =
  | { readonly ok: true; readonly sha256: string; readonly counts: LoadCounts }
  | {
      readonly ok: false
      /** In the order of the text; at least one. */
      readonly diagnostics: readonly Diagnostic[]
      /** The same for people, with the lines of the source. */
      readonly text: string
    }

const QUOTED = /"(?:[^"\\]|\\.)*"/g

/** What is quoted from a secret text is not shown; where it stands is. */
export function withoutSecretTexts(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
): readonly Diagnostic[] {
  const secret = new Set(sources.filter((source) => source.secret === true).map(({ file }) => file))
  if (secret.size === 0) return diagnostics
  return diagnostics.map((one) => {
    if (!secret.has(one.file)) return one
    const { hint: _, ...rest } = one
    return { ...rest, message: one.message.replace(QUOTED, '(secret)') }
  })
}

/** A module with two instances has each of its problems twice. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(diagnostics.map((one) => [`${one.start?.offset} ${formatDiagnostic(one)}`, one]))
  return [...seen.values()]
}

export function failure(diagnostics: readonly Diagnostic[], sources: readonly Source[]): LoadResult & { ok: false } {
  return { ok: false, ...explained(diagnostics, sources) }
}

/** Each problem once, in the order of the text; `text` has the lines of those sources that may be shown. */
export function explained(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
): { readonly diagnostics: readonly Diagnostic[]; readonly text: string } {
  const rank = new Map(sources.map(({ file }, i) => [file, i]))
  const place = ({ file }: Diagnostic): number => rank.get(file) ?? -1
  const sorted = [...distinct(diagnostics)].sort(
    (a, b) => place(a) - place(b) || (a.start?.offset ?? -1) - (b.start?.offset ?? -1),
  )
  const shown = sources.filter(({ secret }) => secret !== true)
  const text = renderDiagnostics(sorted, new Map(shown.map(({ file, content }) => [file, content])))
  return { diagnostics: sorted, text }
}
