import { describe, expect, it } from 'vitest'
import { type Diagnostic, formatDiagnostics, formatPosition, renderDiagnostics } from '../../core/syntax/diagnostic.ts'

const SOURCE = 'block "label" {\n\tattr       = 1\n\tother_attr = 2\n}\n\nlast = 3'
const SOURCES = new Map([['file.alloy', SOURCE]])

function at(line: number, column: number, endLine = line, endColumn = column): Diagnostic {
  return {
    severity: 'error',
    message: 'something is wrong',
    file: 'file.alloy',
    start: { offset: 0, line, column },
    end: { offset: 0, line: endLine, column: endColumn },
  }
}

describe('one line', () => {
  it('shows the place, the lines around it and carets', () => {
    expect(renderDiagnostics([at(2, 2, 2, 5)], SOURCES)).toBe(
      [
        'Error: file.alloy:2:2: something is wrong',
        '',
        '1 | block "label" {',
        '2 |     attr       = 1',
        '  |     ^^^^',
        '3 |     other_attr = 2',
        '',
      ].join('\n'),
    )
  })

  it('adds the hint', () => {
    expect(renderDiagnostics([{ ...at(6, 1, 6, 4), hint: 'remove it' }], SOURCES)).toBe(
      [
        'Error: file.alloy:6:1: something is wrong',
        '',
        '5 | ',
        '6 | last = 3',
        '  | ^^^^',
        '  hint: remove it',
        '',
      ].join('\n'),
    )
  })

  it('puts carets under characters although columns count bytes', () => {
    const sources = new Map([['file.alloy', 'é = "ü" + 1\r\n']])
    const text = renderDiagnostics([at(1, 6, 1, 9)], sources)
    expect(text.split('\n').slice(2, 4)).toEqual(['1 | é = "ü" + 1', '  |     ^^^'])
  })

  it('shows a caret for what is missing at the end of the line, and none farther on', () => {
    expect(renderDiagnostics([at(6, 9)], SOURCES)).toContain('6 | last = 3\n  |         ^\n')
    expect(renderDiagnostics([at(6, 10)], SOURCES)).not.toContain('^')
  })

  it('aligns line numbers to the right', () => {
    const sources = new Map([['file.alloy', 'x\n'.repeat(12)]])
    expect(
      renderDiagnostics([at(9, 1)], sources)
        .split('\n')
        .slice(2, 6),
    ).toEqual([' 8 | x', ' 9 | x', '   | ^', '10 | x'])
  })
})

describe('several lines', () => {
  it('draws a bracket along them', () => {
    expect(renderDiagnostics([at(1, 7, 4, 1)], SOURCES)).toBe(
      [
        'Error: file.alloy:1:7: something is wrong',
        '',
        '1 |   block "label" {',
        '  |  _______^^^^^^^^^',
        '2 | |     attr       = 1',
        '3 | |     other_attr = 2',
        '4 | | }',
        '  | |_^',
        '5 |   ',
        '',
      ].join('\n'),
    )
  })
})

describe('many', () => {
  it('separates them by a blank line', () => {
    const text = renderDiagnostics([at(6, 1), { severity: 'warning', message: 'odd', file: '' }], SOURCES)
    expect(text).toContain('  | ^\n\nWarning: -: odd\n')
  })

  it('needs no sources', () => {
    expect(renderDiagnostics([at(1, 1)], new Map())).toBe('Error: file.alloy:1:1: something is wrong\n')
    expect(renderDiagnostics([], new Map())).toBe('')
  })

  it('colours when asked', () => {
    expect(renderDiagnostics([at(1, 1)], new Map(), { color: true })).toBe(
      '\x1b[31;1mError: \x1b[0m\x1b[1mfile.alloy:1:1: something is wrong\x1b[0m\n',
    )
  })

  it('has a short form', () => {
    expect(formatDiagnostics([at(1, 2)])).toBe('file.alloy:1:2: something is wrong')
    expect(formatDiagnostics([at(1, 2), at(2, 2), at(3, 2)])).toBe(
      'file.alloy:1:2: something is wrong (and 2 more diagnostics)',
    )
    expect(formatPosition('', { offset: 0, line: 3, column: 4 })).toBe('3:4')
    expect(formatPosition('f')).toBe('f')
    expect(formatPosition('')).toBe('-')
  })
})
