/**
 * What happens when something changes that decides which components there are, and nobody touched the configuration: imports, collections of
 * foreach, what comes from afar. What is wrong in one place must not keep changes in another from taking effect.
 */
import { describe, expect, it } from 'vitest'
import type { Health } from '../../core/graph/health.ts'
import { FunctionValue, type Value } from '../../core/syntax/value.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { createWorld, type World } from './toy-world.ts'

/** `above(n, limit, text)` is the text when n is above the limit, else empty. */
const GLOBALS: ReadonlyMap<string, Value> = new Map([
  [
    'above',
    new FunctionValue('above', { least: 3, most: 3 }, ([n, limit, text]) => (Number(n) > Number(limit) ? text : '')),
  ],
])

const leaf = (value: number): string => `declare "leaf" { toy.node "n" { value = ${value} } }`

interface Shelved {
  readonly world: World
  readonly shelf: Shelf
  readonly texts: Map<string, string>
}

function shelved(texts: Readonly<Record<string, string>>): Shelved {
  const all = new Map(Object.entries(texts))
  const shelf = createShelf(all)
  const world = createWorld({ stability: 'experimental', imports: [shelf.definition], globals: GLOBALS })
  return { world, shelf, texts: all }
}

async function loaded(world: World, text: string): Promise<void> {
  const result = await world.load(text)
  expect(result.ok ? '' : result.text).toBe('')
  world.events()
  world.lines.splice(0)
}

function health(world: World, id: string): Health | undefined {
  return world.graph.components().find((one) => one.id === id)?.health
}

function valueAt(world: World, label: string): number | undefined {
  return world.toys.get(label)?.args.value
}

async function publish(world: World, label: string, sum: number): Promise<void> {
  world.toys.get(label)?.context.publish({ sum })
  await world.clock.settle()
  await world.clock.advance(5_000)
}

async function bring(world: World, shelf: Shelf, key: string, text: string): Promise<void> {
  shelf.watchers.get(key)?.changed(shelf.content(text))
  await world.clock.settle()
}

const EACH =
  'toy.node "in" { value = 1 }\nforeach "n" {\n collection = [toy.node.in.sum]\n var = "x"\n template { toy.node "a" { value = 3 - x } }\n}\n'
const LIB = 'import.shelf "lib" { key = "lib" }\nlib.leaf "y" { }\n'

