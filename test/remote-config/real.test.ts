/** The whole way on the runtime's own sockets and files: a Connect server on loopback, the HTTP client, the cache on disk. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { files } from '../../adapters/shared/files.ts'
import { createHttpClients } from '../../adapters/shared/http-client.ts'
import { createRemoteConfig, type RemoteConfig } from '../../core/remote-config/remote-config.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { recordingLog } from '../support/recording-log.ts'
import { type FakeServer, fakeServer, problem } from './fake-server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const WALL = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake: (at: number, wakeUp: () => void) => {
    const timer = setTimeout(wakeUp, Math.max(0, at - performance.now()) + 1)
    return () => clearTimeout(timer)
  },
  turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
}

async function listening(fake: FakeServer, port = 0): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const known = request.headers.authorization === `Basic ${btoa('ann:pw')}`
      const body = new Uint8Array(Buffer.concat(chunks))
      const answer = known ? fake.answer(request.url ?? '', body) : problem(401, 'unauthenticated', 'who are you')
      response.writeHead(answer.status, { 'content-type': answer.type })
      response.end(answer.body)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => closed(server))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function storage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skein-remote-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'not', 'there', 'yet')
}

function client(url: string, storagePath: string, password = 'pw'): RemoteConfig {
  const ports = { ...fakePorts().ports, http: createHttpClients({}), files, clock: WALL }
  const made = createRemoteConfig(
    {
      url,
      id: undefined,
      name: '',
      attributes: {},
      pollFrequencyMs: 120,
      client: { basicAuth: { username: 'ann', password } },
    },
    {
      ports,
      timers: createTimers(WALL),
      log: recordingLog(),
      metrics: createRegistry(),
      storagePath,
      version: '1',
      userAgent: 'skein/1',
    },
  )
  cleanups.push(() => made.close())
  return made
}

it('loads, follows and keeps a configuration over real sockets', async () => {
  const fake = fakeServer('first', 'h1')
  const { server, url } = await listening(fake)
  const path = storage()
  const stop = new AbortController()
  const loaded: string[] = []
  const running = client(url, path).run(stop.signal, async (text) => {
    loaded.push(text)
    if (text === 'first') fake.config = { content: 'second', hash: 'h2' }
    else stop.abort()
    return { ok: true }
  })
  await running
  expect(loaded).toEqual(['first', 'second'])

  const [kept] = readdirSync(join(path, 'remotecfg'))
  expect(readdirSync(join(path, 'remotecfg'))).toHaveLength(1)
  expect(readFileSync(join(path, 'remotecfg', kept), 'utf8')).toBe('second')
  if (process.platform !== 'win32') expect(statSync(join(path, 'remotecfg', kept)).mode & 0o777).toBe(0o600)
  const ids = new Set(fake.asked.map(({ id }) => id))
  expect(ids).toEqual(new Set([JSON.parse(readFileSync(join(path, 'alloy_seed.json'), 'utf8')).UID]))

  // The server is away: the same text, and the same collector, from the disk.
  await closed(server)
  expect(await client(url, path).first(new AbortController().signal)).toBe('second')
  const again = await listening(fake, Number(new URL(url).port))
  expect(again.url).toBe(url)
  fake.config = { content: 'third', hash: 'h3' }
  expect(await client(url, path).first(new AbortController().signal)).toBe('third')
  expect(ids).toContain(fake.asked.at(-1)?.id)
})

it('says why it is refused', async () => {
  const { url } = await listening(fakeServer())
  const remote = client(url, storage(), 'wrong')
  expect(await remote.first(new AbortController().signal)).toBeUndefined()
  expect(JSON.stringify(remote.debugInfo())).toMatch(/401 unauthenticated: who are you; check basic_auth/)
})

it('gives up at once when it is told to', async () => {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => closed(server))
  const stop = new AbortController()
  server.once('request', () => stop.abort())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const from = performance.now()
  await client(url, storage()).run(stop.signal, async () => ({ ok: true }))
  expect(performance.now() - from).toBeLessThan(5000)
})
