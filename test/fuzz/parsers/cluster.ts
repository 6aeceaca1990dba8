/** What peers say: packets, streams, frames, compressed data, metadata, tokens; and addresses as people and servers write them. */
import { canonicalAddress, formatAddress, formatIp, parseAddress, parseIp } from '../../../core/cluster/address.ts'
import { createAuth } from '../../../core/cluster/auth.ts'
import { readSecrets } from '../../../core/cluster/auth-secrets.ts'
import { parseDiscoverString } from '../../../core/cluster/discover-string.ts'
import { splitHostPort } from '../../../core/cluster/ip.ts'
import { parseJoinEntry } from '../../../core/cluster/join-addresses.ts'
import { podPeers } from '../../../core/cluster/kubernetes-pods.ts'
import { encodeMeta, parseMeta } from '../../../core/cluster/membership/meta.ts'
import { decodeMessage } from '../../../core/cluster/wire/decode-message.ts'
import { createFrameReader, frame } from '../../../core/cluster/wire/frames.ts'
import { lzwDecode, lzwEncode } from '../../../core/cluster/wire/lzw.ts'
import { encodeMessage } from '../../../core/cluster/wire/messages.ts'
import { packPackets, unpackPacket } from '../../../core/cluster/wire/packet.ts'
import { createReader, skip } from '../../../core/cluster/wire/reader.ts'
import { readStream, writeStream } from '../../../core/cluster/wire/stream.ts'
import { decodeText, encodeText } from '../../../core/cluster/wire/text.ts'
import type { Message } from '../../../core/cluster/wire/types.ts'
import { MAX_META_BYTES, MAX_PACKET_BYTES, MAX_PACKET_MESSAGES } from '../../../core/limits.ts'
import { answer, fakePorts } from '../../components/fake-ports.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { fixture } from '../fixtures.ts'
import { type Bytes, joined, utf8 } from '../mutate.ts'
import { asJson, check, type Parser, text, texts } from '../parser.ts'

const WIRE = 'core/cluster/wire'

function unhex(digits: string): Bytes {
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

/** Everything in the published vectors that is bytes. */
function published(name: 'messages' | 'lzw', most: number): readonly Bytes[] {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && value.length % 2 === 0 && /^[0-9a-f]{4,}$/.test(value)) found.add(value)
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) visit(part)
  }
  visit(JSON.parse(fixture(`cluster/${name}.json`)))
  return [...found].map(unhex).filter(({ length }) => length <= most)
}

const MESSAGES: readonly Message[] = [
  { kind: 'ping', seq: 7, node: 'b', source: { address: '10.0.0.1:12345', node: 'a' } },
  { kind: 'state', node: 'a', state: 'participant', time: 3n },
  { kind: 'suspect', incarnation: 4, node: 'b', from: 'a' },
]

function packets(): readonly Bytes[] {
  const messages = MESSAGES.map(encodeMessage)
  return [
    ...packPackets(messages, { label: '', crc: true }),
    ...packPackets(
      Array.from({ length: 20 }, () => messages[0]),
      { label: '', crc: false, compress: true },
    ),
    ...published('messages', 2000),
  ]
}

const KINDS_BY_BYTE: readonly string[] = [
  '\x00',
  '\x02',
  '\x04',
  '\x06',
  '\x07',
  '\x08',
  '\x09',
  '\x0c',
  '\x84',
  '\xa4Node',
  '\xa5SeqNo',
]

const SECRET = 'a secret of more than thirty-two bytes'

const auth = once(async () => {
  const { clock, files } = fakePorts()
  files.put('/secret', SECRET)
  const settings = { secretFile: '/secret', tokenLifetimeMs: 60_000, nodeName: 'n1', clusterName: 'prod' }
  const made = createAuth(settings, { clock, files, log: recordingLog() })
  return { verify: made.verify, header: await made.authorization() }
})

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

/** What a token says, whatever it was written as: its last character has bits that mean nothing. */
function meaning(token: string): string {
  return token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('hex'))
    .join('.')
}

