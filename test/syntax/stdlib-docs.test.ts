import { describe, expect, it } from 'vitest'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import { CONSTANT_DOCS, FUNCTION_DOCS } from '../../core/syntax/stdlib-docs.ts'
import { FunctionValue, isObject, type Value } from '../../core/syntax/value.ts'

const { values, deprecated, experimental } = createStandardLibrary({
  constants: { hostname: '', os: '', arch: '', version: '' },
  environment: new Map(),
})

function functionsOf(entries: Iterable<readonly [string, Value]>, prefix = ''): FunctionValue[] {
  return [...entries].flatMap(([name, value]) => {
    if (value instanceof FunctionValue) return deprecated.has(prefix + name) ? [] : [value]
    return isObject(value) ? functionsOf(value, `${name}.`) : []
  })
}

const functions: readonly FunctionValue[] = functionsOf(values)

describe('the reference of functions', () => {
  it('has them all, and no others', () => {
    expect(Object.keys(FUNCTION_DOCS).sort()).toEqual(functions.map(({ name }) => name).sort())
    for (const name of [...experimental, ...deprecated.values()]) expect(FUNCTION_DOCS).toHaveProperty([name])
    expect(Object.keys(CONSTANT_DOCS)).toEqual(
      [...((values.get('constants') ?? new Map()) as Map<string, Value>).keys()].sort(),
    )
  })

  it.each(functions.map((one) => [one.name, one] as const))(
    'says how many arguments %s takes',
    (name, { parameters }) => {
      const inside = /^\((.*)\) → \S/.exec(FUNCTION_DOCS[name].signature)?.[1] ?? 'wrong'
      const written = inside === '' ? [] : inside.split(/, (?![^(]*\))/)
      const many = written.some((one) => one.startsWith('…'))
      const optional = written.filter((one) => /^\w+\? /.test(one)).length
      expect({
        least: written.length - optional - (many ? 1 : 0),
        most: many ? Number.POSITIVE_INFINITY : written.length,
      }).toEqual(parameters)
    },
  )
})
