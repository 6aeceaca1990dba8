import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { renderDiagnostics } from '../../core/syntax/diagnostic.ts'
import { evaluate, scopeOf } from '../../core/syntax/evaluate.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import { formatValue } from '../../core/syntax/value.ts'
import { anyText } from '../support/any-text.ts'
import { configText } from './config-text.ts'

function exercise(content: string | Uint8Array): void {
  const result = parseFile('f', content)
  if (result.ok) {
    printFile(result.file)
    return
  }
  expect(result.diagnostics.length).toBeGreaterThan(0)
  for (const { start, end, message } of result.diagnostics) {
    expect(message).not.toContain('\n')
    expect(start?.line).toBeGreaterThan(0)
    expect(end && start && end.offset >= start.offset).toBe(true)
  }
  renderDiagnostics(result.diagnostics, new Map([['f', content]]))
}

const SYNTAX = [
  ...'{}[]()"`\'\\/*#.,=!<>&|+-%^\n\r\t ab1e0_é\u0000\ufeff',
  '//',
  '/*',
  '*/',
  'null',
  'a = ',
  'b {',
  '"l"',
]

it('no text makes it throw', () => {
  fc.assert(fc.property(anyText(), exercise), { numRuns: 200 })
  const syntax = fc.array(fc.constantFrom(...SYNTAX), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(fc.property(syntax, exercise), { numRuns: 800 })
})

it('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array(), exercise), { numRuns: 500 })
})

it('no damage to a good configuration makes it throw', () => {
  const damage = fc.tuple(configText, fc.nat(), fc.nat(8), fc.constantFrom('', ...SYNTAX))
  fc.assert(
    fc.property(damage, ([text, at, length, insert]) => {
      const cut = at % (text.length + 1)
      exercise(text.slice(0, cut) + insert + text.slice(cut + length))
    }),
    { numRuns: 400 },
  )
})

it('no expression makes evaluation throw', () => {
  const { values } = createStandardLibrary({
    constants: { hostname: 'h', os: 'o', arch: 'a', version: 'v' },
    environment: new Map(),
  })
  const operand = fc.constantFrom(
    ...['1', '-2', '0', '2.5', '1e308', '9223372036854775807', '18446744073709551615', '"a"', '"%d%s"', 'true', 'null'],
    ...['[1, "b"]', '{a = 1}', 'string.join', 'constants', 'string.format("%v", 1)', 'coalesce()', 'nothing'],
  )
  const operator = fc.constantFrom('+', '-', '*', '/', '%', '^', '==', '!=', '<', '>=', '&&', '||')
  const text = fc
    .tuple(operand, fc.array(fc.tuple(operator, operand), { maxLength: 4 }))
    .map(([first, rest]) => [first, ...rest.flat()].join(' '))
  fc.assert(
    fc.property(text, (source) => {
      const parsed = parseExpression(source)
      if (!parsed.ok) throw new Error(source)
      const result = evaluate(parsed.expression, scopeOf(values))
      if (result.ok) formatValue(result.value)
    }),
    { numRuns: 1000 },
  )
})
