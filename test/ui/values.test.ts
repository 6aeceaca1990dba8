import { describe, expect, it } from 'vitest'
import type { WebStatement, WebValue } from '../../core/api/web.ts'
import { idInPath, idOf, siblingOf } from '../../ui/values/ids.ts'
import { createLines, filtered, MAX_LINES } from '../../ui/values/lines.ts'
import { printBody, printValue } from '../../ui/values/print.ts'
import { runsOf } from '../../ui/values/statements.ts'

const text = (value: string): WebValue => ({ type: 'string', value })

describe('values', () => {
  it.each<[WebValue, string]>([
    [{ type: 'null' }, 'null'],
    [{ type: 'bool', value: true }, 'true'],
    [{ type: 'number', value: '18446744073709551615' }, '18446744073709551615'],
    [text('a "b"\\\n\x01'), '"a \\"b\\"\\\\\\n\\x01"'],
    [{ type: 'capsule', value: '(secret)' }, '(secret)'],
    [{ type: 'array', value: [] }, '[]'],
    [{ type: 'object', value: [] }, '{}'],
    [{ type: 'object', value: [{ key: 'a.b', value: text('x') }] }, '{ "a.b" = "x" }'],
  ])('%j', (value, printed) => {
    expect(printValue(value)).toBe(printed)
  })

  it('take a line for each part when they are long', () => {
    const long = text('x'.repeat(60))
    const value: WebValue = {
      type: 'object',
      value: [
        { key: 'a', value: long },
        { key: 'long', value: { type: 'array', value: [long, long] } },
      ],
    }
    expect(printValue(value)).toBe(
      `{\n\ta    = "${'x'.repeat(60)}",\n\tlong = [\n\t\t"${'x'.repeat(60)}",\n\t\t"${'x'.repeat(60)}",\n\t],\n}`,
    )
  })

  it('stand in bodies as they could in a file', () => {
    const body: readonly WebStatement[] = [
      { type: 'attr', name: 'enabled', value: { type: 'bool', value: false } },
      { type: 'block', name: 'rule', label: 'a', body: [{ type: 'block', name: 'empty', body: [] }] },
    ]
    expect(printBody(body)).toBe('enabled = false\nrule "a" {\n\tempty {\n\t}\n}\n')
  })

  it('of one name make runs', () => {
    const block = (name: string): WebStatement => ({ type: 'block', name, body: [] })
    const attr: WebStatement = { type: 'attr', name: 'x', value: { type: 'null' } }
    expect(
      runsOf([block('a'), block('a'), attr, block('b'), block('a')]).map((run) => run.map(({ name }) => name)),
    ).toEqual([['a', 'a'], ['b'], ['a']])
  })
})

describe('ids', () => {
  it('of components in modules begin with the module', () => {
    expect(idOf({ moduleID: '', localID: 'a.b' })).toBe('a.b')
    expect(siblingOf({ moduleID: 'm.x/m.y' }, 'a.b')).toBe('m.x/m.y/a.b')
    expect(idInPath('m.x/a b')).toBe('m.x/a%20b')
  })
})

describe('a feed', () => {
  it('keeps the last lines', () => {
    const lines = createLines()
    for (let index = 0; index < 12_345; index += 5) lines.add([0, 1, 2, 3, 4].map((more) => `line ${index + more}`))
    const kept = lines.runs().flatMap((run) => run.lines)
    expect(kept.at(-1)).toBe('line 12344')
    expect(kept.length).toBe(lines.count())
    expect(kept.length).toBeGreaterThanOrEqual(MAX_LINES)
    expect(kept.length).toBeLessThan(MAX_LINES + 100)
    expect(lines.runs().length).toBeLessThanOrEqual(51)
  })

  it('survives a burst and a clearing', () => {
    const lines = createLines()
    lines.add(Array.from({ length: 20_000 }, (_, index) => `${index}`))
    expect(lines.runs().at(-1)?.lines.at(-1)).toBe('19999')
    expect(lines.count()).toBeLessThan(MAX_LINES + 100)
    lines.clear()
    expect(lines.count()).toBe(0)
    expect(lines.runs()).toEqual([])
  })

  it('leaves full runs as they are: what was drawn of them stays', () => {
    const lines = createLines()
    lines.add(Array.from({ length: 150 }, (_, index) => `${index}`))
    const [full, open] = lines.runs()
    lines.add(['more'])
    expect(lines.runs()[0]).toBe(full)
    expect(lines.runs()[1]).not.toBe(open)
    expect(lines.runs()[1].id).toBe(open.id)
  })

  it('is filtered without regard to case', () => {
    expect(filtered(['Up', 'down', 'UPPER'], 'up')).toEqual(['Up', 'UPPER'])
    expect(filtered(['a'], '')).toEqual(['a'])
  })
})
