/**
 * Packets: messages in their wrappers. Outside in: label, crc, compress, compound; a part of a compound may be wrapped
 * again. Owns how messages share packets; says nothing of what they mean.
 */
import { MAX_PACKET_BYTES, MAX_PACKET_MESSAGES, MAX_PACKET_WRAPPERS, PACKET_BUDGET_BYTES } from '../../limits.ts'
import { crc32 } from './crc32.ts'
import { decodeMessage } from './decode-message.ts'
import { lzwDecode, lzwEncode } from './lzw.ts'
import { COMPOUND, COMPRESS, HAS_CRC, HAS_LABEL } from './messages.ts'
import { CUT_SHORT, createReader, fail, type Reader, readBytes, readStruct, readUint, shape } from './reader.ts'
import { encodeText } from './text.ts'
import type { Malformed, Message } from './types.ts'
import { createWriter, writeByte, writeBytes, writeMap, writeText, writeUint, written } from './writer.ts'

const COMPRESS_SHAPE = shape('Algo', 'Buf')
const LZW = 0
const MAX_PARTS = 255
const MAX_PART_BYTES = 0xffff

export interface Unpacked {
  readonly messages: readonly Message[]
  /** What was left out and why; fixed texts. */
  readonly problems: readonly string[]
  /** User messages of a type that this version of ckit doesn't know. Not in `problems`. */
  readonly unknownUserMessages: number
}

interface Unpacking {
  readonly messages: Message[]
  readonly problems: string[]
  unknownUserMessages: number
  /** Parts left to take. */
  parts: number
  /** Bytes left to inflate. */
  bytes: number
}

/** `label` is empty for a cluster without a name. Malformed when nothing of it can be used. */
export function unpackPacket(packet: Uint8Array, label: string): Unpacked | Malformed {
  let rest = packet
  if (rest.length > MAX_PACKET_BYTES) return { ok: false, reason: 'a packet is too large' }
  const unlabelled = withoutLabel(rest, label)
  if ('ok' in unlabelled) return unlabelled
  rest = unlabelled.rest
  if (rest.length > 0 && rest[0] === HAS_CRC) {
    if (rest.length < 6) return { ok: false, reason: CUT_SHORT }
    const sum = ((rest[1] << 24) | (rest[2] << 16) | (rest[3] << 8) | rest[4]) >>> 0
    if (crc32(rest, 5) !== sum) return { ok: false, reason: 'a packet with a wrong checksum' }
    rest = rest.subarray(5)
  }
  const unpacking: Unpacking = {
    messages: [],
    problems: [],
    unknownUserMessages: 0,
    parts: MAX_PACKET_MESSAGES,
    bytes: MAX_PACKET_BYTES,
  }
  take(unpacking, rest, 0)
  const { messages, problems, unknownUserMessages } = unpacking
  if (messages.length === 0 && unknownUserMessages === 0 && problems.length > 0)
    return { ok: false, reason: problems[0] }
  return { messages, problems, unknownUserMessages }
}

/** What follows the label header. With `more` it may still turn out to be the right one. */
export function withoutLabel(
  bytes: Uint8Array,
  label: string,
): { readonly rest: Uint8Array } | (Malformed & { readonly more?: true }) {
  const labelled = bytes.length > 0 && bytes[0] === HAS_LABEL
  if (label === '') {
    return labelled ? { ok: false, reason: 'a cluster name where none is expected' } : { rest: bytes }
  }
  if (bytes.length > 0 && !labelled) return { ok: false, reason: 'no cluster name' }
  if (bytes.length < 2) return { ok: false, reason: 'no cluster name', more: true }
  const wanted = encodeText(label)
  if (bytes[1] === 0) return { ok: false, reason: 'an empty cluster name' }
  if (bytes[1] !== wanted.length) return { ok: false, reason: 'another cluster name' }
  for (let i = 0; i < wanted.length; i++) {
    if (2 + i >= bytes.length) return { ok: false, reason: CUT_SHORT, more: true }
    if (bytes[2 + i] !== wanted[i]) return { ok: false, reason: 'another cluster name' }
  }
  return { rest: bytes.subarray(2 + wanted.length) }
}

function take(unpacking: Unpacking, bytes: Uint8Array, depth: number): void {
  if (unpacking.parts-- <= 0) {
    if (unpacking.parts === -1) unpacking.problems.push('a packet of too many messages')
    return
  }
  const type = bytes.length === 0 ? -1 : bytes[0]
  if (type === COMPOUND || type === COMPRESS) {
    if (depth === MAX_PACKET_WRAPPERS) unpacking.problems.push('too many wrappers inside each other')
    else if (type === COMPOUND) takeCompound(unpacking, bytes, depth + 1)
    else takeCompressed(unpacking, bytes, depth + 1)
    return
  }
  const message = decodeMessage(bytes)
  if ('ok' in message) unpacking.problems.push(message.reason)
  else if (message.kind !== 'unknown') unpacking.messages.push(message)
  else if (message.user) unpacking.unknownUserMessages++
  else unpacking.problems.push('a message of an unknown type')
}

