/**
 * The language, against what Alloy's own package makes of some 2,700 sources (test/fixtures/syntax/alloy-oracle). Where
 * skein differs the source is listed with the reason, in alloy-differences.json; a listed one that agrees fails as well.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../core/syntax/diagnostic.ts'
import { evaluate, type Scope, scopeOf } from '../../core/syntax/evaluate.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import { formatNumber, isArray, isNumber, isObject, toValue, type Value } from '../../core/syntax/value.ts'

interface FileRow {
  readonly in: string
  /** What it is formatted to; the source itself when left out. */
  readonly out?: string
  readonly problems?: readonly string[]
}

interface ExpressionRow {
  readonly in: string
  readonly value?: unknown
  readonly problem?: string
}

interface Oracle {
  readonly files: readonly FileRow[]
  readonly expressions: readonly ExpressionRow[]
}

type Differences = Readonly<Record<'formatted' | 'refused' | 'evaluated', Readonly<Record<string, readonly string[]>>>>

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/syntax/${name}`, import.meta.url), 'utf8'))
}

const oracle: Oracle = fixture('alloy-oracle.json')
const differences: Differences = fixture('alloy-differences.json')

function told({ start, message }: Diagnostic): string {
  return `${start?.line}:${start?.column}: ${message}`
}

/** What either side makes of a source: something to compare, and to show when they differ. */
interface Verdict {
  readonly source: string
  readonly alloy: string
  readonly skein: string
}

function fileVerdict({ in: source, out, problems }: FileRow): Verdict {
  const parsed = parseFile('', source)
  const skein = parsed.ok ? printFile(parsed.file) : `refused: ${told(parsed.diagnostics[0])}`
  // Only the first problem: skein goes on differently after it, so that fewer follow from one mistake.
  return { source, alloy: problems === undefined ? (out ?? source) : `refused: ${problems[0]}`, skein }
}

const library = createStandardLibrary({
  constants: { hostname: 'h', os: 'o', arch: 'a', version: 'v' },
  environment: new Map(),
})
const scope: Scope = scopeOf(
  new Map([
    ['obj', toValue({ a: 1, b: { c: [1, 2] }, 'x y': 'z' })],
    ['list', toValue(['p', 'q'])],
  ]),
  library.values,
)

function expressionVerdict({ in: source, value = null, problem }: ExpressionRow): Verdict {
  const alloy = problem === undefined ? JSON.stringify(value) : `refused: ${problem}`
  return { source, alloy, skein: outcome(source) }
}

function outcome(source: string): string {
  const parsed = parseExpression(source)
  if (!parsed.ok) return `refused: ${told(parsed.diagnostics[0])}`
  const result = evaluate(parsed.expression, scope)
  return result.ok ? JSON.stringify(shown(result.value)) : `refused: ${told(result.diagnostic)}`
}

/** In the notation of the fixture. */
function shown(value: Value): unknown {
  if (isNumber(value)) return typeof value === 'bigint' ? { int: String(value) } : { float: formatNumber(value) }
  if (isArray(value)) return value.map(shown)
  if (!isObject(value)) return value
  return { object: [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, shown(item)]) }
}

const files: readonly Verdict[] = oracle.files.filter((row) => row.problems === undefined).map(fileVerdict)
const broken: readonly Verdict[] = oracle.files.filter((row) => row.problems !== undefined).map(fileVerdict)
const expressions: readonly Verdict[] = oracle.expressions.map(expressionVerdict)

describe.each<[keyof Differences, readonly Verdict[]]>([
  ['formatted', files],
  ['refused', broken],
  ['evaluated', expressions],
])('sources that are %s', (kind, verdicts) => {
  const listed = new Set(Object.values(differences[kind]).flat())

  it('come out as in Alloy, but for those that are listed', () => {
    expect(verdicts.length).toBeGreaterThan(600)
    expect(verdicts.filter(({ source, alloy, skein }) => !listed.has(source) && alloy !== skein)).toEqual([])
  })

  it('are listed only if they differ', () => {
    const known = new Map(verdicts.map((verdict) => [verdict.source, verdict]))
    const agreeing = [...listed].filter((source) => known.get(source)?.alloy === known.get(source)?.skein)
    expect(agreeing).toEqual([])
  })
})

describe('what is formatted', () => {
  it('formats to itself', () => {
    const changed = files.filter(({ skein }) => fileVerdict({ in: skein }).skein !== skein)
    expect(changed).toEqual([])
  })
})

describe('what Alloy takes', () => {
  it('is taken, and nothing else', () => {
    const taken = [...files, ...broken].filter(
      ({ alloy, skein }) => alloy.startsWith('refused: ') !== skein.startsWith('refused: '),
    )
    expect(taken).toEqual([])
  })
})
