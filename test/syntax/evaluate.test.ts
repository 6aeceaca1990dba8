import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { evaluate, scopeOf } from '../../core/syntax/evaluate.ts'
import { parseExpression } from '../../core/syntax/parser.ts'
import {
  capsuleType,
  FunctionValue,
  formatValue,
  OptionalSecret,
  Secret,
  targetCapsule,
  toValue,
  type Value,
  ValueError,
} from '../../core/syntax/value.ts'

const receiver = capsuleType<{ id: number }>('MetricsReceiver')

const names: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['obj', toValue({ a: 1, b: { c: [1, 2] }, 'x y': 'z' })],
  ['list', toValue(['p', 'q'])],
  ['secret', new Secret('hunter2')],
  ['shown', new OptionalSecret('plain', false)],
  ['hidden', new OptionalSecret('hunter3', true)],
  ['receiver', receiver.wrap({ id: 1 })],
  ['target', targetCapsule.wrap(new Map([['__address__', 'x:1']]))],
  ['double', new FunctionValue('double', { least: 1, most: 1 }, ([x]) => `${x}${x}`)],
  [
    'fail',
    new FunctionValue('fail', { least: 1, most: 3 }, () => {
      throw new ValueError('is not welcome', 1, '.a')
    }),
  ],
])

function run(text: string): string {
  const parsed = parseExpression(text)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join())
  const result = evaluate(parsed.expression, scopeOf(names))
  return result.ok ? formatValue(result.value) : formatDiagnostic(result.diagnostic)
}

