/** Rule by rule: every function of the standard library, under its name and its old one. */
import { describe, expect, it } from 'vitest'
import { FUNCTION_DOCS } from '../../core/syntax/stdlib-docs.ts'
import { value } from './language.ts'

const RULES: readonly (readonly [string, string])[] = [
  ['array.concat([1], [], [2])', '[1, 2]'],
  ['array.concat()', '[]'],
  ['array.combine_maps([{a = 1, b = 1}], [{a = 1, b = 2}, {a = 2}], ["a"])', '[{\n\ta = 1,\n\tb = 2,\n}]'],
  ['array.combine_maps([{a = 1}], [{a = 2}, {a = 3}], ["a"], true)', '[{\n\ta = 1,\n}, {\n\ta = 1,\n}]'],
  ['array.combine_maps([{a = 1}], [], ["a"], true)', '[]'],
  ['array.combine_maps([], [], [])', 'refused: 1:28: [] should name at least one key'],
  ['array.group_by([{k = "b"}, {k = "a"}], "k", true)[0].k', '"b"'],
  ['array.group_by([{x = 1}], "k", true)', '[]'],
  ['array.group_by([{x = 1}], "k", false)[0].k', '""'],
  ['coalesce(null, 0, false, "", [], {}, "a")', '"a"'],
  ['coalesce(0, "")', '""'],
  ['coalesce()', 'null'],
  ['constants.hostname + constants.os + constants.arch + constants.version', '"boxlinuxamd64v1.2.3"'],
  ['convert.nonsensitive(secret)', '"hunter2"'],
  ['encoding.from_json(`{"a": [1, null]}`).a', '[1, null]'],
  ['encoding.from_json("1") / 2', '0.5'],
  ['encoding.from_yaml("a: 1").a / 2', '0'],
  ['encoding.from_yaml("2020-01-01")', '"2020-01-01T00:00:00Z"'],
  ['encoding.to_json({b = "<&>", a = 1})', '"{\\"a\\":1,\\"b\\":\\"\\\\u003c\\\\u0026\\\\u003e\\"}"'],
  ['encoding.to_json([1])', 'refused: 1:18: [1] should be object, got array'],
  ['encoding.to_base64("hi?>")', '"aGk/Pg=="'],
  ['encoding.from_base64("aGk/Pg==")', '"hi?>"'],
  ['encoding.to_URLbase64("hi?>")', '"aGk_Pg=="'],
  ['encoding.from_URLbase64("aGk_Pg==")', '"hi?>"'],
  ['encoding.url_encode("a b")', '"a+b"'],
  ['encoding.url_decode("a+b")', '"a b"'],
  ['file.path_join("a", "../b", "", "./c")', '"b/c"'],
  ['json_path(`{"a": [{"b": 1}, {"b": 2}]}`, "$..b")', '[1, 2]'],
  ['json_path(`{"a": [{"b": 1, "c": "x"}]}`, `.a[?(@.c == "x")].b`)', '[1]'],
  ['json_path(`{}`, ".a")', '[]'],
  ['string.format("%d %s %v %q", 1, "a", [1], "b")', '"1 a [1] \\"b\\""'],
  ['string.format("%d", 1.5)', '"%!d(float64=1.5)"'],
  ['string.format("%s")', '"%!s(MISSING)"'],
  ['string.join(["a", "b"], "-")', '"a-b"'],
  ['string.replace("aba", "a", "c")', '"cbc"'],
  ['string.replace("ab", "", "-")', '"-a-b-"'],
  ['string.split("a,b", ",")', '["a", "b"]'],
  ['string.split("ab", "")', '["a", "b"]'],
  ['string.to_lower("AÀ")', '"aà"'],
  ['string.to_upper("aß")', '"Aß"'],
  ['string.trim("xyaxy", "yx")', '"a"'],
  ['string.trim_prefix("aab", "a")', '"ab"'],
  ['string.trim_space("\\t a \\n")', '"a"'],
  ['string.trim_suffix("baa", "a")', '"ba"'],
  ['sys.env("HOME")', '"/root"'],
  ['sys.env("MISSING")', '""'],
]

/** An old name, and a call of it that does what the new one does. */
const OLD_NAMES: readonly (readonly [string, string])[] = [
  ['env("HOME")', '"/root"'],
  ['nonsensitive(secret)', '"hunter2"'],
  ['concat([1], [2])', '[1, 2]'],
  ['json_decode("[1]")', '[1]'],
  ['yaml_decode("[1]")', '[1]'],
  ['base64_decode("aGk=")', '"hi"'],
  ['format("%d", 1)', '"1"'],
  ['join(["a", "b"], "")', '"ab"'],
  ['replace("a", "a", "b")', '"b"'],
  ['split("a b", " ")', '["a", "b"]'],
  ['to_lower("A")', '"a"'],
  ['to_upper("a")', '"A"'],
  ['trim("aba", "a")', '"b"'],
  ['trim_prefix("ab", "a")', '"b"'],
  ['trim_space(" a ")', '"a"'],
  ['trim_suffix("ab", "b")', '"a"'],
]

describe('functions', () => {
  it.each(RULES)('%s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it('are all here', () => {
    const called = new Set(RULES.map(([text]) => /^[\w.]+(?=\()/.exec(text)?.[0]))
    expect(Object.keys(FUNCTION_DOCS).filter((name) => !called.has(name))).toEqual([])
  })

  it.each(OLD_NAMES)('by old names: %s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })
})
