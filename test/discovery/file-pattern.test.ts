import { describe, expect, it } from 'vitest'
import { hasWildcards, isFilePattern, matchingNames, pathParts } from '../../core/discovery/file-pattern.ts'

describe('patterns of files', () => {
  it.each(['a.json', '/etc/targets/*.yml', 'x/a*b.YAML', 'targets/[ab]?.JSON'])('take %s', (pattern) => {
    expect(isFilePattern(pattern)).toBe(true)
  })

  it.each(['a.txt', '/etc/*/a.json', 'a.Json', '*.json/x', 'json', ''])('refuse %j', (pattern) => {
    expect(isFilePattern(pattern)).toBe(false)
  })

  const names = ['a.json', 'a1.json', 'ab.json', 'b.json', '*.json', 'x+y.yml', '.hidden.json', 'a.jsonx']
  it.each([
    ['a.json', ['a.json']],
    ['*.json', ['a.json', 'a1.json', 'ab.json', 'b.json', '*.json', '.hidden.json']],
    ['a*.json', ['a.json', 'a1.json', 'ab.json']],
    ['a?.json', ['a1.json', 'ab.json']],
    ['a[0-9].json', ['a1.json']],
    ['a[^0-9].json', ['ab.json']],
    ['\\*.json', ['*.json']],
    ['x+*.yml', ['x+y.yml']],
    ['[z-a].json', []],
    ['[.json', []],
  ])('%s stands for %j', (last, found) => {
    expect(matchingNames(last, names)).toEqual(found)
  })

  it.each([
    ['a.json', { directory: '.', prefix: '', last: 'a.json' }],
    ['/a.json', { directory: '/', prefix: '/', last: 'a.json' }],
    ['x/y/*.json', { directory: 'x/y', prefix: 'x/y/', last: '*.json' }],
  ])('of %s the directory is known', (path, parts) => {
    expect(pathParts(path)).toEqual(parts)
  })

  it('have wildcards only in their last element', () => {
    expect(hasWildcards('/x?/a.json')).toBe(false)
    expect(hasWildcards('/x/a?.json')).toBe(true)
  })
})
