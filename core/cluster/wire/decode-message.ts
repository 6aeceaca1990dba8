/**
 * Reads the messages of packets, one by one, and decides what is acceptable in them. Never throws; what makes no sense is
 * Malformed, with a fixed text.
 */
import { MAX_EXCHANGE_BYTES, MAX_META_BYTES, MAX_NODE_NAME_BYTES } from '../../limits.ts'
import { formatAddress, type PeerAddress } from '../address.ts'
import { ACK, ALIVE, DEAD, INDIRECT_PING, NACK, NODE_STATES, PING, SUSPECT, USER } from './messages.ts'
import {
  copyOf,
  createReader,
  fail,
  type Reader,
  readBool,
  readBytes,
  readStruct,
  readText,
  readUint,
  readUint64,
  shape,
} from './reader.ts'
import type {
  Ack,
  Alive,
  Dead,
  IndirectPing,
  Malformed,
  Message,
  Nack,
  NodeStateEntry,
  Ping,
  Source,
  StateMessage,
  Suspect,
} from './types.ts'

/** A message that may well make sense to somebody else. `user` is a user message of ckit, which are counted apart. */
export interface Unknown {
  readonly kind: 'unknown'
  readonly user: boolean
}

const MAX_U32 = 0xffff_ffff

const PING_SHAPE = shape('SeqNo', 'Node', 'SourceAddr', 'SourcePort', 'SourceNode')
const INDIRECT_SHAPE = shape('SeqNo', 'Target', 'Port', 'Node', 'Nack', 'SourceAddr', 'SourcePort', 'SourceNode')
const SEQ_SHAPE = shape('SeqNo', 'Payload')
const ACCUSATION_SHAPE = shape('Incarnation', 'Node', 'From')
const ALIVE_SHAPE = shape('Incarnation', 'Node', 'Addr', 'Port', 'Meta', 'Vsn')
const STATE_SHAPE = shape('NodeName', 'NewState', 'Time')

/** One message, wrappers undone. Views of `bytes` are not kept. */
export function decodeMessage(bytes: Uint8Array): Message | Unknown | Malformed {
  if (bytes.length === 0) return { ok: false, reason: 'an empty message' }
  const reader = createReader(bytes, 1)
  const message = readMessage(reader, bytes[0])
  return reader.bad === undefined ? message : { ok: false, reason: reader.bad }
}

/** Only to be believed when the reader is not `bad` afterwards. */
function readMessage(reader: Reader, type: number): Message | Unknown {
  switch (type) {
    case PING:
      return readPing(reader)
    case INDIRECT_PING:
      return readIndirectPing(reader)
    case ACK:
    case NACK:
      return readSeq(reader, type === ACK ? 'ack' : 'nack')
    case SUSPECT:
    case DEAD:
      return readAccusation(reader, type === DEAD ? 'dead' : 'suspect')
    case ALIVE:
      return readAlive(reader)
    case USER:
      return readUser(reader)
    default:
      return { kind: 'unknown', user: false }
  }
}

export function readPing(reader: Reader): Ping {
  let seq = 0
  let node = ''
  const source = createSource()
  readStruct(reader, PING_SHAPE, (name) => {
    if (name === 'SeqNo') seq = readUint(reader, MAX_U32)
    else if (name === 'Node') node = readName(reader)
    else readSourceField(reader, source, name)
  })
  return { kind: 'ping', seq, node, source: sourceOf(reader, source) }
}

function readIndirectPing(reader: Reader): IndirectPing {
  let seq = 0
  let node = ''
  let nack = false
  let target: Uint8Array | undefined
  let port = 0
  const source = createSource()
  readStruct(reader, INDIRECT_SHAPE, (name) => {
    if (name === 'SeqNo') seq = readUint(reader, MAX_U32)
    else if (name === 'Node') node = readName(reader)
    else if (name === 'Nack') nack = readBool(reader)
    else if (name === 'Target') target = readBytes(reader, 64)
    else if (name === 'Port') port = readUint(reader, 0xffff)
    else readSourceField(reader, source, name)
  })
  const address = readAddress(reader, target, port)
  return { kind: 'indirect-ping', seq, target: address, node, nack, source: sourceOf(reader, source) }
}

interface RawSource {
  ip: Uint8Array | undefined
  port: number
  node: string
}

function createSource(): RawSource {
  return { ip: undefined, port: 0, node: '' }
}

