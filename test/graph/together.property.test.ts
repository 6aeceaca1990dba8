/** An error of syntax hides no other, and makes no other up. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createWorld } from './toy-world.ts'

interface Part {
  name: string
}
interface Toy {
  value: string
  inputs: string
  parts: Part[]
  /** Order of the statements. */
  partsFirst: boolean
}

const toy: fc.Arbitrary<Toy> = fc.record({
  value: fc.constantFrom('1', 'double(2)', '"3"'),
  inputs: fc.constantFrom('[1, 2]', '[\n    1,\n    double(2),\n  ]', '[]'),
  parts: fc.array(fc.record({ name: fc.constantFrom('"p"', '`q`') }), { minLength: 1, maxLength: 3 }),
  partsFirst: fc.boolean(),
})

/** By what the last statement of its kind is replaced, and what is then told. Lines are indented by two. */
const SYNTAX: readonly (readonly [text: string, told: RegExp])[] = [
  ['value =', /^expected (expression|TERMINATOR), got |^cannot use a block/],
  ['value = 1 2', /^expected TERMINATOR, got NUMBER$/],
  ['value == 1', /^expected block label, got ==$/],
  ['value 1', /^expected block label, got NUMBER$/],
  ['value = (1', /^expected \), got TERMINATOR$/],
  ['value = 1)', /^expected TERMINATOR, got \)$/],
  ['value = "1', /^string literal not terminated$/],
  ["value = '1'", /^illegal single-quoted string/],
  ['value = 1;', /^illegal character/],
  ['# value = 1', /^illegal character/],
  ['value = "\\d"', /^unknown escape sequence$/],
  ['inputs = [', /^(missing ',' in expression list|expected expression, got .|cannot use a block as an expression)$/],
  ['inputs = [1', /^missing ',' in expression list$/],
  ['inputs = [1}', /^missing ',' in expression list$/],
  ['inputs = [1]]', /^expected TERMINATOR, got \]$/],
  ['inputs = [\n    1\n  ]', /^missing ',' in expression list$/],
  ['inputs = [{a = 1]', /^missing ',' in field list$/],
  ['part {\n    name = "x" "y"\n  }', /^expected \{, got TERMINATOR$/],
  ['part {\n    name =\n  }', /^expected expression, got }$/],
  ['part\n    name = "x"\n  }', /^expected block label, got TERMINATOR$/],
  ['part "x {\n    name = "x"\n  }', /^string literal not terminated$/],
  ['part {\n    name = "x"\n', /^expected }, got EOF$/],
  ['part {\n    name = "x"\n  }}', /^expected identifier, got }$/],
]

/** Likewise; every one is wrong by itself, whatever else can be read. */
const OTHERS: readonly (readonly [statement: string, told: string])[] = [
  ['valeu = 1', 'unrecognized attribute name "valeu"'],
  ['value = "x"', '"x" should be number, got string'],
  ['value = nobody.there', 'component "nobody.there" does not exist or is out of scope'],
  ['inputs = [toy.node.nobody.sum]', 'component "toy.node.nobody.sum" does not exist or is out of scope'],
  ['part { }', 'missing required attribute "name"'],
  ['part "l" {\n    name = "x"\n  }', 'block "part" does not support specifying labels'],
]

function write(label: string, { value, inputs, parts, partsFirst }: Toy, extra: string): string {
  const own = [`value = ${value}`, `inputs = ${inputs}`].filter(
    (line) => !extra.split('\n').some((other) => other.trim().startsWith(line.split(' ')[0])),
  )
  const nested = parts.map(({ name }) => `part {\n    name = ${name}\n  }`)
  const statements = partsFirst ? [...nested, extra, ...own] : [...own, extra, ...nested]
  return `toy.node "${label}" {\n${statements.map((line) => (line === '' ? '' : `  ${line}\n`)).join('')}}\n`
}

it('an error of syntax in one statement and another error elsewhere are both told, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(toy, { minLength: 2, maxLength: 5 }),
      fc.constantFrom(...SYNTAX),
      fc.constantFrom(...OTHERS),
      fc.nat(),
      fc.nat(),
      async (toys, [damage, syntaxTold], [wrong, otherTold], a, b) => {
        const damagedAt = a % toys.length
        const wrongAt = b % toys.length
        const same = damagedAt === wrongAt
        // What stands behind a block that was closed too early is taken for nobody's.
        fc.pre(!(same && damage.endsWith('}}')))
        const extra = (i: number): string => (i === damagedAt ? damage : i === wrongAt ? wrong : '')
        const text = toys
          .map((one, i) => write(`n${i}`, one, same && i === wrongAt ? `${damage}\n  ${wrong}` : extra(i)))
          .join('\n')
        const world = createWorld()
        const result = await world.load(text)
        if (result.ok) throw new Error(`loaded\n${text}`)
        const told = result.diagnostics.map(({ message }) => message)
        // Within a block the parser may notice only on the line of the other.
        const otherFirst = same ? told[0] === otherTold : wrongAt < damagedAt
        const inOrder = otherFirst ? [...told].reverse() : told
        expect(inOrder, text).toEqual([expect.stringMatching(syntaxTold), otherTold])
        expect(world.events(), 'nothing is built').toEqual([])
      },
    ),
    { numRuns: 400 },
  )
})

it('an error of syntax alone is told alone, although others refer to what it hides', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(toy, { minLength: 2, maxLength: 4 }),
      fc.constantFrom(
        ...SYNTAX.map(([text]) => `toy.node "x" {\n  ${text}\n}`),
        'toy.node "x"\n  value = 1\n}',
        'toy.node x {\n}',
        'toy.node "x" = {\n  value = 1\n}',
        'toy.node "x-y" {\n}',
        'toy. "x" {\n}',
      ),
      async (toys, damaged) => {
        const before = write('a', toys[0], 'inputs = [toy.node.x.sum]')
        const after = write('b', toys[1], 'inputs = [toy.node.x.sum, toy.node.a.sum]')
        const result = await createWorld().load(`${before}\n${damaged}\n\n${after}`)
        if (result.ok) throw new Error('loaded')
        expect(
          result.diagnostics.map(({ message }) => message),
          result.text,
        ).toHaveLength(1)
      },
    ),
    { numRuns: 200 },
  )
})
