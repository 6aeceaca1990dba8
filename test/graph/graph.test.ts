import { describe, expect, it } from 'vitest'
import type { Ports } from '../../core/ports.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createWorld, REFUSING } from './toy-world.ts'

const CHAIN = `
toy.node "c" { inputs = [toy.node.b.sum] }
toy.node "b" { inputs = [toy.node.a.sum, 10] }
toy.node "a" { value = 1 }
`

function healthOf(world: ReturnType<typeof createWorld>, label: string): string {
  const { state, message } = world.graph.component(`toy.node.${label}`)?.health ?? { state: 'none', message: '' }
  return `${state}: ${message}`
}

describe('a first load', () => {
  it('builds and runs dependencies before dependants, with their exports', async () => {
    const world = createWorld()
    expect(await world.load(CHAIN)).toMatchObject({
      ok: true,
      counts: { added: 3, updated: 0, removed: 0, unchanged: 0 },
    })
    expect(world.events()).toEqual(['build a', 'build b', 'build c', 'run a', 'run b', 'run c'])
    expect(world.toys.get('c')?.args.inputs).toEqual([11])
  })

  it('merges several files', async () => {
    const world = createWorld()
    expect(
      await world.load('toy.node "b" { inputs = [toy.node.a.sum] }', 'toy.node "a" { value = double(2) }'),
    ).toMatchObject({
      ok: true,
    })
    expect(world.toys.get('b')?.args.inputs).toEqual([4])
  })

  it('gives each component its id, its place, and metrics that end with it', async () => {
    const world = createWorld()
    await world.load(CHAIN)
    expect(world.toys.get('b')?.context).toMatchObject({ id: 'toy.node.b', storagePath: '/data/toy.node.b' })
    const line = 'toy_sum{component_path="/",component_id="toy.node.b"} 11\n'
    expect(world.registry.expose()).toContain(line)
    await world.load('toy.node "a" { }')
    expect(world.registry.expose()).not.toContain('toy.node.b')
  })

  it('loads nothing from an empty configuration', async () => {
    const world = createWorld()
    expect(await world.load('')).toMatchObject({ ok: true, counts: { added: 0 } })
  })
})

describe('a reload', () => {
  it('leaves alone what is the same, though its text moved, and updates, stops and starts the rest in order', async () => {
    const world = createWorld()
    await world.load(`${CHAIN} toy.node "d" { inputs = [toy.node.c.sum] }`)
    world.events()
    const result = await world.load(`
      toy.node "e" { inputs = [toy.node.f.sum] }
      toy.node "f" { value = 9 }
      // a comment
      toy.node "b" { value = 5 }
      toy.node "a" { value = 2 - 1 }`)
    expect(result).toMatchObject({ ok: true, counts: { added: 2, updated: 1, removed: 2, unchanged: 1 } })
    expect(world.events()).toEqual(['build f', 'build e', 'update b', 'end d', 'end c', 'run f', 'run e'])
    expect(world.toys.get('b')?.args).toMatchObject({ value: 5, inputs: [] })
  })

  it('carries the changed exports of an updated component to its dependants, each once', async () => {
    const world = createWorld()
    const diamond = (value: number): string => `
      toy.node "top" { value = ${value} }
      toy.node "left" { inputs = [toy.node.top.sum] }
      toy.node "right" { inputs = [toy.node.top.sum] }
      toy.node "bottom" { inputs = [toy.node.left.sum, toy.node.right.sum] }`
    await world.load(diamond(1))
    world.events()
    await world.load(diamond(2))
    await world.clock.settle()
    expect(world.events()).toEqual(['update top', 'update left', 'update right', 'update bottom'])
    expect(world.toys.get('bottom')?.args.inputs).toEqual([2, 2])
  })

  it('runs overlapping loads one after the other', async () => {
    const world = createWorld()
    const loads = [1, 2, 3].map((value) => world.load(`toy.node "a" { value = ${value} }`))
    expect((await Promise.all(loads)).every(({ ok }) => ok)).toBe(true)
    expect(world.events()).toEqual(['build a', 'run a', 'update a', 'update a'])
  })

  it("doesn't wait for ever for what was removed, but for an id's former owner it does", async () => {
    const world = createWorld()
    await world.load('toy.node "old" { refuse = "linger" }')
    world.events()
    expect(await world.load('toy.node "new" { }')).toMatchObject({ ok: true })
    expect(world.events()).toEqual(['build new', 'run new'])

    const old = world.toys.get('old')
    const back = world.load('toy.node "old" { }')
    await world.clock.settle()
    expect(world.events()).toEqual([])
    old?.finish()
    expect(await back).toMatchObject({ ok: true })
    expect(world.events()).toEqual(['end old', 'build old', 'end new', 'run old'])
  })
})

