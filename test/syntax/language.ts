/** The language in short, for tables of rules: text in, text out. */
import type { Block } from '../../core/syntax/ast.ts'
import { decodeBlock } from '../../core/syntax/decode.ts'
import { type Diagnostic, formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { evaluate, scopeOf } from '../../core/syntax/evaluate.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { createScanner } from '../../core/syntax/scanner.ts'
import { attr, block, type Schema } from '../../core/syntax/schema.ts'
import { createSource } from '../../core/syntax/source.ts'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import type { Type } from '../../core/syntax/types.ts'
import { formatValue, OptionalSecret, Secret, targetCapsule, type Value } from '../../core/syntax/value.ts'

/** `IDENT a = NUMBER 1 TERMINATOR`, and behind it ` !1:2 message` of each problem. */
export function tokens(text: string | Uint8Array): string {
  const source = createSource('', text)
  const problems: string[] = []
  const scanner = createScanner(source, (offset, message) => {
    const { line, column } = source.position(offset)
    problems.push(`!${line}:${column} ${message}`)
  })
  const found: string[] = []
  for (let token = scanner.scan(); token.kind !== 'EOF'; token = scanner.scan()) {
    found.push(/[A-Z]/.test(token.kind) && token.text !== '' ? `${token.kind} ${token.text}` : token.kind)
  }
  return [...found, ...problems].join(' ')
}

/** Empty when it parses. */
export function problems(text: string | Uint8Array): string[] {
  const result = parseFile('', text)
  return result.ok ? [] : result.diagnostics.map(formatDiagnostic)
}

export function formatted(text: string): string {
  const result = parseFile('', text)
  return result.ok ? printFile(result.file) : `refused: ${result.diagnostics.map(formatDiagnostic).join('; ')}`
}

const library = createStandardLibrary({
  constants: { hostname: 'box', os: 'linux', arch: 'amd64', version: 'v1.2.3' },
  environment: new Map([['HOME', '/root']]),
})
const names: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['secret', new Secret('hunter2')],
  ['hidden', new OptionalSecret('hunter3', true)],
  ['shown', new OptionalSecret('12', false)],
  ['target', targetCapsule.wrap(new Map([['__address__', 'x:1']]))],
])

/** The value as text of the language, or `refused: line:column: message`. */
export function value(text: string): string {
  const parsed = parseExpression(text)
  if (!parsed.ok) return refused(parsed.diagnostics)
  const result = evaluate(parsed.expression, scopeOf(names, library.values))
  return result.ok ? formatValue(result.value) : refused([result.diagnostic])
}

/** What a block makes of its body; places count from the line behind `b {`. */
export function decoded(schema: Schema<unknown>, body: string): unknown {
  const parsed = parseFile('', `b {\n${body}\n}`)
  if (!parsed.ok) return refused(parsed.diagnostics)
  const result = decodeBlock(schema, parsed.file.body[0] as Block, scopeOf(names, library.values))
  return result.ok ? result.args : refused(result.diagnostics)
}

/** What one argument of a type makes of an expression. */
export function argument(type: Type<unknown>, text: string): unknown {
  const result = decoded(block({ x: attr.required(type) }), `x = ${text}`)
  return typeof result === 'string' ? result : (result as { x: unknown }).x
}

function refused(diagnostics: readonly Diagnostic[]): string {
  return `refused: ${diagnostics.map(formatDiagnostic).join('; ')}`
}
