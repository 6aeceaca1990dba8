/**
 * One series with one sample as it stands in field 1 of the remote_write 1.0 WriteRequest:
 *
 *     0A length { 0A length { 0A length name 12 length value }* 12 10 { 09 value(8) 10 timestamp(6) } }
 *
 * Any time in milliseconds from 1971 to 2109 takes exactly six bytes as a varint, so value and timestamp have fixed
 * places at the end of the message and can be overwritten scrape after scrape. Whatever doesn't fit into these places, other
 * timestamps, histograms, exemplars, is written out behind a copy of the labels.
 */
import type { Exemplar } from '../../series/batch.ts'
import { type Bytes, reserve } from './bytes.ts'
import { writeValue } from './sample.ts'
import { appendTextField, utf8Length } from './text.ts'
import { closeLength, MAX_VARINT_BYTES, openLength, varintLength, writeInt64, writeVarint } from './varint.ts'

/** Distances from the end of a message. */
export const VALUE_FROM_END = 15
export const TIMESTAMP_FROM_END = 6
/** Everything behind the labels: tag and length of the sample, and the sample. */
const SAMPLE_BYTES = 18

/** Fields of a TimeSeries. */
export const SAMPLE_TAG = 0x12
export const HISTOGRAM_TAG = 0x22
const EXEMPLAR_TAG = 0x1a

/** Appends a message with the labels in `labels[0..length)`, value 0 and timestamp 0 in six bytes, to be patched. */
export function appendTimeSeries(out: Bytes, labels: Bytes): void {
  const size = labels.length + SAMPLE_BYTES
  reserve(out, 1 + varintLength(size) + size)
  const { bytes } = out
  bytes[out.length++] = 0x0a
  writeVarint(out, size)
  bytes.set(labels.bytes.subarray(0, labels.length), out.length)
  out.length += labels.length
  bytes[out.length++] = SAMPLE_TAG
  bytes[out.length++] = 0x10
  bytes[out.length++] = 0x09
  bytes.fill(0, out.length, out.length + 8)
  out.length += 8
  bytes[out.length++] = 0x10
  bytes.fill(0x80, out.length, out.length + 5)
  out.length += 5
  bytes[out.length++] = 0
}

/** Begins a message with the labels of the one in `source[start, end)`; what it is about follows, then `closeLength`. */
export function openTimeSeries(out: Bytes, source: Bytes, start: number, end: number): number {
  let from = start + 1
  while (source.bytes[from] >= 0x80) from++
  const labels = source.bytes.subarray(from + 1, end - SAMPLE_BYTES)
  reserve(out, 1 + MAX_VARINT_BYTES + labels.length)
  out.bytes[out.length++] = 0x0a
  const opened = openLength(out)
  out.bytes.set(labels, out.length)
  out.length += labels.length
  return opened
}

/** Makes room for itself. */
export function appendExemplar(out: Bytes, { labels, value, timestamp }: Exemplar): void {
  reserve(out, 1 + MAX_VARINT_BYTES)
  out.bytes[out.length++] = EXEMPLAR_TAG
  const from = openLength(out)
  for (let i = 0; i < labels.length; i += 2) {
    reserve(out, 1)
    out.bytes[out.length++] = 0x0a
    const pair = openLength(out)
    appendTextField(out, 0x0a, labels[i])
    appendTextField(out, 0x12, labels[i + 1])
    closeLength(out, pair)
  }
  reserve(out, 10 + MAX_VARINT_BYTES)
  out.bytes[out.length++] = 0x11
  writeValue(out.view, out.length, value, false)
  out.length += 8
  out.bytes[out.length++] = 0x18
  writeInt64(out, timestamp)
  closeLength(out, from)
}

/** What an exemplar takes at most, in either version. */
export function exemplarBytes({ labels }: Exemplar): number {
  let size = 64
  for (const text of labels) size += 2 * MAX_VARINT_BYTES + utf8Length(text)
  return size
}