describe('a load that fails', () => {
  const GOOD = `${CHAIN} toy.node "d" { value = 7 }`

  /** Everything about the running graph that an attempt must not change. */
  async function unchangedBy(bad: string): Promise<string> {
    const world = createWorld()
    await world.load(GOOD)
    world.events()
    const state = (): unknown => ({
      toys: [...world.toys].map(([label, toy]) => [label, toy.args, toy.state]),
      infos: world.graph.components(),
      metrics: world.registry
        .expose()
        .match(/^(toy_sum|alloy_component_controller_running|alloy_config_hash|alloy_component_graph).*$/gm),
    })
    const instances = [...world.toys.values()]
    const before = state()
    const result = await world.load(bad)
    await world.clock.settle()
    for (const [label, toy] of world.toys) if (!instances.includes(toy)) world.toys.delete(label)
    expect(state()).toEqual(before)
    expect(world.events().filter((event) => /^(run|end)/.test(event))).toEqual([])
    expect(world.registry.expose()).toMatch(/^alloy_config_last_load_successful 0$/m)
    expect(world.registry.expose()).toMatch(/^alloy_config_load_failures_total 1$/m)
    return result.ok ? '' : result.text
  }

  it('changes nothing when a value is wrong', async () => {
    expect(await unchangedBy('toy.node "a" { value = 2 }\ntoy.node "b" { value = true }')).toContain(
      'b.alloy:2:24'.replace('b.alloy', 'a.alloy'),
    )
  })

  it('changes nothing when validation refuses', async () => {
    const text = await unchangedBy('toy.node "a" { value = 2 }\ntoy.node "x" { value = -1 }')
    expect(text).toContain('a.alloy:2:16: value must not be negative')
    expect(text).toContain('hint: use 0')
  })

  it('changes nothing when a new component can not be built', async () => {
    const text = await unchangedBy('toy.node "a" { value = 2 }\ntoy.node "n" { }\ntoy.node "x" { refuse = "build" }')
    expect(text).toContain("a.alloy:3:1: x can't be built")
  })

  it('takes updates back when a component refuses its own', async () => {
    const text = await unchangedBy('toy.node "a" { value = 2 }\ntoy.node "d" { refuse = "update" }\ntoy.node "n" { }')
    expect(text).toContain("a.alloy:2:1: d can't be updated")
  })

  it('takes them back in the opposite order', async () => {
    const world = createWorld()
    await world.load(GOOD)
    world.events()
    await world.load('toy.node "a" { value = 2 }\ntoy.node "b" { value = 3 }\ntoy.node "d" { refuse = "update" }')
    expect(world.events()).toEqual(['update a', 'update b', 'update b', 'update a'])
  })

  it('says so when a component refuses the arguments it had', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { refuse = "update" }\ntoy.node "b" { }')
    expect((await world.load('toy.node "a" { }\ntoy.node "b" { refuse = "update" }')).ok).toBe(false)
    const message = "component evaluation failed: could not go back to the former arguments: a can't be updated"
    expect(healthOf(world, 'a')).toBe(`unhealthy: ${message}`)
    // It has the others, and the graph knows: the former configuration is a change for it.
    expect(world.toys.get('a')?.args.refuse).toBe('')
    expect((await world.load('toy.node "a" { }\ntoy.node "b" { }')).ok).toBe(true)
    expect(healthOf(world, 'a')).toBe('healthy: component evaluated')
  })

  it('calls an unexpected error by its component', async () => {
    expect(await unchangedBy('toy.node "d" { refuse = "crash" }')).toContain('toy.node.d failed: x is undefined')
    expect(await unchangedBy('toy.node "new" { refuse = "crash" }')).toContain('toy.node.new failed: x is undefined')
  })

  it('runs nothing when it is the first', async () => {
    const world = createWorld()
    expect((await world.load('toy.node "a" { }\ntoy.node "b" { refuse = "build" }')).ok).toBe(false)
    expect(world.events()).toEqual(['build a'])
    expect(world.graph.components()).toEqual([])
    expect(world.registry.expose()).not.toContain('toy_sum')
  })
})

