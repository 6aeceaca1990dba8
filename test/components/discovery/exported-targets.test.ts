import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ExportedTargets,
  exportedTargets,
  NO_TARGETS,
} from '../../../core/components/discovery/exported-targets.ts'
import type { TargetGroup } from '../../../core/discovery/source.ts'

function group(
  source: string,
  targets: readonly Record<string, string>[],
  labels: Record<string, string> = {},
): TargetGroup {
  return {
    source,
    labels: new Map(Object.entries(labels)),
    targets: targets.map((target) => new Map(Object.entries(target))),
  }
}

function exported(groups: readonly TargetGroup[], before = NO_TARGETS): { result: ExportedTargets; steps: number } {
  const work = exportedTargets(groups, before)
  for (let steps = 0; ; steps++) {
    const { done, value } = work.next()
    if (done) return { result: value, steps }
  }
}

const plain = ({ list }: ExportedTargets): unknown => list.map(({ content }) => Object.fromEntries(content))

describe('exported targets', () => {
  it('have the labels of their group, their own ones win', () => {
    const { result } = exported([group('s', [{ __address__: 'a', job: 'own' }], { job: 'shared', dc: 'eu' })])
    expect(plain(result)).toEqual([{ __address__: 'a', job: 'own', dc: 'eu' }])
  })

  it('come in an order of their own, whatever order they are found in', () => {
    const label = fc.constantFrom('a', 'b', 'ä')
    const target = fc.dictionary(fc.constantFrom('__address__', 'x', 'y'), label)
    const groups = fc.uniqueArray(fc.record({ source: fc.string(), targets: fc.array(target) }), {
      selector: ({ source }) => source,
    })
    fc.assert(
      fc.property(groups, (groups) => {
        const one = exported(groups.map(({ source, targets }) => group(source, targets))).result
        const turned = groups.toReversed().map(({ source, targets }) => group(source, targets.toReversed()))
        expect(plain(exported(turned).result)).toEqual(plain(one))
        expect(one.list).toHaveLength(groups.reduce((sum, { targets }) => sum + targets.length, 0))
      }),
    )
  })

  it('stay the same objects as long as they are there, and the list when nothing changed', () => {
    const addresses = fc.array(
      fc.nat(20).map((n) => ({ __address__: `a${n}` })),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(addresses, addresses, (first, second) => {
        const before = exported([group('s', first), group('t', first)]).result
        const after = exported([group('s', second), group('t', first.toReversed())], before).result
        const fresh = exported([group('s', second), group('t', first)]).result
        expect(plain(after)).toEqual(plain(fresh))
        const known = new Set(before.list)
        const kept = after.list.filter((target) => known.has(target)).length
        const counts = new Map<string, number>()
        for (const { __address__ } of first) counts.set(__address__, (counts.get(__address__) ?? 0) + 1)
        let same = first.length
        for (const { __address__ } of second) {
          const left = counts.get(__address__) ?? 0
          counts.set(__address__, left - 1)
          if (left > 0) same++
        }
        expect(kept).toBe(same)
        expect(exported([group('s', second.toReversed()), group('t', first)], after).result.list).toBe(after.list)
      }),
    )
  })

  it('are worked out in many steps, also of one group', () => {
    const targets = Array.from({ length: 20_000 }, (_, i) => ({ __address__: `host${(i * 7919) % 20_000}` }))
    const { result, steps } = exported([group('s', targets, { job: 'x' })])
    expect(result.list).toHaveLength(20_000)
    expect(steps).toBeGreaterThan(500)
    const many = exported(targets.map(({ __address__ }) => group(__address__, [{ __address__ }])))
    expect(many.steps).toBeGreaterThan(500)
  })
})
