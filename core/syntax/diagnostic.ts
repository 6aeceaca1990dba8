/**
 * Problems of a configuration, each with its place, and how they are shown to people: a header, the lines around the
 * place, a caret under it, and, where we know how to mend it, a hint. The layout is Alloy's; the hint line is ours.
 */

import { withoutPasswords } from '../errors.ts'
import type { Position, Span } from './ast.ts'
import { hideSecrets } from './secret-text.ts'

export type Severity = 'error' | 'warning'

export interface Diagnostic {
  readonly severity: Severity
  /** One line, lower case, no full stop, never a secret. */
  readonly message: string
  /** Empty when the problem belongs to no file. */
  readonly file: string
  /** Absent when the problem belongs to a file as a whole. */
  readonly start?: Position
  /** The last byte; absent when the problem is at one point. */
  readonly end?: Position
  /** How to mend it, in one line. */
  readonly hint?: string
}

export function errorAt(span: Span, message: string, hint?: string): Diagnostic {
  return at('error', span, message, hint)
}

export function warningAt(span: Span, message: string, hint?: string): Diagnostic {
  return at('warning', span, message, hint)
}

function at(severity: Severity, { file, start, end }: Span, text: string, hint?: string): Diagnostic {
  const message = withoutPasswords(text)
  return hint === undefined ? { severity, message, file, start, end } : { severity, message, file, start, end, hint }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}

/** `file:line:col`, `line:col`, `file`, or `-`. */
export function formatPosition(file: string, position?: Position): string {
  if (position === undefined) return file === '' ? '-' : file
  const place = `${position.line}:${position.column}`
  return file === '' ? place : `${file}:${place}`
}

/** `file:line:col: message` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return `${formatPosition(diagnostic.file, diagnostic.start)}: ${diagnostic.message}`
}

/** One line for all: `first (and N more diagnostics)`. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return 'no errors'
  const first = formatDiagnostic(diagnostics[0])
  return diagnostics.length === 1 ? first : `${first} (and ${diagnostics.length - 1} more diagnostics)`
}

export interface RenderOptions {
  /** Write ANSI colours: only for a terminal. */
  readonly color?: boolean
}

const CONTEXT_LINES = 1
const TAB = '    '
const RED = '\x1b[31;1m'
const YELLOW = '\x1b[33;1m'
const BOLD = '\x1b[1m'
const PLAIN = '\x1b[0m'

/**
 * The long form of all diagnostics, ending in a newline; empty without any. `sources` maps file names to their text (or
 * UTF-8 bytes); a diagnostic whose file isn't there is shown without its lines. Secrets in the lines show as stars.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string | Uint8Array>,
  options: RenderOptions = {},
): string {
  const lastLines = new Map<string, number>()
  for (const { file, start, end } of diagnostics) {
    const last = (end ?? start)?.line ?? 0
    lastLines.set(file, Math.max(last + CONTEXT_LINES, lastLines.get(file) ?? 0))
  }
  const linesOf = new Map<string, readonly string[]>()
  const parts: string[] = []
  for (const diagnostic of diagnostics) {
    let text = header(diagnostic, options.color === true)
    const source = sources.get(diagnostic.file)
    if (source !== undefined && diagnostic.start !== undefined) {
      let lines = linesOf.get(diagnostic.file)
      if (lines === undefined) {
        lines = hideSecrets(source, lastLines.get(diagnostic.file) ?? 0).split('\n')
        linesOf.set(diagnostic.file, lines)
      }
      text += snippet(lines, diagnostic.start, diagnostic.end ?? diagnostic.start)
    }
    if (diagnostic.hint !== undefined) text += `  hint: ${diagnostic.hint}\n`
    parts.push(text)
  }
  return parts.join('\n')
}

function header(diagnostic: Diagnostic, color: boolean): string {
  const label = diagnostic.severity === 'error' ? 'Error: ' : 'Warning: '
  const text = formatDiagnostic(diagnostic)
  if (!color) return `${label}${text}\n`
  return `${diagnostic.severity === 'error' ? RED : YELLOW}${label}${PLAIN}${BOLD}${text}${PLAIN}\n`
}

/** A blank line, then the lines from `start` to `end` with one around them, carets below. */
function snippet(lines: readonly string[], start: Position, end: Position): string {
  const first = Math.max(start.line - CONTEXT_LINES, 1)
  const last = Math.min(end.line + CONTEXT_LINES, lines.length)
  const width = String(last).length
  const several = end.line > start.line

  let out = '\n'
  for (let number = first; number <= last; number++) {
    const line = lines[number - 1]
    out += `${String(number).padStart(width)} | `
    if (several) out += number > start.line && number <= end.line ? '| ' : '  '
    out += `${line.replaceAll('\r', '').replace(/[\t\v]/g, TAB)}\n`

    if (number === start.line || number === end.line) {
      out += ' '.repeat(width)
      out += !several ? ' | ' : number === start.line ? ' |  _' : ' | |_'
      out += `${focus(line, number, start, end)}\n`
    }
  }
  return out
}

/** Carets under the part of a line that is between `start` and `end`; columns count bytes, carets count characters. */
function focus(line: string, number: number, start: Position, end: Position): string {
  const blank = end.line > start.line ? '_' : ' '
  let out = ''
  let column = 1
  for (const char of line) {
    if (number === end.line && column > end.column) break
    if (char === '\t' || char === '\v') out += blank.repeat(TAB.length)
    else if (number === start.line ? column >= start.column : column <= end.column) out += '^'
    else out += blank
    column += utf8Length(char)
  }
  // What is missing at the end of a line is missing just behind it.
  if (number === start.line && column === start.column) out += '^'
  return out
}

function utf8Length(char: string): number {
  const code = char.codePointAt(0) as number
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
