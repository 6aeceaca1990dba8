import { describe, expect, it } from 'vitest'
import { ruleText } from '../../core/labels/rule-text.ts'
import { DEFAULT_RULE, type RelabelRule } from '../../core/labels/rules.ts'

describe('the text of a rule', () => {
  it.each<[Partial<RelabelRule>, string]>([
    [{ sourceLabels: ['__address__'], targetLabel: 'instance' }, 'replace [__address__] (.*) -> instance = $1'],
    [{ targetLabel: 'env', replacement: 'prod' }, 'replace [] (.*) -> env = prod'],
    [
      { sourceLabels: ['a', 'b'], separator: '-', regex: '(.+)-x', targetLabel: 'c' },
      'replace [a, b] joined by "-" (.+)-x -> c = $1',
    ],
    [{ action: 'keep', sourceLabels: ['a', 'b'], regex: 'x;y' }, 'keep [a, b] x;y'],
    [{ action: 'drop', sourceLabels: ['a'], regex: 'x' }, 'drop [a] x'],
    [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }, 'keepequal [a] = b'],
    [{ action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' }, 'dropequal [a] = b'],
    [{ action: 'hashmod', sourceLabels: ['a'], modulus: 8, targetLabel: 'b' }, 'hashmod [a] % 8 -> b'],
    [{ action: 'labelmap', regex: '__meta_(.+)', replacement: 'k8s_$1' }, 'labelmap __meta_(.+) -> k8s_$1'],
    [{ action: 'labeldrop', regex: 'tmp_.*' }, 'labeldrop tmp_.*'],
    [{ action: 'labelkeep', regex: 'a|b' }, 'labelkeep a|b'],
    [{ action: 'lowercase', sourceLabels: ['a'], targetLabel: 'b' }, 'lowercase [a] -> b'],
    [{ action: 'uppercase', sourceLabels: ['a'], targetLabel: 'b' }, 'uppercase [a] -> b'],
    [{ action: 'drop', sourceLabels: ['a'], regex: 'x\n\u001b[31m\u009b' }, 'drop [a] x\\n\\u001b[31m\\u009b'],
  ])('of %j', (rule, text) => {
    expect(ruleText({ ...DEFAULT_RULE, ...rule })).toBe(text)
  })
})
