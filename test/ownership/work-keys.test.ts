import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex64 } from '../../core/hash/u64.ts'
import { xxhash64 } from '../../core/hash/xxhash64.ts'
import { containerText, databaseText, operatorText } from '../../core/ownership/work-keys.ts'
import { buildRing } from '../../core/ring/build.ts'
import { logTargetKey, targetKey, textKey } from '../../core/ring/keys.ts'
import { u64 } from '../ring/u64.ts'

interface Case {
  readonly key: string
  readonly ring_owner: string
}
type Labels = Readonly<Record<string, string>>

const vectors = JSON.parse(readFileSync(new URL('../fixtures/cluster/work_keys.json', import.meta.url), 'utf8')) as {
  prometheus_scrape_and_pyroscope_scrape: (Case & { labels: Labels })[]
  published_by_upstream_tests: { key: string }[]
  loki_source_kubernetes: (Case & { labels: Labels })[]
  loki_source_podlogs: (Case & { labels: Labels; hashed_text: string })[]
  prometheus_operator: (Case & { own_labels: Labels; hashed_text: string })[]
  plain_string_keys: (Case & { family: string; text: string })[]
}

const ring = buildRing(['a', 'b', 'c'])

function keyBy<T>(write: (of: T, out: Uint32Array, at: number) => void, of: T): string {
  const out = new Uint32Array(4)
  write(of, out, 1)
  expect([out[0], out[3]]).toEqual([0, 0])
  return hex64({ hi: out[1], lo: out[2] })
}

function map(labels: Labels): Map<string, string> {
  return new Map(Object.entries(labels))
}

/** Checks the owner on the way. */
function check(key: string, { key: expected, ring_owner }: Case): void {
  expect(key).toBe(expected)
  expect(ring.owners(u64(key), 1)).toEqual([ring_owner])
}

describe('keys of work', () => {
  it.each(vectors.prometheus_scrape_and_pyroscope_scrape)('of a scrape target: $key', (one) => {
    check(keyBy(targetKey, map(one.labels)), one)
    check(keyBy(targetKey, new Map([...map(one.labels)].reverse())), one)
  })

  it('of the targets in the tests of Alloy', () => {
    const ten = (value: string): Map<string, string> =>
      new Map(Array.from({ length: 10 }, (_, i) => [`label_${i}`, `${value}_${i}`]))
    const keys = [ten('value'), ten('val'), map({ bin: 'baz', foo: 'bar' })].map((labels) => keyBy(targetKey, labels))
    expect(keys).toEqual(vectors.published_by_upstream_tests.map(({ key }) => key))
  })

  it.each(vectors.loki_source_kubernetes)('of a log target: $key', (one) => {
    check(keyBy(logTargetKey, map(one.labels)), one)
  })

  it.each(vectors.loki_source_podlogs)('of a container: $key', (one) => {
    expect(containerText(map(one.labels))).toBe(one.hashed_text)
    check(keyBy(textKey, containerText(map(one.labels))), one)
  })

  it.each(vectors.prometheus_operator)('of a target of the operator: $hashed_text', (one) => {
    expect(operatorText(map(one.own_labels))).toBe(one.hashed_text)
    check(keyBy(textKey, operatorText(map(one.own_labels))), one)
  })

  it.each(vectors.plain_string_keys)('of a text: $family', (one) => {
    check(keyBy(textKey, one.text), one)
  })

  it.each([
    ['user:pa@ss/word@tcp(db:3306)/shop', 'tcp(db:3306)/shop'],
    ['user@/shop', 'tcp(localhost:3306)/shop'],
    ['/shop?tls=a/b', 'tcp(localhost:3306)/shop'],
    ['u:p@unix(/run/my.sock)/shop?x=1', 'unix(/run/my.sock)/shop'],
    ['tcp([fd00::1]:3306)/', 'tcp([fd00::1]:3306)/'],
    ['no database', undefined],
  ])('of a database: %s', (dsn, text) => {
    expect(databaseText(dsn)).toBe(text)
  })

  it('equals the hash of the bytes put together in the plainest way', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 3 }), fc.constant('x'.repeat(70_000)))
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom('__meta_x', '\ufb01', '\u{1f600}'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text), { maxLength: 90 }), (entries) => {
        const labels = new Map(entries)
        const names = [...labels.keys()].filter((one) => !one.startsWith('__meta_'))
        names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        const bytes = Buffer.concat(
          names.flatMap((one) =>
            [one, labels.get(one) as string].flatMap((part) => [Buffer.from(part), Buffer.of(0xff)]),
          ),
        )
        expect(keyBy(targetKey, labels)).toBe(keyBy(hashBytes, bytes))
      }),
      { numRuns: 60 },
    )
  })
})

function hashBytes(bytes: Uint8Array, out: Uint32Array, at: number): void {
  xxhash64(bytes, 0, bytes.length, out, at)
}
