/**
 * Random pairs of configurations with modules in them: a load does what the same configuration without modules would do, or nothing. The oracle is the
 * configuration with its modules written out by hand, in a world of its own.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './toy-world.ts'

/** `toy.node "a"` and its like: `inputs` are earlier parts, or what the module is given. */
interface Part {
  readonly value: number
  readonly inputs: readonly number[]
  readonly given: boolean
  readonly refuse: string
}

/** The body of a declare: parts in a row, the last of which it exports. */
type Body = readonly Part[]

interface Use {
  readonly module: number
  readonly value: number
  /** What the earlier uses export. */
  readonly inputs: readonly number[]
}

interface Config {
  readonly bodies: readonly Body[]
  readonly uses: readonly Use[]
  /** Items of a foreach that has the first body's parts. */
  readonly items: readonly number[]
}

const body: fc.Arbitrary<Body> = fc.array(
  fc.record({
    value: fc.integer({ min: 0, max: 2 }),
    inputs: fc.subarray([0, 1]),
    given: fc.boolean(),
    refuse: fc.oneof({ weight: 20, arbitrary: fc.constant('') }, fc.constantFrom('build', 'update')),
  }),
  { minLength: 1, maxLength: 3 },
)

const config: fc.Arbitrary<Config> = fc.record({
  bodies: fc.array(body, { minLength: 2, maxLength: 2 }),
  uses: fc.array(
    fc.record({ module: fc.nat(1), value: fc.integer({ min: -1, max: 3 }), inputs: fc.subarray([0, 1, 2]) }),
    { maxLength: 4 },
  ),
  items: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
})

/** The second is the first with some of it changed. */
const pair: fc.Arbitrary<readonly [Config, Config]> = fc
  .tuple(config, config, fc.record({ bodies: fc.boolean(), uses: fc.boolean(), items: fc.boolean() }))
  .map(([first, other, keep]): readonly [Config, Config] => [
    first,
    {
      bodies: keep.bodies ? first.bodies : [first.bodies[0], other.bodies[1]],
      uses: keep.uses ? first.uses : [...first.uses.slice(0, 2), ...other.uses.slice(2)],
      items: keep.items ? first.items : other.items,
    },
  ])
  // What runs takes its own arguments back; that it may not is another test's business.
  .filter(([first]) => !refusesUpdates(first))

function refusesUpdates({ bodies }: Config): boolean {
  return bodies.some((parts) => parts.some(({ refuse }) => refuse === 'update'))
}

function partText(part: Part, i: number, given: string, name: (i: number) => string): string {
  const inputs = part.inputs.filter((input) => input < i).map((input) => `toy.node.${name(input)}.sum`)
  if (part.given) inputs.push(given)
  return `toy.node "${name(i)}" {\nvalue = ${part.value}\ninputs = [${inputs.join(', ')}]\nrefuse = "${part.refuse}"\n}\n`
}

function withModules({ bodies, uses, items }: Config): string {
  const local = (i: number): string => `p${i}`
  const declares = bodies.map((parts, b) => {
    const inside = parts.map((part, i) => partText(part, i, 'argument.x.value', local)).join('')
    return `declare "m${b}" {\nargument "x" { }\n${inside}export "out" { value = toy.node.p${parts.length - 1}.sum }\n}\n`
  })
  const instances = uses.map(({ module, value, inputs }, u) => {
    const terms = inputs.filter((input) => input < u).map((input) => ` + m${uses[input].module}.u${input}.out`)
    return `m${module} "u${u}" { x = ${value}${terms.join('')} }\n`
  })
  const inside = bodies[0].map((part, i) => partText(part, i, 'each', local)).join('')
  const each = `foreach "f" {\ncollection = [${items.join(', ')}]\nvar = "each"\ntemplate {\n${inside}}\n}\n`
  return [...instances.reverse(), each, ...declares].join('')
}

function writtenOut({ bodies, uses, items }: Config): string {
  // With the module in it: a use of another module is another component.
  const nameOf = (u: number, part: number): string => `m${uses[u].module}_u${u}_p${part}`
  const instances = uses.map(({ module, value, inputs }, u) => {
    const last = (input: number): string => `toy.node.${nameOf(input, bodies[uses[input].module].length - 1)}.sum`
    const given = [String(value), ...inputs.filter((input) => input < u).map(last)].join(' + ')
    return bodies[module].map((part, i) => partText(part, i, given, (k) => nameOf(u, k))).join('')
  })
  const each = items.map((item) =>
    bodies[0].map((part, i) => partText(part, i, String(item), (k) => `i${item}_p${k}`)).join(''),
  )
  return [...instances, ...each].join('')
}

/** What each component has as its arguments, under the names that it has without modules. */
function state(world: World): ReadonlyMap<string, unknown> {
  const plain = (label: string): string =>
    label.replace(/^(m\d)\.(u\d)\/(p\d)$/, '$1_$2_$3').replace(/^foreach\.f\/foreach_(\d)_1\/(p\d)$/, 'i$1_$2')
  return new Map(
    world
      .running()
      .map((label): [string, unknown] => [plain(label), world.toys.get(label)?.args])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function load(world: World, text: string): Promise<boolean> {
  const { ok } = await world.load(text)
  await world.clock.settle()
  return ok
}

describe('loading configurations with modules', () => {
  it('does what the same without modules does, or nothing', { timeout: 60_000 }, async () => {
    const seen = { both: 0, first: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(pair, async ([first, second]) => {
        const [modular, plain] = [createWorld({ stability: 'experimental' }), createWorld()]
        for (const next of [first, second]) {
          const before = { state: state(modular), infos: modular.graph.components() }
          modular.events()
          const ok = await load(modular, withModules(next))
          expect(await load(plain, writtenOut(next))).toBe(ok)
          expect(state(modular)).toEqual(state(plain))
          const events = modular.events().filter((event) => !event.startsWith('build'))
          if (ok) {
            seen[next === first ? 'first' : 'both']++
          } else {
            seen.refused++
            expect({ state: state(modular), infos: modular.graph.components() }).toEqual(before)
            expect(events.filter((event) => /^(run|end)/.test(event))).toEqual([])
          }
          // The same again touches nothing. A refusal after the swap leaves last good arguments behind, which a load tells.
          if (!ok || refusesUpdates(next)) continue
          expect(await load(modular, withModules(next))).toBe(true)
          expect(modular.events()).toEqual([])
        }
        await modular.graph.stop()
        await plain.graph.stop()
        expect([...modular.running(), ...plain.running()]).toEqual([])
      }),
      { numRuns: 100 },
    )
    expect(Math.min(seen.both, seen.first, seen.refused)).toBeGreaterThan(1)
  })
})
