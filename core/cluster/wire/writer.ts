/**
 * Writes msgpack as go-msgpack's default handle does, byte for byte: old-spec raw for text and bytes, unsigned and signed
 * families kept apart. Map keys are written as given: callers name them in byte order.
 */
import { encodeTextInto, textLength } from './text.ts'

export interface Writer {
  bytes: Uint8Array<ArrayBuffer>
  /** Bytes in use. */
  length: number
}

export function createWriter(capacity: number): Writer {
  return { bytes: new Uint8Array(capacity), length: 0 }
}

/** A copy of what was written. */
export function written(writer: Writer): Uint8Array<ArrayBuffer> {
  return writer.bytes.slice(0, writer.length)
}

export function reserve(writer: Writer, more: number): void {
  const needed = writer.length + more
  if (needed <= writer.bytes.length) return
  const bytes = new Uint8Array(Math.max(needed, writer.bytes.length * 2))
  bytes.set(writer.bytes.subarray(0, writer.length))
  writer.bytes = bytes
}

export function writeByte(writer: Writer, byte: number): void {
  reserve(writer, 1)
  writer.bytes[writer.length++] = byte
}

export function writeAll(writer: Writer, bytes: Uint8Array): void {
  reserve(writer, bytes.length)
  writer.bytes.set(bytes, writer.length)
  writer.length += bytes.length
}

function writeBigEndian(writer: Writer, head: number, value: number, size: 1 | 2 | 4): void {
  reserve(writer, 1 + size)
  const { bytes } = writer
  bytes[writer.length++] = head
  for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) bytes[writer.length++] = (value >>> shift) & 0xff
}

/** At most 15 entries: no struct of the protocol has more. */
export function writeMap(writer: Writer, entries: number): void {
  writeByte(writer, 0x80 | entries)
}

export function writeArray(writer: Writer, length: number): void {
  if (length < 16) writeByte(writer, 0x90 | length)
  else if (length <= 0xffff) writeBigEndian(writer, 0xdc, length, 2)
  else writeBigEndian(writer, 0xdd, length, 4)
}

function writeRawHead(writer: Writer, length: number): void {
  if (length < 32) writeByte(writer, 0xa0 | length)
  else if (length <= 0xffff) writeBigEndian(writer, 0xda, length, 2)
  else writeBigEndian(writer, 0xdb, length, 4)
}

export function writeText(writer: Writer, text: string): void {
  const length = textLength(text)
  writeRawHead(writer, length)
  reserve(writer, length)
  writer.length = encodeTextInto(text, writer.bytes, writer.length)
}

/** Undefined is Go's nil, which is not the same as no bytes. */
export function writeBytes(writer: Writer, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) {
    writeByte(writer, 0xc0)
    return
  }
  writeRawHead(writer, bytes.length)
  writeAll(writer, bytes)
}

export function writeBool(writer: Writer, value: boolean): void {
  writeByte(writer, value ? 0xc3 : 0xc2)
}

/** A Go unsigned integer, 0 to 2^32 - 1. */
export function writeUint(writer: Writer, value: number): void {
  if (value < 0x80) writeByte(writer, value)
  else if (value <= 0xff) writeBigEndian(writer, 0xcc, value, 1)
  else if (value <= 0xffff) writeBigEndian(writer, 0xcd, value, 2)
  else writeBigEndian(writer, 0xce, value, 4)
}

/** A Go int, 0 to 2^31 - 1: above 127 in the signed family. */
export function writeInt(writer: Writer, value: number): void {
  if (value < 0x80) writeByte(writer, value)
  else if (value <= 0x7fff) writeBigEndian(writer, 0xd1, value, 2)
  else writeBigEndian(writer, 0xd2, value, 4)
}

/** A Go uint64. */
export function writeUint64(writer: Writer, value: bigint): void {
  if (value <= 0xffff_ffffn) {
    writeUint(writer, Number(value))
    return
  }
  writeBigEndian(writer, 0xcf, Number((value >> 32n) & 0xffff_ffffn), 4)
  reserve(writer, 4)
  const low = Number(value & 0xffff_ffffn)
  for (let shift = 24; shift >= 0; shift -= 8) writer.bytes[writer.length++] = (low >>> shift) & 0xff
}
