import { describe, expect, it } from 'vitest'
import { answer } from '../fake-ports.ts'
import { createWorld } from '../world.ts'

const ID = 'discovery.dockerswarm.default'

const config = (rest: string): string => `discovery.dockerswarm "default" {\n${rest}\n}`

describe('discovery.dockerswarm', () => {
  it('exports what a manager lists', async () => {
    const world = createWorld()
    world.hosts.set('dock:2375', ({ url }) =>
      url.pathname === '/_ping'
        ? answer('OK', { 'api-version': '1.47' })
        : answer(JSON.stringify([{ ID: 'n1', Status: { Addr: '192.0.2.1', State: 'ready' } }])),
    )
    await world.load(config('host = "tcp://dock:2375"\nrole = "nodes"\nport = 9100'))
    await world.clock.advance(1_000)
    expect(world.exported(ID, 'targets')).toMatchObject([
      { __address__: '192.0.2.1:9100', __meta_dockerswarm_node_id: 'n1', __meta_dockerswarm_node_status: 'ready' },
    ])
    expect(world.requests.map(({ url }) => url.pathname)).toEqual(['/_ping', '/v1.47/nodes'])
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it.each([
    ['role = "tasks"', '1:1: missing required attribute "host"'],
    ['host = "tcp://d"', '1:1: missing required attribute "role"'],
    ['host = "tcp://d"\nrole = "pods"', '3:8: "pods" should be one of'],
    ['host = "d:1"\nrole = "tasks"', '2:1: host needs a scheme'],
  ])('refuses %j', async (rest, problem) => {
    expect((await createWorld().problems(config(rest))).join()).toContain(problem)
  })
})
