import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClusterEndpoints } from '../../core/cluster/endpoints.ts'
import type { Answer, PeerReceiver } from '../../core/cluster/transport.ts'
import { createTransportMetrics } from '../../core/cluster/transport-metrics.ts'
import { createFrameReader, frame } from '../../core/cluster/wire/frames.ts'
import { readStream } from '../../core/cluster/wire/stream.ts'
import { MAX_INCOMING_BYTES, MAX_INCOMING_EXCHANGES } from '../../core/limits.ts'
import type { Connection } from '../../core/ports.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const H2: Connection = { remoteAddress: '10.0.0.9:5555', httpVersion: '2' }
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const MORE: Answer = { kind: 'more' }

function setup(stream: PeerReceiver['stream'] = () => MORE, authorize?: () => Promise<string | undefined>) {
  const clock = createFakeClock()
  const registry = createRegistry()
  const packets: number[][] = []
  const froms: (string | undefined)[] = []
  const opened: number[] = []
  const receiver: PeerReceiver = {
    packet(packet, from) {
      packets.push([...packet])
      froms.push(from)
    },
    stream(all, from) {
      opened.push(all.length)
      return stream(all, from)
    },
  }
  const endpoints = createClusterEndpoints({
    receiver,
    timers: createTimers(clock),
    metrics: createTransportMetrics(registry.scope({ cluster_name: '' })),
    ...(authorize && { authorize }),
  })
  const metric = (name: string): number =>
    Number(registry.expose().match(new RegExp(`^cluster_transport_${name}\\{cluster_name=""\\} (.*)$`, 'm'))?.[1])
  return { clock, endpoints, packets, froms, opened, metric }
}

/** A request whose body is written by the test and never ends by itself. */
function request(path: string, type = 'application/x.ckit') {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(c) {
      controller = c
    },
  })
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': type } }
  return {
    request: new Request(`http://x/api/v1/ckit/transport/${path}`, init as RequestInit),
    write: (...parts: Uint8Array[]) => {
      for (const part of parts) controller?.enqueue(part.slice())
    },
    end: () => controller?.close(),
    fail: () => controller?.error(new Error('reset')),
  }
}

function post(path: string, ...parts: Uint8Array[]): Request {
  const sent = request(path)
  sent.write(...parts)
  sent.end()
  return sent.request
}

function oneByOne(body: Uint8Array): Uint8Array[] {
  return [...body].map((byte) => bytes(byte))
}

async function said(response: Response): Promise<number[]> {
  const out: number[] = []
  const frames = createFrameReader(1 << 20, (payload) => out.push(...payload))
  expect(frames.push(new Uint8Array(await response.arrayBuffer()))).toBeUndefined()
  expect(frames.end()).toBeUndefined()
  return out
}

async function error(response: Response): Promise<string> {
  const read = readStream(Uint8Array.from(await said(response)), undefined)
  if (!('kind' in read) || read.kind !== 'message' || read.message.kind !== 'error') throw new Error('no error message')
  return read.message.text
}

describe('who is heard', () => {
  it.each(['message', 'stream'])('/%s refuses other versions of HTTP and other types', async (path) => {
    const { endpoints, packets, opened } = setup()
    const http1 = await endpoints.serve(post(path), { remoteAddress: undefined, httpVersion: '1' })
    expect(http1.status).toBe(505)
    for (const type of ['text/plain', 'application/x.ckit; charset=utf-8'])
      expect((await endpoints.serve(request(path, type).request, H2)).status).toBe(400)
    expect((await endpoints.serve(new Request(`http://x/api/v1/ckit/transport/${path}`), H2)).status).toBe(400)
    expect([packets, opened]).toEqual([[], []])
  })

  it('other paths are not there', async () => {
    const { endpoints } = setup()
    for (const path of ['', 'messages', 'message/']) expect((await endpoints.serve(post(path), H2)).status).toBe(404)
  })

  it('who is not authorized gets 401 and the reason, and nothing is read', async () => {
    const { endpoints, packets } = setup(undefined, async () => 'no token')
    const response = await endpoints.serve(post('message', frame(bytes(1))), H2)
    expect([response.status, await response.text()]).toEqual([401, 'no token\n'])
    expect(packets).toEqual([])
    const broken = setup(undefined, () => Promise.reject(new Error('no key')))
    expect((await broken.endpoints.serve(post('message', frame(bytes(1))), H2)).status).toBe(401)
    expect(broken.packets).toEqual([])
  })

  it('nobody after the end', async () => {
    const { endpoints } = setup()
    endpoints.close()
    expect((await endpoints.serve(post('message'), H2)).status).toBe(503)
    expect((await endpoints.serve(post('stream'), undefined)).status).toBe(503)
  })
})

