import { describe, expect, it } from 'vitest'
import { defineComponent } from '../../core/graph/component.ts'
import { block } from '../../core/syntax/schema.ts'
import { createWorld } from './toy-world.ts'

/** All problems of a configuration as `file:line:column: message` and, after `→`, the hint. */
async function problems(...texts: string[]): Promise<string[]> {
  const world = createWorld()
  const result = await world.load(...texts)
  if (result.ok) return []
  expect(world.running()).toEqual([])
  return result.diagnostics.map(({ file, start, message, hint }) => {
    const place = start === undefined ? file : `${file}:${start.line}:${start.column}`
    return `${place}: ${message}${hint === undefined ? '' : ` → ${hint}`}`
  })
}

describe('problems of a configuration', () => {
  it('are reported all at once, from all files, in the order of the text', async () => {
    const first = [
      'toy.node "a" { valeu = 1 }',
      'toy.noode "b" { }',
      'toy.node "c" { inputs = [toy.node.d.sum] }',
      'toy.node "d" { inputs = [toy.node.c.sum] }',
    ].join('\n')
    const second = [
      'toy.node "e" { value = "x" }',
      'toy.node "f" { inputs = [toy.node.nobody.sum] }',
      'toy.node "g" { refuse = "build" }',
      'toy.node "h" { value = -1 }',
      'toy.node "i" {\n  inputs = [toy.node.e.sum]\n  value  = "y"\n  part { }\n}',
    ]
    expect(await problems(first, second.join('\n'))).toEqual([
      'a.alloy:1:16: unrecognized attribute name "valeu" → did you mean "value"?',
      'a.alloy:2:1: cannot find the definition of component name "toy.noode" → did you mean "toy.node"?',
      expect.stringMatching(/^a\.alloy:3:1: cycle detected: toy\.node\.c, toy\.node\.d → /),
      'b.alloy:1:24: "x" should be number, got string',
      'b.alloy:2:26: component "toy.node.nobody.sum" does not exist or is out of scope',
      "b.alloy:3:1: g can't be built",
      'b.alloy:4:16: value must not be negative → use 0',
      'b.alloy:7:12: "y" should be number, got string',
      'b.alloy:8:3: missing required attribute "name"',
    ])
  })

  it('of syntax come from all files, together with all others', async () => {
    expect(await problems('toy.node "a" {', 'toy.node "b" { value = 1 2 }', 'toy.nod "c" { }')).toEqual([
      'a.alloy:1:1: expected }, got EOF → this block was opened at line 1 and is not closed: add a }',
      'b.alloy:1:26: expected TERMINATOR, got NUMBER',
      'c.alloy:1:1: cannot find the definition of component name "toy.nod" → did you mean "toy.node"?',
    ])
  })

  it('show the source', async () => {
    const world = createWorld()
    const result = await world.load('toy.node "a" {\n\tvalue = nobody.there\n}')
    expect(result.ok ? '' : result.text).toContain(
      [
        'Error: a.alloy:2:10: component "nobody.there" does not exist or is out of scope',
        '',
        '1 | toy.node "a" {',
        '2 |     value = nobody.there',
        '  |             ^^^^^^^^^^^^',
        '3 | }',
      ].join('\n'),
    )
  })

  it('that follow from others are left out', async () => {
    const texts = [
      'toy.noode "a" { }',
      'toy.node "b" { inputs = [toy.noode.a.sum] }',
      'toy.node "c" { inputs = [toy.node.b.sum] }',
    ]
    expect(await problems(texts.join('\n'))).toHaveLength(1)
    expect(
      await problems('toy.node "a" { refuse = "build" }', 'toy.node "b" { inputs = [toy.node.a.sum] }'),
    ).toHaveLength(1)
  })
})

