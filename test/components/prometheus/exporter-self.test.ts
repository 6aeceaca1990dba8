import { describe, expect, it } from 'vitest'
import { createWorld } from '../world.ts'

const ID = 'prometheus.exporter.self.default'

describe('prometheus.exporter.self', () => {
  it('exports itself as a target, and serves what that target asks for', async () => {
    const world = createWorld()
    await world.load('prometheus.exporter.self "default" { }')
    expect(world.exported(ID, 'targets')).toEqual([
      {
        __address__: 'skein.internal:12345',
        __metrics_path__: `/api/v0/component/${ID}/metrics`,
        __meta_component_name: 'prometheus.exporter.self',
        __meta_component_id: ID,
        job: 'integrations/self',
        instance: 'box',
      },
    ])
    const serve = world.graph.http(ID)
    const response = await serve?.(new Request('http://x/metrics'), '/metrics')
    expect(response?.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response?.text()).toContain('alloy_component_controller_running_components')
    expect((await serve?.(new Request('http://x/other'), '/other'))?.status).toBe(404)
    await world.stop()
  })

  it('takes no arguments', async () => {
    expect(await createWorld().problems('prometheus.exporter.self "default" { a = 1 }')).toEqual([
      '1:38: unrecognized attribute name "a"',
    ])
  })
})