describe('/message', () => {
  it('takes any number of frames in any pieces, and answers with nothing', async () => {
    const body = Uint8Array.from([...frame(bytes(1, 2)), ...frame(bytes()), ...frame(bytes(3))])
    for (const parts of [[body], oneByOne(body)]) {
      const { endpoints, packets, froms, metric } = setup()
      const response = await endpoints.serve(post('message', ...parts), H2)
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0])
      expect(packets).toEqual([[1, 2], [], [3]])
      expect(froms).toEqual(Array(3).fill('10.0.0.9:5555'))
      expect([metric('rx_packets_total'), metric('rx_bytes_total')]).toEqual([3, 3])
    }
  })

  it('knows IPv4 callers on a socket of both families', async () => {
    const { endpoints, froms } = setup()
    const from = async (remoteAddress: string | undefined): Promise<void> => {
      await endpoints.serve(post('message', frame(bytes(1))), { remoteAddress, httpVersion: '2' })
    }
    await from('[::ffff:10.0.0.1]:80')
    await from('[FD00:0::1]:80')
    await from('unix')
    await from(undefined)
    expect(froms).toEqual(['10.0.0.1:80', '[fd00::1]:80', undefined, undefined])
  })

  it('keeps the frames before a bad one', async () => {
    for (const bad of [bytes(0xff), bytes(0xcc), bytes(0xcc, 0, 2, 1), bytes(0xcd, 0xff, 0xff, 0xff, 0xff)]) {
      const { endpoints, packets } = setup()
      const response = await endpoints.serve(post('message', frame(bytes(1)), bad), H2)
      expect([response.status, packets]).toEqual([400, [[1]]])
    }
  })

  it('answers a bad frame while the request is still open', async () => {
    const { endpoints } = setup()
    const sent = request('message')
    sent.write(bytes(0x47, 0x45))
    expect((await endpoints.serve(sent.request, H2)).status).toBe(400)
  })

  it('waits five seconds for the rest, and no longer', async () => {
    const { clock, endpoints, packets } = setup()
    const sent = request('message')
    sent.write(frame(bytes(1)))
    const response = endpoints.serve(sent.request, H2)
    let over = false
    void response.then(() => {
      over = true
    })
    await clock.advance(4999)
    expect([over, packets]).toEqual([false, [[1]]])
    await clock.advance(1)
    expect((await response).status).toBe(400)
  })

  it('survives a request that breaks off and a receiver that breaks its word', async () => {
    const { endpoints } = setup()
    const sent = request('message')
    sent.fail()
    expect((await endpoints.serve(sent.request, H2)).status).toBe(400)
    const clock = createFakeClock()
    const throwing = createClusterEndpoints({
      receiver: {
        packet: () => {
          throw new Error('bug')
        },
        stream: () => {
          throw new Error('bug')
        },
      },
      timers: createTimers(clock),
      metrics: createTransportMetrics(createRegistry()),
    })
    expect((await throwing.serve(post('message', frame(bytes(1))), H2)).status).toBe(200)
    expect(await said(await throwing.serve(post('stream', frame(bytes(1))), H2))).toEqual([])
  })

  it('holds only so many bytes that are not complete', async () => {
    const { clock, endpoints } = setup()
    const chunk = new Uint8Array(15 << 20)
    chunk.set([0xcd, 0, 0xff, 0xff, 0xff])
    const responses: Promise<Response>[] = []
    const sent = Array.from({ length: 10 }, () => request('message'))
    for (const one of sent) {
      one.write(chunk)
      responses.push(endpoints.serve(one.request, H2))
    }
    await clock.settle()
    await clock.advance(5000)
    const statuses = (await Promise.all(responses)).map(({ status }) => status).sort()
    expect(statuses.filter((status) => status === 503).length).toBe(10 - Math.floor(MAX_INCOMING_BYTES / chunk.length))
    // And it lets go of them.
    expect((await endpoints.serve(post('message', frame(bytes(1))), H2)).status).toBe(200)
  })
})

