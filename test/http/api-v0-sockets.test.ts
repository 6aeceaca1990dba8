/** Endless answers over real sockets, by the server of this runtime: pieces come as they are made, and who goes is noticed. */
import http2 from 'node:http2'
import net from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { PATIENCE } from '../../adapters/shared/listen.ts'
import type { ComponentInfo } from '../../core/graph/graph.ts'
import { apiV0 } from '../../core/http/api-v0.ts'
import type { RequestContext } from '../../core/http/cluster-routes.ts'
import { createLive, type Live } from '../../core/live/live.ts'
import { createTimers } from '../../core/time/timers.ts'
import { listenWith } from '../adapters/shared/this-runtime.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const ID = 'prometheus.scrape.a'
const OTHER = 'prometheus.scrape.b'

const INFO: ComponentInfo = {
  id: ID,
  name: 'prometheus.scrape',
  label: 'a',
  module: '',
  kind: 'component',
  health: { state: 'healthy', message: '', updatedAt: 0 },
  referencesTo: [],
  referencedBy: [],
  dataFlowTo: [],
  createdModuleIds: [],
  liveDebugging: true,
}

interface Served {
  readonly port: number
  readonly live: Live
  readonly clock: FakeClock
  readonly stopping: AbortController
  tell(text: string): void
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(): Promise<Served> {
  const clock = createFakeClock()
  const live = createLive(clock, { next: () => 0 })
  live.setEnabled(true)
  const stopping = new AbortController()
  const app = new Hono<RequestContext>()
  const info = (id: string): ComponentInfo | undefined => (id === ID || id === OTHER ? { ...INFO, id } : undefined)
  apiV0(app, '/', () => [], {
    components: () => Array.from({ length: 100 }, () => INFO),
    info,
    component: () => undefined,
    live,
    clock,
    timers: createTimers(clock),
    stopping: stopping.signal,
  })
  const listening = await listenWith(
    (request, connection) => app.fetch(request, { connection }),
    { host: '127.0.0.1', port: 0 },
    PATIENCE,
  )
  closing.push(() => listening.close(0))
  return { port: listening.port, live, clock, stopping, tell: (text) => live.tap(ID).tell(1, () => text) }
}

interface Talk {
  readonly socket: net.Socket
  readonly closed: Promise<void>
  /** Resolves when all that came contains this. */
  until(text: string): Promise<string>
}

function ask(port: number, path: string): Talk {
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  let look = (): void => {}
  socket.on('data', (data: Buffer) => {
    text += data.toString()
    look()
  })
  socket.on('error', () => {})
  closing.push(async () => void socket.destroy())
  socket.write(`GET /api/v0/web/${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n`)
  return {
    socket,
    closed: new Promise((resolve) => socket.on('close', () => resolve())),
    until: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          if (text.includes(wanted)) resolve(text)
        }
        look()
      }),
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('an endless answer', () => {
  it('begins at once, comes piece by piece, and is not compressed', async () => {
    const { port, clock, tell, live } = await serve()
    const talk = ask(port, `debug/${ID}`)
    const head = await talk.until('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 /)
    expect(head).toMatch(/^transfer-encoding: chunked\r$/im)
    expect(head).not.toMatch(/content-encoding/i)
    expect(live.tap(ID).watched).toBe(true)
    for (const piece of ['one', 'two', 'three']) {
      tell(piece)
      await clock.advance(1_000)
      expect(await talk.until(piece)).toContain(`${piece}|;|`)
    }
  })

  it('ends with its reader', async () => {
    const { port, live, clock, tell } = await serve()
    const [silent, busy] = [ask(port, `debug/${ID}`), ask(port, `debug/${OTHER}`)]
    await silent.until('\r\n\r\n')
    await eventually(() => live.tap(OTHER).watched)
    tell('too late for nobody')
    await clock.advance(1_000)
    await silent.until('too late for nobody|;|')
    for (const [id, { socket }] of [
      [ID, silent],
      [OTHER, busy],
    ] as const) {
      expect(live.tap(id).watched).toBe(true)
      socket.destroy()
      await eventually(() => !live.tap(id).watched)
    }
  })

  it('ends with a reader who ends a stream of HTTP/2, or the whole session', async () => {
    const { port, live, clock, tell } = await serve()
    const session = http2.connect(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    closing.push(async () => session.destroy())
    const [one, two] = [ID, OTHER].map((id) => session.request({ ':path': `/api/v0/web/debug/${id}` }))
    for (const stream of [one, two]) stream.on('error', () => {})
    let text = ''
    one.on('data', (data: Buffer) => {
      text += data.toString()
    })
    await eventually(() => live.tap(ID).watched && live.tap(OTHER).watched)
    tell('piece')
    await clock.advance(1_000)
    await eventually(() => text === 'piece|;|')
    one.close(http2.constants.NGHTTP2_CANCEL)
    await eventually(() => !live.tap(ID).watched)
    expect(live.tap(OTHER).watched).toBe(true)
    session.destroy()
    await eventually(() => !live.tap(OTHER).watched)
  })

  it('ends with the agent, properly', async () => {
    const { port, clock, stopping, tell, live } = await serve()
    const talk = ask(port, `debug/${ID}`)
    await talk.until('\r\n\r\n')
    tell('last')
    await clock.advance(1_000)
    await talk.until('last|;|')
    stopping.abort()
    // The chunk of length 0.
    expect(await talk.until('\r\n0\r\n\r\n')).toContain('last|;|')
    expect(live.tap(ID).watched).toBe(false)
  })

  it('stands beside answers that are compressed', async () => {
    const { port } = await serve()
    const response = await fetch(`http://127.0.0.1:${port}/api/v0/web/components`, {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.json()).toHaveLength(100)
  })
})
