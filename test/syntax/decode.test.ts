import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Block } from '../../core/syntax/ast.ts'
import { decodeBlock } from '../../core/syntax/decode.ts'
import { type Diagnostic, formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { scopeOf } from '../../core/syntax/evaluate.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { attr, block, type Infer, labelledBlock, nested, type Schema, squash } from '../../core/syntax/schema.ts'
import {
  any,
  bool,
  bytesSize,
  capsule,
  duration,
  int,
  list,
  map,
  number,
  oneOf,
  optionalSecret,
  secret,
  string,
  type Type,
  target,
  uint,
} from '../../core/syntax/types.ts'
import {
  capsuleType,
  deepEqual,
  OptionalSecret,
  Secret,
  targetCapsule,
  toValue,
  type Value,
} from '../../core/syntax/value.ts'

const receiver = capsuleType<{ id: number }>('MetricsReceiver')
const other = capsuleType<string>('RulesReceiver')
const one = { id: 1 }

const names = new Map<string, Value>([
  ['r', receiver.wrap(one)],
  ['rules', other.wrap('x')],
  ['password', new Secret('hunter2')],
  ['hidden', new OptionalSecret('hunter3', true)],
  ['shown', new OptionalSecret('12', false)],
  ['exported', toValue({ targets: [targetCapsule.wrap(new Map([['a', 'b']]))], numbers: [1, 'x'] })],
])

function decode<Args>(schema: Schema<Args>, body: string) {
  const parsed = parseFile('f', `c "l" {\n${body}\n}`)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'))
  return decodeBlock(schema, parsed.file.body[0] as Block, scopeOf(names))
}

function argsOf<Args>(schema: Schema<Args>, body: string): Args {
  const result = decode(schema, body)
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'))
  return result.args
}

function diagnosticsOf(schema: Schema<unknown>, body: string): readonly Diagnostic[] {
  const result = decode(schema, body)
  return result.ok ? [] : result.diagnostics
}

function problemsOf(schema: Schema<unknown>, body: string): string[] {
  return diagnosticsOf(schema, body).map(formatDiagnostic)
}

describe('types', () => {
  function decoded<T>(type: Type<T>, text: string): unknown {
    const result = decode(block({ x: attr.required(type) }), `x = ${text}`)
    return result.ok ? result.args.x : result.diagnostics.map((d) => d.message).join('; ')
  }

  it.each<[string, Type<unknown>, string, unknown]>([
    ['string', string, '"a"', 'a'],
    ['string', string, '12', '12'],
    ['string', string, '1e21', '1000000000000000000000'],
    ['string', string, 'null', ''],
    ['string', string, 'shown', '12'],
    ['string', string, 'true', 'true should be string, got bool'],
    ['string', string, 'password', 'password secrets may not be converted into strings'],
    ['string', string, 'hidden', 'hidden secrets may not be converted into strings'],
    ['string', string, 'r', 'r should be string, got capsule'],
    ['number', number, '"1.5e3"', 1500],
    ['number', number, '"-12"', -12],
    ['number', number, 'shown', 12],
    ['number', number, '"x"', '"x" should be number, got string'],
    ['number', number, 'true', 'true should be number, got bool'],
    ['int', int, '1.9', 1],
    ['int', int, '-0.5', 0],
    ['int', int, '1e300', '1e300 is out of range for an integer'],
    ['uint', uint, '-1', '-1 must not be negative'],
    ['bool', bool, 'true', true],
    ['bool', bool, '"true"', '"true" should be bool, got string'],
    ['duration', duration, '"1m30s"', 90_000],
    ['duration', duration, '"1d"', '"1d" is not a duration: unknown unit "d" in duration "1d"'],
    ['duration', duration, '10', '10 is not a duration: missing unit in duration "10"'],
    ['size', bytesSize, '"10MB"', 10 * 1024 * 1024],
    ['size', bytesSize, '"1KiB512B"', 1536],
    ['size', bytesSize, '"0"', 0],
    ['size', bytesSize, '"10"', '"10" is not a size'],
    ['size', bytesSize, '"10 MB"', '"10 MB" is not a size'],
    ['list', list(string), '["a", 1]', ['a', '1']],
    ['list', list(string), 'null', []],
    ['list', list(number), '[1, "x", true]', '"x" should be number, got string; true should be number, got bool'],
    ['list', list(number), 'exported.numbers', 'exported.numbers[1] should be number, got string'],
    ['list', list(string), '"a"', '"a" should be array, got string'],
    ['map', map(list(int)), '{a = [1]}', new Map([['a', [1]]])],
    ['map', map(int), '{a = {b = 1}}', '{b = 1} should be number, got object'],
    ['map', map(string), 'exported.targets[0]', new Map([['a', 'b']])],
    [
      'target',
      target,
      '{a = 1, b = true}',
      new Map([
        ['a', '1'],
        ['b', 'true'],
      ]),
    ],
    ['target', target, '{a = null}', 'null should be string, got null'],
    ['target', target, '{a = password}', 'password secrets may not be converted into strings'],
    ['capsule', capsule(receiver), 'r', one],
    ['capsule', capsule(receiver), 'rules', 'rules should be MetricsReceiver, got RulesReceiver'],
    ['capsule', capsule(receiver), '1', '1 should be MetricsReceiver, got number'],
    ['capsule', capsule(receiver), 'null', 'null should be MetricsReceiver, got null'],
    ['enum', oneOf('a', 'b'), '"b"', 'b'],
    ['enum', oneOf('a', 'b'), '"c"', '"c" should be one of "a", "b"'],
    ['any', any, '[1]', [1n]],
  ])('%s', (_, type, text, expected) => {
    expect(decoded(type, text)).toEqual(expected)
  })

  it('shares the labels of exported targets instead of copying them', () => {
    const first = argsOf(block({ x: attr.required(list(target)) }), 'x = exported.targets').x[0]
    const second = argsOf(block({ x: attr.required(list(target)) }), 'x = exported.targets').x[0]
    expect(first).toBe(second)
  })

  it('secrets', () => {
    const schema = block({
      a: attr.required(secret),
      b: attr.required(optionalSecret),
      c: attr.required(optionalSecret),
    })
    const args = argsOf(schema, 'a = "x" + password\nb = "y"\nc = password')
    expect(args.a.reveal()).toBe('xhunter2')
    expect([args.b.isSecret, args.c.isSecret]).toEqual([false, true])
    expect(JSON.stringify(args)).not.toContain('hunter')
  })
})

const rule = block({ action: attr.optional(oneOf('keep', 'drop'), 'keep'), modulus: attr.optional(uint, 0) })
const client = block(
  {
    bearer_token: attr.optional(secret),
    proxy_url: attr.optional(string, ''),
    basic_auth: nested.optional(block({ username: attr.required(string) })),
  },
  {
    validate(args, report) {
      if (args.bearer_token !== undefined && args.basic_auth !== undefined) {
        report('at most one of bearer_token and basic_auth', 'basic_auth', 'remove one')
      }
    },
  },
)
const schema = block(
  {
    targets: attr.required(list(target), 'What to scrape.'),
    interval: attr.optional(duration, 60_000),
    timeout: attr.optional(duration, 10_000),
    name: attr.optional(string),
    client: squash(client),
    rule: nested.repeated(rule),
    queue: nested.defaulted(block({ capacity: attr.optional(uint, 10) })),
    'profile.cpu': nested.optional(block({ enabled: attr.optional(bool, true) })),
    stage: nested.repeated(labelledBlock({ x: attr.optional(int, 1) })),
    wal: nested.unavailable('the queue is in memory only'),
    http3: attr.unavailable(bool, false, 'no runtime has it'),
  },
  {
    validate(args, report) {
      if (args.timeout > args.interval) report('timeout is greater than interval', 'timeout')
    },
  },
)

describe('blocks', () => {
  it('have the types that the schema says', () => {
    type Args = Infer<typeof schema>
    expectTypeOf<Args['targets']>().toEqualTypeOf<readonly ReadonlyMap<string, string>[]>()
    expectTypeOf<Args['interval']>().toEqualTypeOf<number>()
    expectTypeOf<Args['name']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Args['rule'][number]['action']>().toEqualTypeOf<'keep' | 'drop'>()
    expectTypeOf<Args['stage'][number]['label']>().toEqualTypeOf<string>()
    expectTypeOf<Args['client']['bearer_token']>().toEqualTypeOf<Secret | undefined>()
    expectTypeOf<Args>().not.toHaveProperty('wal')
  })

  it('fill in defaults', () => {
    expect(argsOf(schema, 'targets = []')).toEqual({
      targets: [],
      interval: 60_000,
      timeout: 10_000,
      name: undefined,
      client: { bearer_token: undefined, proxy_url: '', basic_auth: undefined },
      rule: [],
      queue: { capacity: 10 },
      'profile.cpu': undefined,
      stage: [],
    })
  })

  it('take null for absent', () => {
    const args = argsOf(schema, 'targets = null\ninterval = null\nname = null')
    expect([args.targets, args.interval, args.name]).toEqual([[], 60_000, undefined])
  })

  it('nest, repeat, squash and label', () => {
    const args = argsOf(
      schema,
      `targets = [{a = 1}]
       bearer_token = "t"
       rule { action = "drop" }
       rule { }
       queue { }
       profile.cpu { enabled = false }
       stage "one" { x = 2 }
       http3 = false`,
    )
    expect(args.rule).toEqual([
      { action: 'drop', modulus: 0 },
      { action: 'keep', modulus: 0 },
    ])
    expect(args.client.bearer_token?.reveal()).toBe('t')
    expect(args['profile.cpu']).toEqual({ enabled: false })
    expect(args.stage).toEqual([{ label: 'one', x: 2 }])
  })

  it.each([
    ['targets = []\ntargets = []', ['f:3:1: attribute "targets" may only be provided once']],
    ['', ['f:1:1: missing required attribute "targets"']],
    ['targets = []\nqueue = 1', ['f:3:1: "queue" must be a block, but is used as an attribute']],
    [
      'targets { }',
      ['f:2:1: "targets" must be an attribute, but is used as a block', 'f:1:1: missing required attribute "targets"'],
    ],
    ['targets = []\nqueue { }\nqueue { }', ['f:4:1: block "queue" may only be specified once']],
    ['targets = []\nqueue "x" { }', ['f:3:1: block "queue" does not support specifying labels']],
    ['targets = []\nstage { }', ['f:3:1: block "stage" requires non-empty label']],
    ['targets = []\nbasic_auth { }', ['f:3:1: missing required attribute "username"']],
    ['targets = []\nnothing { }', ['f:3:1: unrecognized block name "nothing"']],
    ['targets = []\ninterval = "1s"', ['f:1:1: timeout is greater than interval']],
    ['targets = []\ntimeout = "2m"', ['f:3:1: timeout is greater than interval']],
    [
      'targets = []\nwal { }',
      ['f:3:1: block "wal" is not supported by this version of skein yet: the queue is in memory only'],
    ],
    [
      'targets = []\nhttp3 = true',
      ['f:3:1: attribute "http3" is not supported by this version of skein yet: no runtime has it'],
    ],
  ])('refuse %j', (body, expected) => {
    expect(problemsOf(schema, body)).toEqual(expected)
  })

  it('tell all problems at once, nested ones and names from scope too', () => {
    expect(
      problemsOf(
        schema,
        'targets = nothing\ninterval = "1x"\nrule { action = "kep"\nmodulus = -1 }\nqueue { capacity = {} }',
      ),
    ).toEqual([
      'f:2:11: identifier "nothing" does not exist',
      'f:3:12: "1x" is not a duration: unknown unit "x" in duration "1x"',
      'f:4:17: "kep" should be one of "keep", "drop"',
      'f:5:11: -1 must not be negative',
      'f:6:20: {} should be number, got object',
    ])
  })

  it('suggest the name that was meant, with its place', () => {
    const [found] = diagnosticsOf(schema, 'targets = []\nintreval = "1m"')
    expect(found).toMatchObject({
      message: 'unrecognized attribute name "intreval"',
      hint: 'did you mean "interval"?',
      start: { line: 3, column: 1 },
      end: { line: 3, column: 8 },
    })
    expect(diagnosticsOf(schema, 'targets = []\nbanana = 1')[0]).not.toHaveProperty('hint')
  })

  it('put a squashed validation where its field is', () => {
    const [found] = diagnosticsOf(schema, 'targets = []\nbearer_token = "t"\nbasic_auth { username = "u" }')
    expect(found).toMatchObject({
      message: 'at most one of bearer_token and basic_auth',
      start: { line: 4 },
      hint: 'remove one',
    })
  })
})

describe('secret arguments', () => {
  const withSecret = block({ token: attr.required(secret), headers: attr.optional(map(list(secret)), new Map()) })

  it.each(['token = ["hunter2"]', 'token = "hunter2" - 1', 'token = "x"\nheaders = {a = ["y", {b = "hunter2"}]}'])(
    'stay out of messages: %s',
    (body) => {
      const found = diagnosticsOf(withSecret, body)
      expect(found).toHaveLength(1)
      expect(JSON.stringify(found)).not.toContain('hunter2')
    },
  )

  it('tell which literals the printer must hide', () => {
    const text = 'c "l" {\n\ttoken   = "hunter2"\n\theaders = {a = ["hunter3"]}\n}\n'
    const parsed = parseFile('f', text)
    if (!parsed.ok) throw new Error('does not parse')
    const result = decodeBlock(withSecret, parsed.file.body[0] as Block, scopeOf(names))
    if (!result.ok) throw new Error('does not decode')
    expect(printFile(parsed.file, { secrets: result.secrets })).toBe(
      'c "l" {\n\ttoken   = "(secret)"\n\theaders = {a = ["(secret)"]}\n}\n',
    )
  })
})

describe('comparing arguments', () => {
  it('looks into everything', () => {
    const text = 'targets = [{a = 1}]\nbearer_token = "t"\nrule { }'
    expect(deepEqual(argsOf(schema, text), argsOf(schema, text))).toBe(true)
    expect(deepEqual(argsOf(schema, text), argsOf(schema, text.replace('"t"', '"u"')))).toBe(false)
    expect(deepEqual(argsOf(schema, text), argsOf(schema, text.replace('a = 1', 'a = 2')))).toBe(false)
    expect(deepEqual(receiver.wrap(one), receiver.wrap(one))).toBe(true)
    expect(deepEqual(receiver.wrap(one), receiver.wrap({ id: 1 }))).toBe(false)
  })
})
