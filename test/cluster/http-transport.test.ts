import { describe, expect, it } from 'vitest'
import { createHttpTransport } from '../../core/cluster/http-transport.ts'
import { createTransportMetrics } from '../../core/cluster/transport-metrics.ts'
import { frame } from '../../core/cluster/wire/frames.ts'
import { MAX_DESTINATIONS, MAX_QUEUED_PACKETS } from '../../core/limits.ts'
import type { HeaderField, HttpClient, HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const A = '10.0.0.1:12345'
const packet = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)
const response = (status: number, body: Uint8Array | string = ''): HttpResponse => ({
  ok: true,
  status,
  statusText: '',
  header: () => undefined,
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
})
const REFUSED: HttpFailure = { ok: false, reason: 'refused', message: 'connect ECONNREFUSED' }

interface Under {
  readonly request: HttpRequest
  readonly answer: (result: HttpResponse | HttpFailure) => void
}

function setup(headers?: () => Promise<readonly HeaderField[]>) {
  const clock = createFakeClock()
  const registry = createRegistry()
  const requests: Under[] = []
  let closed = 0
  const client: HttpClient = {
    send: (request) =>
      new Promise((resolve) => {
        requests.push({ request, answer: resolve })
        request.signal?.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted', message: 'aborted' }))
      }),
    close: () => void closed++,
  }
  const transport = createHttpTransport({
    client,
    scheme: 'http',
    clock,
    metrics: createTransportMetrics(registry.scope({ cluster_name: 'prod' })),
    ...(headers && { headers }),
  })
  const metric = (name: string): number => {
    const line = registry.expose().match(new RegExp(`^cluster_transport_${name}\\{cluster_name="prod"\\} (.*)$`, 'm'))
    return Number(line?.[1])
  }
  const payload = (i: number): number[] => [...(requests[i].request.body ?? [])].slice(3)
  return { clock, transport, requests, metric, payload, closed: () => closed }
}

describe('a packet', () => {
  it('is a POST of one frame, taken when the answer is 200', async () => {
    const { clock, transport, requests, metric } = setup()
    const sent = transport.send('[fd00::1]:80', packet(1, 2), 'gossip')
    await clock.settle()
    const { request, answer } = requests[0]
    expect(request.url.href).toBe('http://[fd00::1]/api/v1/ckit/transport/message')
    expect(request).toMatchObject({
      method: 'POST',
      headers: [['content-type', 'application/x.ckit']],
      body: packet(0xcc, 0, 2, 1, 2),
      deadline: clock.monotonic() + 5000,
    })
    answer(response(200))
    expect(await sent).toBe(true)
    expect([metric('tx_packets_total'), metric('tx_bytes_total'), metric('tx_packets_failed_total')]).toEqual([1, 2, 0])
  })

  it('is lost with any other answer, and with none', async () => {
    const { clock, transport, requests, metric } = setup()
    const sent = [transport.send(A, packet(1), 'gossip'), transport.send(A, packet(2), 'gossip')]
    await clock.settle()
    requests[0].answer(response(401, 'no'))
    requests[1].answer(REFUSED)
    expect(await Promise.all(sent)).toEqual([false, false])
    expect([metric('tx_packets_total'), metric('tx_packets_failed_total')]).toEqual([2, 2])
  })

  it('carries what the headers say, and fails when they fail', async () => {
    let fail = false
    const { clock, transport, requests } = setup(async () => {
      if (fail) throw new Error('no token')
      return [['authorization', 'Bearer x']]
    })
    void transport.send(A, packet(1), 'gossip')
    await clock.settle()
    expect(requests[0].request.headers).toEqual([
      ['content-type', 'application/x.ckit'],
      ['authorization', 'Bearer x'],
    ])
    fail = true
    expect(await transport.send(A, packet(1), 'gossip')).toBe(false)
    expect(await transport.exchange(A, packet(1), 9e9)).toEqual({ ok: false, reason: 'no token' })
  })

  it('to what is no address is lost at once', async () => {
    const { transport, requests } = setup()
    for (const to of ['', 'user@10.0.0.1:80', '10.0.0.1:99999', '10.0.0.1/x:80', '10.0.0.1:80?x'])
      expect(await transport.send(to, packet(1), 'probe'), to).toBe(false)
    expect(requests).toEqual([])
  })
})

