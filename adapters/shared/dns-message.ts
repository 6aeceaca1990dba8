/**
 * Queries and answers of the DNS as bytes (RFC 1035, 3596, 2782, 6891). Knows the record types that core/ports.ts names, and
 * nothing of servers or sockets. Answers are not to be trusted: whatever is wrong with one makes it undefined.
 */
import type { DnsRecord, DnsRecordType } from '../../core/ports.ts'

export interface DnsAnswer {
  /** 0 for success, 2 SERVFAIL, 3 NXDOMAIN, … */
  readonly code: number
  /** There is more than fits: ask again by TCP. */
  readonly truncated: boolean
  /** Of the type that was asked for. */
  readonly records: readonly DnsRecord[]
}

export const SUCCESS = 0
export const NO_SUCH_NAME = 3

const TYPES: Readonly<Record<DnsRecordType, number>> = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 }
const CLASS_IN = 1
const TYPE_OPT = 41
/** What an answer by UDP may have, in bytes: the number that Go's DNS library announces. */
const UDP_PAYLOAD = 4096
const HEAD_BYTES = 12
const RECURSION_DESIRED = 0x0100
const IS_ANSWER = 0x8000
const TRUNCATED = 0x0200
const MAX_NAME_BYTES = 255
const MAX_LABEL_BYTES = 63
/** Of one name: as many as it can have labels. */
const MAX_POINTERS = 127

/** Undefined for what can't be a name: empty or too long labels, more than 255 bytes. A trailing dot is allowed. */
export function encodeQuery(id: number, name: string, type: DnsRecordType): Buffer | undefined {
  const labels = name
    .replace(/\.$/, '')
    .split('.')
    .map((label) => Buffer.from(label))
  if (labels.some(({ length }) => length === 0 || length > MAX_LABEL_BYTES)) return undefined
  const question = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.alloc(5)])
  if (question.length - 4 > MAX_NAME_BYTES) return undefined
  question.writeUInt16BE(TYPES[type], question.length - 4)
  question.writeUInt16BE(CLASS_IN, question.length - 2)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(RECURSION_DESIRED, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(1, 10)
  // EDNS: the root's name, then how much we take.
  const options = Buffer.alloc(11)
  options.writeUInt16BE(TYPE_OPT, 1)
  options.writeUInt16BE(UDP_PAYLOAD, 3)
  return Buffer.concat([head, question, options])
}

/** Undefined when it is no answer to this query, or damaged. */
export function decodeAnswer(message: Buffer, query: Buffer, type: DnsRecordType): DnsAnswer | undefined {
  try {
    return readAnswer(message, query, TYPES[type])
  } catch (error) {
    // Buffer's own check of its bounds.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readAnswer(message: Buffer, query: Buffer, type: number): DnsAnswer | undefined {
  const flags = message.readUInt16BE(2)
  if (message.readUInt16BE(0) !== query.readUInt16BE(0) || (flags & IS_ANSWER) === 0) return undefined
  const code = flags & 0x000f
  const truncated = (flags & TRUNCATED) !== 0
  const questions = message.readUInt16BE(4)
  // Servers that failed may leave the question out.
  if (questions === 0 && code !== SUCCESS) return { code, truncated: false, records: [] }
  const asked = readName(query, HEAD_BYTES)
  const question = readName(message, HEAD_BYTES)
  if (questions !== 1 || question.name.toLowerCase() !== asked.name.toLowerCase()) return undefined
  if (message.readUInt16BE(question.end) !== type) return undefined
  const records: DnsRecord[] = []
  if (truncated) return { code, truncated, records }
  let at = question.end + 4
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    const { end } = readName(message, at)
    const length = message.readUInt16BE(end + 8)
    const data = end + 10
    if (data + length > message.length) return undefined
    if (message.readUInt16BE(end) === type && message.readUInt16BE(end + 2) === CLASS_IN) {
      records.push(readRecord(message, type, data, length))
    }
    at = data + length
  }
  return { code, truncated, records }
}

function readRecord(message: Buffer, type: number, at: number, length: number): DnsRecord {
  switch (type) {
    case TYPES.A:
      if (length !== 4) throw new RangeError('an IPv4 address has 4 bytes')
      return { target: message.subarray(at, at + 4).join('.') }
    case TYPES.AAAA:
      if (length !== 16) throw new RangeError('an IPv6 address has 16 bytes')
      return { target: addressOf(message.subarray(at, at + 16)) }
    case TYPES.MX:
      return { target: readName(message, at + 2).name }
    case TYPES.SRV:
      return { target: readName(message, at + 6).name, port: message.readUInt16BE(at + 4) }
    default:
      return { target: readName(message, at).name }
  }
}

/** In its canonical form (RFC 5952), a mapped IPv4 address as what it maps: as Go prints them. */
function addressOf(bytes: Buffer): string {
  if (bytes.readUInt32BE(0) === 0 && bytes.readUInt32BE(4) === 0 && bytes.readUInt32BE(8) === 0xffff) {
    return bytes.subarray(12).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** Follows pointers, which must lead backwards and be few: so it ends soon. */
function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = start
  let end: number | undefined
  let bytes = 0
  let pointers = 0
  for (;;) {
    const length = message.readUInt8(at)
    if (length >= 0xc0) {
      const pointer = message.readUInt16BE(at) & 0x3fff
      if (pointer >= at) throw new RangeError('a pointer leads forwards')
      if (++pointers > MAX_POINTERS) throw new RangeError('a name has too many pointers')
      end ??= at + 2
      at = pointer
      continue
    }
    if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 }
    bytes += length + 1
    if (length > MAX_LABEL_BYTES || bytes > MAX_NAME_BYTES) throw new RangeError('a name is too long')
    if (at + 1 + length > message.length) throw new RangeError('a name is cut off')
    labels.push(message.toString('utf8', at + 1, at + 1 + length))
    at += 1 + length
  }
}
