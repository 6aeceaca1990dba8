import { describe, expect, it } from 'vitest'
import { escapeName, isValidLabelName, isValidMetricName } from '../../core/exposition/names.ts'

describe('names', () => {
  it.each([
    ['a', true, true, true],
    ['_a9', true, true, true],
    ['a:b', true, false, true],
    ['9a', false, false, true],
    ['a.b', false, false, true],
    ['a b', false, false, true],
    ['a\n', false, false, true],
    ['日本', false, false, true],
    ['', false, false, false],
    ['a\ud800', false, false, false],
    ['😀', false, false, true],
  ])('%j: legacy metric %s, legacy label %s, utf8 %s', (name, metric, label, utf8) => {
    expect([isValidMetricName(name, 'legacy'), isValidLabelName(name, 'legacy')]).toEqual([metric, label])
    expect([isValidMetricName(name, 'utf8'), isValidLabelName(name, 'utf8')]).toEqual([utf8, utf8])
  })
})

describe('escaping', () => {
  it.each([
    ['', '', '', ''],
    ['no:escaping_1', 'no:escaping_1', 'no:escaping__1', 'no:escaping_1'],
    ['a.b_c', 'a_b_c', 'a_dot_b__c', 'U__a_2e_b__c'],
    ['1a', '_a', '__a', 'U___31_a'],
    ['a b/c', 'a_b_c', 'a__b__c', 'U__a_20_b_2f_c'],
    ['日.x', '__x', '___dot_x', 'U___65e5__2e_x'],
    ['😀', '_', '__', 'U___1f600_'],
    ['\ud800', '_', '__', 'U___FFFD_'],
  ])('%j', (name, underscores, dots, values) => {
    expect([escapeName(name, 'underscores'), escapeName(name, 'dots'), escapeName(name, 'values')]).toEqual([
      underscores,
      dots,
      values,
    ])
    expect(escapeName(name, 'allow-utf-8')).toBe(name)
  })
})
