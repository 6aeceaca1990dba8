/** Which features may be used: those at least as stable as `--stability.level` says. */
import type { Span } from '../syntax/ast.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import type { Stability } from './component.ts'

/** The least stable first. */
const LEVELS: readonly Stability[] = ['experimental', 'public-preview', 'generally-available']

/** Undefined when `allowed` permits it. */
export function notStable(span: Span, what: string, level: Stability, allowed: Stability): Diagnostic | undefined {
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(allowed)) return undefined
  const message = `${what} is at stability level "${level}", which is below the minimum allowed stability level "${allowed}"`
  return errorAt(span, message, `start skein with --stability.level=${level} to allow it`)
}
