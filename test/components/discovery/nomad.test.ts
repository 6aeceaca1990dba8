import { describe, expect, it } from 'vitest'
import { answer, header } from '../fake-ports.ts'
import { createWorld } from '../world.ts'

const ID = 'discovery.nomad.default'
const config = (rest: string): string => `discovery.nomad "default" {\n${rest}\n}`
const LIST = [{ Namespace: 'default', Services: [{ ServiceName: 'web', Tags: [] }] }]

describe('discovery.nomad', () => {
  it('exports the instances of all services, asked for with its credentials', async () => {
    const world = createWorld()
    let port = 1000
    world.hosts.set('localhost:4646', ({ url }) =>
      answer(
        JSON.stringify(
          url.pathname === '/v1/services' ? LIST : [{ Address: '10.0.0.1', Port: port, ServiceName: 'web', ID: 'w' }],
        ),
      ),
    )
    await world.load(config('bearer_token = "tok"\ntag_separator = ";"'))
    await world.clock.advance(1_000)
    expect(world.exported(ID, 'targets')).toMatchObject([{ __address__: '10.0.0.1:1000', __meta_nomad_service: 'web' }])
    expect(world.requests.every((request) => header(request, 'Authorization') === 'Bearer tok')).toBe(true)
    port = 2000
    // Without an index in the answers they are asked for anew, once a minute.
    await world.clock.advance(58_000)
    expect(world.requests).toHaveLength(2)
    await world.clock.advance(2_000)
    expect(world.exported(ID, 'targets')).toMatchObject([{ __address__: '10.0.0.1:2000' }])
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it.each([
    ['server = " "', '2:1: nomad SD configuration requires a server address'],
    ['server = "nomad:4646"', '2:1: server needs a scheme'],
    ['refresh_interval = "0s"', '2:1: refresh_interval must be greater than 0'],
  ])('refuses %j', async (rest, problem) => {
    expect((await createWorld().problems(config(rest))).join()).toContain(problem)
  })
})
