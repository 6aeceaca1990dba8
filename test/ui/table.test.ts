import { describe, expect, it } from 'vitest'
import { type Column, orderOf, orderText, sorted } from '../../ui/look/table.ts'

interface Row {
  readonly name: string
  readonly size: number
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', by: ({ name }) => name, cell: ({ name }) => name },
  { id: 'size', title: 'Size', by: ({ size }) => size, cell: ({ size }) => size },
  { id: 'plain', title: 'Plain', cell: () => '' },
]

const ROWS: readonly Row[] = [
  { name: 'node-10', size: 2 },
  { name: 'node-2', size: 2 },
  { name: 'node-1', size: 30 },
]

const names = (column: string, descending = false): readonly string[] =>
  sorted(ROWS, COLUMNS, { column, descending }).map(({ name }) => name)

describe('sorting', () => {
  it('reads numbers in names as numbers', () => {
    expect(names('name')).toEqual(['node-1', 'node-2', 'node-10'])
    expect(names('name', true)).toEqual(['node-10', 'node-2', 'node-1'])
  })

  it('leaves what is equal in its order, both ways', () => {
    expect(names('size')).toEqual(['node-10', 'node-2', 'node-1'])
    expect(names('size', true)).toEqual(['node-1', 'node-10', 'node-2'])
  })

  it('leaves everything where a column can not be sorted by', () => {
    expect(names('plain')).toEqual(ROWS.map(({ name }) => name))
    expect(names('__proto__')).toEqual(ROWS.map(({ name }) => name))
  })

  it('stands in addresses', () => {
    const otherwise = { column: 'name', descending: false }
    expect(orderOf(null, otherwise)).toEqual(otherwise)
    expect(orderOf('-size', otherwise)).toEqual({ column: 'size', descending: true })
    expect(orderText(orderOf('-size', otherwise))).toBe('-size')
    expect(orderText(otherwise)).toBe('name')
  })
})
