/** What is shown of a component: what it was evaluated with, and no more of it than anybody reads. */
import { describe, expect, it } from 'vitest'
import { MAX_PRINTED_CHARACTERS, MAX_PRINTED_ELEMENTS } from '../../core/limits.ts'
import { FunctionValue, type Value } from '../../core/syntax/value.ts'
import { createWorld, REFUSING, type World } from './toy-world.ts'

interface Counting extends World {
  /** How often an expression asked for something since the last look. */
  calls(): number
}

/** `given(x)` is x, and counted; `many(n)` a list of n ones. */
function counting(): Counting {
  let calls = 0
  const globals = new Map<string, Value>([
    [
      'given',
      new FunctionValue('given', { least: 1, most: 1 }, ([x]) => {
        calls++
        return x
      }),
    ],
    ['many', new FunctionValue('many', { least: 1, most: 1 }, ([n]) => new Array<Value>(Number(n)).fill(1))],
  ])
  return {
    ...createWorld({ globals, stability: 'experimental' }),
    calls() {
      const before = calls
      calls = 0
      return before
    },
  }
}

function shown(world: World, id: string): unknown {
  return world.graph.component(id)?.arguments
}

const number = (name: string, value: string): object => ({ type: 'attr', name, value: { type: 'number', value } })

describe('the arguments of a component', () => {
  it('are those that it was evaluated with: looking evaluates nothing', async () => {
    const world = counting()
    await world.load(`toy.node "a" { value = 1 }
      toy.node "b" {
        value = given(toy.node.a.sum)
        part { name = given("x") }
      }`)
    expect(world.calls()).toBe(2)
    const part = { type: 'block', name: 'part', body: [{ type: 'attr', name: 'name', value: { value: 'x' } }] }
    expect(shown(world, 'toy.node.b')).toMatchObject([number('value', '1'), part])
    expect(world.calls()).toBe(0)
    world.toys.get('a')?.context.publish({ sum: 3 })
    await world.clock.settle()
    expect(world.calls()).toBe(2)
    expect(shown(world, 'toy.node.b')).toMatchObject([number('value', '3'), part])
    expect(world.calls()).toBe(0)
  })

  it('are found in a new text as well, when they are the same', async () => {
    const world = counting()
    await world.load('toy.node "a" { value = 1 + 1 }')
    expect((await world.load('toy.node "a" { value = 2 + 0 }')).ok).toBe(true)
    expect(shown(world, 'toy.node.a')).toEqual([number('value', '2')])
  })

  it('stay the last good ones while newer ones are refused', async () => {
    const world = counting()
    await world.load(REFUSING)
    for (const sum of [1, 5]) {
      world.toys.get('a')?.context.publish({ sum })
      await world.clock.settle()
      expect(world.graph.component('toy.node.b')?.health.state).toBe('unhealthy')
      expect(shown(world, 'toy.node.b')).toEqual([])
    }
    world.toys.get('a')?.context.publish({ sum: 2 })
    await world.clock.settle()
    expect(shown(world, 'toy.node.b')).toEqual([number('value', '2')])
  })

  it('stay the last good ones of what could not follow when a collection changed', async () => {
    const world = counting()
    await world.load(`${REFUSING}
      foreach "each" {
        collection = [toy.node.a.sum]
        var = "x"
        template { toy.node "n" { value = x } }
      }`)
    world.toys.get('a')?.context.publish({ sum: 1 })
    await world.clock.advance(10_000)
    expect(world.graph.component('foreach.each/foreach_1_1/toy.node.n')).toBeDefined()
    expect(world.graph.component('toy.node.b')?.health.state).toBe('unhealthy')
    expect(shown(world, 'toy.node.b')).toEqual([])
  })

  it('of modules and foreach are those that they were evaluated with as well', async () => {
    const world = counting()
    await world.load(`declare "shop" {
        argument "size" { }
        argument "more" { optional = true }
        toy.node "n" { value = argument.size.value }
      }
      shop "x" { size = given(4) }
      foreach "each" {
        collection = given([7])
        var        = "item"
        id         = ""
        template { toy.node "n" { value = item } }
      }`)
    expect(world.calls()).toBe(2)
    expect(shown(world, 'shop.x')).toEqual([number('size', '4')])
    expect(shown(world, 'foreach.each')).toMatchObject([
      { name: 'collection', value: { type: 'array', value: [{ type: 'number', value: '7' }] } },
      { name: 'var', value: { type: 'string', value: 'item' } },
    ])
    expect(shown(world, 'foreach.each')).toHaveLength(2)
    expect(world.calls()).toBe(0)
  })

  it('say how much of a long list is left out', async () => {
    const world = counting()
    await world.load(`toy.node "a" { inputs = many(${MAX_PRINTED_ELEMENTS + 50_000}) }
      toy.node "b" { inputs = many(${MAX_PRINTED_ELEMENTS}) }`)
    const list = (id: string): readonly object[] => {
      const [first] = world.graph.component(id)?.arguments ?? []
      return first?.type === 'attr' && first.value.type === 'array' ? first.value.value : []
    }
    expect(list('toy.node.a')).toHaveLength(MAX_PRINTED_ELEMENTS + 1)
    expect(list('toy.node.a').at(-1)).toEqual({ type: 'string', value: '… and 50000 more' })
    expect(list('toy.node.b')).toHaveLength(MAX_PRINTED_ELEMENTS)
    expect(list('toy.node.b').at(-1)).toEqual({ type: 'number', value: '1' })
  })

  it('say how much of a long text and of an object with many fields is left out', async () => {
    const world = counting()
    const fields = Array.from({ length: MAX_PRINTED_ELEMENTS + 3 }, (_, i) => `k${i} = 1`)
    await world.load(`toy.node "a" {
        part { name = "${'y'.repeat(MAX_PRINTED_CHARACTERS + 7)}" }
      }
      declare "shop" {
        argument "all" { }
      }
      shop "x" { all = { ${fields.join()} } }`)
    expect(shown(world, 'toy.node.a')).toMatchObject([
      { body: [{ value: { value: `${'y'.repeat(MAX_PRINTED_CHARACTERS)}… and 7 more characters` } }] },
    ])
    const [all] = world.graph.component('shop.x')?.arguments ?? []
    const object = all?.type === 'attr' && all.value.type === 'object' ? all.value.value : []
    expect(object).toHaveLength(MAX_PRINTED_ELEMENTS + 1)
    expect(object.at(-1)).toEqual({ key: '…', value: { type: 'string', value: '… and 3 more' } })
  })
})
