/** Questions to peers: their connections, and, at the end, two nodes on this runtime's real server and client. */
import { afterEach, describe, expect, it } from 'vitest'
import { PATIENCE } from '../../adapters/shared/listen.ts'
import { processPorts } from '../../adapters/shared/process-ports.ts'
import { createPeering, type Peering } from '../../core/cluster/peering.ts'
import { createQuestions } from '../../core/cluster/questions.ts'
import type { ClusterOptions } from '../../core/cluster/settings.ts'
import { MAX_ANSWER_BYTES } from '../../core/limits.ts'
import type { HttpClient, HttpRequest } from '../../core/ports.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { listenWith, peerClients, RUNTIME } from '../adapters/shared/this-runtime.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { recordingLog } from '../support/recording-log.ts'
import { fileWith, stopEverything } from './real/agents.ts'

function world(scheme: 'http' | 'https' = 'http') {
  const clock = createFakeClock()
  const done: string[] = []
  const requests: HttpRequest[] = []
  const client: HttpClient = {
    async send(request) {
      requests.push(request)
      await clock.turn()
      if (request.signal?.aborted) return { ok: false, reason: 'aborted', message: 'aborted' }
      return { ok: true, status: 200, statusText: '', header: () => undefined, body: new Uint8Array(0) }
    },
    close: () => void done.push('close'),
  }
  const questions = createQuestions({
    open() {
      done.push('open')
      return client
    },
    scheme,
    headers: async () => [['Authorization', 'Bearer x']],
    timers: createTimers(clock),
  })
  return { clock, questions, requests, done }
}

describe('questions', () => {
  it('are GETs with the proof of membership, bounded in time and size', async () => {
    const { questions, requests } = world('https')
    expect(await questions.ask('[fd00::1]:80', '/api/v1/targets?search=a%20b', 5_000)).toMatchObject({ ok: true })
    const [{ method, url, headers, deadline, maxBodyBytes }] = requests
    expect({ method, url: url.href, headers, deadline, maxBodyBytes }).toEqual({
      method: 'GET',
      url: 'https://[fd00::1]:80/api/v1/targets?search=a%20b',
      headers: [
        ['accept', 'application/json'],
        ['Authorization', 'Bearer x'],
      ],
      deadline: 5_000,
      maxBodyBytes: MAX_ANSWER_BYTES,
    })
    questions.close()
  })

  it('go to addresses alone', async () => {
    const { questions, requests } = world()
    for (const address of ['a@b:80', 'a/b', 'a:80/x', '', ' ', '[::1', 'a:99999']) {
      expect(await questions.ask(address, '/x', 5_000)).toMatchObject({ ok: false, reason: 'protocol' })
    }
    expect(await questions.ask('a:80', '//evil.example/x', 5_000)).toMatchObject({ ok: false, reason: 'protocol' })
    expect(await questions.ask('a:80', 'http://evil.example/x', 5_000)).toMatchObject({ ok: false })
    expect(requests).toEqual([])
    questions.close()
  })

  it('open connections when they are asked, which are closed when nobody has asked for a while', async () => {
    const { questions, clock, done } = world()
    expect(done).toEqual([])
    await Promise.all([questions.ask('a:80', '/x', 5_000), questions.ask('b:80', '/x', 5_000)])
    await clock.advance(29_999)
    await questions.ask('a:80', '/x', 5_000)
    await clock.advance(29_999)
    expect(done).toEqual(['open'])
    await clock.advance(1)
    expect(done).toEqual(['open', 'close'])
    expect(clock.pending).toBe(0)
    await questions.ask('a:80', '/x', 5_000)
    expect(done).toEqual(['open', 'close', 'open'])
    questions.close()
    expect(done).toEqual(['open', 'close', 'open', 'close'])
  })

  it('end when the node leaves', async () => {
    const { questions, clock, done } = world()
    const asked = questions.ask('a:80', '/x', 5_000)
    questions.close()
    expect(await asked).toMatchObject({ ok: false, reason: 'aborted' })
    expect(await questions.ask('a:80', '/x', 5_000)).toMatchObject({ ok: false, reason: 'aborted' })
    expect(clock.pending).toBe(0)
    expect(done.filter((text) => text === 'open').length).toBe(done.filter((text) => text === 'close').length)
  })
})

describe('two nodes', () => {
  const closing: (() => unknown)[] = []

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await stopEverything()
  })

  const ports = processPorts(`test on ${RUNTIME}`, peerClients, {})

  function node(nodeName: string, secret: string | undefined): Peering {
    const options: ClusterOptions = {
      nodeName,
      clusterName: 'prod',
      address: '127.0.0.1:1',
      ownAddresses: new Set(),
      discover: async () => ({ addresses: [], alternates: [], problems: [] }),
      join: { rejoinIntervalMs: 0, maxJoinPeers: 0 },
      gate: { minimum: 0, timeoutMs: 0 },
      probeIntervalMs: 1_000,
      tls: undefined,
      auth: secret === undefined ? undefined : { secretFile: fileWith(secret), tokenLifetimeMs: 60_000 },
    }
    const timers = createTimers(ports.clock)
    const peering = createPeering(options, ports, {
      timers,
      log: recordingLog(),
      metrics: createRegistry(),
      version: '1',
    })
    closing.push(async () => {
      await peering.cluster.leave()
      peering.close()
    })
    return peering
  }

  async function serve(handler: (request: Request) => Promise<Response>): Promise<string> {
    const listening = await listenWith(handler, { host: '127.0.0.1', port: 0 }, PATIENCE)
    closing.push(() => listening.close(0))
    return listening.address
  }

  const soon = (): number => ports.clock.monotonic() + 3_000

  it('ask each other, and prove that they know the secret', async () => {
    const secret = 'a secret of more than thirty-two bytes'
    const [a, b, stranger] = [node('a', secret), node('b', secret), node('c', undefined)]
    expect(stranger.isPeer).toBeUndefined()
    const address = await serve(async (request) => {
      const known = await a.isPeer?.(request.headers.get('authorization') ?? '')
      return Response.json({ path: new URL(request.url).pathname }, { status: known ? 200 : 401 })
    })
    const answer = await b.ask(address, '/api/v1/node', soon())
    if (!answer.ok) throw new Error(answer.message)
    expect(answer.status).toBe(200)
    expect(JSON.parse(new TextDecoder().decode(answer.body))).toEqual({ path: '/api/v1/node' })
    expect(await stranger.ask(address, '/api/v1/node', soon())).toMatchObject({ ok: true, status: 401 })
  })

  it('are not held up by answers that are too long or never come', async () => {
    const a = node('a', undefined)
    let answer = (): void => {}
    const address = await serve(async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/long') return new Response(new Uint8Array(MAX_ANSWER_BYTES + 1))
      if (pathname === '/slow') await new Promise<void>((resolve) => (answer = resolve))
      return new Response('{}')
    })
    const slow = a.ask(address, '/slow', ports.clock.monotonic() + 300)
    expect(await a.ask(address, '/long', soon())).toMatchObject({ ok: false, reason: 'too-large' })
    expect(await slow).toMatchObject({ ok: false, reason: 'timeout' })
    answer()
    expect(await a.ask(address, '/well', soon())).toMatchObject({ ok: true, status: 200 })
  })

  it('say that nobody is there', async () => {
    const a = node('a', undefined)
    const listening = await listenWith(() => new Response(''), { host: '127.0.0.1', port: 0 }, PATIENCE)
    await listening.close(0)
    expect(await a.ask(listening.address, '/api/v1/node', soon())).toMatchObject({ ok: false, reason: 'refused' })
  })
})