describe('an import that changes', () => {
  it('while a configuration is loaded is in force after that', async () => {
    const { world, shelf } = shelved({ lib: leaf(1) })
    await loaded(world, LIB)
    let go = (): void => {}
    shelf.slow = new Promise((resolve) => {
      go = resolve
    })
    const loading = world.graph.load([{ file: 'a.alloy', content: LIB }])
    await world.clock.settle()
    await bring(world, shelf, 'lib', leaf(2))
    go()
    await loading
    await world.clock.settle()
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(2)
  })

  it('to what a load has just brought by itself is no news', async () => {
    const { world, shelf, texts } = shelved({ lib: leaf(1) })
    await loaded(world, LIB)
    texts.set('lib', leaf(2))
    await loaded(world, LIB)
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(2)
    await bring(world, shelf, 'lib', leaf(2))
    expect(world.lines).toEqual([])
  })

  it('while the change before is tried is tried next, be that one refused or not', async () => {
    const { world, shelf, texts } = shelved({ lib: leaf(1), more: '' })
    await loaded(world, LIB)
    for (const [tried, then] of [
      [-1, 2],
      [3, 2],
      [-1, 4],
    ]) {
      let go = (): void => {}
      shelf.slow = new Promise((resolve) => {
        go = resolve
      })
      await bring(world, shelf, 'lib', `import.shelf "m" { key = "more" }\n${leaf(tried)}`)
      await bring(world, shelf, 'lib', leaf(then))
      texts.set('lib', leaf(then))
      go()
      await world.clock.settle()
      await world.clock.advance(5_000)
      expect(valueAt(world, 'lib.leaf.y/n')).toBe(then)
      expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
    }
  })

  it('together with one that is wrong does so alone', async () => {
    const { world, shelf } = shelved({ lib: leaf(1), bad: leaf(1) })
    await loaded(world, `${LIB}import.shelf "bad" { key = "bad" }\nbad.leaf "z" { }`)
    shelf.watchers.get('bad')?.changed(shelf.content(leaf(-1)))
    await bring(world, shelf, 'lib', leaf(20))
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(20)
    expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
    expect(valueAt(world, 'bad.leaf.z/n')).toBe(1)
    expect(health(world, 'import.shelf.bad')).toMatchObject({
      state: 'unhealthy',
      message: expect.stringContaining('must not be negative'),
    })
  })

  it('does so although a foreach has an item that can not be', async () => {
    const { world, shelf } = shelved({ lib: leaf(1) })
    await loaded(world, `${EACH}${LIB}`)
    await publish(world, 'in', 7)
    expect(health(world, 'foreach.n')?.state).toBe('unhealthy')
    await bring(world, shelf, 'lib', leaf(2))
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(2)
    expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
    expect(health(world, 'foreach.n')?.state).toBe('unhealthy')
    expect(world.running()).toContain('foreach.n/foreach_1_1/a')
  })

  it('does so although a component refuses the arguments that it should have', async () => {
    const { world, shelf } = shelved({ lib: leaf(1) })
    await loaded(
      world,
      `${LIB}toy.node "in" { value = 1 }\ntoy.node "x" { refuse = above(toy.node.in.sum, 5, "update") }`,
    )
    await publish(world, 'in', 6)
    expect(health(world, 'toy.node.x')?.state).toBe('unhealthy')
    await bring(world, shelf, 'lib', leaf(2))
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(2)
    expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
    expect(health(world, 'toy.node.x')).toMatchObject({
      state: 'unhealthy',
      message: expect.stringContaining('updated'),
    })
  })

  it('leaves components that ended to the next load', async () => {
    const { world, shelf } = shelved({ lib: leaf(1) })
    await loaded(world, `${LIB}toy.node "x" { }`)
    world.toys.get('x')?.finish(new Error('it broke'))
    await world.clock.settle()
    world.events()
    await bring(world, shelf, 'lib', leaf(2))
    expect(world.events()).toEqual(['update lib.leaf.y/n'])
    expect(health(world, 'toy.node.x')?.state).toBe('exited')
    expect((await world.load(`${LIB}toy.node "x" { }`)).ok).toBe(true)
    expect(world.running()).toContain('x')
  })

  it('is tried again with another configuration when it was refused', async () => {
    const { world, shelf } = shelved({ lib: leaf(1) })
    await loaded(world, LIB)
    const other = 'declare "other" { toy.node "n" { value = 3 } }'
    await bring(world, shelf, 'lib', other)
    expect(health(world, 'import.shelf.lib')?.state).toBe('unhealthy')
    await loaded(world, 'import.shelf "lib" { key = "lib" }')
    expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
    await bring(world, shelf, 'lib', other)
    expect(world.lines.join()).toContain('modules changed')
  })

  it('makes imports that it is nested in unhealthy when it can not be had', async () => {
    const { world, shelf } = shelved({ lib: `import.shelf "in" { key = "in" }\n${leaf(1)}`, in: leaf(2) })
    await loaded(world, LIB)
    shelf.watchers.get('in')?.failed('it fell down')
    expect(health(world, 'import.shelf.lib')).toMatchObject({ state: 'unhealthy' })
  })
})

describe('an import whose arguments change', () => {
  const FOLLOWING =
    'toy.node "in" { value = 1 }\nimport.shelf "lib" { key = "v" + above(toy.node.in.sum, 5, "2") }\nlib.leaf "y" { }\n'

  it('to what can not be had keeps its content until it can, and nothing else waits for that', async () => {
    const { world, shelf } = shelved({ v: leaf(1), more: leaf(1) })
    await loaded(world, `${FOLLOWING}import.shelf "more" { key = "more" }\nmore.leaf "z" { }`)
    await publish(world, 'in', 6)
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(1)
    expect(health(world, 'import.shelf.lib')).toMatchObject({
      state: 'unhealthy',
      message: expect.stringContaining('the shelf has no v2'),
    })
    await bring(world, shelf, 'more', leaf(2))
    expect(valueAt(world, 'more.leaf.z/n')).toBe(2)
    expect([...shelf.watchers.keys()].sort()).toEqual(['more', 'v2'])
    await bring(world, shelf, 'v2', leaf(3))
    expect(valueAt(world, 'lib.leaf.y/n')).toBe(3)
    expect(health(world, 'import.shelf.lib')?.state).toBe('healthy')
  })

  it('to what is wrong keeps no other from changing', async () => {
    const { world, shelf } = shelved({ v: leaf(1), v2: leaf(-1), more: leaf(1) })
    await loaded(world, `${FOLLOWING}import.shelf "more" { key = "more" }\nmore.leaf "z" { }`)
    await publish(world, 'in', 6)
    expect(health(world, 'import.shelf.lib')?.state).toBe('unhealthy')
    await bring(world, shelf, 'more', leaf(2))
    expect(valueAt(world, 'more.leaf.z/n')).toBe(2)
    expect(health(world, 'import.shelf.more')?.state).toBe('healthy')
    expect(health(world, 'import.shelf.lib')?.state).toBe('unhealthy')
  })
})

