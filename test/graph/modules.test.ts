import { describe, expect, it } from 'vitest'
import { createShelf } from './shelf.ts'
import { createWorld, type World } from './toy-world.ts'

const ADDER = `
declare "adder" {
  argument "to" { }
  argument "more" {
    optional = true
    default  = 10
  }
  toy.node "a" { inputs = [argument.to.value] }
  toy.node "b" { inputs = [toy.node.a.sum, argument.more.value] }
  export "sum" { value = toy.node.b.sum }
}
`

function inputsOf(world: World, label: string): readonly number[] | undefined {
  return world.toys.get(label)?.args.inputs
}

async function problems(...texts: string[]): Promise<string[]> {
  const world = createWorld({ stability: 'experimental' })
  const result = await world.load(...texts)
  if (result.ok) return []
  expect(world.toys.size === 0 || world.running().length === 0).toBe(true)
  return result.diagnostics.map(({ file, start, message, hint }) => {
    const place = start === undefined ? file : `${file}:${start.line}:${start.column}`
    return `${place}: ${message}${hint === undefined ? '' : ` → ${hint}`}`
  })
}

describe('a declared module', () => {
  it('has components of its own, takes arguments, and exports', async () => {
    const world = createWorld()
    const uses =
      'adder "x" { to = 1 }\nadder "y" {\n to = adder.x.sum\n more = 0\n}\ntoy.node "end" { inputs = [adder.y.sum] }'
    expect((await world.load(ADDER, uses)).ok).toBe(true)
    expect(inputsOf(world, 'adder.x/b')).toEqual([1, 10])
    expect(inputsOf(world, 'adder.y/a')).toEqual([11])
    expect(inputsOf(world, 'end')).toEqual([11])
    expect(world.running().sort()).toEqual(['adder.x/a', 'adder.x/b', 'adder.y/a', 'adder.y/b', 'end'])
    expect(world.graph.components().map(({ id, module }) => [id, module])).toEqual([
      ['adder.x', ''],
      ['adder.x/toy.node.a', 'adder.x'],
      ['adder.x/toy.node.b', 'adder.x'],
      ['adder.y', ''],
      ['adder.y/toy.node.a', 'adder.y'],
      ['adder.y/toy.node.b', 'adder.y'],
      ['toy.node.end', ''],
    ])
    expect(world.graph.component('adder.y')).toMatchObject({
      name: 'adder',
      health: { state: 'healthy' },
      arguments: [
        { name: 'to', value: { type: 'number', value: '11' } },
        { name: 'more', value: { type: 'number', value: '0' } },
      ],
      exports: [{ name: 'sum', value: { type: 'number', value: '11' } }],
    })
    expect(world.registry.expose()).toContain('toy_sum{component_path="/adder.x",component_id="toy.node.b"} 11')
  })

  it('may go without a label, and twice in itself', async () => {
    const world = createWorld()
    const outer = 'declare "outer" {\n declare "inner" { toy.node "n" { } }\n inner "one" { }\n inner { }\n}\nouter { }'
    expect((await world.load(outer)).ok).toBe(true)
    expect(world.running().sort()).toEqual(['outer/inner.one/n', 'outer/inner/n'])
  })

  it('hears of changes in what it is given, and tells of its own, reaching no more than depends on it', async () => {
    const world = createWorld()
    await world.load(
      ADDER,
      'toy.node "in" { value = 1 }\nadder "x" { to = toy.node.in.sum }\ntoy.node "out" { inputs = [adder.x.sum] }',
    )
    await world.clock.settle()
    world.events()
    world.toys.get('in')?.context.publish({ sum: 5 })
    await world.clock.settle()
    expect(world.events()).toEqual(['update adder.x/a', 'update adder.x/b', 'update out'])
    expect(inputsOf(world, 'out')).toEqual([15])
  })

  it('keeps what a reload leaves alone, and updates what it changes', async () => {
    const world = createWorld()
    await world.load(ADDER, 'adder "x" { to = 1 }\nadder "y" { to = 1 }')
    world.events()
    expect((await world.load(ADDER, 'adder "x" { to = 1 }\nadder "y" { to = 2 }')).ok).toBe(true)
    await world.clock.settle()
    expect(world.events()).toEqual(['update adder.y/a', 'update adder.y/b'])
    expect(
      (await world.load(ADDER.replace('toy.node "b" {', 'toy.node "b" {\nvalue = 7\n'), 'adder "x" { to = 1 }')).ok,
    ).toBe(true)
    await world.clock.settle()
    const events = world.events()
    expect(events).toContain('update adder.x/b')
    expect(events.filter((event) => event.startsWith('end')).sort()).toEqual(['end adder.y/a', 'end adder.y/b'])
    expect(events.filter((event) => event.startsWith('build'))).toEqual([])
  })

  it('stops in the order of what flows through it', async () => {
    const world = createWorld()
    await world.load(
      ADDER,
      'toy.node "in" { }\nadder "x" { to = toy.node.in.sum }\ntoy.node "out" { inputs = [adder.x.sum] }',
    )
    world.events()
    await world.load('')
    await world.clock.settle()
    expect(world.events()).toEqual(['end out', 'end adder.x/b', 'end adder.x/a', 'end in'])
  })

  it('changes nothing when any instance of it can not be', async () => {
    const world = createWorld()
    await world.load(ADDER, 'adder "x" { to = 1 }')
    const before = world.graph.components()
    world.events()
    const result = await world.load(ADDER, 'adder "x" { to = 2 }\nadder "y" { to = "two" }')
    expect(result.ok ? [] : result.diagnostics.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      'a.alloy: argument.to.value should be number, got string',
    ])
    expect(world.graph.components()).toEqual(before)
    expect(world.events().filter((event) => !event.startsWith('build'))).toEqual([])
  })
})