describe('queues', () => {
  it('an answer waits for no gossip and no probe, however many hang', async () => {
    const { clock, transport, requests, payload, metric } = setup()
    for (let i = 0; i < 20; i++) void transport.send(A, packet(1), 'gossip')
    for (let i = 0; i < 20; i++) void transport.send(A, packet(2), 'probe')
    await clock.settle()
    expect(requests.length).toBe(8)
    expect(metric('tx_packet_queue_length')).toBe(32)
    const sent = transport.send(A, packet(3), 'answer')
    await clock.settle()
    expect(payload(8)).toEqual([3])
    requests[8].answer(response(200))
    expect(await sent).toBe(true)
  })

  it('a peer that hangs delays no other', async () => {
    const { clock, transport, requests, payload } = setup()
    for (let i = 0; i < 20; i++) void transport.send(A, packet(i), 'gossip')
    void transport.send('10.0.0.2:1', packet(99), 'gossip')
    await clock.settle()
    expect(requests.length).toBe(5)
    expect(payload(4)).toEqual([99])
  })

  it('go on in order as requests end', async () => {
    const { clock, transport, requests, payload } = setup()
    for (let i = 0; i < 6; i++) void transport.send(A, packet(i), 'gossip')
    await clock.settle()
    requests[1].answer(response(200))
    await clock.settle()
    requests[0].answer(REFUSED)
    await clock.settle()
    expect(requests.map((_, i) => payload(i))).toEqual([[0], [1], [2], [3], [4], [5]])
  })

  it('drop the oldest when full, of the same urgency', async () => {
    const { clock, transport, requests, metric, payload } = setup()
    const gossip: Promise<boolean>[] = []
    for (let i = 0; i < MAX_QUEUED_PACKETS + 6; i++) gossip.push(transport.send(A, packet(i >> 8, i & 255), 'gossip'))
    void transport.send(A, packet(7), 'answer')
    await clock.settle()
    expect(metric('tx_packets_failed_total')).toBe(2)
    expect(await gossip[4]).toBe(false)
    expect(await gossip[5]).toBe(false)
    requests[0].answer(response(200))
    await clock.settle()
    expect(payload(requests.length - 1)).toEqual([0, 6])
  })

  it('have a bound in bytes over all peers', async () => {
    const { clock, transport, metric } = setup()
    const big = new Uint8Array(8 << 20)
    for (let peer = 0; peer < 3; peer++)
      for (let i = 0; i < 8; i++) void transport.send(`10.0.0.${peer}:1`, big, 'gossip')
    await clock.settle()
    // Twelve under way, and of the twelve that would wait eight fit.
    expect(metric('tx_packet_queue_length')).toBe(8)
    expect(metric('tx_packets_failed_total')).toBe(4)
  })

  it('do not send what came too late to be of use', async () => {
    const { clock, transport, requests } = setup()
    for (let i = 0; i < 4; i++) void transport.send(A, packet(i), 'probe')
    const late = transport.send(A, packet(9), 'probe')
    await clock.advance(2001)
    requests[0].answer({ ok: false, reason: 'timeout', message: 'timeout' })
    expect(await late).toBe(false)
    expect(requests.length).toBe(4)
  })

  it('are forgotten when they are empty, and forged answers can not take all places', async () => {
    const { clock, transport, requests } = setup()
    const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`
    for (let i = 0; i < MAX_DESTINATIONS / 2; i++) void transport.send(address(i), packet(1), 'answer')
    expect(await transport.send('9.9.9.9:1', packet(1), 'answer')).toBe(false)
    void transport.send('9.9.9.8:1', packet(1), 'probe')
    await clock.settle()
    expect(requests.length).toBe(MAX_DESTINATIONS / 2 + 1)
    for (const { answer } of requests) answer(REFUSED)
    await clock.settle()
    void transport.send('9.9.9.9:1', packet(1), 'answer')
    await clock.settle()
    expect(requests.length).toBe(MAX_DESTINATIONS / 2 + 2)
  })
})

describe('an exchange', () => {
  it('says all in one frame and gives back the payloads of all frames', async () => {
    const { clock, transport, requests, metric } = setup()
    const outcome = transport.exchange(A, packet(6, 1), 4321)
    await clock.settle()
    expect(requests[0].request).toMatchObject({ body: packet(0xcc, 0, 2, 6, 1), deadline: 4321 })
    expect(requests[0].request.url.pathname).toBe('/api/v1/ckit/transport/stream')
    expect(metric('streams')).toBe(1)
    requests[0].answer(response(200, packet(...frame(packet(1, 2)), ...frame(packet(3)))))
    expect(await outcome).toEqual({ ok: true, answer: packet(1, 2, 3) })
    expect(metric('streams')).toBe(0)
    expect([metric('stream_tx_packets_total'), metric('stream_rx_bytes_total')]).toEqual([1, 3])
  })

  it('fails with words that help', async () => {
    const { clock, transport, requests } = setup()
    const reason = async (result: HttpResponse | HttpFailure): Promise<string> => {
      const outcome = transport.exchange(A, packet(6), 9e9)
      await clock.settle()
      requests[requests.length - 1].answer(result)
      const { ok, ...rest } = await outcome
      expect(ok).toBe(false)
      return (rest as { reason: string }).reason
    }
    expect(await reason(REFUSED)).toBe('connect ECONNREFUSED')
    expect(await reason(response(401, 'who\r\n are\u0000 you?'))).toBe(
      'the peer asks for authentication (HTTP 401: who are you?)',
    )
    expect(await reason(response(404, 'clustering is disabled'))).toContain('clustering is disabled')
    expect(await reason(response(505))).toContain('HTTP/2')
    expect(await reason(response(418))).toBe('the peer refused (HTTP 418)')
    expect(await reason(response(500, 'x'.repeat(4000)))).toHaveLength(229)
    expect(await reason(response(200))).toContain('cluster name')
    expect(await reason(response(200, 'HTML'))).toContain('makes no sense')
    expect(await reason(response(200, packet(0xcc, 0, 5, 1)))).toContain('cut short')
    expect(await reason(response(200, packet(0xcd, 0xff, 0xff, 0xff, 0xff)))).toContain('too large')
  })

  it('hears nothing longer than the bound', async () => {
    const { clock, transport, requests } = setup()
    void transport.exchange(A, packet(6), 9e9)
    await clock.settle()
    expect(requests[0].request.maxBodyBytes).toBeLessThan(70 << 20)
  })
})

describe('closing', () => {
  it('drops what waits, gives up what is under way, and sends nothing more', async () => {
    const { clock, transport, requests, metric, closed } = setup()
    const sent = Array.from({ length: 10 }, () => transport.send(A, packet(1), 'gossip'))
    const outcome = transport.exchange(A, packet(6), 9e9)
    await clock.settle()
    transport.close()
    expect(await Promise.all(sent)).toEqual(sent.map(() => false))
    expect(await outcome).toEqual({ ok: false, reason: 'aborted' })
    expect(await transport.send(A, packet(1), 'answer')).toBe(false)
    expect(await transport.exchange(A, packet(6), 9e9)).toMatchObject({ ok: false })
    expect(requests.length).toBe(5)
    expect(metric('tx_packet_queue_length')).toBe(0)
    expect(closed()).toBe(1)
  })
})