const podWorld = once(async () => {
  const { ports, files, hosts } = fakePorts()
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
  files.put(`${folder}/token`, 't')
  files.put(`${folder}/ca.crt`, 'c')
  const env = { KUBERNETES_SERVICE_HOST: 'api', KUBERNETES_SERVICE_PORT: '6443' }
  return { ports: { ...ports, host: { ...ports.host, env } }, hosts }
})

export const clusterParsers: readonly Parser[] = [
  {
    name: 'packet',
    covers: [`${WIRE}/packet.ts:unpackPacket`, `${WIRE}/packet.ts:readCompressed`],
    seeds: packets,
    tokens: KINDS_BY_BYTE,
    // What is inflated at most, and the table of its messages.
    allocates: MAX_PACKET_BYTES,
    // Of the LZW: a byte may stand for thousands.
    microsPerByte: 8,
    read(input) {
      const unpacked = unpackPacket(input, '')
      if ('ok' in unpacked) {
        check(/^[\x20-\x7e]{1,100}$/.test(unpacked.reason), 'a reason is a fixed text')
        return
      }
      check(unpacked.messages.length <= MAX_PACKET_MESSAGES, 'messages have their bound')
      // Whoever passes gossip on must be able to say it.
      for (const message of unpacked.messages) encodeMessage(message)
    },
  },
  {
    name: 'packet of a named cluster',
    covers: [`${WIRE}/packet.ts:unpackPacket`],
    seeds: () => packPackets(MESSAGES.map(encodeMessage), { label: 'prod', crc: true }),
    read(input) {
      const unpacked = unpackPacket(input, 'prod')
      const labelled = text(input.subarray(1, 6)) === '\x04prod' && input[0] === 244
      check('ok' in unpacked || labelled, 'another cluster is not heard')
    },
  },
  {
    name: 'message',
    covers: [
      ...['decodeMessage', 'readPing', 'readSeq', 'readState', 'readName', 'readAddress'].map(
        (name) => `${WIRE}/decode-message.ts:${name}`,
      ),
      ...['Struct', 'Text', 'Bytes', 'Bool', 'Uint', 'Uint64', 'Array'].map((name) => `${WIRE}/reader.ts:read${name}`),
    ],
    seeds: () => [...MESSAGES.map(encodeMessage), ...published('messages', 300)],
    tokens: KINDS_BY_BYTE,
    read(input) {
      const message = decodeMessage(input)
      if ('ok' in message || message.kind === 'unknown') return
      const again = decodeMessage(encodeMessage(message))
      check(!('ok' in again) && again.kind === message.kind, 'what was understood can be said again')
    },
  },
  {
    name: 'stream',
    covers: [`${WIRE}/stream.ts:readStream`, `${WIRE}/push-pull.ts:readPushPull`],
    seeds: () => [
      ...published('messages', 2000),
      writeStream({ kind: 'error', text: 'no' }, 'prod'),
      writeStream(
        {
          kind: 'push-pull',
          pushPull: {
            join: true,
            members: Array.from({ length: 40 }, (_, i) => ({
              name: `n${i}`,
              address: `10.0.0.${i}:12345`,
              meta: undefined,
              incarnation: i,
              state: 'alive' as const,
              versions: Uint8Array.of(1, 5, 2, 0, 0, 0),
            })),
            states: { time: 5n, entries: [{ node: 'n1', state: 'viewer', time: 2n }] },
          },
        },
        undefined,
      ),
    ],
    tokens: ['\x06', '\x09', '\x0d', '\xdd', '\xdf', '\xa5Nodes', '\xacUserStateLen', '\xf4'],
    allocates: 16 * 1024 * 1024,
    microsPerByte: 8,
    read(input) {
      for (const label of ['', 'prod', undefined]) {
        const read = readStream(input, label)
        if ('ok' in read) check(read.reason.length < 100, 'a reason is a fixed text')
        else if (read.kind === 'message') check(read.problems.length <= 40_000, 'problems have their bound')
      }
    },
  },
  {
    name: 'frames',
    covers: [`${WIRE}/frames.ts:createFrameReader`],
    seeds: () => [joined(frame(utf8('one')), frame(utf8('two'))), frame(new Uint8Array(70_000))],
    tokens: ['\xcc\xff\xff', '\xcd\xff\xff\xff\xff', '\xcc\0\0', '\xcc\0\x01x'],
    read(input) {
      const whole: string[] = []
      const bytewise: string[] = []
      const one = createFrameReader(1 << 20, (payload) => whole.push(`${payload.length}`))
      const end = (one.push(input) ?? one.end())?.reason
      const two = createFrameReader(1 << 20, (payload) => bytewise.push(`${payload.length}`))
      let bad: string | undefined
      for (let at = 0; at < input.length && bad === undefined; at += 7)
        bad = two.push(input.subarray(at, at + 7))?.reason
      check((bad ?? two.end()?.reason) === end, 'pieces make no difference to what is wrong')
      check(whole.join() === bytewise.join(), 'pieces make no difference to the frames')
    },
  },
  {
    name: 'LZW',
    covers: [`${WIRE}/lzw.ts:lzwDecode`],
    seeds: () => [...published('lzw', 3000), lzwEncode(utf8('abc'.repeat(300)))],
    allocates: 1 << 20,
    microsPerByte: 8,
    read(input) {
      const plain = lzwDecode(input, 1 << 20)
      if ('ok' in plain) return
      check(plain.length <= 1 << 20, 'no more is inflated than asked for')
      const again = lzwDecode(lzwEncode(plain), 1 << 20)
      check(!('ok' in again) && Buffer.from(again).equals(Buffer.from(plain)), 'what was inflated can be packed again')
    },
  },
  {
    name: 'msgpack that is passed over',
    covers: [`${WIRE}/reader.ts:createReader`],
    seeds: () => [unhex('82a161c403010203a16293010203'), unhex('dd0000000293a0c0c3c2'), unhex('c70501aabbccddee')],
    tokens: ['\xdd\xff\xff\xff\xff', '\xdf\xff\xff\xff\xff', '\x91', '\x81'],
    read(input) {
      const reader = createReader(input, 0)
      skip(reader)
      check(reader.at <= reader.end, 'a reader stays inside its bytes')
    },
  },
  {
    name: 'text of messages',
    covers: [`${WIRE}/text.ts:decodeText`],
    seeds: texts('node-1', 'née', '😀'),
    // Whoever reads one passes a bound; 4 KiB is the greatest.
    longest: 4096,
    read(input) {
      const decoded = decodeText(input, 0, input.length)
      check(decodeText(encodeText(decoded), 0, encodeText(decoded).length) === decoded, 'text survives the wire')
    },
  },
  {
    name: 'metadata of a node',
    covers: ['core/cluster/membership/meta.ts:parseMeta'],
    seeds: () => [
      new Uint8Array(encodeMeta({ version: '1.0', runtime: 'node 22', configHash: 'ab', started: 1 })),
      utf8('{"skein":"1","up":1e999}'),
    ],
    tokens: ['"skein":', '"up":', '{', '}', 'null', '[]'],
    read(input) {
      const meta = parseMeta(input)
      if (meta === undefined) return
      check(input.length <= MAX_META_BYTES && Number.isFinite(meta.started), 'metadata is small and has a time')
      check(
        [meta.version, meta.runtime, meta.configHash].every((part) => typeof part === 'string'),
        'texts are texts',
      )
    },
  },
  {
    name: 'token of a peer',
    covers: ['core/cluster/auth.ts:createAuth'],
    seeds: async () => [utf8((await auth()).header), utf8('Bearer e30.e30.'), utf8('Basic x')],
    tokens: ['Bearer ', '.', 'e30', 'eyJhbGciOiJub25lIn0', '=', ' '],
    inputs: 150,
    async read(input) {
      const { verify, header } = await auth()
      const given = text(input)
      const { ok } = await verify(given, '10.0.0.9:1')
      check(
        !ok || meaning(given.replace(/^Bearer +/i, '')) === meaning(header.slice(7)),
        'only our own tokens are taken',
      )
    },
  },
  {
    name: 'secrets of a cluster',
    covers: ['core/cluster/auth-secrets.ts:readSecrets'],
    seeds: texts(`${SECRET}\n`, `${SECRET}\r\n\n${SECRET}2\n`, ''),
    tokens: ['\n', '\r\n', ' '],
    read(input) {
      const read = readSecrets({ readSync: () => input } as never, '/secret')
      if (read.ok)
        check(read.secrets.length > 0 && read.secrets.every(({ length }) => length >= 32), 'secrets are long')
      else check(read.problem.length < 200, 'what is wrong is told in a line, without the secret')
    },
  },
  {
    name: 'address of a peer',
    covers: ['core/cluster/address.ts:parseAddress', 'core/cluster/address.ts:parseIp'],
    seeds: texts('10.0.0.1:80', '[fd00::1]:80', '::ffff:10.0.0.1', '1:2:3:4:5:6:7:8'),
    tokens: ['::', ':', '.', '[', ']', '0', '%eth0'],
    read(input) {
      const parts = parseAddress(text(input))
      if (parts !== undefined) {
        check(parts.ip.length === 4 || parts.ip.length === 16, 'an address has 4 or 16 bytes')
        const again = parseAddress(formatAddress(parts.ip, parts.port))
        check(again !== undefined && `${again.ip}` === `${parts.ip}`, 'an address can be read again')
      }
      const ip = parseIp(text(input))
      if (ip !== undefined) check(`${parseIp(formatIp(ip))}` === `${ip}`, 'an IP address can be read again')
      canonicalAddress(text(input), 1)
    },
  },
  {
    name: 'addresses to join',
    covers: ['core/cluster/join-addresses.ts:parseJoinEntry', 'core/cluster/ip.ts:splitHostPort'],
    seeds: texts('a.test:1', 'dnssrv+_x._tcp.test', '[::1]:80', '::1', 'dns+b'),
    tokens: ['dnssrvnoa+', 'dns+', ':', '[', ']', '%'],
    read(input) {
      const entry = parseJoinEntry(text(input))
      check(entry === undefined || entry.host !== '', 'an entry has a host')
      splitHostPort(text(input))
    },
  },
  {
    name: 'discover-peers',
    covers: ['core/cluster/discover-string.ts:parseDiscoverString'],
    seeds: texts('provider=k8s label_selector="app = \\"x\\"" namespace=a', 'provider = aws'),
    tokens: ['=', '"', '\\', ' ', '\\"'],
    read(input) {
      const found = parseDiscoverString(text(input))
      check(found.ok || /^character \d+: [a-z"]/.test(found.problem), 'what is wrong has a place')
    },
  },
  {
    name: 'pods of a cluster',
    covers: ['core/cluster/kubernetes-pods.ts:podPeers'],
    seeds: asJson({
      items: [
        {
          metadata: { name: 'a', annotations: { 'consul.hashicorp.com/auto-join-port': 'http' } },
          spec: { containers: [{ ports: [{ name: 'http', containerPort: 80, hostPort: 81 }] }] },
          status: {
            phase: 'Running',
            podIP: '10.0.0.1',
            hostIP: '10.1.0.1',
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        },
        { metadata: { name: 'b' }, status: { phase: 'Running', podIP: 'fd00::1' } },
      ],
    }),
    tokens: ['null', '[]', '{}', '1', '""', 'true', '-1', '99999'],
    inputs: 150,
    async read(input) {
      const { ports, hosts } = await podWorld()
      hosts.set('api:6443', () => answer(text(input)))
      const { addresses, problems } = await podPeers(new Map(), 7946, ports)
      check(!/is not a function|undefined/.test(problems.join()), `problems are for people: ${problems.join()}`)
      for (const address of addresses) check(parseAddress(address) !== undefined, `${address} is an address`)
    },
  },
]
