/** Texts in YAML that are written to hold the event loop, or to make much of little. */
import { describe, expect, it } from 'vitest'
import { LineCounter } from 'yaml'
import { fromYaml } from '../../core/syntax/yaml.ts'
import { firstDocuments } from '../../core/syntax/yaml-documents.ts'
import { readYaml } from '../../core/syntax/yaml-tree.ts'

function many(count: number, line: (index: number) => string, separator = '\n'): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(separator)
}

/** Each level has ten of the one below: `a0: &a0 [x, x]`, `a1: &a1 [*a0, *a0]`. */
function bomb(levels: number): string {
  return many(levels, (level) => {
    const item = level === 0 ? 'x' : `*a${level - 1}`
    return `a${level}: &a${level} [${many(10, () => item, ', ')}]`
  })
}

/** Far below what searching the text for each alias, or a map for each key, takes: 10 seconds and more. */
const SOON_MS = 5000

const TOO_MUCH = 'it stands for more than 1000000 values'

describe('YAML takes no longer than its text is long', () => {
  it.each<[name: string, text: string, problem?: string]>([
    ['aliases of aliases', bomb(10), TOO_MUCH],
    ['many aliases of one anchor', `a: &a x\nb: [${many(20_000, () => '*a', ', ')}]`],
    ['many anchors with an alias each', many(10_000, (i) => `- &a${i} x\n- *a${i}`)],
    ['many anchors of one name', many(10_000, () => '- &a x\n- *a')],
    ['many keys', many(25_000, (i) => `k${i}: x`)],
    [
      'a large map merged often',
      `m: &m {${many(2000, (i) => `k${i}: x`, ', ')}}\n${many(2000, (i) => `x${i}: {<<: *m}`)}`,
      TOO_MUCH,
    ],
    [
      'aliases one inside of the other',
      `a0: &a0 x\n${many(3000, (i) => `a${i + 1}: &a${i + 1} [*a${i}]`)}`,
      'nested more than 200',
    ],
    ['deep lists', '['.repeat(20_000), 'is not valid YAML: '],
    // Each of these took 10 µs a byte: the library makes an error with a stack trace of every single one.
    ['what closes nothing', ']'.repeat(2 ** 20), 'is not valid YAML: '],
    ['what closes nothing, line by line', 'a: ]\n'.repeat(2 ** 17), 'is not valid YAML: '],
    ['commas with nothing between them', `[${','.repeat(2 ** 17)}]`, 'is not valid YAML: '],
    ['anchors of nothing', '&a '.repeat(2 ** 17), 'is not valid YAML: '],
    ['directives that nobody knows', `${'%a\n'.repeat(2 ** 16)}--- x`],
    ['documents', 'x\n---\n'.repeat(2 ** 17)],
    ['empty lines', '\n'.repeat(2 ** 22), 'it has more than 500000 lines'],
  ])(
    '%s',
    (_, text, problem) => {
      const started = performance.now()
      if (problem === undefined) fromYaml(text)
      else expect(() => fromYaml(text)).toThrow(problem)
      expect(performance.now() - started).toBeLessThan(SOON_MS)
    },
    120_000,
  )
})

describe('Many problems', () => {
  it('are the first ten', () => {
    for (const text of [']'.repeat(100), `[${','.repeat(100)}]`]) {
      const reading = readYaml(text, (at) => at)
      if (reading.ok) expect.fail('it is not valid')
      expect(reading.problems).toHaveLength(10)
      expect(reading.problems[0].message).toMatch(/^Unexpected (flow-seq-end token|, in flow sequence)/)
      expect(reading.problems.map(({ at }) => at.column)).toEqual(
        Array.from({ length: 10 }, (_, i) => i + reading.problems[0].at.column),
      )
    }
  })

  it('end the reading, whoever finds them', () => {
    const gaveUp = (text: string) => firstDocuments(text, new LineCounter(), 10).gaveUp
    for (const text of [']'.repeat(10), `[${','.repeat(10)}]`, '&a '.repeat(11)]) expect(gaveUp(text)).toHaveLength(10)
    for (const text of [']'.repeat(9), `[${','.repeat(9)}]`, '&a '.repeat(10)]) expect(gaveUp(text)).toBeUndefined()
  })

  it("of another document than the first are nobody's business", () => {
    expect(fromYaml(`a: 1\n---\n[${','.repeat(100)}]`)).toEqual(new Map([['a', 1n]]))
    expect(fromYaml(`a: 1\n---\nb\n---\n${']'.repeat(100)}`)).toEqual(new Map([['a', 1n]]))
  })
})

describe('Aliases', () => {
  it('stand for the last anchor before them', () => {
    expect(fromYaml('[&a x, *a, &a y, *a]')).toEqual(['x', 'x', 'y', 'y'])
    expect(fromYaml('{&a k: *a}')).toEqual(new Map([['k', 'k']]))
  })

  it('can be keys, which must be unique like all others', () => {
    expect(fromYaml('[&a 1, {*a : x}]')).toEqual([1n, new Map([['1', 'x']])])
    expect(() => fromYaml('[&a k, {k: 1, *a : 2}]')).toThrow('Map keys must be unique at line 1, column 15')
    expect(() => fromYaml('- &a {k: 1}\n- {<<: *a, <<: *a}')).toThrow('Map keys must be unique at line 2, column 12')
  })

  it.each([
    ['hunter2: *hunter3', 'an alias has no anchor; a text that begins with * needs quotes at line 1, column 10'],
    ['hunter2: &hunter3 [*hunter3]', 'the value of an anchor contains itself at line 1, column 20'],
    ['hunter2: 1\nhunter2: 2', 'Map keys must be unique at line 2, column 1'],
    ['a: 1\nb: !!int hunter2', 'the tag !!int does not fit the value at line 2, column 10'],
    ['{<<: hunter2}', '"<<" merges something that is neither a map nor a list of maps at line 1, column 2'],
    ['? [hunter2]\n: 1', 'a key is a list; only texts can be keys at line 1, column 3'],
  ])('wrong ones are told without the text: %s', (text, problem) => {
    expect(() => fromYaml(text)).toThrow(`is not valid YAML: ${problem}`)
  })
})

describe('A tree', () => {
  it('has one object for what stands in many places', () => {
    const reading = readYaml('a: &a [x]\nb: *a', ({ line, column }) => `${line}:${column}`)
    if (!reading.ok || reading.tree?.kind !== 'map') throw new Error('not a map')
    const { entries } = reading.tree
    expect(entries.get('b')?.value).toBe(entries.get('a')?.value)
    expect(entries.get('b')).toMatchObject({ key: { place: '2:1' }, value: { place: '1:7' } })
  })
})
