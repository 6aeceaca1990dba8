import { describe, expect, it } from 'vitest'
import type { RemoteConfigOptions } from '../../core/remote-config/config.ts'
import {
  createRemoteConfig,
  type LoadedRemoteConfig,
  type RemoteConfig,
} from '../../core/remote-config/remote-config.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { type FakePorts, fakePorts } from '../components/fake-ports.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { type FakeServer, fakeServer, problem } from './fake-server.ts'

const MINUTE = 60_000

interface World extends FakePorts {
  readonly server: FakeServer
  readonly log: RecordingLog
  /** Texts that were handed on, in order. */
  readonly loaded: string[]
  /** What can't be loaded, and why. */
  readonly bad: Map<string, string>
  readonly stop: AbortController
  readonly shutdown: AbortController
  /** The server answers nothing at all. */
  away: boolean
  make(options?: Partial<RemoteConfigOptions>): RemoteConfig
  /** Makes one and runs it; resolves to it when it has begun. */
  run(options?: Partial<RemoteConfigOptions>): Promise<RemoteConfig>
  metric(name: string): string | undefined
}

function world(server: FakeServer = fakeServer()): World {
  const fakes = fakePorts()
  const log = recordingLog()
  const metrics = createRegistry()
  const timers = createTimers(fakes.clock)
  const loaded: string[] = []
  const bad = new Map<string, string>()
  const [stop, shutdown] = [new AbortController(), new AbortController()]
  fakes.hosts.set('fleet', (request) => {
    if (made.away) return { ok: false, reason: 'refused', message: 'connect fleet: refused' }
    const { status, type, body } = server.answer(request.url.pathname, (request.body as Uint8Array).slice())
    const header = (name: string): string | undefined => (name === 'content-type' ? type : undefined)
    return { ok: true, status, statusText: '', header, body }
  })
  const made: World = {
    ...fakes,
    server,
    log,
    loaded,
    bad,
    stop,
    shutdown,
    away: false,
    make: (options = {}) =>
      createRemoteConfig(
        {
          url: 'http://fleet/api/',
          id: 'c-1',
          name: 'one',
          attributes: {},
          pollFrequencyMs: MINUTE,
          client: {},
          ...options,
        },
        {
          ports: fakes.ports,
          timers,
          log,
          metrics,
          storagePath: '/data',
          version: '1.2.3',
          userAgent: 'skein/1.2.3',
          shutdown: shutdown.signal,
        },
      ),
    async run(options) {
      const remote = made.make(options)
      void remote.run(stop.signal, async (text): Promise<LoadedRemoteConfig> => {
        loaded.push(text)
        const message = bad.get(text)
        return message === undefined ? { ok: true } : { ok: false, message }
      })
      await fakes.clock.settle()
      return remote
    },
    metric: (name) =>
      metrics
        .expose()
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim(),
  }
  return made
}

function cached({ files }: World): string[] {
  return [...files.paths()].filter((path) => path.startsWith('/data/remotecfg/'))
}

