import { describe, expect, it } from 'vitest'
import type { DecodedWriteRequest } from '../../support/remote-write-decoder.ts'
import { answer, header, receiving } from '../fake-ports.ts'
import { createWorld, handMadeBatch, handMadeSource, type World } from '../world.ts'

const A = { __name__: 'a' }
const ID = 'component_id="prometheus.remote_write.default"'

/** Further arguments of the component and of its endpoint; those of the endpoint begin in line 5. */
function config(endpoint = '', component = '', url = 'http://store/push'): string {
  return `
prometheus.remote_write "default" {
  endpoint {
    url = "${url}"
    ${endpoint}
  }
  ${component}
}
test.source "default" { forward_to = [prometheus.remote_write.default.receiver] }
`
}

async function writeWorld(...args: Parameters<typeof config>): Promise<World & { written: DecodedWriteRequest[] }> {
  const world = createWorld()
  const written: DecodedWriteRequest[] = []
  world.hosts.set('store', receiving(written))
  const loaded = await world.load(config(...args))
  if (!loaded.ok) throw new Error(loaded.text)
  return { ...world, written }
}

function remoteNames(world: World): string[] {
  return [...new Set([...world.exposed().matchAll(/remote_name="(.*?)"/g)].map(([, name]) => name))]
}

describe('prometheus.remote_write', () => {
  it('sends a batch after five seconds, as Alloy says who it is', async () => {
    const world = await writeWorld()
    const sink = world.forwardTo()[0].open(handMadeSource(A))
    await sink.append(handMadeBatch(world.clock.now(), [1]))
    await world.clock.advance(4_999)
    expect(world.requests).toEqual([])
    await world.clock.advance(1)
    expect(world.requests).toHaveLength(1)
    const [request] = world.requests
    expect(request.url.href).toBe('http://store/push')
    expect(request.deadline - world.clock.monotonic()).toBe(30_000)
    expect(header(request, 'user-agent')).toBe('skein/test')
    expect(header(request, 'x-prometheus-remote-write-version')).toBe('0.1.0')
    expect(world.written[0].series.map(({ labels }) => [...labels])).toEqual([[['__name__', 'a']]])
    await world.stop()
  })

  it('signs in with its endpoints while it runs, without their secrets', async () => {
    const world = await writeWorld('name = "main"', '', 'http://me:secret@store/push')
    const sink = world.forwardTo()[0].open(handMadeSource(A))
    await sink.append(handMadeBatch(world.clock.now(), [1]))
    const [one, ...others] = world.reports.deliveries.all()
    expect(others).toEqual([])
    expect(one.component).toBe('prometheus.remote_write.default')
    expect(one.endpoints()).toMatchObject([
      { endpoint: 'main', url: 'http://me:xxxxx@store/push', pending: { samples: 1 }, shardsMax: 50 },
    ])
    await world.clock.advance(5_000)
    expect(one.endpoints()).toMatchObject([{ pending: { samples: 0 }, sent: { samples: 1 }, lastError: null }])
    expect((await world.load('test.source "default" { forward_to = [] }')).ok).toBe(true)
    await world.clock.advance(5_000)
    expect(world.reports.deliveries.all()).toEqual([])
    await world.stop()
  })

  it.each<[gauge: string, expected: number]>([
    ['shards_max', 50],
    ['shards_min', 1],
    ['shard_capacity', 10_000],
    ['max_samples_per_send', 2000],
  ])('shows the default of %s', async (gauge, expected) => {
    const world = await writeWorld()
    expect(world.metric(`prometheus_remote_storage_${gauge}`)).toBe(expected)
    await world.stop()
  })

  it('hands all arguments on', async () => {
    const world = await writeWorld(
      `name = "one"
       remote_timeout = "7s"
       headers = { "X-Scope-OrgID" = "team" }
       bearer_token = "xyz"
       round_robin_dns = true
       queue_config {
         capacity = 11
         min_shards = 2
         max_shards = 3
         max_samples_per_send = 1
         batch_send_deadline = "1s"
       }
       write_relabel_config {
         source_labels = ["__name__"]
         regex = "b"
         action = "drop"
       }`,
      'external_labels = { "region" = "eu" }\nwal { max_keepalive_time = "1h" }',
    )
    const sink = world.forwardTo()[0].open(handMadeSource(A, { __name__: 'b' }, { __name__: 'c', region: 'us' }))
    await sink.append(handMadeBatch(world.clock.now(), [1, 2, 3]))
    await world.clock.advance(1_000)
    const [request] = world.requests
    expect(header(request, 'x-scope-orgid')).toBe('team')
    expect(header(request, 'authorization')).toBe('Bearer xyz')
    expect([...world.clients].some(({ roundRobinDns }) => roundRobinDns === true)).toBe(true)
    // One sample each, as told.
    expect(world.written.map(({ series }) => series.map(({ labels }) => Object.fromEntries(labels)))).toEqual([
      [{ __name__: 'a', region: 'eu' }],
      [{ __name__: 'c', region: 'us' }],
    ])
    for (const [gauge, value] of [
      ['shards_max', 3],
      ['shards_min', 2],
      ['shard_capacity', 11],
    ] as const) {
      expect(world.metric(`prometheus_remote_storage_${gauge}`, 'remote_name="one",url="http://store/push"')).toBe(
        value,
      )
    }
    expect(world.metric('prometheus_remote_storage_samples_dropped_total', 'reason="dropped_series"')).toBe(1)
    await world.stop()
  })

  it('derives names from the settings, and they differ as the settings do', async () => {
    const two = 'endpoint {\nurl = "http://store/push"\nremote_timeout = "9s"\n}'
    const world = await writeWorld('', two)
    const names = remoteNames(world)
    expect(names).toHaveLength(2)
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{6}$/)
    const again = await writeWorld('', two)
    expect(remoteNames(again)).toEqual(names)
    await world.stop()
    await again.stop()
  })

  describe('refuses', () => {
    it('two endpoints with the same settings, or with the same name', async () => {
      const same = 'endpoint { url = "http://store/push" }'
      expect(await createWorld().problems(config('', same))).toEqual([
        '3:3: two endpoints have the same settings | give each endpoint a name of its own',
      ])
      const named = 'endpoint {\nurl = "http://other/push"\nname = "x"\n}'
      expect(await createWorld().problems(config('name = "x"', named))).toEqual([
        '3:3: two endpoints have the name "x" | give each endpoint a name of its own',
      ])
    })

    it('URLs that are none', async () => {
      expect(await createWorld().problems(config('', '', 'store/push'))).toEqual([
        '4:5: url must be an http or https URL',
      ])
    })

    it.each<[endpoint: string, problem: string]>([
      ['remote_timeout = "0s"', '5:5: remote_timeout must be greater than 0'],
      ['queue_config { capacity = 0 }', '5:20: capacity must be greater than 0'],
      ['queue_config { max_shards = 0 }', '5:20: max_shards must be greater than 0'],
      ['queue_config { max_samples_per_send = 0 }', '5:20: max_samples_per_send must be greater than 0'],
      ['queue_config { min_shards = 51 }', '5:20: min_shards must not be greater than max_shards'],
      ['queue_config { batch_send_deadline = "0s" }', '5:20: batch_send_deadline must be greater than 0'],
      ['queue_config { min_backoff = "6s" }', '5:20: min_backoff must not be greater than max_backoff'],
      ['queue_config { sample_age_limit = "-1s" }', '5:20: sample_age_limit must not be negative'],
      ['headers = { "content-type" = "x" }', '5:5: setting header "content-type" is not allowed'],
      ['headers = { "a b" = "x" }', '5:5: headers: "a b" is not a header name'],
      [
        'headers = { "X-A" = "x\\r\\nX-B: y" }',
        '5:5: headers: the value of "X-A" holds a line break or another control character',
      ],
      [
        'bearer_token = "a"\nbasic_auth { username = "b" }',
        '3:3: at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured',
      ],
      ['write_relabel_config { regex = "(" }', '5:28: error parsing regexp: missing closing ): `(` (at offset 0)'],
      [
        'sigv4 { region = "eu" }',
        '5:5: block "sigv4" is not supported by this version of skein yet: signing requests for this cloud comes in a later version',
      ],
      [
        'protobuf_message = "2.0"',
        '5:5: unknown protobuf message "2.0" | use one of prometheus.WriteRequest, io.prometheus.write.v2.Request, auto',
      ],
      ['metadata_config { send_interval = "0s" }', '5:23: send_interval must be greater than 0'],
      ['metadata_config { max_samples_per_send = 0 }', '5:23: max_samples_per_send must be greater than 0'],
    ])('%s', async (endpoint, problem) => {
      const problems = await createWorld().problems(config(endpoint))
      expect(problems).toContain(problem)
    })

    it.each(['azuread', 'google_iam'])('the block %s, which is not there yet', async (name) => {
      const problems = await createWorld().problems(config(`${name} { }`))
      expect(problems).toEqual([expect.stringContaining(`5:5: block "${name}" is not supported`)])
    })

    it.each<[wal: string, problem: string]>([
      ['min_keepalive_time = "8h"', '7:9: min_keepalive_time must be smaller than max_keepalive_time'],
      ['persistence = "on"', '7:9: unknown persistence "on" | use one of always, spill, off'],
      ['spill_delay = "-1s"', '7:9: spill_delay must not be negative'],
      ['sync_interval = "-1s"', '7:9: sync_interval must not be negative'],
      ['max_disk_size = 0', '7:9: max_disk_size must be greater than 0'],
    ])('a wal with %s', async (wal, problem) => {
      expect(await createWorld().problems(config('', `wal { ${wal} }`))).toEqual([problem])
    })
  })

  it('keeps what is queued when its settings change', async () => {
    const world = await writeWorld()
    world.hosts.set('store', () => answer('down', {}, 503))
    const sink = world.forwardTo()[0].open(handMadeSource(A))
    await sink.append(handMadeBatch(world.clock.now(), [1]))
    await world.clock.advance(6_000)
    expect(world.metric('prometheus_remote_storage_samples_pending')).toBe(1)

    const receiver = world.forwardTo()[0]
    expect((await world.load(config('bearer_token = "new"'))).ok).toBe(true)
    expect(world.forwardTo()[0]).toBe(receiver)
    expect(world.metric('prometheus_remote_storage_samples_pending')).toBe(1)
    world.hosts.set('store', receiving(world.written))
    await world.clock.advance(6_000)
    expect(world.written.flatMap(({ series }) => series.flatMap(({ samples }) => samples[0].value))).toEqual([1])
    expect(header(world.requests.at(-1), 'authorization')).toBe('Bearer new')
    expect(world.metric('prometheus_remote_storage_samples_pending', ID)).toBe(0)
    await world.stop()
  })

  it('keeps on disk what it could not send, in a directory of its own for each endpoint, until the next start', async () => {
    const two = 'endpoint {\nurl = "http://store/push"\nname = "Team A"\n}'
    const world = await writeWorld('', two)
    world.hosts.set('store', () => answer('down', {}, 503))
    const sink = world.forwardTo()[0].open(handMadeSource(A))
    await sink.append(handMadeBatch(world.clock.now(), [1]))
    await world.clock.advance(6_000)
    const before = world.clock.monotonic()
    await world.stop()
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(10_000)
    const places = await world.disk.list('/data/prometheus.remote_write.default')
    expect(places.toSorted()).toEqual([
      expect.stringMatching(/^store-[0-9a-f]{12}$/),
      expect.stringMatching(/^store-team_a-/),
    ])

    const next = createWorld(undefined, world.disk)
    next.hosts.set('store', receiving(world.written))
    expect((await next.load(config('remote_timeout = "9s"'))).ok).toBe(true)
    await next.clock.advance(1_000)
    expect(world.written.flatMap(({ series }) => series.flatMap(({ samples }) => samples[0].value))).toEqual([1])
    // The one with the name has no endpoint any more; it isn't old.
    expect(next.log.lines.filter((line) => line.includes('belongs to no endpoint'))).toHaveLength(1)
    await next.stop()
  })

  it('opens nothing before it is run: a configuration with a mistake elsewhere leaves no trace', async () => {
    const world = createWorld()
    const loaded = await world.load(`${config()}\nprometheus.relabel "wrong" { forward_to = 7 }`)
    expect(loaded.ok).toBe(false)
    await world.clock.advance(10_000)
    expect(await world.disk.list('/data')).toEqual([])
  })

  it('sends what it has when it stops', async () => {
    const world = await writeWorld()
    const sink = world.forwardTo()[0].open(handMadeSource(A))
    await sink.append(handMadeBatch(world.clock.now(), [1]))
    await world.stop()
    expect(world.written).toHaveLength(1)
  })
})
