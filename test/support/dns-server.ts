/**
 * A DNS server for tests: UDP on a loopback port of its own, records as the test gives them, NXDOMAIN for other names. Knows A,
 * AAAA and SRV (RFC 1035, 3596, 2782), with the addresses of SRV targets as additional records.
 */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

export interface DnsServiceRecord {
  readonly target: string
  readonly port: number
  readonly priority?: number
  readonly weight?: number
}

/** By name in lower case without the trailing dot: IP addresses of either kind, or services. */
export type DnsRecords = Record<string, readonly (string | DnsServiceRecord)[]>

export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  /** May be changed at any time. */
  records: DnsRecords
  /** Whether queries get no answer at all. */
  silent: boolean
  /** Whether queries are answered with SERVFAIL. */
  failing: boolean
  /** `name TYPE` of every query, in order. */
  readonly queries: string[]
  close(): Promise<void>
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' }
const NXDOMAIN = 3
const SERVFAIL = 2
const TTL_SECONDS = 1

export async function startDnsServer(records: DnsRecords = {}): Promise<DnsServer> {
  const socket: Socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.on('message', (message, from) => {
    if (message.length < 12) return
    const question = readQuestion(message)
    if (question === undefined) return
    server.queries.push(`${question.name} ${TYPES[question.type] ?? question.type}`)
    if (!server.silent) socket.send(answer(message, question), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))

  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    silent: false,
    failing: false,
    queries: [],
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
  return server

  function answer(message: Buffer, { name, type, end }: Question): Buffer {
    const known = server.records[name]
    const code = server.failing ? SERVFAIL : known === undefined ? NXDOMAIN : 0
    const answers = code === 0 && known !== undefined ? known.flatMap((record) => encode(name, type, record)) : []
    const extra = code === 0 && type === 33 && known !== undefined ? known.flatMap(additional) : []
    const head = Buffer.from(message.subarray(0, 12))
    // Answer, authoritative, recursion as asked and available.
    head.writeUInt16BE(0x8480 | (message.readUInt16BE(2) & 0x0100) | code, 2)
    for (const [i, count] of [1, answers.length, 0, extra.length].entries()) head.writeUInt16BE(count, 4 + 2 * i)
    return Buffer.concat([head, message.subarray(12, end), ...answers, ...extra])
  }

  function additional(record: string | DnsServiceRecord): Buffer[] {
    if (typeof record === 'string') return []
    const addresses = server.records[record.target.toLowerCase()] ?? []
    return addresses.flatMap((address) => [...encode(record.target, 1, address), ...encode(record.target, 28, address)])
  }
}

interface Question {
  readonly name: string
  readonly type: number
  /** Where it ends in the message. */
  readonly end: number
}

function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = []
  let at = 12
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63) return undefined
    at++
    if (length === 0) break
    labels.push(message.toString('latin1', at, at + length))
    at += length
  }
  if (message.length < at + 4) return undefined
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at), end: at + 4 }
}

/** Nothing when the record is of another type. */
function encode(name: string, type: number, record: string | DnsServiceRecord): Buffer[] {
  let data: Buffer
  if (typeof record === 'string') {
    if (type !== (isIPv6(record) ? 28 : 1)) return []
    data = isIPv6(record) ? v6Bytes(record) : Buffer.from(record.split('.').map(Number))
  } else {
    if (type !== 33) return []
    const { priority = 0, weight = 0, port, target } = record
    const numbers = Buffer.alloc(6)
    for (const [i, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, 2 * i)
    data = Buffer.concat([numbers, nameBytes(target)])
  }
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(type, 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(TTL_SECONDS, 4)
  fixed.writeUInt16BE(data.length, 8)
  return [Buffer.concat([nameBytes(name), fixed, data])]
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.alloc(1),
  ])
}

function v6Bytes(address: string): Buffer {
  const [before, after] = address.split('::')
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const tail = groups(after)
  const head = groups(before)
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - head.length - tail.length }, () => '0')
  const bytes = Buffer.alloc(16)
  for (const [i, group] of [...head, ...zeros, ...tail].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i)
  return bytes
}