describe('the first configuration', () => {
  it('comes from the server, to whom the collector says who it is', async () => {
    const w = world()
    const remote = w.make({ attributes: { zone: 'b' } })
    expect(await remote.first(w.stop.signal)).toBe('a')
    const attributes = { zone: 'b', 'collector.os': 'linux', 'collector.version': 'v1.2.3' }
    expect(w.server.asked).toMatchObject([
      { procedure: 'RegisterCollector', id: 'c-1', name: 'one', attributes },
      { procedure: 'GetConfig', id: 'c-1', hash: '', attributes, status: 'UNSET', effective: undefined },
    ])
    expect(w.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST http://fleet/api/collector.v1.CollectorService/RegisterCollector',
      'POST http://fleet/api/collector.v1.CollectorService/GetConfig',
    ])
    expect(Object.fromEntries(w.requests[0].headers)).toMatchObject({
      'Content-Type': 'application/proto',
      'Connect-Protocol-Version': '1',
      'User-Agent': 'skein/1.2.3',
    })
    expect(await remote.first(w.stop.signal)).toBe('a')
    expect(w.server.asked).toHaveLength(2)
    remote.close()
    remote.close()
    expect(w.clients.size).toBe(0)
  })

  it('comes from the disk when the server is away, and is not loaded again when it comes back', async () => {
    const before = world()
    await before.run()
    const [path] = cached(before)
    expect(new TextDecoder().decode(await before.files.read(path))).toBe('a')

    const w = world()
    w.files.put(path, 'a')
    w.away = true
    await w.run()
    expect(w.loaded).toEqual(['a'])
    expect(w.log.messages()).toContain('failed to fetch remote config, falling back to cache')
    expect(w.metric('remotecfg_last_load_successful')).toBe('0')
    expect(w.metric('remotecfg_load_failures_total')).toBe('1')
    w.away = false
    await w.clock.advance(MINUTE)
    expect(w.loaded).toEqual(['a'])
    expect(w.server.reports()).toEqual(['UNSET | a', 'APPLIED | -'])
    expect(w.metric('remotecfg_last_load_successful')).toBe('1')
  })

  it('is none without server and disk', async () => {
    const w = world()
    w.away = true
    expect(await w.make().first(w.stop.signal)).toBeUndefined()
    await w.run()
    expect(w.loaded).toEqual([])
  })

  it('comes from the disk when nobody wants to wait for the server', async () => {
    const before = world()
    await before.run()
    const w = world()
    w.files.put(cached(before)[0], 'a')
    const enough = new AbortController()
    w.hosts.set('fleet', async () => {
      enough.abort()
      return { ok: false, reason: 'aborted', message: 'the request was given up' }
    })
    expect(await w.make().first(enough.signal)).toBe('a')
    expect(w.log.lines).toEqual([])
  })

  it('of the disk is for the same collector at the same server alone', async () => {
    const paths = new Set<string>()
    for (const options of [
      {},
      { id: 'c-2' },
      { url: 'http://fleet/other' },
      { attributes: { a: 'b' } },
      { name: 'two' },
    ]) {
      const w = world()
      await w.run(options)
      for (const path of cached(w)) paths.add(path)
    }
    expect(paths.size).toBe(5)
    const w = world()
    await w.run({ pollFrequencyMs: 20_000, client: { bearerToken: 'secret' } })
    expect(paths.has(cached(w)[0])).toBe(true)
  })

  it('that is bad gives way to the last good one', async () => {
    const before = world()
    await before.run()
    const w = world(fakeServer('broken', 'h'))
    w.files.put(cached(before)[0], 'a')
    w.bad.set('broken', 'line 1: nonsense')
    await w.run()
    expect(w.loaded).toEqual(['broken', 'a'])
    expect(w.server.reports()).toEqual(['UNSET | -', 'FAILED: line 1: nonsense | a'])
    expect(w.metric('remotecfg_last_load_successful')).toBe('0')
    expect(w.metric('remotecfg_hash')).toContain(hashOf('a'))
    expect(w.metric('remotecfg_last_received_hash')).toContain(hashOf('broken'))
    // It stays bad while the server says that nothing has changed.
    await w.clock.advance(5 * MINUTE)
    expect(w.loaded).toHaveLength(2)
    expect(w.server.reports()).toEqual(Array.from({ length: 5 }, () => '- | -'))
    expect(new TextDecoder().decode(await w.files.read(cached(w)[0]))).toBe('a')
  })
})

