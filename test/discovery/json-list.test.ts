import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonList } from '../../core/discovery/json-list.ts'
import { worked } from './looking.ts'

const read = (text: string): readonly unknown[] => worked(jsonList(new TextEncoder().encode(text)))

describe('a JSON list in pieces', () => {
  it('is what JSON.parse says, however it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\r\n\t '), (list, indent) => {
        const text = JSON.stringify(list, undefined, indent)
        expect(read(` ${text}\n`)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('fails where JSON.parse fails, and never otherwise', () => {
    const bit = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '1', 'true', 'null', ' ', '"a"', '""')
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 12 }), (bits) => {
        const text = `[${bits.join('')}`
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expect(() => read(text)).toThrow(/^the answer /)
          return
        }
        expect(read(text)).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes null for an empty list, as Go writes it', () => {
    expect(read('null\n')).toEqual([])
    expect(read('[]')).toEqual([])
    expect(read(' [ ] ')).toEqual([])
  })

  it.each([
    ['', 'the answer is not a JSON list'],
    ['{"message":"no"}', 'the answer is not a JSON list'],
    ['[1,2', 'the answer ends in the middle of its JSON list'],
    ['["a', 'the answer ends in the middle of its JSON list'],
    ['[1,]', 'the answer is not JSON'],
    ['[""}""]', 'the answer is not JSON'],
    ['[{]}', 'the answer is not JSON'],
    ['[1] 2', 'the answer goes on after its JSON list'],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('pauses between elements, and inside large ones', () => {
    const steps = (text: string): number => [...jsonList(new TextEncoder().encode(text))].length
    expect(steps(JSON.stringify(Array.from({ length: 100 }, (_, i) => i)))).toBe(100)
    const large = [Array.from({ length: 100_000 }, (_, i) => i)]
    expect(steps(JSON.stringify(large))).toBeGreaterThan(8)
  })
})
