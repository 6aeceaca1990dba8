/**
 * What the kept body says of the series in it: labels, and metadata of their families. Worked out when somebody asks and
 * forgotten when the batch is through, since nobody asks twice but for new relabel rules or a new receiver.
 */
import { skipBlanks } from '../exposition/bytes.ts'
import type { Decoded } from '../exposition/decoded.ts'
import type { Labels } from '../labels/labels.ts'
import type { Metadata } from '../series/metadata.ts'
import { labelsOfSeries, nameOfSeries } from './admission.ts'
import type { Body } from './bodies.ts'
import { type Blocks, blockAt, blocksOf, isOfFamily, typeOf } from './families.ts'
import type { Lines } from './lines.ts'
import type { Table } from './table.ts'

export interface KeptSeries {
  labels(slot: number): Labels | undefined
  metadata(slot: number): Metadata | undefined
  /** The table changes, or nobody asks any more. */
  forget(): void
}

/** `open` makes sure that the body is in the table; `decoded` is what it was decoded from, when it was. */
export function createKeptSeries(table: Table, open: () => void, decoded: () => Decoded | undefined): KeptSeries {
  let positions: Positions | undefined
  let blocks: Blocks | undefined

  function familyAt(row: number, body: Body): Metadata | undefined {
    const from = decoded()
    if (from === undefined) {
      blocks ??= blocksOf(table.lines, body, table.format)
      return blockAt(blocks, row)
    }
    const family = from.families[from.family[row - table.lines.first]]
    if (family === undefined) return undefined
    return { family: family.name, type: family.type, help: family.help, unit: family.unit }
  }

  function find<T>(slot: number, read: (body: Body, row: number, start: number, end: number) => T): T | undefined {
    open()
    const { body, lines } = table
    if (body === undefined) return undefined
    positions ??= positionsOf(lines, table.slots.generations.length)
    const row = positions.row[slot] - 1
    if (row < 0) return undefined
    const end = positions.start[slot] + lines.series[row]
    // A line may begin with blanks, which are not part of the series.
    return read(body, row, skipBlanks(body.bytes, positions.start[slot], end), end)
  }

  return {
    labels: (slot) =>
      find(slot, (body, row, start, end) => {
        const family = table.rules.typeAndUnitLabels ? familyAt(row, body) : undefined
        return labelsOfSeries(
          table.rules,
          body.bytes,
          start,
          end,
          table.format,
          typeOf(table.lines.family[row]),
          family,
        )
      }),
    metadata: (slot) =>
      find(slot, (body, row, start, end) => {
        const family = familyAt(row, body)
        if (family === undefined) return undefined
        return isOfFamily(nameOfSeries(body.bytes, start, end, table.format), family) ? family : undefined
      }),
    forget() {
      positions = undefined
      blocks = undefined
    },
  }
}

/** By slot: the row of its first line plus 1 (0: it has none), and where its series begins in the kept body. */
interface Positions {
  readonly row: Uint32Array
  readonly start: Uint32Array
}

function positionsOf(lines: Lines, slotCount: number): Positions {
  const row = new Uint32Array(slotCount)
  const start = new Uint32Array(slotCount)
  let at = 0
  for (let i = lines.first; i < lines.count; i++) {
    at += lines.lead[i]
    const slot = lines.slot[i]
    if (row[slot] === 0) {
      row[slot] = i + 1
      start[slot] = at
    }
    at += lines.length[i]
  }
  return { row, start }
}