describe('problems of modules', () => {
  it.each([
    [`${ADDER}adder "x" { }`, 'missing required argument "to" to module → write to = …'],
    [
      `${ADDER}adder "x" {\nto = 1\ntoo = 2\n}`,
      'Provided argument "too" is not defined in the module → did you mean "to"?',
    ],
    [`${ADDER}adder "x" {\nto = 1\nto = 2\n}`, 'attribute "to" may only be provided once'],
    [`${ADDER}adder "x" {\nto = 1\nblock { }\n}`, 'nested blocks not supported here'],
    [`${ADDER}addder "x" { to = 1 }`, 'cannot find the definition of component name "addder" → did you mean "adder"?'],
    [
      'declare "m" { toy.node "a" { inputs = [toy.node.out.sum] } }\ntoy.node "out" { }\nm { }',
      'component "toy.node.out.sum" does not exist or is out of scope',
    ],
    ['declare "m" { toy.node "a" { value = "x" } }', '"x" should be number, got string'],
    [
      'declare "m" { toy.node "a" { inputs = [argument.x.value] } }\nm { }',
      'component "argument.x.value" does not exist or is out of scope',
    ],
    ['declare "m" { m { } }\nm { }', 'cycle detected: declare.m'],
    ['declare "a" { b { } }\ndeclare "b" { a { } }\na { }', 'cycle detected: declare.a, declare.b'],
    [
      'declare "m" {\nargument "x" { }\nexport "y" { value = argument.x.value }\n}\nm "a" { x = m.b.y }\nm "b" { x = m.a.y }',
      'cycle detected: m.a, m.b',
    ],
    ['declare { }', 'block "declare" requires non-empty label'],
    ['declare "declare" { }', "'declare' is not a valid label"],
    ['declare "m" { logging { } }', 'logging blocks are not allowed inside a module'],
    ['argument "x" { }', 'argument blocks only allowed inside a module'],
    ['export "x" { value = 1 }', 'export blocks only allowed inside a module'],
    ['declare "m" { }\ndeclare "m" { }', 'block declare.m already declared at a.alloy:1:1'],
    ['declare "m" { }\nm { }\nm { }', 'block m already declared at a.alloy:2:1'],
    ['declare "m" { export "x" { } }\nm { }', 'missing required attribute "value"'],
    ['declare "m" { argument "x" { optional = 7 } }\nm { }', '7 should be bool, got number'],
    ['declare "m" {\nargument "x" { }\nargument "x" { }\n}', 'block argument.x already declared'],
  ])('%j', async (text, problem) => {
    const found = await problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
  })

  it('are told once, however many instances have them', async () => {
    const text = 'declare "m" { toy.node "a" { refuse = "build" } }\nm "x" { }\nm "y" { }'
    expect(await problems(text)).toHaveLength(2)
    expect(await problems(text.replace('refuse = "build"', 'value = "x"'))).toHaveLength(1)
  })

  it('of their number have an end', async () => {
    const levels = Array.from({ length: 40 }, (_, i) => `declare "m${i}" { ${i < 39 ? `m${i + 1} { }` : ''} }`)
    expect((await problems(`${levels.join('\n')}\nm0 { }`))[0]).toContain('modules are nested more than 32 deep')
    const bomb = Array.from({ length: 6 }, (_, i) => {
      const uses = Array.from({ length: 10 }, (_, k) => (i < 5 ? `m${i + 1} "x${k}" { }` : ''))
      return `declare "m${i}" {\n${uses.join('\n')}\n}`
    })
    expect((await problems(`${bomb.join('\n')}\nm0 { }`))[0]).toContain('comes to more than 100000 components')
  }, 60_000)
})

