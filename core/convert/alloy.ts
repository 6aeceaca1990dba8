/**
 * Writes the Alloy language: statements are texts that are put together freely here and brought into their canonical form
 * at the end, by the parser and the formatter that read and print all other configurations.
 */
import { formatDiagnostic } from '../syntax/diagnostic.ts'
import { formatGoDuration } from '../syntax/duration.ts'
import { parseFile } from '../syntax/parser.ts'
import { printFile } from '../syntax/printer.ts'
import { quote } from '../syntax/quote.ts'

/** An attribute, a block or a comment. */
export type Statement = string
/** The text of a value. */
export type Expression = string

export function attribute(name: string, value: Expression): Statement {
  return `${name} = ${value}`
}

/** Nothing for a value that is undefined. */
export function given(name: string, value: Expression | undefined): readonly Statement[] {
  return value === undefined ? [] : [attribute(name, value)]
}

export function block(name: string, label: string, body: readonly Statement[]): Statement {
  return `${name}${label === '' ? '' : ` ${quote(label)}`} {\n${body.join('\n')}\n}`
}

export function comment(text: string): Statement {
  return `// ${text.replaceAll(/[\r\n]+/g, ' ')}`
}

export function text(value: string): Expression {
  return quote(value)
}

export function texts(values: readonly string[]): Expression {
  return `[${values.map(quote).join(', ')}]`
}

/** Undefined for an empty one: then there is nothing to write. */
export function someTexts(values: readonly string[] | undefined): Expression | undefined {
  return values === undefined || values.length === 0 ? undefined : texts(values)
}

export function duration(milliseconds: number): Expression {
  return quote(formatGoDuration(milliseconds))
}

/** On several lines, keys sorted; undefined for an empty one. */
export function object(fields: ReadonlyMap<string, Expression> | undefined): Expression | undefined {
  if (fields === undefined || fields.size === 0) return undefined
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{\n${sorted.map(([key, value]) => `${keyOf(key)} = ${value},\n`).join('')}}`
}

export function textObject(fields: ReadonlyMap<string, string> | undefined): Expression | undefined {
  return fields && object(new Map([...fields].map(([key, value]) => [key, quote(value)])))
}

/** What is between the quotes of a key is taken as it is, escapes are not read; back quotes hold what double ones can't. */
function keyOf(key: string): Expression {
  if (/^[A-Za-z_]\w*$/.test(key) && !['true', 'false', 'null'].includes(key)) return key
  return /["\\\r\n]/.test(key) ? `\`${key}\`` : `"${key}"`
}

export type Written = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string }

/** The statements of a file as `skein fmt` leaves them. Fails for names that the language has no spelling for. */
export function writeFile(statements: readonly Statement[]): Written {
  const parsed = parseFile('', statements.map((statement) => `${statement}\n`).join('\n'))
  if (parsed.ok) return { ok: true, text: printFile(parsed.file) }
  return { ok: false, problem: formatDiagnostic(parsed.diagnostics[0]) }
}
