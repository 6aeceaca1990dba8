/** What the texts of modules are allowed to say, and how their problems are told. */
import { describe, expect, it } from 'vitest'
import { defineImport } from '../../core/graph/import.ts'
import type { LiveDebuggingSettings } from '../../core/graph/live-debugging.ts'
import { validateSources } from '../../core/graph/validate.ts'
import { attr, block } from '../../core/syntax/schema.ts'
import { string } from '../../core/syntax/types.ts'
import { createShelf } from './shelf.ts'
import { createWorld } from './toy-world.ts'

async function problems(text: string, shelf: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const { definition } = createShelf(new Map(Object.entries(shelf)))
  const world = createWorld({ stability: 'experimental', imports: [definition] })
  const result = await world.load(text)
  return result.ok ? [] : result.diagnostics.map(({ message }) => message)
}

describe('module_path', () => {
  it('is known in settings as well', async () => {
    const seen: LiveDebuggingSettings[] = []
    const world = createWorld({ onLiveDebugging: (settings) => seen.push(settings) })
    const result = await world.load('livedebugging { enabled = module_path == "." }')
    expect(result.ok ? '' : result.text).toBe('')
    expect(seen).toEqual([{ enabled: true }])
  })
})

describe('declares of the same name', () => {
  it('are no circle when the inner one hides the outer one', async () => {
    const text = `
declare "a" {
  declare "b" { toy.node "n" { } }
  b { }
}
declare "b" { a { } }
b { }`
    expect(await problems(text)).toEqual([])
  })

  it('are a circle when the inner one uses the outer ones', async () => {
    const text = 'declare "a" {\n declare "c" { b { } }\n c { }\n}\ndeclare "b" { a { } }\nb { }'
    expect(await problems(text)).toEqual(['cycle detected: declare.a, declare.b'])
  })
})

describe('an import', () => {
  it('whose modules a block does not use may come from that block', async () => {
    const text = `
declare "inner" {
  declare "lib" { }
  lib { }
  export "key" { value = "k" }
}
inner { }
import.shelf "lib" { key = inner.key }`
    expect(await problems(text, { k: 'declare "leaf" { }' })).toEqual([])
  })

  it('that can not be read whole is told once', async () => {
    const text = 'import.shelf "lib" { key = "k" }\nlib.lost "x" { }\nlib.there "y" { }'
    expect(await problems(text, { k: 'declare "there" { }\ndeclare "lost" { toy.node }' })).toEqual([
      expect.stringContaining('expected'),
    ])
  })
})

describe('the template of a foreach', () => {
  it('is looked at when there is no item as well', async () => {
    const each = (body: string): string => `foreach "n" {\n collection = []\n var = "x"\n template { ${body} }\n}`
    expect(await problems(each('toy.node "a" { valu = 1 }'))).toEqual(['unrecognized attribute name "valu"'])
    expect(await problems(each('toy.node "a" { value = x }'))).toEqual([])
  })

  it('stands in other templates, whose items it knows', async () => {
    const world = createWorld({ stability: 'experimental' })
    const text = `
toy.node "in" { value = 7 }
foreach "outer" {
  collection = [[1, 2], [3]]
  var = "list"
  template {
    toy.node "b" { inputs = list }
    foreach "inner" {
      collection = list
      var = "x"
      template { toy.node "a" { inputs = [x, toy.node.b.sum, toy.node.in.sum] } }
    }
  }
}`
    const result = await world.load(text)
    expect(result.ok ? '' : result.text).toBe('')
    const inner = [...world.toys].filter(([label]) => label.includes('inner')).map(([, { args }]) => args.inputs)
    expect(inner).toEqual([
      [1, 3, 7],
      [2, 3, 7],
      [3, 3, 7],
    ])
    world.events()
    world.toys.get('in')?.context.publish({ sum: 8 })
    await world.clock.settle()
    expect(world.events()).toHaveLength(3)
  })

  it('may hide names with that of its item', async () => {
    const world = createWorld({ stability: 'experimental' })
    const each = (name: string, body: string): string =>
      `foreach "${name}" {\n collection = [${name === 'o' ? 1 : 2}]\n var = "x"\n template { ${body} }\n}`
    expect((await world.load(each('o', each('i', 'toy.node "a" { inputs = [x] }')))).ok).toBe(true)
    expect([...world.toys.values()].map(({ args }) => args.inputs)).toEqual([[2]])
  })
})

