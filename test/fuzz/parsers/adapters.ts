/** What the adapters read: HTTP/1 answers, DNS, gzip, PEM, the first bytes of a connection, the environment. */

import type net from 'node:net'
import { Duplex } from 'node:stream'
import zlib from 'node:zlib'
import { decodeAnswer, encodeQuery } from '../../../adapters/shared/dns-message.ts'
import { createGunzipInto, gunzipThroughSync } from '../../../adapters/shared/gunzip-into.ts'
import { parseHead } from '../../../adapters/shared/http-head.ts'
import { createResponseParser, type Progress } from '../../../adapters/shared/http-parser.ts'
import { proxyFromEnvironment, readProxy } from '../../../adapters/shared/http-proxy.ts'
import { parseListenAddress } from '../../../adapters/shared/listen.ts'
import { pemProblem } from '../../../adapters/shared/pem.ts'
import { type HttpVersion, readPreface } from '../../../adapters/shared/preface.ts'
import { parseResolvConf, searchNames } from '../../../adapters/shared/resolv-conf.ts'
import { parseNoProxy } from '../../../core/outbound/no-proxy.ts'
import { codecs } from '../../support/codecs.ts'
import { fixture } from '../fixtures.ts'
import { type Bytes, joined, latin1, utf8 } from '../mutate.ts'
import { check, isCoded, type Parser, text, texts } from '../parser.ts'

const BODY_LIMIT = 256 * 1024

/** In one piece, or a byte at a time and then the rest in one. */
function readResponse(input: Bytes, single: number): string {
  const parser = createResponseParser()
  parser.begin(BODY_LIMIT)
  let progress: Progress = 'more'
  for (let at = 0; at < Math.min(single, input.length) && progress === 'more'; at++) {
    progress = parser.push(Buffer.from(input.subarray(at, at + 1)))
  }
  if (progress === 'more' && input.length > single) progress = parser.push(Buffer.from(input.subarray(single)))
  if (progress === 'more') progress = parser.end()
  check(progress !== 'more', 'an answer ends with its connection')
  if (progress === 'failed') {
    check(parser.failure !== undefined, 'a failure is told')
    check(parser.failure.message.length < 1000, 'a failure is told in a line')
    return `${parser.failure.reason}`
  }
  check(parser.response !== undefined, 'an answer is there')
  const { status, body } = parser.response
  check(status >= 200 && status <= 999, 'a status has three digits')
  check(body.length <= BODY_LIMIT, 'a body is no longer than asked for')
  return `${status} ${Buffer.from(body).toString('latin1')}`
}

const RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\na 1\nb',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n3;x=y\r\nb 2\r\n0\r\nTrailer: 1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 No\r\nRetry-After: 3\r\nX: a\r\n b\r\n\r\nout of order',
  'HTTP/1.1 204 No Content\nConnection: close, x\n\n',
]
const HTTP_TOKENS: readonly string[] = [
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 C\r\n\r\n',
    '\r\n',
    '\n',
    '\r',
    ':',
    ' x\r\n',
    ';',
    '0\r\n\r\n',
    'ffffffff\r\n',
  ],
  ...[
    'Content-Length: 3\r\n',
    'Content-Length: 3, 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: keep-alive\r\n',
    'a:\n',
  ],
]

const QUERY = encodeQuery(4711, 'db.example.org', 'SRV') as Buffer
const QUERY_A = encodeQuery(4711, 'db.example.org', 'A') as Buffer

/** An answer to `query` with these records: name, type and data as bytes. */
function dnsAnswer(query: Buffer, ...records: readonly (readonly [type: number, data: string])[]): Bytes {
  const head = Uint8Array.from(query.subarray(0, query.length - 11))
  head.set([0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0], 2)
  const answers = records.map(([type, data]) =>
    joined(
      latin1('\xc0\x0c'),
      Uint8Array.of(0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff),
      latin1(data),
    ),
  )
  return joined(head, ...answers)
}

function readDns(input: Bytes, query: Buffer, type: 'A' | 'SRV'): void {
  const answer = decodeAnswer(Buffer.from(input), query, type)
  if (answer === undefined) return
  check(input[0] === query[0] && input[1] === query[1], 'an answer has the id of its question')
  for (const { target, port } of answer.records) {
    check(target.length <= 1024, 'a name is no longer than names are')
    check(type === 'A' || (port !== undefined && port >= 0 && port <= 65_535), 'a service has a port')
  }
}

const GZIP_LIMIT = 1024 * 1024
const into = createGunzipInto()