describe('foreach', () => {
  const EACH =
    'toy.node "in" { value = 1 }\nforeach "n" {\n collection = %\n var = "each"\n template {\n  toy.node "a" { inputs = [each, toy.node.in.sum] }\n }\n}'

  async function loaded(collection: string): Promise<World> {
    const world = createWorld({ stability: 'experimental' })
    const result = await world.load(EACH.replace('%', collection))
    expect(result.ok ? '' : result.text).toBe('')
    return world
  }

  it('has its template once for each item', async () => {
    const world = await loaded('[3, 4, 3]')
    expect(inputsOf(world, 'foreach.n/foreach_3_1/a')).toEqual([3, 1])
    expect(world.running().sort()).toEqual([
      'foreach.n/foreach_3_1/a',
      'foreach.n/foreach_3_2/a',
      'foreach.n/foreach_4_1/a',
      'in',
    ])
    expect(world.registry.expose()).not.toMatch(/toy_sum.*foreach_3_1/)
  })

  it('keeps the components of items that stay', async () => {
    const world = await loaded('[1, 2]')
    world.events()
    expect((await world.load(EACH.replace('%', '[2, 3]'))).ok).toBe(true)
    await world.clock.settle()
    expect(world.events()).toEqual([
      'build foreach.n/foreach_3_1/a',
      'end foreach.n/foreach_1_1/a',
      'run foreach.n/foreach_3_1/a',
    ])
  })

  it('follows what its collection comes from', async () => {
    const world = createWorld({ stability: 'experimental' })
    const text =
      'toy.node "in" { value = 1 }\nforeach "n" {\n collection = [toy.node.in.sum, 9]\n var = "x"\n enable_metrics = true\n template { toy.node "a" { inputs = [x] } }\n}'
    expect((await world.load(text)).ok).toBe(true)
    world.events()
    world.toys.get('in')?.context.publish({ sum: 2 })
    await world.clock.settle()
    await world.clock.advance(5000)
    expect(world.events()).toEqual([
      'build foreach.n/foreach_2_1/a',
      'end foreach.n/foreach_1_1/a',
      'run foreach.n/foreach_2_1/a',
    ])
    expect(world.registry.expose()).toContain('component_path="/foreach.n/foreach_2_1"')
    expect(world.graph.components().every(({ health }) => health.state === 'healthy')).toBe(true)
  })

  it('stays as it is, and says so, when an item can not be', async () => {
    const world = createWorld({ stability: 'experimental' })
    const text =
      'toy.node "in" { value = 1 }\nforeach "n" {\n collection = [toy.node.in.sum]\n var = "x"\n template { toy.node "a" { value = 3 - x } }\n}'
    await world.load(text)
    world.events()
    world.toys.get('in')?.context.publish({ sum: 7 })
    await world.clock.settle()
    expect(world.events()).toEqual([])
    expect(world.running().sort()).toEqual(['foreach.n/foreach_1_1/a', 'in'])
    const foreach = world.graph.components().find(({ id }) => id === 'foreach.n')
    expect(foreach?.health).toMatchObject({
      state: 'unhealthy',
      message: expect.stringContaining('must not be negative'),
    })
    world.toys.get('in')?.context.publish({ sum: 2 })
    await world.clock.settle()
    await world.clock.advance(5000)
    expect(world.running().sort()).toEqual(['foreach.n/foreach_2_1/a', 'in'])
    expect(world.graph.components().find(({ id }) => id === 'foreach.n')?.health.state).toBe('healthy')
  })

  it.each([
    ['foreach "n" {\n collection = [1]\n var = "x"\n}', 'missing required block "template"'],
    ['foreach "n" {\n collection = [1]\n var = "x" + "y"\n template { }\n}', 'var must be a name in quotes'],
    ['foreach "n" {\n collection = 1\n var = "x"\n template { }\n}', '1 should be array, got number'],
    [
      'foreach "n" {\n collection = [1]\n var = "x"\n template { export "y" { value = 1 } }\n}',
      'export blocks only allowed inside a module',
    ],
    [
      'foreach "n" {\n collection = [1]\n var = "x"\n template { toy.node "a" { inputs = [y] } }\n}',
      'component "y" does not exist',
    ],
    [
      'foreach "n" {\n collection = [1]\n var = "x"\n template { toy.node "a" { } }\n}\ntoy.node "b" { inputs = [toy.node.a.sum] }',
      'component "toy.node.a.sum" does not exist',
    ],
  ])('%j is a problem', async (text, problem) => {
    const found = await problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
  })
})