describe('exports that change at run time', () => {
  it('reach dependants of dependants, several changes of one moment at once', async () => {
    const world = createWorld()
    await world.load(CHAIN)
    world.events()
    const { context } = world.toys.get('a') ?? {}
    for (const sum of [2, 3, 4]) context?.publish({ sum })
    expect(world.events()).toEqual([])
    await world.clock.settle()
    expect(world.events()).toEqual(['update b', 'update c'])
    expect(world.toys.get('c')?.args.inputs).toEqual([14])
  })

  it('reach nobody when they are the same, and change nobody whose arguments stay the same', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { }\ntoy.node "b" { value = toy.node.a.sum % 2 }')
    const evaluations = (): string | undefined =>
      world.registry.expose().match(/^alloy_component_evaluation_seconds_count.* (\d+)$/m)?.[1]
    world.events()
    expect(evaluations()).toBe('2')
    world.toys.get('a')?.context.publish({ sum: 0 })
    await world.clock.settle()
    expect(evaluations()).toBe('2')
    world.toys.get('a')?.context.publish({ sum: 4 })
    await world.clock.settle()
    expect(evaluations()).toBe('3')
    expect(world.events()).toEqual([])
  })

  it('leave a dependant with its last good arguments when it refuses, and heal it later', async () => {
    const world = createWorld()
    await world.load(`${REFUSING}
      toy.node "c" { inputs = [toy.node.b.sum] }`)
    const publish = async (sum: number): Promise<void> => {
      world.toys.get('a')?.context.publish({ sum })
      await world.clock.settle()
    }
    await publish(1)
    expect(healthOf(world, 'b')).toBe("unhealthy: component evaluation failed: b can't be updated")
    await publish(5)
    expect(healthOf(world, 'b')).toContain('unhealthy: component evaluation failed: a.alloy:4:')
    expect(world.toys.get('b')?.args.value).toBe(0)
    expect(
      world.lines.filter((line) => line.startsWith('error failed to evaluate component component_id=toy.node.b')),
    ).toHaveLength(2)
    await publish(2)
    expect(healthOf(world, 'b')).toBe('healthy: component evaluated')
    expect(world.toys.get('c')?.args.inputs).toEqual([2])
  })

  it('wait for the end of a load that they fall into, and of a stop for ever', async () => {
    // Time passes with each look at the clock, so that loading takes a turn after each component.
    const clock = createFakeClock()
    const hurried = { ...clock, monotonic: () => clock.monotonic() + looks++ * 5 }
    let looks = 0
    let turn: (() => void) | undefined
    hurried.turn = () => {
      turn?.()
      return clock.turn()
    }
    const world = createWorld({ ports: { clock: hurried } as unknown as Ports })
    await world.load(CHAIN)
    world.events()
    let sum = 100
    turn = () => {
      if (sum < 103) world.toys.get('a')?.context.publish({ sum: ++sum })
    }
    await world.load(`${CHAIN} toy.node "d" { inputs = [toy.node.c.sum] } toy.node "e" { }`.replaceAll('} ', '}\n'))
    await clock.settle()
    const events = world.events()
    // The load itself gives b what a exports by then; nothing else is evaluated before the swap.
    expect(events.slice(0, 5)).toEqual(['build d', 'build e', 'update b', 'run d', 'run e'])
    expect(events.slice(5)).toEqual(['update b', 'update c', 'update d'])
    expect(world.toys.get('d')?.args.inputs).toEqual([113])

    world.toys.get('a')?.context.publish({ sum: 1 })
    await world.graph.stop()
    await clock.settle()
    expect(world.events().filter((event) => event.startsWith('update'))).toEqual([])
  })

  it('of a component that is gone reach nobody', async () => {
    const world = createWorld()
    await world.load(CHAIN)
    const { context } = world.toys.get('a') ?? {}
    await world.load('toy.node "b" { }')
    world.events()
    context?.publish({ sum: 50 })
    await world.clock.settle()
    expect(world.events()).toEqual([])
  })
})