function readSourceField(reader: Reader, source: RawSource, name: 'SourceAddr' | 'SourcePort' | 'SourceNode'): void {
  if (name === 'SourceAddr') source.ip = readBytes(reader, 64)
  else if (name === 'SourcePort') source.port = readUint(reader, 0xffff)
  else source.node = readName(reader)
}

/** Without both an address and a port there is no address to answer to. */
function sourceOf(reader: Reader, { ip, port, node }: RawSource): Source {
  const complete = ip !== undefined && ip.length > 0 && port !== 0
  return {
    ...(complete && { address: readAddress(reader, ip, port) }),
    ...(node !== '' && { node }),
  }
}

export function readSeq(reader: Reader, kind: 'ack' | 'nack'): Ack | Nack {
  let seq = 0
  readStruct(reader, SEQ_SHAPE, (name) => {
    if (name === 'SeqNo') seq = readUint(reader, MAX_U32)
    else readBytes(reader, MAX_EXCHANGE_BYTES)
  })
  return { kind, seq }
}

function readAccusation(reader: Reader, kind: 'suspect' | 'dead'): Suspect | Dead {
  let incarnation = 0
  let node = ''
  let from = ''
  readStruct(reader, ACCUSATION_SHAPE, (name) => {
    if (name === 'Incarnation') incarnation = readUint(reader, MAX_U32)
    else if (name === 'Node') node = readName(reader)
    else from = readName(reader)
  })
  requireName(reader, node)
  return { kind, incarnation, node, from }
}

function readAlive(reader: Reader): Alive {
  let incarnation = 0
  let node = ''
  let ip: Uint8Array | undefined
  let port = 0
  let meta: Uint8Array | undefined
  let versions: Uint8Array | undefined
  readStruct(reader, ALIVE_SHAPE, (name) => {
    if (name === 'Incarnation') incarnation = readUint(reader, MAX_U32)
    else if (name === 'Node') node = readName(reader)
    else if (name === 'Addr') ip = readBytes(reader, 64)
    else if (name === 'Port') port = readUint(reader, 0xffff)
    else if (name === 'Meta') meta = readBytes(reader, MAX_META_BYTES)
    else versions = readBytes(reader, 64)
  })
  requireName(reader, node)
  const address = readAddress(reader, ip, port)
  return {
    kind: 'alive',
    incarnation,
    node,
    address,
    meta: meta && copyOf(meta, MAX_META_BYTES),
    versions: checkVersions(reader, versions),
  }
}

function readUser(reader: Reader): StateMessage | Unknown {
  const { bytes, at } = reader
  if (reader.end - at < 3 || bytes[at] !== 0x12 || bytes[at + 1] !== 0x01 || bytes[at + 2] === 0) {
    fail(reader, 'a user message that is not of ckit')
    return { kind: 'unknown', user: true }
  }
  if (bytes[at + 2] !== 1) return { kind: 'unknown', user: true }
  reader.at += 3
  const entry = readState(reader)
  if (entry === undefined) fail(reader, 'a node state that is none, or of nobody')
  return entry === undefined ? { kind: 'unknown', user: true } : { kind: 'state', ...entry }
}

/** Undefined when it is well formed but of no use. */
export function readState(reader: Reader): NodeStateEntry | undefined {
  let node = ''
  let state = 0
  let time = 0n
  readStruct(reader, STATE_SHAPE, (name) => {
    if (name === 'NewState') state = readUint(reader, MAX_U32)
    else if (name === 'NodeName') node = readName(reader)
    else time = readUint64(reader)
  })
  if (node === '' || state >= NODE_STATES.length) return undefined
  return { node, state: NODE_STATES[state], time }
}

export function readName(reader: Reader): string {
  return readText(reader, MAX_NODE_NAME_BYTES)
}

function requireName(reader: Reader, node: string): void {
  if (node === '') fail(reader, 'a message about a node without a name')
}

/** Port 0 is memberlist's default port. */
export function readAddress(reader: Reader, ip: Uint8Array | undefined, port: number): PeerAddress {
  if (ip !== undefined && (ip.length === 4 || ip.length === 16)) return formatAddress(ip, port === 0 ? 7946 : port)
  fail(reader, 'an address that is neither 4 nor 16 bytes')
  return ''
}

/** Six bytes, or none at all, which is for the member table to judge. */
function checkVersions(reader: Reader, versions: Uint8Array | undefined): Uint8Array {
  if (versions === undefined || versions.length === 0) return new Uint8Array(0)
  if (versions.length < 6) fail(reader, 'protocol versions of less than six bytes')
  return copyOf(versions, 6)
}
