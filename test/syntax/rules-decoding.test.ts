/** Rule by rule: from values to the arguments of components. */
import { describe, expect, it } from 'vitest'
import { attr, block, labelledBlock, nested, squash } from '../../core/syntax/schema.ts'
import {
  any,
  bool,
  duration,
  int,
  list,
  map,
  number,
  optionalSecret,
  secret,
  string,
  type Type,
  target,
} from '../../core/syntax/types.ts'
import { OptionalSecret, Secret } from '../../core/syntax/value.ts'
import { argument, decoded } from './language.ts'

describe('conversions', () => {
  it.each<[string, Type<unknown>, string, unknown]>([
    ['numbers to text', string, '[12, 1.5, 1e21][2]', '1000000000000000000000'],
    ['whole ones too', string, '12', '12'],
    ['text to numbers', number, '"12"', 12],
    ['negative ones', number, '"-12"', -12],
    ['fractions', number, '"1.5"', 1.5],
    ['with an exponent', number, '"1E3"', 1000],
    ['no other text', number, '"1h"', 'refused: 2:5: "1h" should be number, got string'],
    ['truths to nothing', string, 'true', 'refused: 2:5: true should be string, got bool'],
    ['nothing to truths', bool, '"true"', 'refused: 2:5: "true" should be bool, got string'],
    ['null to nothing', string, 'null', ''],
    ['null to an empty list', list(string), 'null', []],
    ['fractions are cut off', int, '1.9', 1],
    ['text to secrets', secret, '"a"', new Secret('a')],
    ['secrets to secrets', secret, 'secret', new Secret('hunter2')],
    ['what may be a secret to one', secret, 'shown', new Secret('12')],
    ['text to what may be a secret', optionalSecret, '"a"', new OptionalSecret('a', false)],
    ['secrets to what may be one', optionalSecret, 'secret', new OptionalSecret('hunter2', true)],
    ['what is none to text', string, 'shown', '12'],
    ['and on to a number', number, 'shown', 12],
    ['but no secret to text', string, 'secret', 'refused: 2:5: secret secrets may not be converted into strings'],
    [
      'nor what turned out to be one',
      string,
      'hidden',
      'refused: 2:5: hidden secrets may not be converted into strings',
    ],
    [
      'objects to targets',
      target,
      '{a = 1, b = "c"}',
      new Map([
        ['a', '1'],
        ['b', 'c'],
      ]),
    ],
    ['but no null in them', target, '{a = null}', 'refused: 2:10: null should be string, got null'],
    ['nor secrets', target, '{a = secret}', 'refused: 2:10: secret secrets may not be converted into strings'],
    ['targets to maps', map(string), 'target', new Map([['__address__', 'x:1']])],
    ['durations', duration, '"1m30s"', 90_000],
    ['without days', duration, '"1d"', 'refused: 2:5: "1d" is not a duration: unknown unit "d" in duration "1d"'],
    ['anything to anything', any, '[1]', [1n]],
    ['problems are where the value is', list(number), '[1, "a"]', 'refused: 2:9: "a" should be number, got string'],
    [
      'as deep as it is spelled out',
      map(list(number)),
      '{a = [1, "b"]}',
      'refused: 2:14: "b" should be number, got string',
    ],
    [
      'or with the way to it',
      list(number),
      'array.concat(["a"])',
      'refused: 2:5: array.concat(["a"])[0] should be number, got string',
    ],
  ])('%s', (_, type, text, expected) => {
    expect(argument(type, text)).toEqual(expected)
  })
})

const schema = block({
  required: attr.required(number),
  optional: attr.optional(number, 7),
  inner: nested.optional(block({ a: attr.optional(number, 1) })),
  defaulted: nested.defaulted(block({ a: attr.optional(number, 2) })),
  many: nested.repeated(block({ a: attr.optional(number, 3) })),
  labelled: nested.repeated(labelledBlock({})),
  more: squash(block({ squashed: attr.optional(number, 4) })),
})

describe('blocks', () => {
  it.each<[string, string, unknown]>([
    [
      'defaults fill in what is missing',
      'required = 1',
      {
        required: 1,
        optional: 7,
        inner: undefined,
        defaulted: { a: 2 },
        many: [],
        labelled: [],
        more: { squashed: 4 },
      },
    ],
    ['null is like missing', 'required = 1\noptional = null', expect.objectContaining({ optional: 7 })],
    [
      'a block that is there has its own defaults',
      'required = 1\ninner { }',
      expect.objectContaining({ inner: { a: 1 } }),
    ],
    [
      'blocks come in order',
      'required = 1\nmany { a = 5 }\nmany { }',
      expect.objectContaining({ many: [{ a: 5 }, { a: 3 }] }),
    ],
    [
      'fields of squashed blocks stand among the others',
      'required = 1\nsquashed = 5',
      expect.objectContaining({ more: { squashed: 5 } }),
    ],
    ['labels are arguments', 'required = 1\nlabelled "x" { }', expect.objectContaining({ labelled: [{ label: 'x' }] })],
    ['what is required and missing', '', 'refused: 1:1: missing required attribute "required"'],
    [
      'what is given twice',
      'required = 1\nrequired = 2',
      'refused: 3:1: attribute "required" may only be provided once',
    ],
    ['what is unknown', 'required = 1\nodd = 2', 'refused: 3:1: unrecognized attribute name "odd"'],
    ['a block that is unknown', 'required = 1\nodd { }', 'refused: 3:1: unrecognized block name "odd"'],
    [
      'a block as an attribute',
      'required = 1\ninner = 2',
      'refused: 3:1: "inner" must be a block, but is used as an attribute',
    ],
    [
      'an attribute as a block',
      'required = 1\noptional { }',
      'refused: 3:1: "optional" must be an attribute, but is used as a block',
    ],
    ['a block twice', 'required = 1\ninner { }\ninner { }', 'refused: 4:1: block "inner" may only be specified once'],
    [
      'a label that is missing',
      'required = 1\nlabelled { }',
      'refused: 3:1: block "labelled" requires non-empty label',
    ],
    [
      'a label too many',
      'required = 1\ninner "x" { }',
      'refused: 3:1: block "inner" does not support specifying labels',
    ],
    [
      'all problems at once',
      'required = "a"\nodd = 1',
      'refused: 3:1: unrecognized attribute name "odd"; 2:12: "a" should be number, got string',
    ],
  ])('%s', (_, body, expected) => {
    expect(decoded(schema, body)).toEqual(expected)
  })
})
