import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.stop())

const targets = (): unknown => world.exported('discovery.http.a', 'targets')

describe('discovery.http', () => {
  it('hands its targets to others', async () => {
    world.hosts.set('sd', () => answer('[{"targets": ["a:1"], "labels": {"job": "x"}}]', JSON_TYPE))
    await world.load(`
      discovery.http "a" {
        url          = "http://sd/"
        bearer_token = "hidden"
      }
      discovery.relabel "b" {
        targets = discovery.http.a.targets
        rule {
          source_labels = ["__meta_url"]
          target_label  = "from"
        }
      }
    `)
    await world.clock.settle()
    expect(targets()).toEqual([{ __address__: 'a:1', __meta_url: 'http://sd/', job: 'x' }])
    expect(world.exported('discovery.relabel.b', 'output')).toEqual([
      { __address__: 'a:1', __meta_url: 'http://sd/', from: 'http://sd/', job: 'x' },
    ])
    expect(header(world.requests[0], 'authorization')).toBe('Bearer hidden')
    expect(world.metric('prometheus_sd_discovered_targets')).toBe(1)
  })

  it('asks every refresh_interval, and keeps what it had when that fails', async () => {
    world.hosts.set('sd', () => answer('[{"targets": ["a:1"]}]', JSON_TYPE))
    await world.load('discovery.http "a" {\n url = "http://sd/"\n refresh_interval = "20s"\n}')
    await world.clock.settle()
    world.hosts.set('sd', () => answer('', {}, 503))
    await world.clock.advance(20_000)
    expect(world.graph.component('discovery.http.a')?.health).toMatchObject({
      state: 'unhealthy',
      message: 'GET http://sd/: server returned HTTP status 503',
    })
    expect(targets()).toMatchObject([{ __address__: 'a:1' }])
    expect(world.metric('prometheus_sd_refresh_failures_total', 'mechanism="http"')).toBe(1)
    world.hosts.set('sd', () => answer('[{"targets": ["b:1"]}]', JSON_TYPE))
    await world.clock.advance(20_000)
    expect(targets()).toMatchObject([{ __address__: 'b:1' }])
    expect(world.graph.component('discovery.http.a')?.health.state).toBe('healthy')
  })

  it('goes over to another server without losing its targets in between', async () => {
    world.hosts.set('sd', () => answer('[{"targets": ["a:1"]}]', JSON_TYPE))
    await world.load('discovery.http "a" {\n url = "http://sd/"\n}')
    await world.clock.settle()
    let respond = (): void => {}
    world.hosts.set(
      'other',
      () =>
        new Promise((resolve) => {
          respond = () => resolve(answer('[{"targets": ["b:1"]}]', JSON_TYPE))
        }),
    )
    await world.load('discovery.http "a" {\n url = "http://other/"\n}')
    await world.clock.settle()
    expect(targets()).toMatchObject([{ __address__: 'a:1' }])
    respond()
    await world.clock.settle()
    expect(targets()).toMatchObject([{ __address__: 'b:1' }])
    expect(world.clients.size).toBe(1)
  })

  it.each([
    ['url = "http://me:hidden@"', '1:22: url is not a URL'],
    ['url = "ftp://sd/"', "1:22: URL scheme must be 'http' or 'https'"],
    ['url = "http://sd/"\n refresh_interval = "0s"', '2:2: refresh_interval must be greater than 0'],
    ['url = "http://sd/"\n bearer_token = "a"\n bearer_token_file = "b"', 'at most one of bearer_token'],
    ['url = "http://sd/"\n tls_config {\n ca_file = "/nowhere"\n }', '/nowhere'],
  ])('refuses %s', async (body, problem) => {
    const problems = await world.problems(`discovery.http "a" { ${body}\n}`)
    expect(problems.join('\n')).toContain(problem)
    expect(problems.join('\n')).not.toContain('hidden')
  })
})