async function readGzip(input: Bytes): Promise<void> {
  const room = new Uint8Array(4096)
  const outcome = (read: () => number): number | string => {
    try {
      return read()
    } catch (thrown) {
      if (!isCoded(thrown)) throw thrown
      return 'damaged'
    }
  }
  const fast = outcome(() => into(input, room))
  check(fast === 'damaged' || (fast as number) <= room.length, 'no more is inflated than there is room for')
  // What is damaged behind the room is seen by one and not by the other.
  const plain = outcome(() => gunzipThroughSync(input, new Uint8Array(4096)))
  check(fast === plain || fast === -1 || plain === -1, `both ways agree: ${fast} and ${plain}`)
  const whole = await codecs.gunzip(input, GZIP_LIMIT)
  check(whole === undefined || whole.length <= GZIP_LIMIT, 'no more is inflated than asked for')
}

/** What arrives at the server before anybody knows which protocol it is; then the client closes. */
function readFirstBytes(input: Bytes): Promise<void> {
  return new Promise((resolve, reject) => {
    let told: HttpVersion | undefined
    let sent = false
    const socket = new Duplex({
      read() {
        if (sent) return
        sent = true
        if (input.length > 0) this.push(Buffer.from(input))
        this.push(null)
      },
      write: (_chunk, _encoding, done) => done(),
    })
    socket.on('error', () => {})
    const isHttp2 = text(input.subarray(0, 24)) === 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
    const settle = (): void => {
      try {
        check(told !== '2' || isHttp2, 'HTTP/2 begins with its preface')
        check(told !== '1' || !isHttp2, 'the preface is HTTP/2')
        resolve()
      } catch (error) {
        reject(error)
      }
    }
    socket.on('close', settle)
    readPreface(socket as unknown as net.Socket, 1000, (version) => {
      told = version
      const back: Buffer[] = []
      socket.on('data', (chunk: Buffer) => back.push(chunk))
      socket.on('end', () => {
        try {
          check(Buffer.concat(back).equals(Buffer.from(input)), 'all bytes are back in the socket')
          socket.destroy()
        } catch (error) {
          reject(error)
        }
      })
    })
  })
}

const ADAPTERS = 'adapters/shared'

