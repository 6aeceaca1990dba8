// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { type Labels, labelsFrom } from '../../core/labels/labels.ts'
import {
  type CompiledRule,
  compileRules,
  explainRelabel,
  type RelabelRuleInput,
  relabel,
} from '../../core/labels/relabel.ts'
import { leastEffort } from '../support/effort.ts'

function rulesOf(...inputs: RelabelRuleInput[]): readonly CompiledRule[] {
  const result = compileRules(inputs)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.rules
}

const set = (labels: Record<string, string>): Labels => labelsFrom(Object.entries(labels))

function run(labels: Record<string, string>, ...inputs: RelabelRuleInput[]): Record<string, string> | undefined {
  const result = relabel(set(labels), rulesOf(...inputs))
  return result && Object.fromEntries(pairsOf(result))
}

function pairsOf(labels: Labels): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i], labels[i + 1]])
  return pairs
}

/** For titles: JSON knows no BigInt. */
const inspect = (input: RelabelRuleInput): string =>
  JSON.stringify(input, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))

const ABC = { a: 'foo', b: 'bar', c: 'baz' }

describe('relabel', () => {
  it.each<[string, Record<string, string>, RelabelRuleInput[], Record<string, string> | undefined]>([
    [
      'replace with a group',
      ABC,
      [{ sourceLabels: ['a'], regex: 'f(.*)', targetLabel: 'd', replacement: 'ch${1}-ch${1}' }],
      { ...ABC, d: 'choo-choo' },
    ],
    [
      'sources joined, the next rule sees the result',
      ABC,
      [
        { sourceLabels: ['a', 'b'], regex: 'f(.*);(.*)r', targetLabel: 'a', replacement: 'b${1}${2}m' },
        { sourceLabels: ['c', 'a'], regex: '(b).*b(.*)ba(.*)', targetLabel: 'd', replacement: '$1$2$2$3' },
      ],
      { a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' },
    ],
    [
      'a missing source is empty',
      ABC,
      [{ sourceLabels: ['x', 'a'], separator: '/', targetLabel: 'd' }],
      { ...ABC, d: '/foo' },
    ],
    ['no sources: the value is empty', ABC, [{ targetLabel: 'd', replacement: 'x' }], { ...ABC, d: 'x' }],
    ['no match: nothing happens', ABC, [{ sourceLabels: ['a'], regex: 'o', targetLabel: 'd', replacement: 'x' }], ABC],
    [
      'an empty result deletes',
      ABC,
      [{ sourceLabels: ['a'], regex: 'foo', targetLabel: 'b', replacement: '' }],
      { a: 'foo', c: 'baz' },
    ],
    [
      'an unknown group is empty',
      ABC,
      [{ sourceLabels: ['a'], regex: '(f).*', targetLabel: 'b', replacement: '$1_x$7' }],
      { a: 'foo', c: 'baz' },
    ],
    [
      'a named group',
      ABC,
      [{ sourceLabels: ['a'], regex: '(?P<first>.).*', targetLabel: 'b', replacement: '${first}_' }],
      { ...ABC, b: 'f_' },
    ],
    [
      'a target made of groups',
      { a: 'some-name-value' },
      [{ sourceLabels: ['a'], regex: 'some-([^-]+)-([^,]+)', targetLabel: '${1}', replacement: '${2}' }],
      { a: 'some-name-value', name: 'value' },
    ],
    [
      'a target that is no name',
      { a: 'some-0-value' },
      [{ sourceLabels: ['a'], regex: 'some-([^-]+)-([^,]+)', targetLabel: '${1}', replacement: '${2}' }],
      { a: 'some-0-value' },
    ],
    [
      'a target that is empty',
      { a: 'x' },
      [{ sourceLabels: ['a'], regex: '(y)?x', targetLabel: '$1', replacement: 'z' }],
      { a: 'x' },
    ],
    [
      'the dot matches a newline',
      { a: 'x\ny' },
      [{ sourceLabels: ['a'], regex: 'x.y', targetLabel: 'b', replacement: 'yes' }],
      { a: 'x\ny', b: 'yes' },
    ],
    ['keep', ABC, [{ sourceLabels: ['a'], regex: 'foo', action: 'keep' }], ABC],
    ['keep is anchored', ABC, [{ sourceLabels: ['a'], regex: 'fo', action: 'keep' }], undefined],
    ['drop', ABC, [{ sourceLabels: ['a'], regex: '.*o.*', action: 'drop' }], undefined],
    ['drop, no match', ABC, [{ sourceLabels: ['a'], regex: 'f|o', action: 'drop' }], ABC],
    ['drop a missing label', ABC, [{ sourceLabels: ['x'], regex: '', action: 'drop' }], undefined],
    [
      'keepequal',
      { a: 'x', b: 'x' },
      [{ sourceLabels: ['a'], targetLabel: 'b', action: 'keepequal' }],
      { a: 'x', b: 'x' },
    ],
    [
      'keepequal, different',
      { a: 'x', b: 'y' },
      [{ sourceLabels: ['a'], targetLabel: 'b', action: 'keepequal' }],
      undefined,
    ],
    ['dropequal', { a: 'x', b: 'x' }, [{ sourceLabels: ['a'], targetLabel: 'b', action: 'dropequal' }], undefined],
    ['dropequal, different', { a: 'x' }, [{ sourceLabels: ['a'], targetLabel: 'b', action: 'dropequal' }], { a: 'x' }],
    [
      'hashmod',
      ABC,
      [{ sourceLabels: ['c'], targetLabel: 'd', modulus: 1000, action: 'hashmod' }],
      { ...ABC, d: '976' },
    ],
    [
      'labelmap',
      { a: 'foo', b1: 'bar', b2: 'baz' },
      [{ regex: '(b.*)', replacement: 'bar_${1}', action: 'labelmap' }],
      { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
    ],
    [
      'labelmap over existing names',
      { a: 'foo', __meta_my_a: 'x', __meta_my_b: 'y' },
      [{ regex: '__meta_(my.*)', replacement: '${1}', action: 'labelmap' }],
      { a: 'foo', __meta_my_a: 'x', __meta_my_b: 'y', my_a: 'x', my_b: 'y' },
    ],
    [
      'labelmap onto one name: the last wins',
      { x1: 'a', x2: 'b' },
      [{ regex: 'x.', replacement: 'y', action: 'labelmap' }],
      { x1: 'a', x2: 'b', y: 'b' },
    ],
    ['labelmap to the empty name', { a: 'x' }, [{ regex: 'a(b)?', replacement: '$1', action: 'labelmap' }], { a: 'x' }],
    ['labeldrop', ABC, [{ regex: '(b.*)|c', action: 'labeldrop' }], { a: 'foo' }],
    ['labelkeep', ABC, [{ regex: '(b.*)', action: 'labelkeep' }], { b: 'bar' }],
    ['labelkeep of nothing drops', ABC, [{ regex: 'x', action: 'labelkeep' }], undefined],
    [
      'lowercase',
      { a: 'fOO Σς' },
      [{ sourceLabels: ['a'], targetLabel: 'b', action: 'lowercase' }],
      { a: 'fOO Σς', b: 'foo σς' },
    ],
    ['uppercase', { a: 'Straße' }, [{ sourceLabels: ['a'], targetLabel: 'a', action: 'uppercase' }], { a: 'STRAßE' }],
    [
      'lowercase of nothing deletes',
      { a: 'x', b: 'y' },
      [{ sourceLabels: ['z'], targetLabel: 'a', action: 'lowercase' }],
      { b: 'y' },
    ],
  ])('%s', (_what, labels, rules, expected) => {
    expect(run(labels, ...rules)).toEqual(expected)
  })

  it('gives back the same object when nothing changed, and never touches its argument', () => {
    const labels = Object.freeze(set(ABC))
    const same = rulesOf(
      { sourceLabels: ['a'], targetLabel: 'a' },
      { sourceLabels: ['a'], regex: 'x.*', targetLabel: 'q' },
      { regex: 'zzz', action: 'labeldrop' },
      { regex: 'q', replacement: 'r', action: 'labelmap' },
      { sourceLabels: ['a'], targetLabel: 'a', action: 'lowercase' },
      { sourceLabels: ['a'], regex: 'foo', action: 'keep' },
    )
    expect(relabel(labels, same)).toBe(labels)
    const changed = rulesOf({ targetLabel: 'aa', replacement: 'x' }, { regex: 'b', action: 'labeldrop' })
    expect(relabel(labels, changed)).toEqual(['a', 'foo', 'aa', 'x', 'c', 'baz'])
  })

  it('many labels through labelmap', () => {
    const labels: Record<string, string> = {}
    for (let i = 0; i < 10_000; i++) labels[`__meta_label_${i}`] = String(i)
    const rules = rulesOf({ regex: '__meta_label_(.+)', replacement: 'l_$1', action: 'labelmap' })
    const before = set(labels)
    let result: Labels = []
    expect(leastEffort(() => (result = relabel(before, rules) as Labels))).toBeLessThan(300)
    expect(result.length).toBe(40_000)
    expect(relabel(result, rules)).toBe(result)
  })

  it('explains step by step, with the same result', () => {
    const rules = rulesOf(
      { targetLabel: 'd', replacement: 'x' },
      { sourceLabels: ['d'], regex: 'x', action: 'drop' },
      { regex: 'a', action: 'labeldrop' },
    )
    const labels = set({ a: '1' })
    const after = ['a', '1', 'd', 'x']
    expect(explainRelabel(labels, rules)).toEqual([
      { rule: 0, before: labels, after },
      { rule: 1, before: after, after: undefined },
    ])
  })
})

describe('hashmod', () => {
  const vectors: { value: string; modulus: number; result: number }[] = JSON.parse(
    readFileSync(new URL('../fixtures/hashmod-vectors.json', import.meta.url), 'utf8'),
  )
  it.each(vectors)('$value mod $modulus', ({ value, modulus, result }) => {
    expect(
      run({ a: value, x: 'x' }, { sourceLabels: ['a'], targetLabel: 'h', modulus, action: 'hashmod' })?.['h'],
    ).toBe(String(result))
  })

  it('equals the definition for every modulus', () => {
    const modulus = fc.oneof(
      fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
      fc.maxSafeInteger().map((n) => Math.abs(n) || 1),
      fc.constantFrom(1, 2 ** 32, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), modulus, (value, n) => {
        const sum = createHash('md5').update(value).digest().readBigUInt64BE(8)
        const result = run(
          { a: value, x: 'x' },
          { sourceLabels: ['a'], targetLabel: 'h', modulus: n, action: 'hashmod' },
        )
        expect(result?.['h']).toBe(String(sum % BigInt(n)))
      }),
    )
  })
})

describe('compileRules', () => {
  const rejected: [RelabelRuleInput, string, RegExp][] = [
    [{ action: 'Keep' }, 'action', /unknown relabel action "Keep": use one of replace, keep, /],
    [{ action: '' }, 'action', /unknown/],
    [{ regex: 'a(b', targetLabel: 'x' }, 'regex', /^error parsing regexp: missing closing \): `a\(b` \(at offset 1\)$/],
    [{ regex: '(?=a)', action: 'keep' }, 'regex', /Perl syntax/],
    [{}, 'targetLabel', /replace action requires 'target_label'/],
    [{ action: 'hashmod', modulus: 1 }, 'targetLabel', /requires 'target_label'/],
    [{ action: 'lowercase' }, 'targetLabel', /requires/],
    [{ action: 'dropequal' }, 'targetLabel', /requires/],
    [{ action: 'hashmod', targetLabel: 'x' }, 'modulus', /non-zero modulus/],
    [{ action: 'hashmod', targetLabel: 'x', modulus: 0n }, 'modulus', /non-zero modulus/],
    [
      { action: 'hashmod', targetLabel: 'x', modulus: 2n ** 64n },
      'modulus',
      /from 0 to 18446744073709551615, not 18446744073709551616/,
    ],
    [{ action: 'hashmod', targetLabel: 'x', modulus: 1.5 }, 'modulus', /whole number/],
    [{ action: 'hashmod', targetLabel: 'x', modulus: -1 }, 'modulus', /whole number/],
    [{ targetLabel: 'a-b' }, 'targetLabel', /"a-b" is invalid 'target_label' for replace/],
    [{ targetLabel: '0a' }, 'targetLabel', /invalid/],
    [{ targetLabel: '${1}-x' }, 'targetLabel', /invalid/],
    [{ targetLabel: '$-x' }, 'targetLabel', /invalid/],
    [{ targetLabel: 'é' }, 'targetLabel', /invalid/],
    [{ action: 'hashmod', modulus: 1, targetLabel: '$1' }, 'targetLabel', /invalid/],
    [{ action: 'uppercase', targetLabel: '${1}' }, 'targetLabel', /invalid/],
    [{ action: 'labelmap', replacement: 'a-$1' }, 'replacement', /"a-\$1" is invalid 'replacement'/],
    [{ action: 'labelmap', replacement: '' }, 'replacement', /invalid/],
    [{ action: 'lowercase', targetLabel: 'a', replacement: 'x' }, 'replacement', /can not be set for lowercase/],
    [{ action: 'keepequal', targetLabel: 'a', replacement: 'x' }, 'replacement', /no other fields/],
    [{ action: 'keepequal', targetLabel: 'a', regex: 'x' }, 'regex', /no other fields/],
    [{ action: 'dropequal', targetLabel: 'a', separator: '-' }, 'separator', /no other fields/],
    [{ action: 'dropequal', targetLabel: 'a', modulus: 3 }, 'modulus', /no other fields/],
    [{ action: 'labeldrop', sourceLabels: ['a'] }, 'sourceLabels', /requires only 'regex'/],
    [{ action: 'labelkeep', targetLabel: 'a' }, 'targetLabel', /requires only 'regex'/],
    [{ action: 'labelkeep', replacement: 'a' }, 'replacement', /requires only 'regex'/],
  ]
  it.each(rejected.map(([input, ...expected]) => [inspect(input), input, ...expected] as const))(
    'rejects %s',
    (_, input, field, message) => {
      const result = compileRules([{ action: 'keep' }, input])
      expect(result).toEqual({ ok: false, problems: [{ rule: 1, field, message: expect.stringMatching(message) }] })
    },
  )

  it('reports all problems of all rules at once', () => {
    const result = compileRules([{ action: 'hashmod', regex: '[' }, { action: 'keep' }, { action: 'nope', regex: ')' }])
    expect(result.ok).toBe(false)
    if (result.ok) return
    expect(result.problems.map(({ rule, field }) => [rule, field])).toEqual([
      [0, 'regex'],
      [0, 'modulus'],
      [0, 'targetLabel'],
      [2, 'regex'],
      [2, 'action'],
    ])
  })

  const accepted: RelabelRuleInput[] = [
    { targetLabel: 'a' },
    { targetLabel: '${1}_x$2' },
    { targetLabel: '_$name' },
    { action: 'labelmap' },
    { action: 'labelmap', replacement: 'x_${1}' },
    { action: 'labeldrop', modulus: 0n },
    { action: 'hashmod', targetLabel: 'a', modulus: 2n ** 64n - 1n },
    { action: 'keepequal', targetLabel: 'a', regex: '(.*)', separator: ';', replacement: '$1' },
  ]
  it.each(accepted.map((input) => [inspect(input), input] as const))('accepts %s', (_, input) => {
    expect(compileRules([input]).ok).toBe(true)
  })

  it('a template check that no length slows down', () => {
    const rule: RelabelRuleInput = { action: 'labelmap', replacement: `${'a'.repeat(100_000)}-` }
    expect(leastEffort(() => compileRules([rule]))).toBeLessThan(100)
  })
})

