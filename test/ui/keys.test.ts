import { describe, expect, it } from 'vitest'
import { createKeyReader, GO } from '../../ui/shell/keys.ts'

describe('keys', () => {
  it('lead to pages, one after the other', () => {
    let now = 0
    const read = createKeyReader(() => now)
    expect(read('g', false)).toBeUndefined()
    expect(read('c', false)).toEqual({ kind: 'go', page: 'clustering' })
    expect(read('c', false), 'only after a g').toBeUndefined()
    read('g', false)
    expect(read('x', false)).toBeUndefined()
    expect(read('t', false), 'another letter was in between').toBeUndefined()
    read('g', false)
    now = 5000
    expect(read('t', false), 'too late').toBeUndefined()
  })

  it('twice g is the graph', () => {
    const read = createKeyReader(() => 0)
    read('g', false)
    expect(read('g', false)).toEqual({ kind: 'go', page: 'graph' })
  })

  it('do nothing while somebody types', () => {
    const read = createKeyReader(() => 0)
    for (const key of ['/', '?', 'g', 'c']) expect(read(key, true)).toBeUndefined()
    expect(read('/', false)).toEqual({ kind: 'search' })
    expect(read('?', false)).toEqual({ kind: 'help' })
  })

  it('have a letter of their own for each page', () => {
    expect(new Set(Object.values(GO)).size).toBe(Object.keys(GO).length)
    expect(createKeyReader(() => 0)('constructor', false)).toBeUndefined()
  })
})