/** Parts that run past the end are left out, those before them kept. */
function takeCompound(unpacking: Unpacking, bytes: Uint8Array, depth: number): void {
  const count = bytes.length < 2 ? 0 : bytes[1]
  let at = 2 + 2 * count
  if (bytes.length < 2 || at > bytes.length) {
    unpacking.problems.push('a compound is cut short')
    return
  }
  for (let i = 0; i < count; i++) {
    const length = (bytes[2 + 2 * i] << 8) | bytes[3 + 2 * i]
    if (at + length > bytes.length) {
      unpacking.problems.push('a compound is cut short')
      return
    }
    take(unpacking, bytes.subarray(at, at + length), depth)
    at += length
  }
}

function takeCompressed(unpacking: Unpacking, bytes: Uint8Array, depth: number): void {
  const reader = createReader(bytes, 1)
  const plain = readCompressed(reader, unpacking.bytes)
  if (plain === undefined || reader.bad !== undefined) {
    unpacking.problems.push(reader.bad ?? CUT_SHORT)
    // It may have cost as much as is allowed before it failed; a packet full of such parts must not cost that each time.
    unpacking.bytes = 0
    return
  }
  unpacking.bytes -= plain.length
  take(unpacking, plain, depth)
}

/** Reads what follows the type byte of a compress wrapper, and inflates it to at most `limit` bytes. */
export function readCompressed(reader: Reader, limit: number): Uint8Array | undefined {
  let algorithm = 0
  let data: Uint8Array | undefined
  readStruct(reader, COMPRESS_SHAPE, (name) => {
    if (name === 'Algo') algorithm = readUint(reader, 255)
    else data = readBytes(reader, limit)
  })
  if (reader.bad !== undefined) return undefined
  if (algorithm !== LZW) fail(reader, 'an unknown compression')
  else if (data === undefined) fail(reader, 'compressed data is missing')
  else {
    const plain = lzwDecode(data, limit)
    if ('ok' in plain) fail(reader, plain.reason)
    else if (plain.length === 0) fail(reader, 'compressed data of nothing')
    else return plain
  }
  return undefined
}

/** The compress wrapper around a message. */
export function compressed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = lzwEncode(message)
  const writer = createWriter(data.length + 24)
  writeByte(writer, COMPRESS)
  writeMap(writer, 2)
  writeText(writer, 'Algo')
  writeUint(writer, LZW)
  writeText(writer, 'Buf')
  writeBytes(writer, data)
  return written(writer)
}

export interface Packing {
  /** The cluster's name; empty for none. At most 255 bytes. */
  readonly label: string
  /** Whether the receiver knows checksums (its greatest protocol version is 5 or more). */
  readonly crc: boolean
  /** Compress what gets smaller by it. */
  readonly compress?: boolean
}

/**
 * Puts messages into as few packets as memberlist's rules allow, in the order given: at most 255 messages and 10 MiB in
 * one, and those of more than 65,535 bytes alone.
 */
export function packPackets(messages: readonly Uint8Array[], packing: Packing): Uint8Array<ArrayBuffer>[] {
  const packets: Uint8Array<ArrayBuffer>[] = []
  const label = packing.label === '' ? NO_BYTES : encodeText(packing.label)
  const budget = PACKET_BUDGET_BYTES - 2 - (label.length === 0 ? 0 : 2 + label.length)
  let from = 0
  let size = 0
  const close = (to: number): void => {
    if (to > from) packets.push(packet(messages, from, to, size, label, packing))
    from = to
    size = 0
  }
  for (const [i, message] of messages.entries()) {
    const large = message.length > MAX_PART_BYTES
    if (large || i - from === MAX_PARTS || size + message.length + 2 > budget) close(i)
    size += message.length + 2
    if (large) close(i + 1)
  }
  close(messages.length)
  return packets
}

const NO_BYTES = new Uint8Array(0)

/** `size` is that of the messages and two bytes for each. */
function packet(
  messages: readonly Uint8Array[],
  from: number,
  to: number,
  size: number,
  label: Uint8Array,
  packing: Packing,
): Uint8Array<ArrayBuffer> {
  const alone = to - from === 1
  const headLength = (label.length === 0 ? 0 : 2 + label.length) + (packing.crc ? 5 : 0)
  let out = new Uint8Array(headLength + (alone ? messages[from].length : 2 + size))
  let at = headLength
  if (alone) {
    out.set(messages[from], at)
  } else {
    out[at++] = COMPOUND
    out[at++] = to - from
    for (let i = from; i < to; i++) {
      out[at++] = messages[i].length >> 8
      out[at++] = messages[i].length & 0xff
    }
    for (let i = from; i < to; i++) {
      out.set(messages[i], at)
      at += messages[i].length
    }
  }
  if (packing.compress === true) {
    const smaller = compressed(out.subarray(headLength))
    if (smaller.length < out.length - headLength) {
      out = new Uint8Array(headLength + smaller.length)
      out.set(smaller, headLength)
    }
  }
  if (label.length > 0) {
    out[0] = HAS_LABEL
    out[1] = label.length
    out.set(label, 2)
  }
  if (packing.crc) {
    const sum = crc32(out, headLength)
    out[headLength - 5] = HAS_CRC
    for (let i = 0; i < 4; i++) out[headLength - 4 + i] = (sum >>> (24 - 8 * i)) & 0xff
  }
  return out
}
