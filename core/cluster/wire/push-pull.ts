/** The body of an exchange: all members and all node states that a node knows. */
import { MAX_EXCHANGE_BYTES, MAX_EXCHANGE_MEMBERS, MAX_META_BYTES, MAX_NODE_NAME_BYTES } from '../../limits.ts'
import { formatAddress } from '../address.ts'
import { readState } from './decode-message.ts'
import { PUSH_PULL, partsOf, versionsToSend, writeState } from './messages.ts'
import {
  CUT_SHORT,
  copyOf,
  createReader,
  fail,
  type Reader,
  readArray,
  readBool,
  readBytes,
  readStruct,
  readText,
  readUint,
  readUint64,
  shape,
} from './reader.ts'
import type { MemberEntry, MemberState, NodeStateEntry, PushPull } from './types.ts'
import {
  createWriter,
  type Writer,
  writeAll,
  writeArray,
  writeBool,
  writeByte,
  writeBytes,
  writeInt,
  writeMap,
  writeText,
  writeUint,
  writeUint64,
  written,
} from './writer.ts'

const MEMBER_STATES: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left']
const MAX_U32 = 0xffff_ffff
const NO_BYTES = new Uint8Array(0)

const HEADER_SHAPE = shape('Nodes', 'UserStateLen', 'Join')
const MEMBER_SHAPE = shape('Name', 'Addr', 'Port', 'Meta', 'Incarnation', 'State', 'Vsn')
const STATES_SHAPE = shape('CurrentTime', 'NodeStates')

/** The message with its type byte, without wrappers. Throws a RangeError for an address that is none. */
export function encodePushPull(pushPull: PushPull): Uint8Array<ArrayBuffer> {
  const { members, states } = pushPull
  const user = createWriter(states === undefined ? 0 : 64 + states.entries.length * 48)
  if (states !== undefined) writeStates(user, states)
  const writer = createWriter(64 + members.length * 96 + user.length)
  writeByte(writer, PUSH_PULL)
  writeMap(writer, 3)
  writeText(writer, 'Join')
  writeBool(writer, pushPull.join)
  writeText(writer, 'Nodes')
  writeInt(writer, members.length)
  writeText(writer, 'UserStateLen')
  writeInt(writer, user.length)
  for (const member of members) writeMember(writer, member)
  writeAll(writer, user.bytes.subarray(0, user.length))
  return written(writer)
}

function writeMember(writer: Writer, member: MemberEntry): void {
  const { ip, port } = partsOf(member.address)
  writeMap(writer, 7)
  writeText(writer, 'Addr')
  writeBytes(writer, ip)
  writeText(writer, 'Incarnation')
  writeUint(writer, member.incarnation)
  writeText(writer, 'Meta')
  writeBytes(writer, member.meta)
  writeText(writer, 'Name')
  writeText(writer, member.name)
  writeText(writer, 'Port')
  writeUint(writer, port)
  writeText(writer, 'State')
  writeInt(writer, MEMBER_STATES.indexOf(member.state))
  writeText(writer, 'Vsn')
  writeBytes(writer, versionsToSend(member.versions))
}

function writeStates(writer: Writer, { time, entries }: NonNullable<PushPull['states']>): void {
  writeMap(writer, 2)
  writeText(writer, 'CurrentTime')
  writeUint64(writer, time)
  writeText(writer, 'NodeStates')
  writeArray(writer, entries.length)
  for (const entry of entries) writeState(writer, entry)
}

/**
 * Reads what follows the type byte; only to be believed when the reader is not `bad` afterwards. Entries that are well formed
 * but of no use (without a name, an address or sound versions) are left out and counted in `problems`: one of them, once in
 * anybody's table, would otherwise keep this node from ever joining.
 */
export function readPushPull(reader: Reader, problems: string[]): PushPull {
  let count = 0
  let userLength = 0
  let join = false
  readStruct(reader, HEADER_SHAPE, (name) => {
    if (name === 'Nodes') count = readUint(reader, MAX_EXCHANGE_MEMBERS)
    else if (name === 'UserStateLen') userLength = readUint(reader, MAX_EXCHANGE_BYTES)
    else join = readBool(reader)
  })
  const members: MemberEntry[] = []
  for (let i = 0; i < count && reader.bad === undefined; i++) {
    const member = readMember(reader)
    if (typeof member === 'string') problems.push(member)
    else members.push(member)
  }
  if (reader.bad === undefined && userLength > reader.end - reader.at) fail(reader, CUT_SHORT)
  if (reader.bad !== undefined || userLength === 0) return { join, members, states: undefined }
  const states = decodeStates(reader.bytes.subarray(reader.at, reader.at + userLength), problems)
  reader.at += userLength
  return { join, members, states }
}

/** The text is why it is of no use. */
function readMember(reader: Reader): MemberEntry | string {
  let name = ''
  let ip: Uint8Array | undefined
  let port = 0
  let meta: Uint8Array | undefined
  let incarnation = 0
  let state = 0
  let versions: Uint8Array | undefined
  readStruct(reader, MEMBER_SHAPE, (field) => {
    switch (field) {
      case 'Name':
        name = readText(reader, MAX_EXCHANGE_BYTES)
        break
      case 'Addr':
        ip = readBytes(reader, MAX_EXCHANGE_BYTES)
        break
      case 'Port':
        port = readUint(reader, 0xffff)
        break
      case 'Meta':
        meta = readBytes(reader, MAX_EXCHANGE_BYTES)
        break
      case 'Incarnation':
        incarnation = readUint(reader, MAX_U32)
        break
      case 'State':
        state = readUint(reader, MAX_U32)
        break
      case 'Vsn':
        versions = readBytes(reader, MAX_EXCHANGE_BYTES)
    }
  })
  if (name === '') return 'a member without a name'
  if (name.length > MAX_NODE_NAME_BYTES) return 'a member with too long a name'
  if (ip === undefined || (ip.length !== 4 && ip.length !== 16)) return 'a member without an address'
  if (meta !== undefined && meta.length > MAX_META_BYTES) return 'a member with too much metadata'
  if (state >= MEMBER_STATES.length) return 'a member in no known state'
  if (versions !== undefined && versions.length > 0 && versions.length < 6) return 'a member with too short versions'
  return {
    name,
    address: formatAddress(ip, port === 0 ? 7946 : port),
    meta: meta && copyOf(meta, MAX_META_BYTES),
    incarnation,
    state: MEMBER_STATES[state],
    versions: copyOf(versions ?? NO_BYTES, 6),
  }
}

function decodeStates(bytes: Uint8Array, problems: string[]): PushPull['states'] {
  const reader = createReader(bytes, 0)
  let time = 0n
  const entries: NodeStateEntry[] = []
  readStruct(reader, STATES_SHAPE, (name) => {
    if (name === 'CurrentTime') {
      time = readUint64(reader)
      return
    }
    const count = readArray(reader, MAX_EXCHANGE_MEMBERS)
    for (let i = 0; i < count && reader.bad === undefined; i++) {
      const entry = readState(reader)
      if (entry !== undefined) entries.push(entry)
      else problems.push('a node state that is none, or of nobody')
    }
  })
  if (reader.bad === undefined) return { time, entries }
  problems.push('node states that make no sense')
  return undefined
}
