import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../core/telemetry/registry.ts'

interface Line {
  readonly name: string
  readonly labels: Record<string, string>
  readonly value: number
}

interface Parsed {
  readonly help: Map<string, string>
  readonly types: Map<string, string>
  readonly lines: Line[]
}

/** Reads text format 0.0.4 as its specification says, and throws on anything that it doesn't allow. */
function parse(text: string): Parsed {
  const parsed: Parsed = { help: new Map(), types: new Map(), lines: [] }
  const seen = new Set<string>()
  expect(text === '' || text.endsWith('\n')).toBe(true)
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/su.exec(line)
    if (comment !== null) {
      const into = comment[1] === 'HELP' ? parsed.help : parsed.types
      if (into.has(comment[2])) throw new Error(`twice: ${line}`)
      into.set(comment[2], unescaped(comment[3]))
      continue
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/su.exec(line)
    if (sample === null) throw new Error(`not a line: ${JSON.stringify(line)}`)
    const labels = parseLabels(sample[2] ?? '')
    const series = JSON.stringify([sample[1], Object.entries(labels).sort()])
    if (seen.has(series)) throw new Error(`the same series twice: ${line}`)
    seen.add(series)
    parsed.lines.push({ name: sample[1], labels, value: parseValue(sample[3]) })
  }
  return parsed
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/suy
  while (label.lastIndex < text.length) {
    const match = label.exec(text)
    if (match === null) throw new Error(`not a list of labels: ${JSON.stringify(text)}`)
    if (match[1] in labels) throw new Error(`label twice: ${text}`)
    labels[match[1]] = unescaped(match[2])
  }
  return labels
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, (_, char) => (char === 'n' ? '\n' : char))
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  if (text !== 'NaN' && !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(text)) throw new Error(`not a value: ${text}`)
  return Number(text)
}

/** Strings with what needs escaping, line ends of all kinds, separators and letters beyond ASCII. */
const awkward = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\r', 'n', ',', '{', '}', '=', ' ', '\xff', '\u2028', '🜁'),
})

describe('what the registry exposes', () => {
  it('has help, type and value of each metric, families by name', () => {
    const registry = createRegistry()
    registry.gauge('b_gauge', 'A gauge').set(-1.5)
    const counter = registry.counter('a_total', 'A counter')
    counter.inc()
    counter.inc(2)
    expect(registry.expose()).toBe(
      '# HELP a_total A counter\n# TYPE a_total counter\na_total 3\n# HELP b_gauge A gauge\n# TYPE b_gauge gauge\nb_gauge -1.5\n',
    )
    expect(counter.value).toBe(3)
  })

  it('is nothing for families without series', () => {
    const registry = createRegistry()
    registry.counters('a_total', 'A counter', ['x'])
    expect(registry.expose()).toBe('')
  })

  it('reads back as the same labels, help and values, whatever they hold', () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 5e-324),
    )
    const series = fc.record({ x: awkward, y: awkward, value })
    fc.assert(
      fc.property(awkward, fc.uniqueArray(series, { selector: ({ x, y }) => JSON.stringify([x, y]) }), (help, all) => {
        const registry = createRegistry()
        const family = registry.gauges('g', help, ['x', 'y'])
        for (const { x, y, value } of all) family.with(x, y).set(value)
        const { lines, help: helps } = parse(registry.expose())
        expect(lines).toEqual(
          all.map(({ x, y, value }) => ({ name: 'g', labels: { x, y }, value: Object.is(value, -0) ? 0 : value })),
        )
        if (all.length > 0) expect(helps.get('g')).toBe(help)
      }),
      { numRuns: 200 },
    )
  })

  it('keeps apart label values that only look alike side by side', () => {
    const registry = createRegistry()
    const family = registry.counters('c', 'Counter', ['x', 'y'])
    family.with('a\xff', 'b').inc()
    family.with('a', '\xffb').inc(10)
    expect(parse(registry.expose()).lines.map(({ value }) => value)).toEqual([1, 10])
  })

  it('runs beforeCollect first', () => {
    const registry = createRegistry()
    const gauge = registry.gauge('live', 'Set from live state')
    let live = 0
    registry.beforeCollect(() => gauge.set(++live))
    registry.expose()
    expect(parse(registry.expose()).lines).toEqual([{ name: 'live', labels: {}, value: 2 }])
  })

  it('shows the newer of two equal series, and the older again when the newer is gone', () => {
    const registry = createRegistry()
    const [old, young] = [registry.scope({ id: 'a' }), registry.scope({ id: 'a' })]
    old.counter('c', 'Counter').inc(5)
    young.counter('c', 'Counter').inc(1)
    expect(parse(registry.expose()).lines.map(({ value }) => value)).toEqual([1])
    young.close()
    expect(parse(registry.expose()).lines.map(({ value }) => value)).toEqual([5])
  })
})

