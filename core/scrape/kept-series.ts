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
import { type BlockFinder, blockAt, createBlockFinder, isOfFamily, metadataOf, typeOf } from './families.ts'
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
  let blocks: BlockFinder | undefined

  function familyAt({ body, row, lineStart }: Place): Metadata | undefined {
    const from = decoded()
    if (from === undefined) {
      blocks ??= createBlockFinder(table.lines, body, table.format)
      return blockAt(blocks, row, lineStart)
    }
    const family = from.families[from.family[row - table.lines.first]]
    return family && metadataOf(family)
  }

  function find(slot: number): Place | undefined {
    open()
    const { body, lines } = table
    if (body === undefined) return undefined
    positions ??= positionsOf(lines, table.slots.generations.length)
    const row = positions.row[slot] - 1
    if (row < 0) return undefined
    const lineStart = positions.start[slot]
    const end = lineStart + lines.series[row]
    // A line may begin with blanks, which are not part of the series.
    return { body, row, lineStart, start: skipBlanks(body.bytes, lineStart, end), end }
  }

  return {
    labels(slot) {
      const place = find(slot)
      if (place === undefined) return undefined
      const { body, row, start, end } = place
      const { rules, format, lines } = table
      const family = rules.typeAndUnitLabels ? familyAt(place) : undefined
      return labelsOfSeries(rules, body.bytes, start, end, format, typeOf(lines.family[row]), family)
    },
    metadata(slot) {
      const place = find(slot)
      const family = place && familyAt(place)
      if (family === undefined) return undefined
      const { body, start, end } = place as Place
      return isOfFamily(nameOfSeries(body.bytes, start, end, table.format), family) ? family : undefined
    },
    forget() {
      positions = undefined
      blocks = undefined
    },
  }
}

/** Where a series stands in the kept body. */
interface Place {
  readonly body: Body
  readonly row: number
  readonly lineStart: number
  /** Of the series. */
  readonly start: number
  readonly end: number
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
