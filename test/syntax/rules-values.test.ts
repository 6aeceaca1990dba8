/** Rule by rule: values, operators, access, calls, secrets; and how values are written back. */
import { describe, expect, it } from 'vitest'
import { value } from './language.ts'

describe('numbers', () => {
  it.each([
    ['are whole as far as 64 bits go', '9223372036854775807', '9223372036854775807'],
    ['without a sign too', '18446744073709551615', '18446744073709551615'],
    ['and floats beyond', '18446744073709551616 == 18446744073709551616.0', 'true'],
    ['wrap round silently', '9223372036854775807 + 1', '-9223372036854775808'],
    ['with a float become floats', '1 + 0.5', '1.5'],
    ['of different kinds can be equal', '1 == 1.0', 'true'],
    ['divide by cutting off', '7 / 2', '3'],
    ['towards zero', '-7 / 2', '-3'],
    ['as floats exactly', '7 / 2.0', '3.5'],
    ['have a remainder with the sign of the left', '-7 % 3', '-1'],
    ['can not be divided by zero', '1 / 0', 'refused: 1:5: 0 divide by zero error'],
    ['nor by a zero of the other kind', '1 / 0.0', 'refused: 1:5: 0.0 divide by zero error'],
    ['can be raised', '2 ^ 10', '1024'],
    ['also to fractions', '4 ^ 0.5', '2'],
    // Alloy gives the base.
    ['and to negative powers', '2 ^ -1', '0.5'],
    ['have a negative', '-(1 + 2)', '-3'],
    ['that is signed', '-9223372036854775808', '-9223372036854775808'],
    ['too large for a float are none', '1e400', 'refused: 1:1: 1e400 is too large for a number'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})

describe('operators', () => {
  it.each([
    // Alloy looks at both sides always.
    ['&& asks the right side only when it counts', 'false && missing', 'false'],
    ['|| as well', 'true || missing', 'true'],
    ['&& wants truths', '1 && true', 'refused: 1:1: 1 should be one of [bool] for binop &&, got number'],
    ['and on the right', 'true && 1', 'refused: 1:9: 1 should be one of [bool] for binop &&, got number'],
    ['! wants one', '!1', 'refused: 1:2: 1 should be bool, got number'],
    ['- wants a number', '-"a"', 'refused: 1:2: "a" should be number, got string'],
    ['+ joins texts', '"a" + "b"', '"ab"'],
    ['+ mixes nothing', '"a" + 1', 'refused: 1:7: 1 should be string, got number'],
    ['nor the other way round', '1 + "a"', 'refused: 1:5: "a" should be number, got string'],
    ['- wants numbers', '"a" - "b"', 'refused: 1:1: "a" should be one of [number] for binop -, got string'],
    ['< compares texts by their bytes', '"Z" < "a" && "￿" < "😀"', 'true'],
    [
      '< wants numbers or texts',
      'true < false',
      'refused: 1:1: true should be one of [number string] for binop <, got bool',
    ],
    ['< wants both of one type', '1 < "a"', 'refused: 1:5: "a" should be number, got string'],
    ['== takes anything', '1 == "1"', 'false'],
    ['== looks into lists and objects', '[1, {a = [2]}] == [1.0, {a = [2.0]}]', 'true'],
    ['!= is the opposite', '[1] != [1, 2]', 'true'],
    ['null equals null alone', 'null == null && null != 0 && null != ""', 'true'],
    ['functions equal nothing', 'string.join == string.join', 'false'],
    ['targets equal by their labels', 'target == target', 'true'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})

describe('access', () => {
  it.each([
    ['a field', '{a = 1}.a', '1'],
    ['a field that is missing is an error', '{a = 1}.b', 'refused: 1:9: field "b" does not exist'],
    ['an index that is missing is null', '{a = 1}["b"]', 'null'],
    ['an index of an object is a text', '{a = 1}[0]', 'refused: 1:9: 0 should be string, got number'],
    ['an index of a list', '["a", "b"][1]', '"b"'],
    ['fractions are cut off', '["a", "b"][1.9]', '"b"'],
    ['beyond its end', '["a"][1]', 'refused: 1:7: 1 index 1 is out of range of array with length 1'],
    ['before its start', '["a"][-1]', 'refused: 1:7: -1 index -1 is out of range of array with length 1'],
    ['an index of a list is a number', '["a"]["0"]', 'refused: 1:7: "0" should be number, got string'],
    ['a text has no indexes', '"abc"[0]', 'refused: 1:1: "abc" expected object or array, got string'],
    ['a number has no fields', '(1).a', 'refused: 1:1: (1) cannot access field "a" on value of type number'],
    ['targets have the fields of their labels', 'target.__address__', '"x:1"'],
    ['and indexes', 'target["b"]', 'null'],
    ['a name that is unknown', 'missing', 'refused: 1:1: identifier "missing" does not exist'],
    ['only functions can be called', '(1)()', 'refused: 1:1: (1) should be function, got number'],
    ['with the right number of arguments', 'string.to_upper()', 'refused: 1:1: string.to_upper expected 1 args, got 0'],
    ['at least', 'string.format()', 'refused: 1:1: string.format expected at least 1 args, got 0'],
    ['and at most', 'array.group_by([], "", true, 1)', 'refused: 1:1: array.group_by expected 3 args, got 4'],
    ['arguments are converted', 'string.join([0, 0.5], ", ")', '"0, 0.5"'],
    ['or refused where they stand', 'string.join([0, true], ", ")', 'refused: 1:17: true should be string, got bool'],
    [
      'with the way into what is not spelled out',
      'string.join(array.concat([true]), "")',
      'refused: 1:13: array.concat([true])[0] should be string, got bool',
    ],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})

describe('secrets', () => {
  it.each([
    ['show as such', 'secret', '(secret)'],
    ['what may be one and is not shows', 'shown', '"12"'],
    ['with text stay secret', '"a" + secret + "b"', '(secret)'],
    ['that may be ones too', 'hidden + "b"', '(secret)'],
    ['plain text stays plain', 'shown + "b"', '"12b"'],
    ['one side is enough', 'shown + secret', '(secret)'],
    ['compare as texts', 'secret == "hunter2" && shown == "12"', 'true'],
    ['are no texts', 'string.to_upper(secret)', 'refused: 1:17: secret secrets may not be converted into strings'],
    ['nor in lists', 'string.join([secret], "")', 'refused: 1:14: secret secrets may not be converted into strings'],
    ['nor formatted', 'string.format("%s", secret)', 'refused: 1:21: secret secrets may not be converted into strings'],
    [
      'nor as JSON',
      'encoding.to_json({a = secret})',
      'refused: 1:23: secret secrets may not be converted into strings',
    ],
    [
      'can not be looked into',
      'secret.a',
      'refused: 1:1: secret expected object or array or a capsule convertible to an object, got capsule',
    ],
    ['are made plain by one function', 'convert.nonsensitive(secret)', '"hunter2"'],
    ['which takes all texts', 'convert.nonsensitive(shown) + convert.nonsensitive("a")', '"12a"'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})

describe('values written back', () => {
  it.each([
    ['null and truths', '[null, true]', '[null, true]'],
    ['floats without exponent', '[1e21, 1e-7]', '[1000000000000000000000, 0.0000001]'],
    ['texts with escapes', '"a\\"\\\\\\n\\u0001"', '"a\\"\\\\\\n\\x01"'],
    ['lists on one line', '[1, [2, 3]]', '[1, [2, 3]]'],
    ['objects over lines, with sorted keys', '{b = 1, a = 2}', '{\n\ta = 2,\n\tb = 1,\n}'],
    [
      'keys in quotes where they are no names',
      '{"a b" = 1, c = 2, null_ = 3}',
      '{\n\t"a b" = 1,\n\tc     = 2,\n\tnull_ = 3,\n}',
    ],
    ['empty ones', '[{}, []]', '[{}, []]'],
    ['targets as objects', 'target', '{\n\t__address__ = "x:1",\n}'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})
