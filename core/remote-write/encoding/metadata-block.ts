/**
 * Requests of 1.0 that hold nothing but what is said about families, in field 3:
 * `1A length { 08 type 12 length family 22 length help 2A length unit }`.
 */
import type { Metadata } from '../../series/metadata.ts'
import { type Block, NOTHING } from '../block.ts'
import { reserve } from './bytes.ts'
import { MAX_PREAMBLE_BYTES, writePreambleBefore } from './snappy.ts'
import { createStream } from './stream.ts'
import { appendTextField } from './text.ts'
import { closeLength, MAX_VARINT_BYTES, openLength, writeVarint } from './varint.ts'

/** `now` in ms since the epoch. The caller bounds the number of families. */
export function metadataBlock(families: readonly Metadata[], now: number): Block {
  const { staging, out, flush } = createStream()
  for (const { type, family, help, unit } of families) {
    reserve(staging, 1)
    staging.bytes[staging.length++] = 0x1a
    const from = openLength(staging)
    reserve(staging, 1 + MAX_VARINT_BYTES)
    staging.bytes[staging.length++] = 0x08
    writeVarint(staging, type)
    appendTextField(staging, 0x12, family)
    if (help !== '') appendTextField(staging, 0x22, help)
    if (unit !== '') appendTextField(staging, 0x2a, unit)
    closeLength(staging, from)
  }
  const rawBytes = staging.length
  const begin = MAX_PREAMBLE_BYTES
  out.length = begin
  flush()
  const from = writePreambleBefore(out.bytes, begin, rawBytes)
  return {
    protocol: '1.0',
    body: out.bytes.slice(from, out.length),
    rawBytes,
    counts: { ...NOTHING, metadata: families.length },
    minTimestamp: 0,
    maxTimestamp: 0,
    orders: new Set(),
    createdAt: now,
  }
}
