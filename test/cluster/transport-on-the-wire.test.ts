/** Both halves of the transport on this runtime's real server and real client, loopback only. */
import http2 from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import { clock } from '../../adapters/shared/clock.ts'
import { PATIENCE } from '../../adapters/shared/listen.ts'
import { type ClusterEndpoints, createClusterEndpoints } from '../../core/cluster/endpoints.ts'
import { createHttpTransport } from '../../core/cluster/http-transport.ts'
import type { PeerReceiver } from '../../core/cluster/transport.ts'
import { createTransportMetrics } from '../../core/cluster/transport-metrics.ts'
import { frame } from '../../core/cluster/wire/frames.ts'
import { readStream, writeStream } from '../../core/cluster/wire/stream.ts'
import type { StreamMessage } from '../../core/cluster/wire/types.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { listenWith, peerClients } from '../adapters/shared/this-runtime.ts'
import { largePushPull } from './wire/vectors.ts'

const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function peer() {
  const packets: Uint8Array[] = []
  const said: StreamMessage[] = []
  const receiver: PeerReceiver = {
    packet: (packet) => void packets.push(packet),
    stream(all) {
      const read = readStream(all, 'prod')
      if (!('kind' in read)) return { kind: 'refuse', reason: read.reason }
      if (read.kind === 'more') return read
      said.push(read.message)
      return { kind: 'answer', bytes: writeStream(read.message, undefined) }
    },
  }
  const metrics = createTransportMetrics(createRegistry())
  const endpoints: ClusterEndpoints = createClusterEndpoints({ receiver, timers: createTimers(clock), metrics })
  const listening = await listenWith(
    (request, connection) => endpoints.serve(request, connection),
    { host: '127.0.0.1', port: 0 },
    PATIENCE,
  )
  open.push(() => listening.close(0))
  const transport = createHttpTransport({
    client: peerClients.open({ connectTimeoutMs: 1000 }),
    scheme: 'http',
    clock,
    metrics,
  })
  open.push(() => transport.close())
  return { packets, said, transport, endpoints, address: listening.address }
}

describe('on the wire', () => {
  it('packets arrive, many at once and large ones too', async () => {
    const { packets, transport, address } = await peer()
    const sent = Array.from({ length: 50 }, (_, i) =>
      transport.send(address, new Uint8Array(i === 49 ? 3_000_000 : 100).fill(i), i % 2 === 0 ? 'gossip' : 'answer'),
    )
    expect(await Promise.all(sent)).toEqual(sent.map(() => true))
    expect(packets.map((packet) => packet[0]).sort((a, b) => a - b)).toEqual(sent.map((_, i) => i))
    expect(Math.max(...packets.map((packet) => packet.length))).toBe(3_000_000)
  })

  it('exchanges come back whole, small and large', async () => {
    const { said, transport, address } = await peer()
    for (const count of [1, 2000]) {
      const message: StreamMessage = { kind: 'push-pull', pushPull: largePushPull(count) }
      const outcome = await transport.exchange(address, writeStream(message, 'prod'), clock.monotonic() + 5000)
      if (!outcome.ok) throw new Error(outcome.reason)
      expect(readStream(outcome.answer, undefined)).toEqual({ kind: 'message', message, problems: [] })
    }
    expect(said.length).toBe(2)
  })

  it('an opener of another cluster is told so', async () => {
    const { transport, address } = await peer()
    const outcome = await transport.exchange(
      address,
      writeStream({ kind: 'ack', seq: 1 }, 'other'),
      clock.monotonic() + 5000,
    )
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('cluster name') })
  })

  it('an opener that waits for the headers and never ends its request is answered, as Go wants it', async () => {
    const { address } = await peer()
    const session = http2.connect(`http://${address}`)
    open.push(() => session.destroy())
    session.on('error', () => {})
    for (let round = 0; round < 3; round++) {
      const message: StreamMessage = { kind: 'push-pull', pushPull: largePushPull(1 + round * 500) }
      const stream = session.request(
        {
          ':method': 'POST',
          ':path': '/api/v1/ckit/transport/stream',
          'content-type': 'application/x.ckit',
        },
        { endStream: false },
      )
      stream.on('error', () => {})
      const body: Buffer[] = []
      const answered = new Promise<number>((resolve, reject) => {
        stream.on('close', () => reject(new Error('closed')))
        stream.on('response', (headers) => {
          expect(headers[':status']).toBe(200)
          stream.write(frame(Uint8Array.of(0xf4, 4, 0x70, 0x72, 0x6f, 0x64)))
          stream.write(frame(writeStream(message, undefined)))
        })
        stream.on('data', (chunk: Buffer) => body.push(chunk))
        stream.on('end', () => resolve(Buffer.concat(body).length))
      })
      expect(await answered).toBe(frame(writeStream(message, undefined)).length)
      stream.close(http2.constants.NGHTTP2_CANCEL)
    }
  })

  it('nobody is answered after the end', async () => {
    const { endpoints, transport, address } = await peer()
    endpoints.close()
    expect(await transport.send(address, new Uint8Array(1), 'gossip')).toBe(false)
    const outcome = await transport.exchange(address, new Uint8Array(1), clock.monotonic() + 5000)
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('HTTP 503') })
  })
})