describe('an import', () => {
  it('brings modules under its label, with imports of their own', async () => {
    const texts = new Map([
      [
        'lib',
        `${ADDER}\nimport.shelf "more" { key = "more" }\ndeclare "both" {\n more.leaf "l" { }\n adder "a" { to = 1 }\n}`,
      ],
      ['more', 'declare "leaf" { toy.node "n" { refuse = module_path } }'],
    ])
    const { definition } = createShelf(texts)
    const world = createWorld({ imports: [definition] })
    const result = await world.load('import.shelf "lib" { key = "lib" }\nlib.both "x" { }\nlib.adder "y" { to = 4 }')
    expect(result.ok ? '' : result.text).toBe('')
    expect(world.running().sort()).toEqual([
      'lib.adder.y/a',
      'lib.adder.y/b',
      'lib.both.x/adder.a/a',
      'lib.both.x/adder.a/b',
      'lib.both.x/more.leaf.l/n',
    ])
    expect(world.toys.get('lib.both.x/more.leaf.l/n')?.args.refuse).toBe('/shelf')
  })

  it('that changes, changes its instances, and nothing else', async () => {
    const texts = new Map([['lib', ADDER]])
    const { definition, watchers, content } = createShelf(texts)
    const world = createWorld({ imports: [definition] })
    await world.load('import.shelf "lib" { key = "lib" }\nlib.adder "y" { to = 4 }\ntoy.node "else" { }')
    world.events()
    watchers.get('lib')?.changed(content(ADDER.replace('default  = 10', 'default  = 20')))
    await world.clock.settle()
    expect(world.events()).toEqual(['update lib.adder.y/b'])
    expect(inputsOf(world, 'lib.adder.y/b')).toEqual([4, 20])

    watchers.get('lib')?.changed(content(ADDER.replace('toy.node "b" {', 'toy.node "b" {\nvalue = -1\n')))
    await world.clock.settle()
    expect(world.events()).toEqual([])
    const health = (): unknown => world.graph.components().find(({ id }) => id === 'import.shelf.lib')?.health
    expect(health()).toMatchObject({ state: 'unhealthy', message: expect.stringContaining('must not be negative') })

    watchers.get('lib')?.failed('the shelf fell down')
    expect(health()).toMatchObject({ state: 'unhealthy', message: expect.stringContaining('the shelf fell down') })
    watchers.get('lib')?.changed(content(ADDER))
    await world.clock.settle()
    expect(health()).toMatchObject({ state: 'healthy' })
    expect(inputsOf(world, 'lib.adder.y/b')).toEqual([4, 10])
  })

  it('that can not be read fails the load, alone; while it runs the last content stays', async () => {
    const texts = new Map<string, string>()
    const { definition } = createShelf(texts)
    const world = createWorld({ imports: [definition] })
    const main = 'import.shelf "lib" { key = "lib" }\nlib.adder "y" { to = 4 }'
    const result = await world.load(main)
    expect(result.ok ? [] : result.diagnostics.map(({ message }) => message)).toEqual([
      'failed to load module: the shelf has no lib',
    ])
    texts.set('lib', ADDER)
    expect((await world.load(main)).ok).toBe(true)
    texts.clear()
    world.events()
    expect((await world.load(main)).ok).toBe(true)
    expect(world.events()).toEqual([])
  })

  it.each([
    ['toy.node "n" { }', 'only declare and import blocks are allowed in a module, got toy.node.n'],
    ['declare "other" { }', 'cannot find the definition of component name "lib.adder"'],
    ['import.shelf "lib" { key = "lib" }\ndeclare "adder" { }', 'the module imports itself'],
    [
      'declare "adder" {\n import.shelf "lib" { key = "lib" }\n lib.adder { }\n}',
      'modules are nested more than 32 deep',
    ],
    ['declare "adder" {', 'expected }, got EOF'],
  ])('of %j is a problem', async (text, problem) => {
    const world = createWorld({ imports: [createShelf(new Map([['lib', text]])).definition] })
    const result = await world.load('import.shelf "lib" { key = "lib" }\nlib.adder "y" { }')
    expect(result.ok ? '' : result.text).toContain(problem)
  })
})