describe('later ones', () => {
  it('are looked for at the interval, and handed on when they are new', async () => {
    const w = world(fakeServer('a', 'h1'))
    await w.run()
    expect(w.loaded).toEqual(['a'])
    expect(w.server.reports()).toEqual(['UNSET | -', 'APPLIED | a'])
    await w.clock.advance(3 * MINUTE)
    expect(w.loaded).toEqual(['a'])
    expect(w.server.reports()).toEqual(['- | -', '- | -', '- | -'])
    expect(w.server.asked.at(-1)?.hash).toBe('h1')
    expect(w.metric('remotecfg_last_load_not_modified')).toBe('1')
    w.server.config = { content: 'b', hash: 'h2' }
    await w.clock.advance(MINUTE)
    expect(w.loaded).toEqual(['a', 'b'])
    expect(w.server.reports()).toEqual(['- | -', '- | b'])
    expect(w.metric('remotecfg_last_load_not_modified')).toBe('0')
    expect(w.metric('remotecfg_load_attempts_total')).toBe('5')
    expect(w.metric('remotecfg_hash')).toContain(hashOf('b'))
    expect(new TextDecoder().decode(await w.files.read(cached(w)[0]))).toBe('b')
  })

  it('are told apart by their text when the server has no hashes', async () => {
    const w = world()
    await w.run()
    await w.clock.advance(3 * MINUTE)
    expect(w.loaded).toEqual(['a'])
    w.server.config = { content: 'b', hash: '' }
    await w.clock.advance(MINUTE)
    expect(w.loaded).toEqual(['a', 'b'])
  })

  it('that can not be loaded leave what runs, and what is kept', async () => {
    const w = world()
    w.bad.set('b', 'no such component')
    await w.run()
    w.server.reports()
    w.server.config = { content: 'b', hash: '' }
    await w.clock.advance(2 * MINUTE)
    expect(w.loaded).toEqual(['a', 'b'])
    expect(w.server.reports()).toEqual(['- | -', 'FAILED: no such component | -', '- | -'])
    expect(w.metric('remotecfg_last_load_successful')).toBe('0')
    expect(new TextDecoder().decode(await w.files.read(cached(w)[0]))).toBe('a')
    // Back to what runs already: nothing to load.
    w.server.config = { content: 'a', hash: '' }
    await w.clock.advance(MINUTE)
    expect(w.loaded).toEqual(['a', 'b'])
    expect(w.server.reports()).toEqual(['- | -', 'APPLIED | -'])
    expect(w.metric('remotecfg_last_load_successful')).toBe('1')
  })

  it('may be empty when the server says so, but silence takes nothing away', async () => {
    const w = world()
    await w.run()
    w.server.config = { content: '', hash: '' }
    await w.clock.advance(2 * MINUTE)
    expect(w.loaded).toEqual(['a'])
    w.server.config = { content: '', hash: 'nothing' }
    await w.clock.advance(2 * MINUTE)
    expect(w.loaded).toEqual(['a', ''])
  })

  it('come again after the server was away, and what was not told is told then', async () => {
    const w = world(fakeServer('a', 'h1'))
    await w.run()
    w.server.reports()
    w.away = true
    await w.clock.advance(3 * MINUTE)
    expect(w.metric('remotecfg_load_failures_total')).toBe('3')
    expect(w.metric('remotecfg_last_load_successful')).toBe('0')
    w.away = false
    await w.clock.advance(MINUTE)
    expect(w.server.reports()).toEqual(['APPLIED | a'])
    expect(w.metric('remotecfg_last_load_successful')).toBe('1')
    expect(w.loaded).toEqual(['a'])
  })

  it('come after the interval, give or take 100 ms', async () => {
    const w = world()
    let chance = 0
    w.ports.random.next = () => chance
    await w.run()
    const asked = (): number => w.server.asked.length
    let before = asked()
    await w.clock.advance(MINUTE - 101)
    expect(asked()).toBe(before)
    chance = 0.9999
    await w.clock.advance(1)
    expect(asked()).toBe(before + 1)
    before = asked()
    await w.clock.advance(MINUTE + 99)
    expect(asked()).toBe(before)
    await w.clock.advance(1)
    expect(asked()).toBe(before + 1)
  })

  it('that make the loader throw are bad ones', async () => {
    const w = world()
    const remote = w.make()
    void remote.run(w.stop.signal, async () => {
      throw new Error('out of breath')
    })
    await w.clock.settle()
    expect(w.server.reports()).toEqual(['UNSET | -', 'FAILED: out of breath | -'])
  })
})