describe('a foreach', () => {
  it('follows a module whose import changed', async () => {
    const source = (value: number): string =>
      `declare "leaf" {\n toy.node "n" { }\n export "all" { value = [${value}] }\n}`
    const { world, shelf } = shelved({ lib: source(1) })
    await loaded(
      world,
      `${LIB}foreach "n" {\n collection = lib.leaf.y.all\n var = "x"\n template { toy.node "a" { value = x } }\n}`,
    )
    await bring(world, shelf, 'lib', source(20))
    await world.clock.advance(5_000)
    expect(world.running().filter((label) => label.startsWith('foreach'))).toEqual(['foreach.n/foreach_20_1/a'])
  })

  it('does not wait for an item that takes long to end, unless that comes back', async () => {
    const { world } = shelved({})
    const text =
      'toy.node "in" { value = 1 }\nforeach "n" {\n collection = [toy.node.in.sum]\n var = "x"\n template { toy.node "a" { refuse = "linger" } }\n}'
    await loaded(world, text)
    await publish(world, 'in', 2)
    await publish(world, 'in', 3)
    expect(world.events().filter((event) => event.startsWith('run'))).toEqual([
      'run foreach.n/foreach_2_1/a',
      'run foreach.n/foreach_3_1/a',
    ])
    const first = world.toys.get('foreach.n/foreach_1_1/a')
    await publish(world, 'in', 1)
    expect(world.events()).toEqual([])
    first?.finish()
    await world.clock.settle()
    await world.clock.advance(5_000)
    expect(world.events()).toEqual([
      'end foreach.n/foreach_1_1/a',
      'build foreach.n/foreach_1_1/a',
      'run foreach.n/foreach_1_1/a',
    ])
  })

  it('of very many items has an end', async () => {
    const { world } = shelved({})
    const list = (length: number): string => `[${Array.from({ length }, (_, i) => i).join(',')}]`
    const each = (items: string, body: string): string =>
      `foreach "n" {\n collection = ${items}\n var = "x"\n template { ${body} }\n}`
    const result = await world.load(each(list(100_001), ''))
    expect(result.ok ? '' : result.text).toContain('comes to more than 100000 components')
    await loaded(world, each(list(2_000), 'toy.node "a" { inputs = [x] }'))
    expect(world.running()).toHaveLength(2_000)
  }, 60_000)
})

describe('what came from afar', () => {
  it('takes effect although a foreach of the configuration has an item that can not be', async () => {
    const { world } = shelved({})
    await loaded(world, EACH)
    await publish(world, 'in', 7)
    expect(await world.graph.loadRemote('toy.node "r" { }')).toEqual({ ok: true })
    expect(world.running()).toContain('remotecfg/r')
  })

  it('goes on when it can not be evaluated just now and the configuration is loaded again', async () => {
    const { world } = shelved({})
    await loaded(world, '')
    const remote = 'toy.node "in" { value = 1 }\ntoy.node "r" { value = 3 - toy.node.in.sum }'
    expect(await world.graph.loadRemote(remote)).toEqual({ ok: true })
    await publish(world, 'remotecfg/in', 7)
    expect(health(world, 'remotecfg/toy.node.r')?.state).toBe('unhealthy')
    const result = await world.load('toy.node "new" { }')
    expect(result.ok ? '' : result.text).toBe('')
    expect(world.running()).toContain('new')
    expect(health(world, 'remotecfg/toy.node.r')?.state).toBe('unhealthy')
  })

  it('is gone when it is taken away', async () => {
    const { world } = shelved({})
    await loaded(world, 'toy.node "a" { }')
    await world.graph.loadRemote('toy.node "r" { }')
    const removed = world.graph.loadRemote(undefined)
    await world.clock.settle()
    expect(await removed).toEqual({ ok: true })
    expect(world.running()).toEqual(['a'])
  })
})
