/** Where values stand: lines and columns from 1, columns in bytes, in texts of any shape. */
import { describe, expect, it } from 'vitest'
import { readTree, type Tree } from '../../core/convert/tree.ts'

function read(text: string): Tree {
  const tree = readTree('a.yml', text, ({ summary }) => {
    throw new Error(summary)
  })
  if (tree === undefined) throw new Error('it can not be read')
  return tree
}

/** `text line:column` of all scalars, keys included. */
function scalars(tree: Tree): string[] {
  if (tree.kind === 'scalar') return [`${tree.text} ${tree.place.line}:${tree.place.column}`]
  if (tree.kind === 'list') return tree.items.flatMap(scalars)
  return [...tree.entries.values()].flatMap(({ key, value }) => [...scalars(key), ...scalars(value)])
}

/** Milliseconds. */
function timeOf(text: string): number {
  const from = performance.now()
  read(text)
  return performance.now() - from
}

describe('places', () => {
  it('counts from 1', () => {
    expect(scalars(read('{a: b, c: [d]}\n'))).toEqual(['a 1:2', 'b 1:5', 'c 1:8', 'd 1:12'])
  })

  it('counts characters of two, three and four bytes', () => {
    expect(scalars(read('x: é\n"ü": [€, 😀, a, b]\r\ny: z\n'))).toEqual([
      'x 1:1',
      'é 1:4',
      'ü 2:1',
      '€ 2:8',
      '😀 2:13',
      'a 2:19',
      'b 2:22',
      'y 3:1',
      'z 3:4',
    ])
  })

  it('takes no longer for one long line with an umlaut than for one without', () => {
    const line = (key: string): string =>
      `{"${key}": [${Array.from({ length: 12_000 }, (_, i) => `["target-${i}:9100"]`).join(',')}]}`
    timeOf(line('u'))
    // Some 20 times as long when every value is looked for from the beginning of its line.
    expect(timeOf(line('ü'))).toBeLessThan(5 * timeOf(line('u')) + 500)
  })
})