describe('the server', () => {
  it('is told again who we are when it has forgotten', async () => {
    const w = world()
    await w.run()
    w.server.instead.set('GetConfig', problem(404, 'not_found', 'no collector'))
    await w.clock.advance(MINUTE)
    w.server.instead.clear()
    const before = w.server.asked.length
    await w.clock.advance(MINUTE)
    expect(w.server.asked.slice(before).map(({ procedure }) => procedure)).toEqual(['RegisterCollector', 'GetConfig'])
  })

  it('may refuse to register us and have a configuration all the same', async () => {
    const w = world()
    w.server.instead.set('RegisterCollector', problem(403, 'permission_denied', 'read only'))
    await w.run()
    expect(w.loaded).toEqual(['a'])
    expect(w.log.lines.join('\n')).toMatch(
      /failed to register collector .*403 permission_denied: read only; check basic_auth/,
    )
  })

  it.each<[string, ReturnType<typeof problem>, RegExp]>([
    [
      'an error of Connect',
      problem(401, 'unauthenticated', 'who are you'),
      /401 unauthenticated: who are you; check basic_auth/,
    ],
    [
      'a page',
      { status: 200, type: 'text/html', body: utf8('<html>') },
      /text\/html where application\/proto belongs; is url/,
    ],
    ['a page of a proxy', { status: 502, type: 'text/html', body: utf8('<html>') }, /502 unavailable"/],
    ['nonsense', { status: 200, type: 'application/proto', body: utf8('\x0a\xff') }, /the answer can't be read/],
    ['JSON that is no error', { status: 500, type: 'application/json', body: utf8('null') }, /500 unknown"/],
    ['another path', problem(404, 'unimplemented', ''), /404 unimplemented; is url that of a remote/],
  ])('that answers with %s is a failure that says why', async (_, answer, expected) => {
    const w = world()
    w.server.instead.set('GetConfig', answer)
    await w.run()
    expect(w.log.lines.find((line) => line.includes('falling back to cache'))).toMatch(expected)
    expect(w.loaded).toEqual([])
    w.server.instead.clear()
    await w.clock.advance(MINUTE)
    expect(w.loaded).toEqual(['a'])
    expect(w.server.reports().at(-1)).toBe('APPLIED | a')
  })

  it('has bounds', async () => {
    const w = world(fakeServer('a', 'x'.repeat(5000)))
    w.bad.set('a', 'x'.repeat(100_000))
    await w.run()
    await w.clock.advance(MINUTE)
    expect(w.server.asked.at(-1)?.hash).toBe('')
    const told = w.server.reports().find((report) => report.startsWith('FAILED'))
    expect(told?.length).toBeLessThan(17_000)
    for (const { maxBodyBytes, deadline } of w.requests) {
      expect(maxBodyBytes).toBe(4 * 1024 * 1024)
      expect(deadline).toBeLessThanOrEqual(w.clock.monotonic() + 10_000)
    }
  })

  it('hears farewell when the agent ends, and not when only the block goes', async () => {
    for (const ends of [true, false]) {
      const w = world()
      await w.run()
      if (ends) w.shutdown.abort()
      w.stop.abort()
      await w.clock.settle()
      const farewells = w.server.asked.filter(({ procedure }) => procedure === 'UnregisterCollector')
      expect(farewells).toHaveLength(ends ? 1 : 0)
      expect(w.clients.size).toBe(0)
      const before = w.server.asked.length
      await w.clock.advance(3 * MINUTE)
      expect(w.server.asked).toHaveLength(before)
      expect(w.metric('remotecfg_')).toBeUndefined()
    }
  })
})

describe('the id', () => {
  it("is made once and kept in Alloy's file", async () => {
    const w = world()
    await w.make({ id: undefined }).first(w.stop.signal)
    const [{ id }] = w.server.asked
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
    expect(JSON.parse(new TextDecoder().decode(await w.files.read('/data/alloy_seed.json')))).toEqual({
      UID: id,
      created_at: '2026-01-01T00:00:00.000Z',
      version: '1.2.3',
    })
    await w.make({ id: undefined }).first(w.stop.signal)
    expect(w.server.asked.at(-1)?.id).toBe(id)
  })

  it('is that of the Alloy that was here before', async () => {
    const w = world()
    w.files.put('/data/alloy_seed.json', '{"UID":"an-alloy","created_at":"2024-05-01T00:00:00Z","version":"v1.8.0"}')
    await w.make({ id: undefined }).first(w.stop.signal)
    expect(w.server.asked[0].id).toBe('an-alloy')
  })

  it.each(['', 'null', '{', '{"UID":""}', '{"UID":7}'])('is a new one when the file says %j', async (text) => {
    const w = world()
    w.files.put('/data/alloy_seed.json', text)
    await w.make({ id: undefined }).first(w.stop.signal)
    expect(w.server.asked[0].id).toMatch(/^[0-9a-f-]{36}$/)
    expect(w.log.lines[0]).toMatch(/^warn /)
  })

  it('holds for this process when it can not be kept', async () => {
    const w = world()
    w.files.replace = () => Promise.reject(new Error('EROFS: read-only file system'))
    const remote = await w.run({ id: undefined })
    expect(w.loaded).toEqual(['a'])
    expect(w.log.lines.join('\n')).toMatch(
      /can't keep the id of this collector.*EROFS.*\n(.*\n)*.*can't keep a copy of the remote/,
    )
    expect(remote.debugInfo()).toMatchObject({ id: w.server.asked[0].id })
  })
})

it('tells how it is, without secrets', async () => {
  const w = world()
  const remote = await w.run({ url: 'http://ann:secret@fleet/?token=secret', client: { bearerToken: 'secret' } })
  expect(remote.debugInfo()).toEqual({
    url: 'http://fleet/',
    id: 'c-1',
    status: 'APPLIED',
    problem: '',
    lastError: '',
    lastContact: '2026-01-01T00:00:00.000Z',
    loadedHash: hashOf('a'),
    receivedHash: hashOf('a'),
  })
  w.away = true
  await w.clock.advance(MINUTE)
  expect(remote.debugInfo()).toMatchObject({ lastError: 'GetConfig: connect fleet: refused' })
  expect(JSON.stringify([w.log.lines, remote.debugInfo()])).not.toContain('secret')
})

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** FNV-1 with 32 bits, by its definition. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5n
  for (const byte of utf8(text)) hash = ((hash * 0x01000193n) & 0xffffffffn) ^ BigInt(byte)
  return hash.toString(16).padStart(8, '0')
}
