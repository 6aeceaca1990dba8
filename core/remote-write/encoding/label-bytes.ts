/**
 * The labels of a series as bytes, as they stand in a TimeSeries of remote_write 1.0: `{ 0A length { 0A length name 12 length value } }*`.
 * A series is known by a hash of them whatever protocol it is sent by, so that what is remembered of it survives a change.
 */
import type { Labels } from '../../labels/labels.ts'
import { type Bytes, createBytes, grown, reserve } from './bytes.ts'
import { utf8Length, writeUtf8 } from './text.ts'
import { varintLength, writeVarint } from './varint.ts'

/** There is one, used again and again: read it before the next label set is encoded. */
export interface LabelBytes {
  readonly labels: Labels
  readonly buffer: Bytes
  /** Where name, value, … stand in it; they end `lengths` further. */
  readonly starts: Uint32Array
  readonly lengths: Uint32Array
}

const buffer = createBytes(1024)
let starts = new Uint32Array(64)
let lengths = new Uint32Array(64)

export function labelBytes(labels: Labels): LabelBytes {
  starts = grown(starts, labels.length)
  lengths = grown(lengths, labels.length)
  buffer.length = 0
  for (let i = 0; i < labels.length; i += 2) {
    lengths[i] = utf8Length(labels[i])
    lengths[i + 1] = utf8Length(labels[i + 1])
    const pair = 2 + varintLength(lengths[i]) + lengths[i] + varintLength(lengths[i + 1]) + lengths[i + 1]
    reserve(buffer, 6 + pair)
    buffer.bytes[buffer.length++] = 0x0a
    writeVarint(buffer, pair)
    appendText(0x0a, labels[i], i)
    appendText(0x12, labels[i + 1], i + 1)
  }
  return { labels, buffer, starts, lengths }
}

function appendText(tag: number, text: string, i: number): void {
  buffer.bytes[buffer.length++] = tag
  writeVarint(buffer, lengths[i])
  starts[i] = buffer.length
  writeUtf8(buffer, text, lengths[i])
}