describe('/stream', () => {
  const whenLong =
    (length: number): PeerReceiver['stream'] =>
    (all) =>
      all.length < length ? MORE : { kind: 'answer', bytes: bytes(42, all.length) }

  it('answers while the request is open: headers at once, the message when there is enough', async () => {
    const { clock, endpoints, opened, metric } = setup(whenLong(3))
    const sent = request('stream')
    const response = await endpoints.serve(sent.request, H2)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x.ckit'])
    expect([opened, metric('streams')]).toEqual([[], 1])
    sent.write(frame(bytes(1)))
    await clock.settle()
    sent.write(frame(bytes(2, 3)))
    expect(await said(response)).toEqual([42, 3])
    expect(opened).toEqual([1, 3])
    expect([metric('streams'), metric('stream_rx_packets_total'), metric('stream_tx_bytes_total')]).toEqual([0, 2, 2])
  })

  it('is the same in pieces of one byte', async () => {
    const body = Uint8Array.from([...frame(bytes(1, 2)), ...frame(bytes(3, 4, 5))])
    const { endpoints } = setup(whenLong(5))
    const sent = request('stream')
    sent.write(...oneByOne(body))
    expect(await said(await endpoints.serve(sent.request, H2))).toEqual([42, 5])
  })

  it('ends at once and without a word when the receiver refuses', async () => {
    const { endpoints, metric } = setup(() => ({ kind: 'refuse', reason: 'label' }))
    const sent = request('stream')
    sent.write(frame(bytes(1)))
    const response = await endpoints.serve(sent.request, H2)
    expect(await said(response)).toEqual([])
    expect(metric('stream_rx_packets_failed_total')).toBe(1)
  })

  it('says what is wrong with frames, with an end that comes too early, and with what takes too long', async () => {
    const { clock, endpoints } = setup()
    expect(await error(await endpoints.serve(post('stream', frame(bytes(1)), bytes(0xff)), H2))).toContain('CC nor CD')
    expect(await error(await endpoints.serve(post('stream', frame(bytes(1))), H2))).toBe('the request is cut short')
    const slow = request('stream')
    slow.write(frame(bytes(1)))
    const late = await endpoints.serve(slow.request, H2)
    await clock.advance(2000)
    expect(await error(late)).toBe('the request took too long')
    const broken = request('stream')
    broken.write(frame(bytes(1)))
    const response = await endpoints.serve(broken.request, H2)
    await clock.settle()
    broken.fail()
    expect(await error(response)).toBe('the request broke off')
  })

  it('says nothing to who said nothing', async () => {
    const { clock, endpoints } = setup()
    expect(await said(await endpoints.serve(post('stream'), H2))).toEqual([])
    const response = await endpoints.serve(request('stream').request, H2)
    await clock.advance(2000)
    expect(await said(response)).toEqual([])
    const bodiless = new Request('http://x/api/v1/ckit/transport/stream', {
      method: 'POST',
      headers: { 'content-type': 'application/x.ckit' },
    })
    expect(await said(await endpoints.serve(bodiless, undefined))).toEqual([])
  })

  it('does not read everything again for each of many little frames, and still finds the end', async () => {
    const { clock, endpoints, opened } = setup(whenLong(50_001))
    const sent = request('stream')
    const response = await endpoints.serve(sent.request, H2)
    for (let i = 0; i < 5000; i++) {
      sent.write(frame(new Uint8Array(10)))
      if (i % 100 === 99) await clock.settle()
    }
    await clock.settle()
    expect(opened.length).toBeLessThan(300)
    sent.write(frame(bytes(1)))
    await clock.advance(2000)
    expect((await said(response)).slice(0, 1)).toEqual([42])
  })

  it('of which only so many are open at a time', async () => {
    const { clock, endpoints } = setup()
    const open = await Promise.all(
      Array.from({ length: MAX_INCOMING_EXCHANGES }, () => endpoints.serve(request('stream').request, H2)),
    )
    expect((await endpoints.serve(request('stream').request, H2)).status).toBe(503)
    await open[0].body?.cancel()
    await clock.settle()
    expect((await endpoints.serve(request('stream').request, H2)).status).toBe(200)
    await clock.advance(2000)
    expect((await endpoints.serve(request('stream').request, H2)).status).toBe(200)
  })

  it('ends when the node does', async () => {
    const { clock, endpoints, metric } = setup()
    const response = await endpoints.serve(request('stream').request, H2)
    endpoints.close()
    await clock.settle()
    expect(await said(response)).toEqual([])
    expect(metric('streams')).toBe(0)
  })

  it('never fails, whatever comes', async () => {
    const any = fc.array(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.uint8Array({ maxLength: 20 }).map((payload) => frame(payload)),
      ),
    )
    await fc.assert(
      fc.asyncProperty(any, fc.constantFrom('message', 'stream'), async (parts, path) => {
        const { endpoints } = setup((all) => (all.length > 30 ? { kind: 'refuse', reason: '' } : MORE))
        const response = await endpoints.serve(post(path, ...parts), H2)
        await response.arrayBuffer()
        expect([200, 400]).toContain(response.status)
      }),
    )
  })
})
