/** Other notations, against what Go's libraries make of them; where skein differs on purpose, it says so here. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromUrlBase64, toUrlBase64, urlDecode, urlEncode } from '../../core/syntax/encoding.ts'
import { jsonPath } from '../../core/syntax/json-path.ts'
import { formatNumber, isArray, isNumber, isObject, type Value } from '../../core/syntax/value.ts'
import { fromYaml } from '../../core/syntax/yaml.ts'

interface Row<I, O> {
  readonly in: I
  readonly out?: O
  readonly error?: string
}

interface Vectors {
  readonly yaml: readonly Row<string, readonly unknown[]>[]
  readonly jsonPath: readonly Row<readonly [string, string], readonly unknown[]>[]
  readonly url: readonly Row<string, readonly [string, string]>[]
  readonly urlBase64: readonly Row<string, readonly [string, string]>[]
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../fixtures/syntax/go-encodings.json', import.meta.url), 'utf8'),
)

/** In the notation of the vectors. */
function shown(value: Value): unknown {
  if (isNumber(value)) {
    if (typeof value === 'bigint') return { int: String(value) }
    return { float: Number.isFinite(value) && !Object.is(value, -0) ? formatNumber(value) : special(value) }
  }
  if (isArray(value)) return value.map(shown)
  if (!isObject(value)) return value
  return { object: [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, shown(item)]) }
}

function special(value: number): string {
  if (Object.is(value, -0)) return '-0'
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

describe('YAML', () => {
  const different = new Map<string, unknown>([
    // Go makes a map of it that nothing in the language can use.
    ['1: a', { object: [['1', 'a']] }],
    ['true: a', { object: [['true', 'a']] }],
    ['null: a', { object: [['null', 'a']] }],
    // Go knows no version but 1.1.
    ['%YAML 1.2\n---\na', 'a'],
  ])

  it.each(vectors.yaml)('%j', ({ in: text, out, error }) => {
    if (different.has(text)) expect(shown(fromYaml(text))).toEqual(different.get(text))
    else if (error === undefined) expect(shown(fromYaml(text))).toEqual(out?.[0])
    else expect(() => fromYaml(text)).toThrow()
  })

  it('says where it is wrong', () => {
    expect(() => fromYaml('a: 1\nb: [1, 2')).toThrow(/^is not valid YAML: .* at line 2, column \d+$/)
    expect(() => fromYaml('a: 1\na: 2')).toThrow(/^is not valid YAML: Map keys must be unique at line 2, column 1$/)
  })

  it('has bounds for what a small text may stand for', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(() => fromYaml(bomb.join('\n'))).toThrow('stands for more than 1000000 values')
    expect(() => fromYaml('['.repeat(300) + ']'.repeat(300))).toThrow('nested more than 200 levels deep')
  })
})

describe('JSONPath', () => {
  const [store] = vectors.jsonPath[0].in
  const different = new Map<string, string>([
    // Extensions that the standard has other means for: search(@.author, "^N"), length(@).
    ['$.store.book[?(@.author =~ /^N/)].title', 'is not a valid JSONPath'],
    // To the standard a missing member is not the same as null, and not equal to it.
    ['$[?(@.value != null)].name', '["x","y"]'],
  ])

  // An empty path finds everything here and nothing there.
  it.each(vectors.jsonPath.filter(({ in: [, path] }) => path !== ''))('%j', ({ in: [text, path], out, error }) => {
    const special = different.get(path)
    if (error !== undefined || special?.startsWith('is ')) {
      expect(() => jsonPath(text, path)).toThrow(special ?? /^is not (valid JSON|a valid JSONPath)/)
      return
    }
    const found = jsonPath(text, path).map(shown)
    if (special !== undefined) {
      expect(JSON.stringify(found)).toBe(special)
      return
    }
    // The order of members, and of what `..` finds, is the document's; Go's maps have none.
    const anyOrder = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort()
    // A uint64, which ojg hands on as text.
    const expected = JSON.stringify(out).replaceAll('{"other":"json.Number"}', '{"int":"12345678901234567890"}')
    expect(anyOrder(found)).toEqual(anyOrder(JSON.parse(expected)))
  })

  it('finds what the standard means where Alloy has words of its own', () => {
    expect(jsonPath(store, '$.store.book[?search(@.author, "^N")].title')).toEqual(['Sayings'])
    expect(jsonPath(store, '$..title')).toEqual(['Sayings', 'Sword', 'Moby Dick'])
  })
})

describe('URLs', () => {
  it.each(vectors.url)('%j', ({ in: text, out, error }) => {
    if (error !== undefined) expect(() => urlDecode(text)).toThrow(/has an invalid URL escape/)
    else expect([urlEncode(text), urlDecode(text)]).toEqual(out)
  })

  it.each(vectors.urlBase64)('in base64: %j', ({ in: text, out, error }) => {
    if (error !== undefined) expect(() => fromUrlBase64(text)).toThrow(/is not valid base64/)
    else expect([toUrlBase64(text), fromUrlBase64(text)]).toEqual(out)
  })
})