/** The rules word by word, on a map, with another regular expression engine and its own expansion. */
function slowRelabel(labels: Labels, rules: readonly RelabelRuleInput[]): Labels | undefined {
  const map = new Map(pairsOf(labels))
  const put = (name: string, value: string) => (value === '' ? map.delete(name) : map.set(name, value))
  for (const rule of rules) {
    const regex = RE2JS.compile(`^(?s:${rule.regex ?? '(.*)'})$`)
    const value = (rule.sourceLabels ?? []).map((name) => map.get(name) ?? '').join(rule.separator ?? ';')
    const matches = (text: string) => regex.matcher(text).find()
    const expand = (text: string, template: string) => {
      const matcher = regex.matcher(text)
      matcher.find()
      return template.replace(
        /\$\{?(\d)\}?/g,
        (_, n) => (Number(n) <= matcher.groupCount() ? matcher.group(Number(n)) : '') ?? '',
      )
    }
    const target = rule.targetLabel ?? ''
    switch (rule.action ?? 'replace') {
      case 'keep':
        if (!matches(value)) return undefined
        break
      case 'drop':
        if (matches(value)) return undefined
        break
      case 'keepequal':
        if (value !== (map.get(target) ?? '')) return undefined
        break
      case 'dropequal':
        if (value === (map.get(target) ?? '')) return undefined
        break
      case 'labeldrop':
        for (const name of [...map.keys()]) if (matches(name)) map.delete(name)
        break
      case 'labelkeep':
        for (const name of [...map.keys()]) if (!matches(name)) map.delete(name)
        break
      case 'labelmap':
        for (const [name, old] of pairsOf(labelsFrom(map)))
          if (matches(name)) put(expand(name, rule.replacement ?? '$1'), old)
        map.delete('')
        break
      case 'replace': {
        if (!matches(value)) break
        const name = expand(value, target)
        if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) put(name, expand(value, rule.replacement ?? '$1'))
      }
    }
  }
  return map.size === 0 ? undefined : labelsFrom(map)
}

