/** Printing and parsing undo each other: from trees that no parser made, and from text in odd clothes. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { File } from '../../core/syntax/ast.ts'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printExpression, printFile } from '../../core/syntax/printer.ts'
import { createScanner } from '../../core/syntax/scanner.ts'
import { createSource } from '../../core/syntax/source.ts'
import { arbitraryExpression, arbitraryFile } from './arbitrary-ast.ts'
import { configText } from './config-text.ts'
import { withoutPlaces } from './without-places.ts'

function parsed(text: string): File {
  const result = parseFile('t', text)
  if (!result.ok) throw new Error(`${result.diagnostics.map(formatDiagnostic).join('\n')}\nin\n${text}`)
  return result.file
}

/** All tokens but line ends, and the commas before closing brackets, which the formatter adds and drops; then the comments. */
function tokensOf(text: string): string[] {
  const scanner = createScanner(createSource('t', text), (offset, message) => {
    throw new Error(`${offset}: ${message}`)
  })
  const tokens: string[] = []
  const comments: string[] = []
  for (let token = scanner.scan(); token.kind !== 'EOF'; token = scanner.scan()) {
    if (token.kind === 'COMMENT') comments.push(token.text)
    else if (token.kind !== 'TERMINATOR') tokens.push(token.text)
  }
  return [...tokens.filter((text, index) => text !== ',' || !/^[)\]}]$/.test(tokens[index + 1])), ...comments]
}

describe('trees', () => {
  it('of whole files parse to themselves when they are printed', () => {
    fc.assert(
      fc.property(arbitraryFile, (file) => {
        // Lines at random need not fit each other, so that the text may change once more; what it says may not.
        const again = parsed(printFile(file))
        expect(withoutPlaces(again.body)).toEqual(withoutPlaces(file.body))
        const text = printFile(again)
        expect(printFile(parsed(text))).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  it('of expressions do as well', () => {
    fc.assert(
      fc.property(arbitraryExpression, (expression) => {
        const again = parseExpression(printExpression(expression))
        if (!again.ok) throw new Error(again.diagnostics.map(formatDiagnostic).join('\n'))
        expect(withoutPlaces(again.expression)).toEqual(withoutPlaces(expression))
      }),
      { numRuns: 500 },
    )
  })
})

describe('text', () => {
  it('keeps its tokens and comments, and formats to itself', () => {
    fc.assert(
      fc.property(configText, (text) => {
        const formatted = printFile(parsed(text))
        expect(tokensOf(formatted)).toEqual(tokensOf(text).map(withPlainKey))
        expect(printFile(parsed(formatted))).toBe(formatted)
      }),
      { numRuns: 400 },
    )
  })
})

/** Raw strings are written with double quotes where they are keys; those of the generator are `r` and `"`. */
function withPlainKey(token: string): string {
  return token === '`r`' ? '"r"' : token
}