describe('values', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['7 / 2', '3'],
    ['-7 / 2', '-3'],
    ['-7 % 3', '-1'],
    ['7 / 2.0', '3.5'],
    ['7.5 % 2', '1.5'],
    ['-2 ^ 2', '4'],
    ['2 ^ 3 ^ 2', '512'],
    ['2 ^ -1', '0.5'],
    ['2 ^ 64', '0'],
    ['9223372036854775807 + 1', '-9223372036854775808'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '18446744073709552000'],
    ['1e21 + 0', '1000000000000000000000'],
    ['1e-7', '0.0000001'],
    ['01234567', '342391'],
    ['08', '8'],
    ['1 == 1.0', 'true'],
    ['1 == "1"', 'false'],
    ['null == null', 'true'],
    ['9007199254740993 == 9007199254740992.0', 'false'],
    ['[1, {a = 2}] == [1.0, {a = 2}]', 'true'],
    ['double == double', 'false'],
    ['receiver == receiver', 'true'],
    ['"a" < "b"', 'true'],
    ['"Z" < "a"', 'true'],
    ['"￿" < "😀"', 'true'],
    ['3 < 4 == true', 'true'],
    ['1 <= 1.0', 'true'],
    ['!(true && false) || false', 'true'],
    ['false && nothing', 'false'],
    ['true || nothing', 'true'],
    ['"a" + "b"', '"ab"'],
    ['"\\x41\\101\\u00e9\\U0001F600\\n"', '"AAé😀\\n"'],
    ['"\\xc3\\xa9"', '"é"'],
    ['`a\\n`', '"a\\\\n"'],
    ['obj.b.c[1]', '2'],
    ['obj["x y"]', '"z"'],
    ['obj["nothing"]', 'null'],
    ['list[1.9]', '"q"'],
    ['{a = 1, a = 2}.a', '2'],
    ['{"a\\"b" = 1}', '{\n\t"a\\\\\\"b" = 1,\n}'],
    ['target.__address__', '"x:1"'],
    ['target["nothing"]', 'null'],
    ['double("x")', '"xx"'],
    ['[1, null, true, {}]', '[1, null, true, {}]'],
    ['receiver', 'capsule("MetricsReceiver")'],
  ])('%s is %s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

describe('secrets', () => {
  it.each([
    ['secret', '(secret)'],
    ['secret + "x"', '(secret)'],
    ['"x" + secret', '(secret)'],
    ['secret + hidden', '(secret)'],
    ['shown + secret', '(secret)'],
    ['hidden + "x"', '(secret)'],
    ['hidden', '(secret)'],
    ['shown', '"plain"'],
    ['shown + "x"', '"plainx"'],
    ['secret == "hunter2"', 'true'],
    ['hidden == secret', 'false'],
    ['{a = secret}', '{\n\ta = (secret),\n}'],
  ])('%s shows as %s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })

  it('never leave their object unasked', () => {
    for (const value of [new Secret('hunter2'), new OptionalSecret('hunter2', true)]) {
      expect(`${value} ${JSON.stringify({ value })} ${formatValue([value])}`).not.toContain('hunter2')
      expect(value.reveal()).toBe('hunter2')
    }
  })
})

describe('problems', () => {
  it.each([
    ['nothing', '1:1: identifier "nothing" does not exist'],
    ['obj.b.nothing', '1:7: field "nothing" does not exist'],
    ['obj.a.b', '1:1: obj.a cannot access field "b" on value of type number'],
    ['receiver.x', '1:1: receiver expected object or array or a capsule convertible to an object, got capsule'],
    ['secret.x', '1:1: secret expected object or array or a capsule convertible to an object, got capsule'],
    ['list[2]', '1:6: 2 index 2 is out of range of array with length 2'],
    ['list[-1]', '1:6: -1 index -1 is out of range of array with length 2'],
    ['list["a"]', '1:6: "a" should be number, got string'],
    ['obj[1]', '1:5: 1 should be string, got number'],
    ['"abc"[0]', '1:1: "abc" expected object or array, got string'],
    ['1 + true', '1:5: true should be one of [number string capsule] for binop +, got bool'],
    ['1 < true', '1:5: true should be one of [number string] for binop <, got bool'],
    ['1 && true', '1:1: 1 should be one of [bool] for binop &&, got number'],
    ['"a" + 1', '1:7: 1 should be string, got number'],
    ['1 / 0', '1:5: 0 divide by zero error'],
    ['1 % 0.0', '1:5: 0.0 divide by zero error'],
    ['1e400', '1:1: 1e400 is too large for a number'],
    ['!1', '1:2: 1 should be bool, got number'],
    ['-"a"', '1:2: "a" should be number, got string'],
    ['obj()', '1:1: obj should be function, got object'],
    ['double()', '1:1: double expected 1 args, got 0'],
    ['fail()', '1:1: fail expected at least 1 args, got 0'],
    ['fail(1, obj)', '1:9: obj.a is not welcome'],
    ['secret + 1', '1:10: 1 should be capsule, got number'],
    ['receiver + receiver', '1:1: receiver could not perform binop + for unknown types lhs capsule rhs capsule'],
  ])('of %s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })

  it('keep the text of long expressions and of secrets to themselves', () => {
    expect(run(`-"${'x'.repeat(100)}"`)).toBe('1:2: value should be number, got string')
    const parsed = parseExpression('-"hunter2"')
    if (!parsed.ok) throw new Error('does not parse')
    const result = evaluate(parsed.expression, scopeOf(names), { hideText: true })
    expect(result.ok || formatDiagnostic(result.diagnostic)).toBe('1:2: value should be number, got string')
  })

  it('do not overflow the stack at the deepest expressions that parse', () => {
    expect(run(`${'1+'.repeat(900)}1`)).toBe('901')
    expect(run(`${'('.repeat(190)}1${')'.repeat(190)}`)).toBe('1')
  })
})

describe('host data', () => {
  it('becomes values and is bounded', () => {
    expect(toValue({ a: undefined, b: 1.5, c: new Map([['d', 2]]) })).toEqual(
      new Map<string, unknown>([
        ['b', 1.5],
        ['c', new Map([['d', 2n]])],
      ]),
    )
    expect(() => toValue(() => 1)).toThrow(ValueError)
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(() => toValue(deep)).toThrow(/nested more than 500/)
  })
})
