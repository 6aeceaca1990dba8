/**
 * The messages of packets, one by one: their type bytes, and how they are written. Emits only the dialect that every Alloy
 * reads. Reading is decode-message.ts's; wrappers (packet.ts) and exchanges (push-pull.ts, stream.ts) are not known here.
 */
import { type PeerAddress, parseAddress } from '../address.ts'
import type { Alive, IndirectPing, Message, NodeState, NodeStateEntry, Ping, Source } from './types.ts'
import {
  createWriter,
  type Writer,
  writeBool,
  writeByte,
  writeBytes,
  writeMap,
  writeText,
  writeUint,
  writeUint64,
  written,
} from './writer.ts'

export const PING = 0
export const INDIRECT_PING = 1
export const ACK = 2
export const SUSPECT = 3
export const ALIVE = 4
export const DEAD = 5
export const PUSH_PULL = 6
export const COMPOUND = 7
export const USER = 8
export const COMPRESS = 9
export const ENCRYPT = 10
export const NACK = 11
export const HAS_CRC = 12
export const ERROR = 13
export const HAS_LABEL = 244

/** memberlist's protocol 1 to 5, speaking 2, and no delegate versions: what every Alloy node says. */
export const VERSIONS: Uint8Array = Uint8Array.of(1, 5, 2, 0, 0, 0)

export const NODE_STATES: readonly NodeState[] = ['viewer', 'participant', 'terminating']

/** Throws a RangeError for an address that is none: a bug of the caller. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const writer = createWriter(128)
  switch (message.kind) {
    case 'ping':
      writePing(writer, message)
      break
    case 'indirect-ping':
      writeIndirectPing(writer, message)
      break
    case 'ack':
      writeByte(writer, ACK)
      writeMap(writer, 2)
      writeText(writer, 'Payload')
      writeBytes(writer, undefined)
      writeText(writer, 'SeqNo')
      writeUint(writer, message.seq)
      break
    case 'nack':
      writeByte(writer, NACK)
      writeMap(writer, 1)
      writeText(writer, 'SeqNo')
      writeUint(writer, message.seq)
      break
    case 'suspect':
    case 'dead':
      writeByte(writer, message.kind === 'dead' ? DEAD : SUSPECT)
      writeMap(writer, 3)
      writeText(writer, 'From')
      writeText(writer, message.from)
      writeText(writer, 'Incarnation')
      writeUint(writer, message.incarnation)
      writeText(writer, 'Node')
      writeText(writer, message.node)
      break
    case 'alive':
      writeAlive(writer, message)
      break
    case 'state':
      writeByte(writer, USER)
      writeByte(writer, 0x12)
      writeByte(writer, 0x01)
      writeByte(writer, 0x01)
      writeState(writer, message)
      break
  }
  return written(writer)
}

function writePing(writer: Writer, ping: Ping): void {
  writeByte(writer, PING)
  writeMap(writer, 2 + sourceFields(ping.source))
  writeText(writer, 'Node')
  writeText(writer, ping.node)
  writeText(writer, 'SeqNo')
  writeUint(writer, ping.seq)
  writeSource(writer, ping.source)
}

function writeIndirectPing(writer: Writer, ping: IndirectPing): void {
  const { ip, port } = partsOf(ping.target)
  writeByte(writer, INDIRECT_PING)
  writeMap(writer, 5 + sourceFields(ping.source))
  writeText(writer, 'Nack')
  writeBool(writer, ping.nack)
  writeText(writer, 'Node')
  writeText(writer, ping.node)
  writeText(writer, 'Port')
  writeUint(writer, port)
  writeText(writer, 'SeqNo')
  writeUint(writer, ping.seq)
  writeSource(writer, ping.source)
  writeText(writer, 'Target')
  writeBytes(writer, ip)
}

function sourceFields(source: Source): number {
  return (source.address === undefined ? 0 : 2) + (source.node === undefined ? 0 : 1)
}

function writeSource(writer: Writer, { address, node }: Source): void {
  const parts = address === undefined ? undefined : partsOf(address)
  if (parts !== undefined) {
    writeText(writer, 'SourceAddr')
    writeBytes(writer, parts.ip)
  }
  if (node !== undefined) {
    writeText(writer, 'SourceNode')
    writeText(writer, node)
  }
  if (parts !== undefined) {
    writeText(writer, 'SourcePort')
    writeUint(writer, parts.port)
  }
}

function writeAlive(writer: Writer, alive: Alive): void {
  const { ip, port } = partsOf(alive.address)
  writeByte(writer, ALIVE)
  writeMap(writer, 6)
  writeText(writer, 'Addr')
  writeBytes(writer, ip)
  writeText(writer, 'Incarnation')
  writeUint(writer, alive.incarnation)
  writeText(writer, 'Meta')
  writeBytes(writer, alive.meta)
  writeText(writer, 'Node')
  writeText(writer, alive.node)
  writeText(writer, 'Port')
  writeUint(writer, port)
  writeText(writer, 'Vsn')
  writeBytes(writer, versionsToSend(alive.versions))
}

/** Go's memberlist crashes on one to five bytes and refuses everything on none, so only six are ever sent. */
export function versionsToSend(versions: Uint8Array): Uint8Array {
  return versions.length === 6 ? versions : VERSIONS
}

export function partsOf(address: PeerAddress): { readonly ip: Uint8Array; readonly port: number } {
  const parts = parseAddress(address)
  if (parts === undefined) throw new RangeError(`${address} is not an address of a peer`)
  return parts
}

export function writeState(writer: Writer, entry: NodeStateEntry): void {
  writeMap(writer, 3)
  writeText(writer, 'NewState')
  writeUint(writer, NODE_STATES.indexOf(entry.state))
  writeText(writer, 'NodeName')
  writeText(writer, entry.node)
  writeText(writer, 'Time')
  writeUint64(writer, entry.time)
}
