/**
 * Reads packets and push/pulls well enough to look inside: what mutants need to find their victims and checkers to compare
 * tables. Written from the protocol's description, apart from production's codec (but for LZW). Reads only well-formed bytes.
 */
import { lzwDecode } from '../../core/cluster/wire/lzw.ts'

export type Value = number | bigint | boolean | null | string | Value[] | { readonly [key: string]: Value }
export type Fields = { readonly [key: string]: Value }

const decoder = new TextDecoder()

/** One msgpack value at `at`. Text and bytes are one family: both come as Latin-1 text, see `text`. */
export function unpack(bytes: Uint8Array, at: number): { readonly value: Value; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const raw = (start: number, length: number) => {
    let value = ''
    for (let i = 0; i < length; i++) value += String.fromCharCode(bytes[start + i])
    return { value, end: start + length }
  }
  const list = (start: number, length: number) => {
    const value: Value[] = []
    let end = start
    for (let i = 0; i < length; i++) {
      const item = unpack(bytes, end)
      value.push(item.value)
      end = item.end
    }
    return { value, end }
  }
  const map = (start: number, length: number) => {
    const { value: items, end } = list(start, 2 * length)
    const value: Record<string, Value> = {}
    for (let i = 0; i < items.length; i += 2) value[items[i] as string] = items[i + 1]
    return { value, end }
  }
  const b = bytes[at]
  if (b < 0x80) return { value: b, end: at + 1 }
  if (b < 0x90) return map(at + 1, b & 15)
  if (b < 0xa0) return list(at + 1, b & 15)
  if (b < 0xc0) return raw(at + 1, b & 31)
  switch (b) {
    case 0xc0:
      return { value: null, end: at + 1 }
    case 0xc2:
    case 0xc3:
      return { value: b === 0xc3, end: at + 1 }
    case 0xc4:
    case 0xd9:
      return raw(at + 2, bytes[at + 1])
    case 0xc5:
    case 0xda:
      return raw(at + 3, view.getUint16(at + 1))
    case 0xc6:
    case 0xdb:
      return raw(at + 5, view.getUint32(at + 1))
    case 0xcc:
      return { value: bytes[at + 1], end: at + 2 }
    case 0xcd:
    case 0xd1:
      return { value: view.getUint16(at + 1), end: at + 3 }
    case 0xce:
    case 0xd2:
      return { value: view.getUint32(at + 1), end: at + 5 }
    case 0xcf:
    case 0xd3:
      return { value: view.getBigUint64(at + 1), end: at + 9 }
    case 0xdc:
      return list(at + 3, view.getUint16(at + 1))
    case 0xdd:
      return list(at + 5, view.getUint32(at + 1))
    case 0xde:
      return map(at + 3, view.getUint16(at + 1))
    case 0xdf:
      return map(at + 5, view.getUint32(at + 1))
    default:
      throw new Error(`no msgpack at ${at}: ${b.toString(16)}`)
  }
}

/** UTF-8 text out of what `unpack` gives for raw bytes. */
export function text(value: Value | undefined): string {
  return typeof value === 'string' ? decoder.decode(Uint8Array.from(value, (c) => c.charCodeAt(0))) : ''
}

export const PING = 0
export const ACK = 2
export const SUSPECT = 3
export const ALIVE = 4
export const DEAD = 5
const PUSH_PULL = 6
const COMPOUND = 7
const COMPRESS = 9
const CRC = 12
const LABEL = 244

function uncompressed(message: Uint8Array): Uint8Array {
  const { Buf } = fieldsOf(message)
  const bytes = lzwDecode(
    Uint8Array.from(Buf as string, (c) => c.charCodeAt(0)),
    1 << 26,
  )
  if (!(bytes instanceof Uint8Array)) throw new Error(bytes.reason)
  return bytes
}

/** The messages of a packet, each with its type byte. */
export function messagesOf(packet: Uint8Array): Uint8Array[] {
  if (packet[0] === LABEL) return messagesOf(packet.subarray(2 + packet[1]))
  if (packet[0] === CRC) return messagesOf(packet.subarray(5))
  if (packet[0] === COMPRESS) return messagesOf(uncompressed(packet))
  if (packet[0] !== COMPOUND) return [packet]
  const count = packet[1]
  const messages: Uint8Array[] = []
  let at = 2 + 2 * count
  for (let i = 0; i < count; i++) {
    const length = packet[2 + 2 * i] * 256 + packet[3 + 2 * i]
    messages.push(packet.subarray(at, at + length))
    at += length
  }
  return messages
}

/** A packet of these messages; undefined when there are none. */
export function packetOf(messages: readonly Uint8Array[]): Uint8Array | undefined {
  if (messages.length === 0) return undefined
  if (messages.length === 1) return messages[0].slice()
  const packet = new Uint8Array(2 + messages.reduce((sum, message) => sum + 2 + message.length, 0))
  packet[0] = COMPOUND
  packet[1] = messages.length
  let at = 2 + 2 * messages.length
  messages.forEach((message, i) => {
    packet[2 + 2 * i] = message.length >> 8
    packet[3 + 2 * i] = message.length & 255
    packet.set(message, at)
    at += message.length
  })
  return packet
}

export function fieldsOf(message: Uint8Array): Fields {
  return unpack(message, 1).value as Fields
}

const MEMBER_STATES = ['alive', 'suspect', 'dead', 'left'] as const

export interface PeekedMember {
  readonly name: string
  readonly state: (typeof MEMBER_STATES)[number]
  readonly incarnation: number
}

/** A push/pull that tells nothing and asks for everything. */
export function emptyPushPull(): Uint8Array {
  const bytes = [PUSH_PULL, 0x83]
  const field = (name: string, value: number) =>
    bytes.push(0xa0 | name.length, ...new TextEncoder().encode(name), value)
  field('Join', 0xc2)
  field('Nodes', 0)
  field('UserStateLen', 0)
  return Uint8Array.from(bytes)
}

/** The member table in a push/pull; undefined when it isn't one. */
export function membersOf(stream: Uint8Array): PeekedMember[] | undefined {
  if (stream[0] === COMPRESS) return membersOf(uncompressed(stream))
  if (stream[0] !== PUSH_PULL) return undefined
  const header = unpack(stream, 1)
  const members: PeekedMember[] = []
  let at = header.end
  for (let i = 0; i < Number((header.value as Fields).Nodes ?? 0); i++) {
    const { value, end } = unpack(stream, at)
    const entry = value as Fields
    members.push({
      name: text(entry.Name),
      state: MEMBER_STATES[Number(entry.State ?? 0)],
      incarnation: Number(entry.Incarnation ?? 0),
    })
    at = end
  }
  return members
}
