/**
 * A DNS server for tests: UDP and TCP on a loopback port of its own, records as the test gives them, NXDOMAIN for other names.
 * Knows A, AAAA, MX, NS and SRV (RFC 1035, 3596, 2782), with the addresses of SRV targets as additional records.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type Server } from 'node:net'

export interface DnsServiceRecord {
  readonly target: string
  readonly port: number
  readonly priority?: number
  readonly weight?: number
}

export interface DnsNameRecord {
  readonly type: 'MX' | 'NS' | 'CNAME'
  readonly target: string
}

export type DnsTestRecord = string | DnsServiceRecord | DnsNameRecord

/** By name in lower case without the trailing dot: IP addresses of either kind, services, or other names. */
export type DnsRecords = Record<string, readonly DnsTestRecord[]>

export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  /** May be changed at any time. */
  records: DnsRecords
  /** Whether queries get no answer at all. */
  silent: boolean
  /** Whether queries are answered with SERVFAIL. */
  failing: boolean
  /** Whether answers by UDP (`always`: by TCP as well) say that there is more, and have nothing. */
  truncating: boolean | 'always'
  /** `name TYPE` of every query, in order. */
  readonly queries: string[]
  close(): Promise<void>
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 2: 'NS', 5: 'CNAME', 15: 'MX', 28: 'AAAA', 33: 'SRV' }
const CNAME = 5
const MX = 15
const TRUNCATED = 0x0200
const ATTEMPTS = 5
const NXDOMAIN = 3
const SERVFAIL = 2
const TTL_SECONDS = 1

export async function startDnsServer(records: DnsRecords = {}): Promise<DnsServer> {
  const { socket, tcp } = await listen()
  const connections = new Set<{ destroy(): void }>()
  socket.on('error', () => {})
  socket.on('message', (message, from) => {
    const bytes = answerTo(message, ' ', server.truncating !== false)
    if (bytes !== undefined) socket.send(bytes, from.port, from.address)
  })
  tcp.on('connection', (connection) => {
    connections.add(connection)
    let received = Buffer.alloc(0)
    connection.on('error', () => {})
    connection.on('data', (data) => {
      received = Buffer.concat([received, data])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const bytes = answerTo(received.subarray(2), ' by TCP ', server.truncating === 'always')
      if (bytes === undefined) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes.length)
      // In two parts: whoever reads must put them together.
      connection.write(Buffer.concat([length, bytes.subarray(0, 5)]))
      setTimeout(() => connection.end(bytes.subarray(5)), 5)
    })
  })

  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    silent: false,
    failing: false,
    truncating: false,
    queries: [],
    async close() {
      for (const connection of connections) connection.destroy()
      tcp.close()
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
  return server

  function answerTo(message: Buffer, how: string, truncated: boolean): Buffer | undefined {
    const question = message.length < 12 ? undefined : readQuestion(message)
    if (question === undefined) return undefined
    server.queries.push(`${question.name}${how}${TYPES[question.type] ?? question.type}`)
    if (server.silent) return undefined
    if (!truncated) return answer(message, question)
    const head = Buffer.from(message.subarray(0, question.end))
    head.writeUInt16BE(0x8080 | TRUNCATED | (message.readUInt16BE(2) & 0x0100), 2)
    for (const at of [6, 8, 10]) head.writeUInt16BE(0, at)
    return head
  }

  function answer(message: Buffer, { name, type, end }: Question): Buffer {
    const known = server.records[name]
    const code = server.failing ? SERVFAIL : known === undefined ? NXDOMAIN : 0
    const answers = code === 0 && known !== undefined ? known.flatMap((record) => resolved(name, type, record)) : []
    const extra = code === 0 && type === 33 && known !== undefined ? known.flatMap(additional) : []
    const head = Buffer.from(message.subarray(0, 12))
    // Answer, authoritative, recursion as asked and available.
    head.writeUInt16BE(0x8480 | (message.readUInt16BE(2) & 0x0100) | code, 2)
    for (const [i, count] of [1, answers.length, 0, extra.length].entries()) head.writeUInt16BE(count, 4 + 2 * i)
    return Buffer.concat([head, message.subarray(12, end), ...answers, ...extra])
  }

  /** An alias comes with the records that it leads to. */
  function resolved(name: string, type: number, record: DnsTestRecord): Buffer[] {
    if (typeof record === 'string' || !('type' in record) || record.type !== 'CNAME') return encode(name, type, record)
    const behind = server.records[record.target.toLowerCase()] ?? []
    return [...encode(name, CNAME, record), ...behind.flatMap((one) => encode(record.target, type, one))]
  }

  function additional(record: DnsTestRecord): Buffer[] {
    if (typeof record === 'string' || 'type' in record) return []
    const addresses = server.records[record.target.toLowerCase()] ?? []
    return addresses.flatMap((address) => [...encode(record.target, 1, address), ...encode(record.target, 28, address)])
  }
}

/** Both on the same port. */
async function listen(): Promise<{ readonly socket: Socket; readonly tcp: Server }> {
  for (let attempt = 1; ; attempt++) {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const tcp = createServer()
    try {
      tcp.listen(socket.address().port, '127.0.0.1')
      await once(tcp, 'listening')
      return { socket, tcp }
    } catch (error) {
      socket.close()
      if (attempt === ATTEMPTS) throw error
    }
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
function encode(name: string, type: number, record: DnsTestRecord): Buffer[] {
  let data: Buffer
  if (typeof record !== 'string' && 'type' in record) {
    if (TYPES[type] !== record.type) return []
    data = Buffer.concat([Buffer.alloc(type === MX ? 2 : 0), nameBytes(record.target)])
  } else if (typeof record === 'string') {
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