describe('histograms', () => {
  it('count cumulatively, bounds included, NaN above all', () => {
    const registry = createRegistry()
    const histogram = registry.histograms('h', 'Histogram', [0.1, 1], ['x']).with('v')
    for (const value of [0.05, 0.1, 0.5, 1, 7]) histogram.observe(value)
    const { lines, types } = parse(registry.expose())
    expect(types.get('h')).toBe('histogram')
    expect(lines).toEqual([
      { name: 'h_bucket', labels: { x: 'v', le: '0.1' }, value: 2 },
      { name: 'h_bucket', labels: { x: 'v', le: '1' }, value: 4 },
      { name: 'h_bucket', labels: { x: 'v', le: '+Inf' }, value: 5 },
      { name: 'h_sum', labels: { x: 'v' }, value: 0.05 + 0.1 + 0.5 + 1 + 7 },
      { name: 'h_count', labels: { x: 'v' }, value: 5 },
    ])
    histogram.observe(Number.NaN)
    const counts = parse(registry.expose()).lines.map(({ value }) => value)
    expect(counts).toEqual([2, 4, 6, Number.NaN, 6])
  })

  it('agree with counting by hand', () => {
    const bounds = fc
      .uniqueArray(fc.integer({ min: -50, max: 50 }), { maxLength: 8 })
      .map((all) => all.sort((a, b) => a - b))
    fc.assert(
      fc.property(bounds, fc.array(fc.integer({ min: -60, max: 60 })), (buckets, values) => {
        const registry = createRegistry()
        const histogram = registry.histogram('h', 'Histogram', buckets)
        for (const value of values) histogram.observe(value)
        const lines = parse(registry.expose()).lines
        const expected = [...buckets, Number.POSITIVE_INFINITY].map(
          (le) => values.filter((value) => value <= le).length,
        )
        expect(lines.slice(0, -2).map(({ value }) => value)).toEqual(expected)
        expect(lines.at(-1)?.value).toBe(values.length)
      }),
    )
  })
})

describe('scopes', () => {
  it('put their labels on everything, inner after outer', () => {
    const registry = createRegistry()
    const outer = registry.scope({ component_id: 'x' })
    outer.scope({ url: 'u' }).counters('c', 'Counter', ['code']).with('200').inc()
    outer.gauge('g', 'Gauge')
    expect(registry.expose()).toContain('c{component_id="x",url="u",code="200"} 1\n')
    expect(registry.expose()).toContain('g{component_id="x"} 0\n')
  })

  it('take everything with them when they close, inner ones included, and nothing else', () => {
    const registry = createRegistry()
    const outer = registry.scope({ id: '1' })
    const inner = outer.scope({ part: 'p' })
    let updates = 0
    inner.beforeCollect(() => updates++)
    inner.counter('c', 'Counter')
    outer.histogram('h', 'Histogram', [1])
    registry.scope({ id: '2' }).counter('c', 'Counter')
    registry.expose()
    outer.close()
    expect(registry.expose()).toBe('# HELP c Counter\n# TYPE c counter\nc{id="2"} 0\n')
    expect(updates).toBe(1)
  })

  it('show nothing of what is counted after they closed', () => {
    const registry = createRegistry()
    const scope = registry.scope({ id: '1' })
    const family = scope.counters('c', 'Counter', ['x'])
    family.with('before')
    scope.close()
    family.with('after').inc()
    scope.counter('late', 'Counter').inc()
    scope.scope({ deep: 'd' }).gauge('later', 'Gauge').set(1)
    scope.beforeCollect(() => {
      throw new Error('ran')
    })
    expect(registry.expose()).toBe('')
  })

  it('may be closed by themselves, again, and after their outer one', () => {
    const registry = createRegistry()
    const outer = registry.scope({ id: '1' })
    const inner = outer.scope({ part: 'p' })
    inner.counter('c', 'Counter')
    outer.counter('d', 'Counter')
    inner.close()
    expect(parse(registry.expose()).lines.map(({ name }) => name)).toEqual(['d'])
    outer.close()
    inner.close()
    expect(registry.expose()).toBe('')
  })

  it('let go of single series', () => {
    const registry = createRegistry()
    const family = registry.counters('c', 'Counter', ['x'])
    family.with('a').inc(3)
    family.with('b')
    family.remove('a')
    family.remove('never made')
    expect(parse(registry.expose()).lines.map(({ labels }) => labels)).toEqual([{ x: 'b' }])
    expect(family.with('a').value).toBe(0)
    expect(family.with('a')).toBe(family.with('a'))
  })
})

describe('misuse', () => {
  it.each<[string, () => void]>([
    ['a name with two types', () => [createRegistry()].map((r) => [r.counter('c', ''), r.gauge('c', '')])],
    ['a bad metric name', () => createRegistry().counter('not-a-name', '')],
    ['a bad label name', () => createRegistry().counters('c', '', ['not-a-name'])],
    ['a label that the scope has already', () => createRegistry().scope({ id: '1' }).counters('c', '', ['id'])],
    ['the label le on a histogram', () => createRegistry().histograms('h', '', [1], ['le'])],
    ['too few label values', () => createRegistry().counters('c', '', ['a', 'b']).with('1')],
    ['too many label values', () => createRegistry().counters('c', '', ['a']).with('1', '2')],
  ])('%s throws', (_, act) => {
    expect(act).toThrow(expect.objectContaining({ name: 'CodedError', code: 'internal' }))
  })
})
