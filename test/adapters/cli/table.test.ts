import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Column, tableText } from '../../../adapters/cli/table.ts'
import { anyText } from '../../support/any-text.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME', least: 4 },
  { title: 'N', right: true },
  { title: 'ERROR', least: 6 },
]
const PIPE = { columns: undefined, color: false }

describe('a table', () => {
  it('is as wide as what stands in it, and ends no line with a space', () => {
    const rows = [
      ['a', '1', ''],
      ['long name', '1234', 'it broke'],
      ['', '', ''],
    ]
    expect(tableText(COLUMNS, rows, PIPE)).toBe(
      'NAME          N  ERROR\na             1\nlong name  1234  it broke\n\n',
    )
  })

  it('cuts the widest columns first, and none below its least', () => {
    const rows = [['ten characters', '1', 'an error of some length']]
    const at = (columns: number): string => tableText(COLUMNS, rows, { columns, color: false }).split('\n')[1]
    expect(at(80)).toBe('ten characters  1  an error of some length')
    expect(at(33)).toBe('ten characters  1  an error of s…')
    expect(at(23)).toBe('ten char…  1  an error…')
    expect(at(5)).toBe('ten…  1  an er…')
  })

  it('puts below what may stand there, then leaves out what may be missing, the first first', () => {
    const columns: readonly Column[] = [
      { title: 'NAME', least: 4 },
      { title: 'A', optional: true },
      { title: 'B', optional: true },
      { title: 'ERROR', below: true },
    ]
    const rows = [
      ['a name', 'aa', 'bb', 'it broke'],
      ['other', 'aa', 'bb', ''],
    ]
    const at = (width: number): string => tableText(columns, rows, { columns: width, color: false })
    expect(at(24)).toBe('NAME    A   B   ERROR\na name  aa  bb  it broke\nother   aa  bb\n')
    expect(at(23)).toBe('NAME    A   B\na name  aa  bb\n    it broke\nother   aa  bb\n')
    expect(at(13)).toBe('NAME    B\na name  bb\n    it broke\nother   bb\n')
    expect(at(5)).toBe('NAME\na na…\n    it broke\nother\n')
  })

  it('paints cells and titles where there are colours, without counting them', () => {
    const rows = [[{ text: 'bad', paint: 'red' as const }, '1', 'x']]
    expect(tableText(COLUMNS, rows, { columns: 20, color: true })).toBe(
      '\x1b[1mNAME\x1b[0m  \x1b[1mN\x1b[0m  \x1b[1mERROR\x1b[0m\n\x1b[31mbad\x1b[0m   1  x\n',
    )
  })

  it('shows what a terminal would obey', () => {
    const rows = [['\x1b[2J', '\u009b1m', 'two\nlines \u202egnp.exe']]
    expect(tableText(COLUMNS, rows, PIPE).split('\n')[1]).toBe('\\u001b[2J  \\u009b1m  two\\u000alines \\u202egnp.exe')
  })

  it('keeps every cell whole in a pipe, and fits terminals that are wide enough, whatever stands in it', () => {
    const row = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string(), anyText())
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 200 }), (rows, columns) => {
        const whole = tableText(COLUMNS, rows, PIPE).split('\n')
        expect(whole).toHaveLength(rows.length + 2)
        for (const [at, [name]] of rows.entries()) {
          if (/^[ -~]+$/.test(name)) expect(whole[at + 1]).toContain(name.trimEnd())
        }
        const fixed = Math.max(
          1,
          ...rows.map(([, n]) => [...tableText([{ title: '' }], [[n]], PIPE).split('\n')[1]].length),
        )
        const fitted = tableText(COLUMNS, rows, { columns, color: false }).split('\n')
        expect(fitted).toHaveLength(rows.length + 2)
        for (const line of fitted)
          expect([...line].length).toBeLessThanOrEqual(Math.max(columns, 4 + 2 + fixed + 2 + 6))
      }),
    )
  })
})
