import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { processPorts } from '../../adapters/shared/process-ports.ts'
import { type HttpSettings, httpDiscovery } from '../../core/discovery/http.ts'
import { peerClients } from '../adapters/shared/this-runtime.ts'
import { answer, fakePorts, header } from '../components/fake-ports.ts'
import { labelsOf, surroundingsOf, type Watched, watched } from './watching.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const settings: HttpSettings = { url: 'http://sd.test/targets', refreshMs: 60_000, outbound: {} }

function start(changes: Partial<HttpSettings> = {}) {
  const fakes = fakePorts()
  const source = httpDiscovery({ ...settings, ...changes }, surroundingsOf(fakes.ports))
  return { ...fakes, run: () => watched(source) }
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('targets from a server', () => {
  it('are asked for as Prometheus asks', async () => {
    const { hosts, requests, clock, run: begin } = start({ outbound: { basicAuth: { username: 'u', password: 'p' } } })
    hosts.set('sd.test', () => answer('[{"targets": ["a:1"], "labels": {"job": "x", "__meta_url": "no"}}]', JSON_TYPE))
    const run = begin()
    await clock.settle()
    expect(labelsOf(run)).toEqual([{ __address__: 'a:1', job: 'x', __meta_url: 'http://sd.test/targets' }])
    const [request] = requests
    expect(request.method).toBe('GET')
    expect(header(request, 'Accept')).toBe('application/json')
    expect(header(request, 'User-Agent')).toBe('skein/test')
    expect(header(request, 'X-Prometheus-Refresh-Interval-Seconds')).toBe('60')
    expect(header(request, 'Authorization')).toBe('Basic dTpw')
    expect(request.deadline - clock.monotonic()).toBe(60_000)
    await run.stop()
  })

  it.each([
    [answer('[]', JSON_TYPE, 500), 'server returned HTTP status 500'],
    [answer('[]', { 'content-type': 'text/html' }), 'unsupported content type "text/html"'],
    [answer('[]'), 'unsupported content type ""'],
    [answer('[]', { ...JSON_TYPE, 'content-encoding': 'br' }), 'unsupported content encoding "br"'],
    [{ ok: false, reason: 'refused', message: 'connect: connection refused' }, 'connect: connection refused'],
  ] as const)('stay when the answer is no good: %j', async (bad, message) => {
    const { hosts, clock, run: begin } = start()
    hosts.set('sd.test', () => answer('[{"targets": ["a:1"]}]', JSON_TYPE))
    const run = begin()
    await clock.settle()
    hosts.set('sd.test', () => bad)
    await clock.advance(60_000)
    expect(run.told).toEqual(['a:1', `!GET http://sd.test/targets: ${message}`])
    await run.stop()
  })

  it('stay when the answer is not understood, and damaged gzip is such an answer', async () => {
    const { hosts, clock, run: begin } = start()
    hosts.set('sd.test', () => answer('[\n{"target": ["a:1"]}]', JSON_TYPE))
    const run = begin()
    await clock.settle()
    hosts.set('sd.test', () => answer('oh', { ...JSON_TYPE, 'content-encoding': 'gzip' }))
    await clock.advance(60_000)
    expect(await run.next()).toContain('!http://sd.test/targets:2: unknown field "target"')
    expect(await run.next()).toMatch(/^!GET http:\/\/sd\.test\/targets: /)
    await run.stop()
  })

  it.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'may be of type %s',
    async (type) => {
      const { hosts, clock, run: begin } = start()
      hosts.set('sd.test', () => answer('[]', { 'content-type': type }))
      const run = begin()
      await clock.settle()
      expect(run.told).toEqual([''])
      await run.stop()
    },
  )

  it('never show the password of the URL', async () => {
    const { hosts, clock, run: begin } = start({ url: 'http://me:hidden@sd.test/targets' })
    hosts.set('sd.test', () => answer('[{"targets": ["a:1"]}]', JSON_TYPE))
    const run = begin()
    await clock.settle()
    hosts.set('sd.test', () => answer('[', JSON_TYPE))
    await clock.advance(60_000)
    hosts.clear()
    await clock.advance(60_000)
    expect(labelsOf(run)).toEqual([{ __address__: 'a:1', __meta_url: 'http://me:xxxxx@sd.test/targets' }])
    expect(run.told).toHaveLength(3)
    expect(JSON.stringify([run.told, [...run.groups]])).not.toContain('hidden')
    await run.stop()
  })

  it('close their connections at the end', async () => {
    const { clients, clock, run: begin } = start()
    const run = begin()
    await clock.settle()
    expect(clients.size).toBe(1)
    await run.stop()
    expect(clients.size).toBe(0)
  })
})

describe('on real sockets', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sd`
  }

  function watch(url: string, refreshMs: number): Watched {
    const run = watched(
      httpDiscovery({ url, refreshMs, outbound: {} }, surroundingsOf(processPorts('test', peerClients))),
    )
    cleanups.push(() => run.stop())
    return run
  }

  it('targets come compressed, and change', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked++
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
      response.end(gzipSync(JSON.stringify([{ targets: [`a:${asked}`] }])))
    })
    const run = watch(url, 500)
    expect(await run.next()).toBe('a:1')
    expect(await run.next()).toBe('a:2')
  })

  it('a server that does not answer is given up after the interval', async () => {
    const run = watch(await serve(() => {}), 50)
    expect(await run.next()).toMatch(/^!GET http:\/\/127\.0\.0\.1:\d+\/sd: /)
  })
})