describe('health', () => {
  it('follows the life of a component', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { }')
    expect(healthOf(world, 'a')).toBe('healthy: component evaluated')
    await world.clock.advance(1000)
    world.toys.get('a')?.context.setHealth('unhealthy', 'no disk')
    expect(world.graph.components()[0].health).toEqual({
      state: 'unhealthy',
      message: 'no disk',
      updatedAt: Date.UTC(2026, 0, 1, 0, 0, 1),
    })
    await world.clock.advance(1000)
    world.toys.get('a')?.context.setHealth('healthy', 'disk is back')
    expect(healthOf(world, 'a')).toBe('healthy: disk is back')
  })

  it('shows a component that exits, and builds it anew at the next load only', async () => {
    const world = createWorld()
    const text = 'toy.node "a" { }\ntoy.node "b" { inputs = [toy.node.a.sum] }'
    await world.load(text)
    world.toys.get('a')?.finish(new Error('it broke'))
    await world.clock.settle()
    expect(healthOf(world, 'a')).toBe('exited: component shut down with error: it broke')
    expect(healthOf(world, 'b')).toMatch(/^healthy/)
    expect(world.lines).toContain('error component exited err=it broke')
    expect(world.registry.expose()).toContain(
      'running_components{controller_path="/",controller_id="",health_type="exited"} 1\n',
    )
    expect((await world.load('toy.node "b" { refuse = "update" }')).ok).toBe(false)
    expect(healthOf(world, 'a')).toMatch(/^exited/)
    world.events()
    world.toys.get('a')?.context.publish({ sum: 9 })
    await world.clock.settle()
    expect(world.events()).toEqual([])
    expect(await world.load(text)).toMatchObject({ counts: { added: 1, unchanged: 1 } })
    expect(world.events()).toEqual(['build a', 'run a'])
    expect(healthOf(world, 'a')).toMatch(/^healthy/)
  })

  it('keeps its time while nothing changes', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { }')
    const report = (): void => world.toys.get('a')?.context.setHealth('unhealthy', 'no disk')
    report()
    await world.clock.advance(1000)
    report()
    expect(world.graph.components()[0].health.updatedAt).toBe(Date.UTC(2026, 0, 1))
  })

  it('of an exited component changes no more, nor do its arguments', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { }\ntoy.node "b" { inputs = [toy.node.a.sum] }')
    world.toys.get('b')?.finish()
    await world.clock.settle()
    world.events()
    world.toys.get('a')?.context.publish({ sum: 2 })
    await world.clock.settle()
    expect(world.events()).toEqual([])
  })

  it('counts ending without being asked as an exit', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { refuse = "exit" }')
    await world.clock.settle()
    expect(healthOf(world, 'a')).toBe('exited: component shut down cleanly')
  })
})

describe('stopping', () => {
  it('ends dependants first and resolves when all have ended', async () => {
    const world = createWorld()
    await world.load(CHAIN)
    world.events()
    await world.graph.stop()
    expect(world.events()).toEqual(['end c', 'end b', 'end a'])
    expect(await world.load(CHAIN)).toMatchObject({ ok: false, text: 'Error: -: skein is stopping\n' })
  })

  it('reminds of what takes long, and gives it up in the end', async () => {
    const world = createWorld()
    await world.load('toy.node "slow" { refuse = "linger" }')
    let done = false
    const stopped = world.graph.stop().then(() => {
      done = true
    })
    await world.clock.advance(599_000)
    expect(done).toBe(false)
    expect(world.lines).toContain('warn component takes long to shut down component_id=toy.node.slow seconds=540')
    await world.clock.advance(1_000)
    await stopped
    expect(world.lines).toContain('error gave up waiting for a component to shut down component_id=toy.node.slow')
    expect(world.clock.pending).toBe(0)
  })
})

