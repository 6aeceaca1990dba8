import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSearch, quoted, type Searched } from '../../core/fleet/search.ts'
import { labelsFrom } from '../../core/labels/labels.ts'
import { MAX_SEARCH_CHARACTERS, MAX_SEARCH_WORDS } from '../../core/limits.ts'
import { anyText } from '../support/any-text.ts'
import { leastEffort } from '../support/effort.ts'

const KEY = '0123456789abcdef'

const node: Searched = {
  url: 'http://10.0.0.7:9100/metrics',
  labels: labelsFrom([
    ['instance', '10.0.0.7:9100'],
    ['job', 'node'],
    ['cluster', 'Zürich West'],
    ['service.name', 'a=b'],
  ]),
  error: 'connect 10.0.0.7:9100: Connection refused',
}

function found(search: string, target: Searched = node, key: () => string = () => KEY): boolean {
  const parsed = parseSearch(search)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.search.matches(target, key)
}

describe('a search', () => {
  it.each([
    ['', true],
    ['   ', true],
    ['job=node', true],
    ['job=nod', false],
    ['job=Node', false],
    ['job!=node', false],
    ['job!=api', true],
    ['job=n*', true],
    ['job=*de', true],
    ['job=n*e', true],
    ['job=*', true],
    ['job=no*ode', false],
    ['instance=10.0.0.*:9100', true],
    ['instance=10.*.7:*', true],
    ['instance!=10.*', false],
    ['missing=', true],
    ['missing!=', false],
    ['missing=*', true],
    ['job=', false],
    ['job!=', true],
    ['job=node instance=10.*', true],
    ['job=node instance=11.*', false],
    ['cluster="Zürich West"', true],
    ['cluster="Zürich W"*', true],
    ['cluster="Zürich *"', false],
    ['cluster=Zürich', false],
    ['"service.name"=a=b', true],
    ['service.name=a=b', true],
    ['9100', true],
    ['METRICS', true],
    ['refused', true],
    ['"connection refused"', true],
    ['connection*REFUSED', true],
    ['refused*connection', false],
    ['zürich', true],
    ['instance', false],
    ['http://10.0.0.7:9100/metrics', true],
    ['http://10.0.0.7:9100/?a=b', false],
    [`key=${KEY}`, true],
    [`key=${KEY.toUpperCase()}`, true],
    [`key!=${KEY}`, false],
    ['key=fedcba9876543210', false],
  ])('%j: %j', (search, expected) => {
    expect(found(search)).toBe(expected)
  })

  it.each([
    ['=node', /no label before the =/],
    ['!=node', /no label before the !=/],
    ['job=~n.*', /no regular expressions.*write \* for any characters, as in job=web-\*/],
    ['cluster="Zürich', /no second one/],
    ['x'.repeat(MAX_SEARCH_CHARACTERS + 1), /1001 characters; it may have 1000/],
    ['x '.repeat(MAX_SEARCH_WORDS + 1), /33 words; it may have 32/],
  ])('%j is told what is wrong with it', (search, error) => {
    expect(parseSearch(search)).toEqual({ ok: false, error: expect.stringMatching(error) })
  })

  it('asks for the key only when a word is about it', () => {
    const never = (): string => {
      throw new Error('asked for')
    }
    for (const search of ['', 'job=node', 'key=web', '"0123456789abcdef"']) {
      expect(() => found(search, node, never)).not.toThrow()
    }
    expect(() => found(`key=${KEY}`, node, never)).toThrow('asked for')
  })

  it('finds a label with any value when that is quoted', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 40 }), anyText(), (value, other) => {
        const target = { ...node, labels: ['name', value] }
        expect(found(quoted('name', value), target)).toBe(true)
        if (other !== value && other.length <= 40) expect(found(quoted('name', other), target)).toBe(false)
      }),
    )
  })

  it('matches stars as a regular expression would', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    fc.assert(
      fc.property(short, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, value) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's')
        expect(found(`name=${pattern}`, { ...node, labels: ['name', value] })).toBe(regex.test(value))
        const within = new RegExp(pattern.replaceAll('*', '.*'), 's')
        const anywhere = { url: value, labels: [], error: '' }
        if (pattern !== '') expect(found(pattern, anywhere)).toBe(within.test(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws, whatever is typed', () => {
    const typed = fc.string({ unit: fc.constantFrom('a', '=', '!', '*', '"', '\\', ' ', '~', 'ß', '\u{1f600}') })
    fc.assert(
      fc.property(typed, (search) => {
        const parsed = parseSearch(search)
        if (parsed.ok) parsed.search.matches(node, () => KEY)
      }),
    )
  })

  it('takes time that grows with the text alone', () => {
    const target = { ...node, labels: ['name', 'a'.repeat(50_000)] }
    const search = `name=${'*a'.repeat(200)}*b ${'*a'.repeat(200)}*c`
    expect(leastEffort(() => void found(search, target))).toBeLessThan(200)
  })
})
