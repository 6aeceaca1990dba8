import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { evaluate, scopeOf } from '../../core/syntax/evaluate.ts'
import { parseExpression } from '../../core/syntax/parser.ts'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import { formatValue, OptionalSecret, Secret, type Value } from '../../core/syntax/value.ts'

const library = createStandardLibrary({
  constants: { hostname: 'h', os: 'linux', arch: 'amd64', version: 'v1.2.3' },
  environment: new Map([['HOME', '/root']]),
})
const scope = scopeOf(
  new Map<string, Value>([
    ['secret', new Secret('hunter2')],
    ['shown', new OptionalSecret('plain', false)],
  ]),
  library.values,
)

function run(text: string): string {
  const parsed = parseExpression(text)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join())
  const result = evaluate(parsed.expression, scope)
  return result.ok ? formatValue(result.value) : formatDiagnostic(result.diagnostic)
}

describe('functions', () => {
  it.each([
    ['array.concat()', '[]'],
    ['array.concat([1], [], [2, [3]])', '[1, 2, [3]]'],
    ['coalesce()', 'null'],
    ['coalesce(null, 0, "", [], {}, false, "x", "y")', '"x"'],
    ['coalesce(0, "")', '""'],
    ['constants.os + constants.version', '"linuxv1.2.3"'],
    ['convert.nonsensitive(secret)', '"hunter2"'],
    ['convert.nonsensitive(shown) + convert.nonsensitive("x")', '"plainx"'],
    ['encoding.from_json(`{"a": [1, "x", null]}`).a[0] / 2', '0.5'],
    [
      'encoding.to_json({b = 1, a = ["<&>", 1.5, true, null]})',
      '"{\\"a\\":[\\"\\\\u003c\\\\u0026\\\\u003e\\",1.5,true,null],\\"b\\":1}"',
    ],
    ['encoding.from_yaml("a: [1, 0x10, 1.5]").a', '[1, 16, 1.5]'],
    ['yaml_decode("x")', '"x"'],
    ['encoding.to_URLbase64("hi?>")', '"aGk_Pg=="'],
    ['encoding.from_URLbase64("aGk_Pg==")', '"hi?>"'],
    ['encoding.url_encode("a b&é")', '"a+b%26%C3%A9"'],
    ['encoding.url_decode("a+b%26%C3%A9")', '"a b&é"'],
    ['json_path(`[{"a": 9007199254740993}, {"b": 1}]`, ".*.a")', '[9007199254740993]'],
    [
      'encoding.to_json(array.combine_maps([{a = 1, b = 2}, {a = 2}], [{a = 1, b = 3, c = 4}], ["a"])[0])',
      '"{\\"a\\":1,\\"b\\":3,\\"c\\":4}"',
    ],
    // As in Alloy: once for each of the right that does not match, and so not at all when there is none.
    ['array.combine_maps([{a = 1}], [{a = 1}, {a = 2}, {a = 3}], ["a"], true)[2].a', '1'],
    ['array.combine_maps([{a = 1}], [], ["a"], true)', '[]'],
    ['array.combine_maps([{a = null}], [{b = 1}], ["a"])', '[]'],
    [
      'encoding.to_json(array.group_by([{k = "x", n = 1}, {n = 2}, {k = "x"}], "k", false)[0])',
      '"{\\"items\\":[{\\"k\\":\\"x\\",\\"n\\":1},{\\"k\\":\\"x\\"}],\\"k\\":\\"x\\"}"',
    ],
    ['array.group_by([{k = "x"}, {n = 2}], "k", false)[1].k', '""'],
    ['encoding.to_base64("é")', '"w6k="'],
    ['encoding.from_base64("w6k=")', '"é"'],
    ['file.path_join("a", "", "../b/./c", "d")', '"b/c/d"'],
    ['file.path_join("/", "..", "a")', '"/a"'],
    ['file.path_join()', '""'],
    ['string.join([0, 0, 1], ", ")', '"0, 0, 1"'],
    ['string.split("a,b", ",")', '["a", "b"]'],
    ['string.split("a😀", "")', '["a", "😀"]'],
    ['string.replace("a$b", "$", "$&")', '"a$&b"'],
    ['string.replace("ab", "", "-")', '"-a-b-"'],
    ['string.to_upper("straße")', '"STRAßE"'],
    ['string.to_lower("ÀBİ")', '"àbi"'],
    ['string.trim("xyaxbyx", "xy")', '"axb"'],
    ['string.trim_space(" \\t a b\\n")', '"a b"'],
    ['string.trim_prefix("abc", "ab")', '"c"'],
    ['string.trim_suffix("abc", "bc")', '"a"'],
    ['sys.env("HOME") + sys.env("NOTHING")', '"/root"'],
    ['env("HOME")', '"/root"'],
    ['join(split("a b", " "), "-")', '"a-b"'],
  ])('%s gives %s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })

  it.each([
    ['string.join("a")', '1:1: string.join expected 2 args, got 1'],
    ['string.join("a", "b")', '1:13: "a" should be array, got string'],
    ['string.join(["a", true], "b")', '1:19: true should be string, got bool'],
    ['array.concat([1], 2)', '1:19: 2 should be array, got number'],
    ['array.concat(null)', '1:14: null should be array, got null'],
    ['string.to_upper(secret)', '1:17: secret secrets may not be converted into strings'],
    ['string.format("%s", [secret])', '1:22: secret secrets may not be converted into strings'],
    ['encoding.to_json({a = secret})', '1:23: secret secrets may not be converted into strings'],
    ['encoding.to_json([1])', '1:18: [1] should be object, got array'],
    ['encoding.from_json("{")', '1:20: "{" is not valid JSON'],
    ['encoding.from_base64("w6k")', '1:22: "w6k" is not valid base64'],
    ['json_path("{", "$")', '1:11: "{" is not valid JSON'],
    ['encoding.url_decode("%z")', '1:21: "%z" has an invalid URL escape "%z"'],
    ['array.combine_maps([{a = 1}], [{a = 1}], [])', '1:42: [] should name at least one key'],
    ['array.combine_maps([{a = 1}], [{a = 1}])', '1:1: array.combine_maps expected at least 3 args, got 2'],
    ['array.group_by([{a = 1}], "a", true)', '1:22: 1 should be string, got number'],
    ['string.nothing("x")', '1:8: field "nothing" does not exist'],
  ])('%s is refused', (text, expected) => {
    expect(run(text)).toBe(expected)
  })

  it('bounds the depth of JSON', () => {
    const parsed = parseExpression(`encoding.from_json(sys.env("DEEP"))`)
    if (!parsed.ok) throw new Error('does not parse')
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    const { values } = createStandardLibrary({
      constants: { hostname: '', os: '', arch: '', version: '' },
      environment: new Map([['DEEP', deep]]),
    })
    const result = evaluate(parsed.expression, scopeOf(values))
    expect(result.ok || result.diagnostic.message).toMatch(/nested more than 200 levels deep|not valid JSON/)
  })

  it('knows which names are old', () => {
    expect(library.deprecated.get('concat')).toBe('array.concat')
    for (const [alias] of library.deprecated) expect(library.values.has(alias), alias).toBe(true)
  })
})

describe('string.format', () => {
  // Expected texts are those of Go's fmt.Sprintf.
  it.each([
    ['"%s is %d", "x", 5', 'x is 5'],
    ['"%05d|%-5d|%+d|% d", 42, 42, 42, 42', '00042|42   |+42| 42'],
    ['"%05d", -42', '-0042'],
    ['"%x %X %#x %o %b %c %U", 255, 255, 255, 8, 5, 65, 65', 'ff FF 0xff 10 101 A U+0041'],
    ['"%x", "hi"', '6869'],
    ['"%.2f|%8.3f|%-8.1f|", 3.14159, 3.14159, 3.14159', '3.14|   3.142|3.1     |'],
    ['"%e %g %G", 1500.0, 1e21, 1e-7', '1.500000e+03 1e+21 1E-07'],
    ['"%v %v %v %v", 1, 2.5, true, "s"', '1 2.5 true s'],
    ['"%v %v", [1, "a"], {b = 1, a = 2}', '[1 a] map[a:2 b:1]'],
    ['"%q %t %T", "a", true, "x"', '"a" true string'],
    ['"%5s|%-5s|%.2s", "ab", "ab", "abc"', '   ab|ab   |ab'],
    ['"%d %s %t", 3.0, 1, "x"', '%!d(float64=3) %!s(int=1) %!t(string=x)'],
    ['"%s"', '%!s(MISSING)'],
    ['"a", 1, "b"', 'a%!(EXTRA int=1, string=b)'],
    ['"100%%"', '100%'],
    ['"100%"', '100%!(NOVERB)'],
    ['"%z", 1', '%!z(int=1)'],
  ])('%s', (args, expected) => {
    const parsed = parseExpression(`string.format(${args})`)
    if (!parsed.ok) throw new Error('does not parse')
    expect(evaluate(parsed.expression, scope)).toEqual({ ok: true, value: expected })
  })
})