describe('what it tells', () => {
  it('lists components in the order of the text, with references both ways', async () => {
    const world = createWorld()
    await world.load(CHAIN)
    expect(world.graph.components()).toMatchObject([
      { id: 'toy.node.c', name: 'toy.node', label: 'c', referencesTo: ['toy.node.b'], referencedBy: [] },
      { id: 'toy.node.b', referencesTo: ['toy.node.a'], referencedBy: ['toy.node.c'] },
      { id: 'toy.node.a', referencesTo: [], referencedBy: ['toy.node.b'] },
    ])
  })

  it('prints arguments and exports without secrets', async () => {
    const world = createWorld()
    await world.load(`toy.node "a" { value = 1.5 }
      toy.node "b" {
        inputs   = [toy.node.a.sum]
        password = "hunter2"
        part { name = "x" }
      }`)
    expect(world.graph.component('toy.node.b')).toMatchObject({
      arguments: [
        { type: 'attr', name: 'inputs', value: { type: 'array', value: [{ type: 'number', value: '1.5' }] } },
        { type: 'attr', name: 'password', value: { type: 'capsule', value: '(secret)' } },
        { type: 'block', name: 'part', body: [{ type: 'attr', name: 'name', value: { type: 'string', value: 'x' } }] },
      ],
      exports: [{ type: 'attr', name: 'sum', value: { type: 'number', value: '1.5' } }],
      debugInfo: { updatesWith: 0 },
    })
    expect(JSON.stringify(world.graph.component('toy.node.b'))).not.toContain('hunter2')
    expect(world.graph.component('toy.node.z')).toBeUndefined()
  })

  it('hands out what components serve', async () => {
    const world = createWorld()
    await world.load('toy.node "a" { }')
    const response = await world.graph.http('toy.node.a')?.(new Request('http://x/'), '/metrics')
    expect(await response?.text()).toBe('a /metrics')
    expect(world.graph.http('toy.node.b')).toBeUndefined()
  })

  it('measures under the names of Alloy', async () => {
    const world = createWorld({ clusterName: 'blue' })
    await world.load(CHAIN)
    world.toys.get('a')?.context.publish({ sum: 3 })
    await world.clock.settle()
    const text = world.registry.expose()
    const controller = 'controller_path="/",controller_id=""'
    for (const line of [
      `alloy_component_controller_running_components{${controller},health_type="healthy"} 3`,
      `alloy_component_controller_running_components{${controller},health_type="unhealthy"} 0`,
      `alloy_component_controller_evaluating{${controller}} 0`,
      `alloy_component_evaluation_queue_size{${controller}} 0`,
      `alloy_component_dependencies_wait_seconds_count{${controller}} 2`,
      `alloy_component_graph_connection{${controller},from="toy.node.b",to="toy.node.a"} 1`,
      'alloy_config_last_load_successful 1',
      'alloy_config_last_load_success_timestamp_seconds 1767225600',
      'alloy_config_load_failures_total 0',
    ])
      expect(text).toContain(`\n${line}\n`)
    expect(text).toMatch(/\nalloy_config_hash\{cluster_name="blue",sha256="[0-9a-f]{64}"\} 1\n/)
    world.graph.unreadable()
    expect(world.registry.expose()).toContain('\nalloy_config_last_load_successful 0\n')
    expect(world.registry.expose()).toContain('\nalloy_config_load_failures_total 1\n')
    await world.load('')
    expect(world.registry.expose().match(/^alloy_config_hash/gm)).toHaveLength(1)
    expect(world.registry.expose()).not.toContain('alloy_component_graph_connection{')
  })
})

describe('the logging block', () => {
  it('reaches the agent when its configuration takes effect', async () => {
    const settings: unknown[] = []
    const world = createWorld({ onLogging: (given) => settings.push(given) })
    await world.load('logging { level = "debug" }')
    await world.load('logging { format = "json" }\ntoy.node "a" { refuse = "build" }')
    await world.load('')
    expect(settings).toEqual([
      { level: 'debug', format: 'logfmt' },
      { level: 'info', format: 'logfmt' },
    ])
  })
})
