import { expect, it } from 'vitest'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import { referenceSpan, referencesOf, referenceText } from '../../core/syntax/references.ts'

const text = `
block "x" {
  a = one.two.three
  b = [one.x["k"].y, f.g(h.i)[j.k]]
  nested { c = {d = -(p.q + r)} }
  s = "one.two"
  t = (u.v).w
}
`

it('finds every chain of names, with its place', () => {
  const parsed = parseFile('f', text)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join())
  const found = referencesOf(parsed.file.body)
  expect(found.map((r) => referenceText(r))).toEqual(['one.two.three', 'one.x', 'f.g', 'h.i', 'j.k', 'p.q', 'r', 'u.v'])
  expect(referenceText(found[0], 2)).toBe('one.two')
  expect(found[0].span).toMatchObject({ file: 'f', start: { line: 3, column: 7 }, end: { line: 3, column: 19 } })
  expect(referenceSpan(found[0], 2).end.column).toBe(13)
})