describe('blocks', () => {
  it('need labels, of their own', async () => {
    expect(await problems('toy.node { }')).toEqual([
      'a.alloy:1:1: component "toy.node" must have a label → write toy.node "default" { … }, with a label of your choice',
    ])
    expect(await problems('toy.node "a" { }', 'toy.node "a" { value = 1 }')).toEqual([
      'b.alloy:1:1: block toy.node.a already declared at a.alloy:1:1 → give one of the two another label',
    ])
    expect(await problems('logging { }\nlogging { }')).toEqual([
      'a.alloy:2:1: block logging already declared at a.alloy:1:1 → keep one of the two',
    ])
  })

  it('that nobody knows are told from those that others have', async () => {
    expect(await problems('loki.write "x" { }\ntoy.other "y" { }')).toEqual([
      expect.stringMatching(
        /"loki\.write" → skein is about metrics, and has nothing of loki\.\*: leave that to Alloy$/,
      ),
      expect.stringMatching(/"toy\.other" → (did you mean|this version of skein has) "?toy\.node/),
    ])
  })

  it('are refused where they have no place, settings outside of blocks too', async () => {
    expect(await problems('level = "debug"\nimport.git "x" { }\nforeach "x" { }')).toEqual([
      expect.stringContaining('a.alloy:1:1: unrecognized attribute level'),
      expect.stringContaining('a.alloy:2:1: import.git blocks are not supported by this version of skein'),
      expect.stringContaining('a.alloy:3:1: block "foreach" is at stability level "experimental"'),
    ])
    expect(await problems('logging { write_to = [1] }\n')).toEqual([
      expect.stringContaining('a.alloy:1:11: attribute "write_to" is not supported by this version of skein yet'),
    ])
    expect(await problems('logging "x" { level = "loud" }')).toEqual([
      expect.stringContaining('a.alloy:1:9: block "logging"'),
    ])
    expect(await problems('logging { level = "loud" }')).toEqual([expect.stringContaining('a.alloy:1:19: ')])
  })
})

describe('references', () => {
  it('find the block under any accessors, in nested blocks and calls, and cut at an index', async () => {
    const world = createWorld()
    const result = await world.load(`
      toy.node "b" {
        inputs = [double(toy.node.a.sum), toy.node["a"].sum]
        part { name = toy.node.c.sum }
      }
      toy.node "a" { value = 3 }
      toy.node "c" { value = 4 }`)
    expect(result.ok ? '' : result.text).toContain('component "toy.node" does not exist or is out of scope')
    expect(
      await world.load(`
      toy.node "b" {
        inputs = [double(toy.node.a["sum"])]
        part { name = toy.node.c.sum }
      }
      toy.node "a" { value = 3 }
      toy.node "c" { value = 4 }`),
    ).toMatchObject({ ok: true })
    expect(world.toys.get('b')?.args).toMatchObject({ inputs: [6], part: [{ name: '4' }] })
    expect(world.graph.components()[0].referencesTo).toEqual(['toy.node.a', 'toy.node.c'])
  })

  it('to oneself, to nobody and to a missing export are told apart, with what may have been meant', async () => {
    expect(await problems('toy.node "a" { inputs = [toy.node.a.sum] }')).toEqual([
      'a.alloy:1:26: self reference: toy.node.a → a component can use the exports of others only',
    ])
    expect(await problems('toy.node "alpha" { }\ntoy.node "b" { inputs = [toy.node.alhpa.sum] }')).toEqual([
      'a.alloy:2:26: component "toy.node.alhpa.sum" does not exist or is out of scope → did you mean "toy.node.alpha"?',
    ])
    expect(await problems('toy.node "a" { value = duoble(1) }')).toEqual([
      'a.alloy:1:24: component "duoble" does not exist or is out of scope → did you mean "double"?',
    ])
    expect(await problems('toy.node "a" { }\ntoy.node "b" { inputs = [toy.node.a.smu] }')).toEqual([
      'a.alloy:2:37: field "smu" does not exist',
    ])
  })
})

describe('deprecated names', () => {
  it('work, with a warning for each use', async () => {
    const world = createWorld({ deprecated: new Map([['double', 'math.double']]) })
    expect((await world.load('toy.node "a" { value = double(double(1)) }')).ok).toBe(true)
    expect(world.toys.get('a')?.args.value).toBe(4)
    expect(world.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn a.alloy:1:24: "double" is deprecated, use "math.double"',
      'warn a.alloy:1:31: "double" is deprecated, use "math.double"',
    ])
  })
})

describe('stability', () => {
  const experiment = defineComponent({
    name: 'toy.experiment',
    stability: 'experimental',
    schema: block({}),
    build: () => ({ run: async () => {}, update() {} }),
  })

  it('keeps out what is less stable than allowed', async () => {
    const strict = createWorld({ definitions: [experiment] })
    expect(await strict.load('toy.experiment "a" { }')).toMatchObject({
      diagnostics: [
        {
          message:
            'component "toy.experiment" is at stability level "experimental", ' +
            'which is below the minimum allowed stability level "generally-available"',
          hint: 'start skein with --stability.level=experimental to allow it',
        },
      ],
    })
    const daring = createWorld({ definitions: [experiment], stability: 'experimental' })
    expect((await daring.load('toy.experiment "a" { }')).ok).toBe(true)
  })

  it('keeps out functions that are less stable than allowed', async () => {
    const experimental = new Set(['double'])
    const strict = createWorld({ experimental })
    expect(await strict.load('toy.node "a" { value = double(1) }')).toMatchObject({
      ok: false,
      diagnostics: [
        {
          message:
            'function "double" is at stability level "experimental", ' +
            'which is below the minimum allowed stability level "generally-available"',
          start: { line: 1, column: 24 },
          hint: 'start skein with --stability.level=experimental to allow it',
        },
      ],
    })
    expect(
      (await createWorld({ experimental, stability: 'experimental' }).load('toy.node "a" { value = double(1) }')).ok,
    ).toBe(true)
  })

  it('and names are given to one definition only', () => {
    expect(() => createWorld({ definitions: [experiment, experiment] })).toThrow('toy.experiment is defined twice')
  })
})