it('equals the rules written out on maps', () => {
  const name = fc.constantFrom('__name__', 'a', 'ab', 'b', 'job', 'x')
  const value = fc.constantFrom('a', 'b', 'ab', 'a-b', 'x', '1')
  const regex = fc.constantFrom(
    '(.*)',
    'a',
    'a.*',
    '(a|b)',
    '(.)(.*)',
    '.*b',
    '([a-z]+)-([a-z]+)',
    '(a)?b|x',
    '[^b]*',
    '(?:(a)|b)+',
    '',
  )
  const replacement = fc.constantFrom('$1', 'x', '', '${1}_$2', '$2', 'y$1')
  const nameTemplate = fc.constantFrom('a', 'b', 'z', '$1', '${1}_x', 'a$2')
  const sourceLabels = fc.array(name, { maxLength: 3 })
  const rule: fc.Arbitrary<RelabelRuleInput> = fc.oneof(
    fc.record({ sourceLabels, regex, targetLabel: nameTemplate, replacement }),
    fc.record(
      { action: fc.constantFrom('keep', 'drop'), sourceLabels, regex, separator: fc.constantFrom('', '-') },
      { requiredKeys: ['action', 'sourceLabels', 'regex'] },
    ),
    fc.record({ action: fc.constantFrom('keepequal', 'dropequal'), sourceLabels, targetLabel: name }),
    fc.record({ action: fc.constantFrom('labeldrop', 'labelkeep'), regex }),
    fc.record({ action: fc.constant('labelmap'), regex, replacement: nameTemplate }),
  )
  let kept = 0
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, value), { selector: ([n]) => n }),
      fc.array(rule, { maxLength: 4 }),
      (pairs, rules) => {
        const labels = labelsFrom(pairs)
        const result = relabel(labels, rulesOf(...rules))
        expect(result).toEqual(slowRelabel(labels, rules))
        if (result) kept++
      },
    ),
    { numRuns: 3000 },
  )
  expect(kept).toBeGreaterThan(500)
})