describe('a secret text', () => {
  const secretImport = defineImport<{ readonly text: string }>({
    name: 'import.secret',
    stability: 'generally-available',
    schema: block({ text: attr.required(string) }),
    origin: 'configuration',
    read: async ({ text }, { id }) => ({ sources: [{ file: id, content: text, secret: true }] }),
    watch: async () => {},
  })

  it('is not quoted by what is wrong with it', async () => {
    const world = createWorld({ imports: [secretImport] })
    const inner = 'declare \\"m\\" { toy.node \\"n\\" { value = \\"hunter2\\" } }'
    const result = await world.load(`import.secret "s" { text = "${inner}" }\ns.m "x" { }`)
    expect(result.ok ? '' : result.text).toMatch(/import\.secret\.s:1:\d+: .*should be number, got string/)
    expect(
      JSON.stringify(result.ok ? [] : result.diagnostics.filter(({ file }) => file.startsWith('import'))),
    ).not.toContain('hunter2')
  })

  it('is not quoted by what goes wrong later', async () => {
    const world = createWorld({ imports: [secretImport] })
    const inner = 'declare "m" {\nargument "n" { }\ntoy.node "x" { inputs = [[1, "hunter2"][argument.n.value - 1]] }\n}'
    const main = `toy.node "in" { value = 1 }
import.secret "s" { text = ${JSON.stringify(inner)} }
s.m "a" { n = toy.node.in.sum }`
    const result = await world.load(main)
    expect(result.ok ? '' : result.text).toBe('')
    world.toys.get('in')?.context.publish({ sum: 2 })
    await world.clock.settle()
    expect(world.lines.join()).toContain('failed to evaluate component component_id=s.m.a/toy.node.x')
    expect(world.lines.join()).not.toContain('hunter2')
  })
})

describe('a chain of very many components', () => {
  it('can be stopped', async () => {
    const world = createWorld()
    const inputs = (i: number): string => (i === 0 ? '' : `toy.node.n${i - 1}.sum`)
    const chain = Array.from({ length: 8_000 }, (_, i) => `toy.node "n${i}" { inputs = [${inputs(i)}] }`)
    expect((await world.load(chain.join('\n'))).ok).toBe(true)
    expect((await world.load('')).ok).toBe(true)
    expect(world.running()).toEqual([])
  })
})

describe('validation', () => {
  it('ends for a module that imports itself more than once', async () => {
    const text = 'import.twin "a" { key = "k" }\nimport.twin "b" { key = "k" }'
    let reads = 0
    const twin = defineImport<{ readonly key: string }>({
      name: 'import.twin',
      stability: 'generally-available',
      schema: block({ key: attr.required(string) }),
      origin: 'machine',
      async read() {
        if (++reads > 10_000) throw new Error('enough')
        return { sources: [{ file: 'twin.alloy', content: text }] }
      },
      watch: async () => {},
    })
    const { diagnostics } = await validateSources([{ file: 'a.alloy', content: text }], {
      definitions: [],
      imports: [twin],
      globals: new Map(),
      stability: 'experimental',
      uncertain: new Set(),
      decodeRemote: () => ({ settings: undefined, diagnostics: [] }),
      importContext: (id) => ({ id }) as never,
    })
    expect(reads).toBeLessThan(10)
    expect(diagnostics[0]?.message).toContain('imports itself')
  })
})
