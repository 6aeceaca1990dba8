/** Labels. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, PLAIN } from '../case.ts'
import { labelsOf, last, nameOf, one } from '../look.ts'
import type { WireRequest } from '../wire.ts'

const labels = casesOf('TestLabelValidation')

const LONG_NAME = 'very_long_label_name_that_exceeds_normal_length_but_is_still_valid'
const LONG_VALUE =
  'This is a very long label value that contains a lot of text to test how senders handle long strings in label values which might be common in real-world scenarios'
const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`l${i + 1}`, `v${i + 1}`]))

function body(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return `test_metric{${pairs.join(',')}} 42`
}

function labelNames(request: WireRequest): string[] {
  expect(request.series).not.toEqual([])
  return request.series.flatMap(({ labels }) => labels.map(([name]) => name))
}

/** These labels arrive as they are, and no others but those of the target. */
function kept(level: 'MUST' | 'SHOULD', name: string, exposed: Readonly<Record<string, string>>, note?: string): Case {
  return labels(
    level,
    name,
    exposing(body(exposed)),
    (outcome) => {
      const found = labelsOf(one(last(outcome), 'test_metric'))
      expect(found).toEqual({ __name__: 'test_metric', job: 'test', instance: outcome.target, ...exposed })
    },
    note === undefined ? {} : { note },
  )
}

const EXACTLY = 'stricter: all labels exactly'

export const LABELS: readonly Case[] = [
  labels(
    'MUST',
    'label_lexicographic_ordering',
    exposing('test_metric{aaa="1",bbb="2",zzz="3"} 42\n'),
    (outcome) => {
      for (const { labels } of last(outcome).series) {
        const found = labels.map(([name]) => name)
        expect(found).toEqual(found.toSorted())
      }
      expect(one(last(outcome), 'test_metric').labels).toHaveLength(6)
    },
    { note: 'stricter: every series' },
  ),
  labels('MUST', 'metric_name_label_present', PLAIN, (outcome) => {
    for (const series of last(outcome).series) expect(nameOf(series)).not.toBe('')
  }),
  labels('MUST', 'metric_name_format_valid', exposing('valid_metric_name:subsystem_total 42\n'), (outcome) => {
    for (const series of last(outcome).series) expect(nameOf(series)).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
    one(last(outcome), 'valid_metric_name:subsystem_total')
  }),
  labels(
    'MUST',
    'label_name_format_valid',
    exposing('test_metric{valid_label="value",another_1="val2"} 42'),
    (outcome) => {
      for (const name of labelNames(last(outcome))) expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
      one(last(outcome), 'test_metric', { valid_label: 'value', another_1: 'val2' })
    },
  ),
  labels('MUST', 'no_duplicate_label_names', exposing('test_metric{foo="bar",baz="qux"} 42'), (outcome) => {
    for (const series of last(outcome).series) {
      expect(Object.keys(labelsOf(series))).toHaveLength(series.labels.length)
    }
  }),
  labels('MUST', 'label_names_not_empty', exposing('test_metric{label="value"} 42'), (outcome) => {
    expect(labelNames(last(outcome))).not.toContain('')
  }),
  labels(
    'MAY',
    'label_values_may_be_empty',
    exposing('test_metric{empty=""} 42'),
    (outcome) => {
      expect(one(last(outcome), 'test_metric').labels.map(([name]) => name)).not.toContain('empty')
    },
    { note: 'stricter: a label without a value is none, and is not sent' },
  ),
  labels('SHOULD', 'reserved_label_prefix', exposing('test_metric{normal="value"} 42'), (outcome) => {
    const reserved = labelNames(last(outcome)).filter((name) => name.startsWith('__'))
    expect(new Set(reserved)).toEqual(new Set(['__name__']))
  }),
  kept('MUST', 'unicode_in_label_values', { emoji: '🚀', chinese: '测试' }, EXACTLY),
  kept('MUST', 'special_chars_in_label_values', { path: '/api/v1/users', query: 'foo=bar&baz=qux' }, EXACTLY),
  kept('SHOULD', 'very_long_label_names', { [LONG_NAME]: 'value' }, EXACTLY),
  kept('SHOULD', 'very_long_label_values', { description: LONG_VALUE }, EXACTLY),
  kept('SHOULD', 'many_labels_per_series', TEN, EXACTLY),
]
