import { expect, it } from 'vitest'
import { paintDiagnostics, showsColor } from '../../../adapters/cli/color.ts'
import { type Diagnostic, renderDiagnostics } from '../../../core/syntax/diagnostic.ts'

it.each([
  [true, {}, true],
  [true, { TERM: 'xterm-256color' }, true],
  [true, { NO_COLOR: '' }, true],
  [true, { FORCE_COLOR: '1' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '0' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: 'false' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
  [false, { FORCE_COLOR: '1' }, false],
])('terminal %j with %j: colours %j', (terminal, env, expected) => {
  expect(showsColor(terminal, env)).toBe(expected)
})

it('paints diagnostics as the renderer does', () => {
  const source = 'a {\n\tError: = 1\n}\n'
  const at = { offset: 5, line: 2, column: 2 }
  const diagnostics: readonly Diagnostic[] = [
    { severity: 'error', file: 'f', start: at, message: 'no', hint: 'yes' },
    { severity: 'warning', file: '', message: 'old' },
  ]
  const sources = new Map([['f', source]])
  const plain = renderDiagnostics(diagnostics, sources)
  expect(paintDiagnostics(plain, true)).toBe(renderDiagnostics(diagnostics, sources, { color: true }))
  expect(paintDiagnostics(plain, false)).toBe(plain)
})
