import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { TargetGroup } from '../../core/discovery/source.ts'
import { readGroups } from '../../core/discovery/target-groups.ts'

function read(text: string, format: 'json' | 'yaml'): readonly TargetGroup[] {
  const bytes = new TextEncoder().encode(text)
  const work = readGroups({ bytes, format, name: `t.${format}` }, 'here', new Map([['__meta_filepath', `t.${format}`]]))
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

function plain(groups: readonly TargetGroup[]): unknown {
  return groups.map(({ source, labels, targets }) => ({
    source,
    labels: Object.fromEntries(labels),
    targets: targets.map((target) => Object.fromEntries(target)),
  }))
}

describe('groups of targets', () => {
  it.each([
    ['json', '[{"targets": ["a:1", "b:2"], "labels": {"job": "x", "__meta_filepath": "mine"}}, {"targets": ["c:3"]}]'],
    ['yaml', '- targets: ["a:1", "b:2"]\n  labels:\n    job: x\n    __meta_filepath: mine\n- targets:\n    - c:3\n'],
    ['yaml', '[{"targets": ["a:1", "b:2"], "labels": {"job": "x"}}, {"targets": ["c:3"]}]'],
    ['yaml', '# who\n---\n- targets: [&a a:1, b:2]\n  labels: {job: x}\n- {targets: [c:3], labels: }\n---\nmore: 1\n'],
  ] as const)('as %s: %s', (format, text) => {
    const path = { __meta_filepath: `t.${format}` }
    expect(plain(read(text, format))).toEqual([
      { source: 'here:0', labels: { job: 'x', ...path }, targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }] },
      { source: 'here:1', labels: path, targets: [{ __address__: 'c:3' }] },
    ])
  })

  it.each([
    ['json', '[]'],
    ['json', 'null\n'],
    ['json', ' [\n] '],
    ['yaml', ''],
    ['yaml', '# nothing yet\n'],
    ['yaml', '---\n'],
    ['yaml', '[]'],
    ['yaml', 'null'],
  ] as const)('are none in %s %j', (format, text) => {
    expect(read(text, format)).toEqual([])
  })

  it('keep scalars of YAML as they are written', () => {
    const [group] = read(
      '- targets: [10]\n  labels:\n    port: 0080\n    on: yes\n    v: 1.10\n    none: ~\n    date: 2020-01-01\n',
      'yaml',
    )
    expect(Object.fromEntries(group.labels)).toMatchObject({ port: '0080', on: 'yes', v: '1.10', date: '2020-01-01' })
    expect(group.targets[0].get('__address__')).toBe('10')
  })

  it.each([
    ['json', '{"targets": []}', 't.json:1: is not a list of groups of targets'],
    ['json', '', 't.json:1: is not valid JSON: expected a value'],
    [
      'json',
      '[\n  {"targets": ["a:1"]},\n  {"targets": ["b:2"]\n]\n',
      't.json:4: is not valid JSON: expected "," or }',
    ],
    ['json', '[\n  {"targets": ["a:1"]},\n]\n', 't.json:3: is not valid JSON: expected a value'],
    ['json', '[{"targets": ["a:1"]}]\n[]', 't.json:2: is not valid JSON: expected the end'],
    ['json', '[\n{"targets": ["a:1"]},\n\n{"target": ["a:1"]}]', 't.json:4: unknown field "target"'],
    ['json', '[\nnull]', 't.json:2: nil target group item found'],
    ['json', '[{"targets": [1]}]', 't.json:1: targets must be a list of texts'],
    ['json', '[{"targets": "a:1"}]', 't.json:1: targets must be a list of texts'],
    ['json', '[{"labels": {"port": 80}}]', 't.json:1: the value of label "port" must be a text'],
    ['json', '[{"labels": {"": "x"}}]', 't.json:1: a label must have a name'],
    ['json', '[["a:1"]]', 't.json:1: a group of targets has the form'],
    ['yaml', 'targets: [a:1]\n', 't.yaml:1: is not a list'],
    ['yaml', '- targets: [a:1]\n- targets: [b:1\n- targets: [c:1]\n', 't.yaml:3: is not valid YAML: '],
    ['yaml', '- targets: [a:1]\n- targets: [b:1]\n  label: {}\n', 't.yaml:2: unknown field "label"'],
    ['yaml', '- targets: [a:1]\n  targets: [a:1]\n', 't.yaml:2: is not valid YAML: Map keys must be unique'],
    ['yaml', '- targets: [a:1]\n-\n', 't.yaml:2: nil target group item found'],
    ['yaml', '- targets: *x\n', 't.yaml:1: is not valid YAML: '],
    ['yaml', '- labels: {a: {b: c}}\n', 't.yaml:1: the value of label "a" must be a text'],
  ] as const)('of %s %j are refused with the line', (format, text, message) => {
    expect(() => read(text, format)).toThrow(message)
  })

  it('have the right lines far down in YAML', () => {
    const group = '- targets: [a:1]\n  labels:\n    # long\n    job: x\n\n'
    const text = `---\n${group.repeat(500)}- targets: [a:1]\n  wrong: x\n${group.repeat(100)}`
    expect(() => read(text, 'yaml')).toThrow('t.yaml:2502: unknown field "wrong"')
    expect(read(text.replace('  wrong: x\n', ''), 'yaml')).toHaveLength(601)
  })

  it('refuse long YAML that cannot be taken apart', () => {
    const text = `targets: &x [a:1]\n${'# '.repeat(150_000)}`
    expect(() => read(text, 'yaml')).toThrow('t.yaml:1: is too long for YAML like this')
  })

  it('are the same in every way of writing them', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 })
    const name = text.filter((name) => name !== '' && name !== '<<')
    const groups = fc.array(fc.record({ targets: fc.array(text), labels: fc.dictionary(name, text) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(groups, fc.constantFrom(0, 2), (groups, indent) => {
        const expected = plain(read(JSON.stringify(groups), 'json'))
        const options = {
          indentSeq: false,
          lineWidth: 40,
          defaultStringType: 'QUOTE_DOUBLE',
          aliasDuplicateObjects: false,
        } as const
        for (const yaml of [JSON.stringify(groups, undefined, indent), stringify(groups, options)]) {
          expect(JSON.parse(JSON.stringify(plain(read(yaml, 'yaml'))).replaceAll('t.yaml', 't.json'))).toEqual(expected)
        }
      }),
    )
  })

  it('of any text are read or refused with name and line', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"targets"',
      '"a:1"',
      '- ',
      '\n',
      '  ',
      'null',
      '"',
      '1',
      '---\n',
      '*a',
      '&a ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom('json', 'yaml'), (pieces, format) => {
        try {
          read(pieces.join(''), format)
        } catch (thrown) {
          expect((thrown as Error).message).toMatch(/^t\.(json|yaml):\d+: /)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('targets in files of many megabytes', () => {
  const run = (text: string, format: 'json' | 'yaml') => {
    const work = readGroups({ bytes: new TextEncoder().encode(text), format, name: 'f' }, 'f', new Map())
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
    }
  }

  it('may begin with blank lines and comments in front of the mark', () => {
    const groups = run(`${'# a comment\n \t\r\n'.repeat(1000)}--- \t\r\n- targets: [a]\n`, 'yaml')
    expect(groups).toMatchObject([{ targets: [new Map([['__address__', 'a']])] }])
  })

  it('have their place told behind a text of any length', () => {
    const long = 'a'.repeat(12_000_000)
    expect(() => run(`[{"targets": ["${long}"]},\n{"targets": 1}]`, 'json')).toThrow(
      'f:2: targets must be a list of texts such as "host:port"',
    )
    expect(() => run(`[{"targets": ["${long}\n"]}]`, 'json')).toThrow('f:1: is not valid JSON: expected a value')
  })
})
