/**
 * One question to one DNS server: by UDP, and by TCP when the answer doesn't fit. Owns the sockets, the deadline and the check
 * that an answer belongs to the question; knows no other server to ask.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createConnection, isIPv6 } from 'node:net'
import { messageOf } from '../../core/errors.ts'
import type { DnsRecordType } from '../../core/ports.ts'
import { type DnsAnswer, decodeAnswer, encodeQuery } from './dns-message.ts'

export interface DnsServerAddress {
  readonly ip: string
  readonly port: number
}

export interface DnsQuestion {
  readonly name: string
  readonly type: DnsRecordType
}

const BAD_NAME = 'is no name that DNS could know: labels have 1 to 63 bytes, all together 253 at most'

/** Rejects when there is no answer within `timeoutMs`, or as soon as `signal` aborts. Any answer resolves, SERVFAIL as well. */
export async function askServer(
  question: DnsQuestion,
  server: DnsServerAddress,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<DnsAnswer> {
  const query = encodeQuery(randomInt(0x10000), question.name, question.type)
  if (query === undefined) throw new Error(`"${question.name}" ${BAD_NAME}`)
  const answer = await byUdp(query, question, server, timeoutMs, signal)
  return answer.truncated ? byTcp(query, question, server, timeoutMs, signal) : answer
}

function byUdp(
  query: Buffer,
  { type }: DnsQuestion,
  { ip, port }: DnsServerAddress,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<DnsAnswer> {
  return withDeadline(timeoutMs, signal, (resolve, reject) => {
    const socket = createSocket(isIPv6(ip.replace(/%.*$/, '')) ? 'udp6' : 'udp4')
    socket.on('error', (error) => reject(new Error(`the DNS server can't be asked: ${messageOf(error)}`)))
    socket.on('message', (message) => {
      // Others may send as well: what doesn't belong here is passed over.
      const answer = decodeAnswer(message, query, type)
      if (answer !== undefined) resolve(answer)
    })
    // Connected, the socket hears nobody else, and hears that nobody is there.
    socket.connect(port, ip, () => socket.send(query))
    return () => socket.close()
  })
}

function byTcp(
  query: Buffer,
  { type }: DnsQuestion,
  { ip, port }: DnsServerAddress,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<DnsAnswer> {
  return withDeadline(timeoutMs, signal, (resolve, reject) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    let received = Buffer.alloc(0)
    const socket = createConnection({ host: ip, port }, () => socket.write(Buffer.concat([length, query])))
    socket.on('error', (error) => reject(new Error(`the DNS server can't be asked by TCP: ${messageOf(error)}`)))
    socket.on('close', () => reject(new Error('the DNS server closed the connection')))
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      if (received.length < 2) return
      const end = 2 + received.readUInt16BE(0)
      if (received.length < end) return
      const answer = decodeAnswer(received.subarray(2, end), query, type)
      if (answer === undefined) reject(new Error('the DNS server answers nonsense'))
      // It has no records then: they are unknown, not none.
      else if (answer.truncated) reject(new Error('the DNS server has more to say than fits, by TCP as well'))
      else resolve(answer)
    })
    return () => socket.destroy()
  })
}

/** `start` returns what closes the socket again; it settles nothing before it has returned. */
function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Error('stopped'))
      return
    }
    let ended = false
    const end = (settle: () => void): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      close()
      settle()
    }
    const abort = (): void => end(() => reject(new Error('stopped')))
    // First: it throws for an address that can't be, and nothing may be left behind then.
    const close = start(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    )
    const timer = setTimeout(() => end(() => reject(new Error('the DNS server does not answer'))), timeoutMs)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
