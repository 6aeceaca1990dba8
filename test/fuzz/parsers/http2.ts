/** What comes over connections of HTTP/2, from peers that answer and from clients that ask, as badly as it may. */
import net from 'node:net'
import { type Listening, PATIENCE } from '../../../adapters/shared/listen.ts'
import { FLAG, FRAME, frame, STATUS_200, word } from '../../adapters/shared/raw-h2-server.ts'
import { listenWith, peerClients } from '../../adapters/shared/this-runtime.ts'
import { type Bytes, joined, utf8 } from '../mutate.ts'
import { check, type Parser } from '../parser.ts'

let h2: Promise<{ readonly port: number; says: Bytes }> | undefined

/** Says the same to whoever connects, and hangs up. */
function rudeServer(): NonNullable<typeof h2> {
  h2 ??= new Promise((resolve) => {
    const listening = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.end(state.says)
    })
    const state = { port: 0, says: utf8('') }
    listening.unref()
    listening.listen(0, '127.0.0.1', () => {
      state.port = (listening.address() as net.AddressInfo).port
      resolve(state)
    })
  })
  return h2
}

async function readSession(input: Bytes): Promise<void> {
  const state = await rudeServer()
  state.says = input
  const client = peerClients.open({ connectTimeoutMs: 2000 })
  try {
    const result = await client.send({
      method: 'POST',
      url: new URL(`http://127.0.0.1:${state.port}/p`),
      headers: [],
      body: utf8('x'),
      // A peer that hangs up in the middle is waited for until then.
      deadline: performance.now() + 80,
      maxBodyBytes: 1 << 16,
    })
    if (result.ok) check(result.body.length <= 1 << 16, 'a body is no longer than asked for')
    else check(result.message !== '', 'a failure has a reason')
  } finally {
    client.close()
  }
}

let listening: Promise<Listening> | undefined

/** A connection to the agent's own server, of either protocol; then the client hangs up. */
async function readConnection(input: Bytes): Promise<void> {
  listening ??= listenWith(
    async (request) => new Response(await request.text()),
    { host: '127.0.0.1', port: 0 },
    PATIENCE,
  )
  const { port } = await listening
  const answered = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = []
    const socket = net.connect(port, '127.0.0.1', () => socket.end(input))
    const given = setTimeout(() => socket.destroy(), 40)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('close', () => {
      clearTimeout(given)
      resolve(Buffer.concat(chunks))
    })
  })
  check(answered.length <= 1 << 20, 'little is answered to little')
}

const PREFACE = utf8('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** `GET http://a/` by HPACK's static table. */
const REQUEST = Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61])

const SETTINGS = joined(frame(FRAME.settings, 0, 0), frame(FRAME.settings, FLAG.ack, 0))

const SESSION = joined(
  SETTINGS,
  frame(FRAME.headers, FLAG.endHeaders, 1, STATUS_200),
  frame(FRAME.data, FLAG.endStream, 1, Buffer.from('hello')),
)

export const http2Parsers: readonly Parser[] = [
  {
    name: "a peer's HTTP/2",
    covers: ['adapters/shared/peer-session.ts:createPeerSession'],
    seeds: () => [
      SESSION,
      joined(SETTINGS, frame(FRAME.goaway, 0, 0, word(1, 0))),
      joined(SETTINGS, frame(FRAME.reset, 0, 1, word(8)), frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    ],
    tokens: [Buffer.from(frame(FRAME.settings, 0, 0)).toString('latin1'), '\0\0\x08\x06\0\0\0\0\0', '\x88'],
    // Each is a connection; the protocol itself is the host's to read.
    inputs: 12,
    longest: 16 * 1024,
    microsPerByte: 40,
    read: readSession,
  },
  {
    name: "a client's HTTP/2",
    covers: ['adapters/shared/preface.ts:readPreface'],
    seeds: () => [
      joined(PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, REQUEST)),
      joined(
        PREFACE,
        SETTINGS,
        frame(FRAME.headers, FLAG.endHeaders, 1, REQUEST),
        frame(FRAME.data, FLAG.endStream, 1, Buffer.from('hello')),
        frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
      ),
      joined(PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders, 1, REQUEST), frame(FRAME.reset, 0, 1, word(8))),
    ],
    // Each is a connection; the protocol itself is the host's to read.
    inputs: 12,
    longest: 16 * 1024,
    microsPerByte: 40,
    read: readConnection,
  },
]
