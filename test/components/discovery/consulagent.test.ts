import { describe, expect, it } from 'vitest'
import { answer } from '../fake-ports.ts'
import { createWorld } from '../world.ts'

const ID = 'discovery.consulagent.default'

describe('discovery.consulagent', () => {
  it('exports the services of the agent on this machine', async () => {
    const world = createWorld()
    const service = { ID: 'w1', Service: 'web', Tags: ['a'], Port: 80 }
    world.hosts.set('localhost:8500', ({ url }) => {
      if (url.pathname === '/v1/agent/self') {
        return answer('{"Config":{"Datacenter":"dc1","NodeName":"n"},"Member":{"Addr":"10.0.0.1"}}')
      }
      return answer(JSON.stringify(url.pathname.endsWith('/services') ? { w1: service } : [{ Service: service }]))
    })
    await world.load('discovery.consulagent "default" { }')
    await world.clock.advance(1_000)
    expect(world.exported(ID, 'targets')).toEqual([
      {
        __address__: '10.0.0.1:80',
        __meta_consulagent_address: '10.0.0.1',
        __meta_consulagent_dc: 'dc1',
        __meta_consulagent_health: 'passing',
        __meta_consulagent_node: 'n',
        __meta_consulagent_service: 'web',
        __meta_consulagent_service_address: '',
        __meta_consulagent_service_id: 'w1',
        __meta_consulagent_service_port: '80',
        __meta_consulagent_tags: ',a,',
      },
    ])
    const asked = world.requests.length
    await world.clock.advance(30_000)
    expect(world.requests).toHaveLength(asked * 2)
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it('has no arguments of the catalog', async () => {
    const problems = await createWorld().problems('discovery.consulagent "default" {\n  allow_stale = true\n}')
    expect(problems.join()).toMatch(/^2:3: unrecognized attribute name "allow_stale"/)
  })
})