export const adapterParsers: readonly Parser[] = [
  {
    name: 'http/1 answer',
    covers: [`${ADAPTERS}/http-parser.ts:createResponseParser`],
    seeds: () => RESPONSES.map(latin1),
    tokens: HTTP_TOKENS,
    read: (input) => void readResponse(input, 0),
  },
  {
    name: 'http/1 answer in bytes',
    covers: [`${ADAPTERS}/http-parser.ts:createResponseParser`],
    seeds: () => RESPONSES.map(latin1),
    tokens: HTTP_TOKENS,
    // One call for each byte: a stranger may send packets of one byte, but not make each of them expensive.
    read: (input) => check(readResponse(input, input.length) === readResponse(input, 0), 'pieces make no difference'),
  },
  {
    name: 'http/1 head',
    covers: [`${ADAPTERS}/http-head.ts:parseHead`],
    seeds: () => RESPONSES.map(latin1),
    tokens: HTTP_TOKENS,
    longest: 128 * 1024,
    read(input) {
      const head = parseHead(input.reduce((all, byte) => all + String.fromCharCode(byte), '') + '\r\n\r\n')
      if (typeof head === 'string') check(/^[\x20-\x7e]{1,600}$/.test(head), 'what is wrong fits a log line')
      else check(head.contentLength === undefined || Number.isSafeInteger(head.contentLength), 'a length is a number')
    },
  },
  {
    name: 'first bytes of a connection',
    covers: [`${ADAPTERS}/preface.ts:readPreface`],
    seeds: () =>
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'].map(latin1),
    inputs: 60,
    read: readFirstBytes,
  },
  {
    name: 'dns answer with services',
    covers: [`${ADAPTERS}/dns-message.ts:decodeAnswer`],
    seeds: () => [
      dnsAnswer(QUERY, [33, '\0\x01\0\x02\x23\x28\x02n1\xc0\x0c'], [33, '\0\x01\0\x02\x23\x29\x02n2\x02db\0']),
      dnsAnswer(QUERY),
    ],
    tokens: ['\x02db', '\x07example'],
    longest: 65_535,
    read: (input) => readDns(input, QUERY, 'SRV'),
  },
  {
    name: 'dns answer with addresses',
    covers: [`${ADAPTERS}/dns-message.ts:decodeAnswer`],
    seeds: () => [dnsAnswer(QUERY_A, [5, '\x01x\xc0\x0c'], [1, '\x0a\0\0\x01'])],
    longest: 65_535,
    read: (input) => readDns(input, QUERY_A, 'A'),
  },
  {
    name: 'resolv.conf',
    covers: [`${ADAPTERS}/resolv-conf.ts:parseResolvConf`],
    seeds: texts(
      '# c\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nsearch a.b. c\noptions ndots:5 timeout:1\n',
      'domain x\n',
    ),
    tokens: ['nameserver ', 'search ', 'options ndots:', '#', ';', '\r', '\n', ' '],
    read(input) {
      const conf = parseResolvConf(text(input))
      check(conf.ndots >= 0 && conf.ndots <= 15, 'ndots has its bound')
      check(searchNames('db', conf).includes('db'), 'the name itself is looked for')
    },
  },
  {
    name: 'gzip',
    covers: [
      `${ADAPTERS}/gunzip-into.ts:createGunzipInto`,
      `${ADAPTERS}/gunzip-into.ts:gunzipThroughSync`,
      `${ADAPTERS}/codecs.ts:createCodecs`,
    ],
    seeds: () => ['a 1\n'.repeat(200), '', 'x'.repeat(100_000)].map((body) => new Uint8Array(zlib.gzipSync(body))),
    // The limits that it is given; inflating makes up to a thousand bytes of one.
    allocates: 8 * GZIP_LIMIT,
    microsPerByte: 20,
    inputs: 100,
    read: readGzip,
  },
  {
    name: 'PEM',
    covers: [`${ADAPTERS}/pem.ts:pemProblem`],
    seeds: () => [utf8(fixture('tls/ca.pem')), utf8(`${fixture('tls/client.pem')}\0${fixture('tls/client-key.pem')}`)],
    tokens: ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----', '\0', '-'],
    // Reading keys is the host's work; each is some 50 µs.
    inputs: 100,
    microsPerByte: 20,
    read(input) {
      const [cert, key] = text(input).split('\0')
      const problem = pemProblem(key === undefined ? { ca: cert } : { cert, key })
      check(problem === undefined || problem.length < 300, 'what is wrong is told in a line')
    },
  },
  {
    name: 'proxies of the environment',
    covers: [`${ADAPTERS}/http-proxy.ts:readProxy`, `${ADAPTERS}/http-proxy.ts:proxyFromEnvironment`],
    seeds: texts(
      'http://user:pa%20ss@proxy.test:3128\na.test,.b.test',
      'proxy:80\n10.0.0.0/8',
      'https://[::1]:8080\n*',
    ),
    tokens: ['http://', 'https://', 'socks5://', '@', ':', '%', '%zz', '/', '[', ']'],
    read(input) {
      const [url = '', noProxy = ''] = text(input).split('\n')
      const proxy = proxyFromEnvironment({ HTTP_PROXY: url, NO_PROXY: noProxy })(new URL('http://a.test:9090/metrics'))
      if (proxy === undefined) return
      const route = readProxy(proxy)
      if (typeof route === 'string') check(route.length < 300, 'what is wrong is told in a line')
      else check(route.address.port > 0 || route.address.host !== '', 'a proxy has a place')
    },
  },
  {
    name: 'NO_PROXY',
    covers: ['core/outbound/no-proxy.ts:parseNoProxy'],
    seeds: texts('*.a.test, 10.0.0.0/8,::1/128,[fd00::1]:443,b:80', 'é.test,1.2.3.4', '*'),
    tokens: ['*.', '.', '/', '/33', '::', '[', ']', ':', ',', '1.2.3.4', '%'],
    // Entries that are long are made ASCII by the URL parser, which takes the square of them; operators write them themselves.
    longest: 16 * 1024,
    read(input) {
      const direct = parseNoProxy(text(input))
      for (const url of ['http://a.test/', 'https://[fd00::1]/', 'http://10.1.2.3:80/']) direct(new URL(url))
      check(direct(new URL('http://localhost/')), 'this machine is reached directly')
    },
  },
  {
    name: 'address to listen at',
    covers: [`${ADAPTERS}/listen.ts:parseListenAddress`],
    seeds: texts('127.0.0.1:12345', '[::1]:0', ':80', 'localhost:99999'),
    tokens: [':', '[', ']', '0'],
    read(input) {
      const found = parseListenAddress(text(input))
      check(found === undefined || (found.port >= 0 && found.port <= 65_535), 'a port is a port')
    },
  },
]
