import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Labels, labelsFrom, labelsToMap } from '../../core/labels/labels.ts'
import { mergeTargetLabels } from '../../core/labels/merge.ts'
import { leastEffort } from '../support/effort.ts'

/** The rules word by word, on maps. */
function slowMerge(exposed: readonly (readonly [string, string])[], target: Labels, honorLabels: boolean): Labels {
  const result = new Map(exposed)
  const targetMap = labelsToMap(target)
  if (honorLabels) {
    for (const [name, value] of targetMap) if (!result.has(name)) result.set(name, value)
    return labelsFrom(result)
  }
  const conflicts = [...targetMap.keys()].filter((name) => (result.get(name) ?? '') !== '')
  conflicts.sort((a, b) => a.length - b.length)
  const values = conflicts.map((name) => result.get(name) as string)
  for (const [name, value] of targetMap) result.set(name, value)
  conflicts.forEach((name, i) => {
    let renamed = `exported_${name}`
    while ((result.get(renamed) ?? '') !== '') renamed = `exported_${renamed}`
    result.set(renamed, values[i])
  })
  return labelsFrom(result)
}

const name = fc.oneof(
  fc.constantFrom('job', 'instance', 'exported_job', 'exported_exported_job', 'exported_instance', 'a', '__name__'),
  fc.constantFrom('\uffee', '\u{10000}', 'é'),
  fc.string({ unit: fc.constantFrom('a', 'b', '_'), minLength: 1, maxLength: 3 }),
)
const value = fc.constantFrom('', 'x', 'y')
const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([n]) => n, maxLength: 20 })

describe('mergeTargetLabels', () => {
  it('equals the rules written out on maps', () => {
    fc.assert(
      fc.property(pairs, pairs, fc.boolean(), (exposed, targetPairs, honor) => {
        const target = labelsFrom(targetPairs)
        expect(mergeTargetLabels(exposed.flat(), target, honor)).toEqual(slowMerge(exposed, target, honor))
      }),
      { numRuns: 2000 },
    )
  })

  it('renames until the name is free', () => {
    const exposed = ['job', 'x', 'exported_job', 'y', 'instance', 'z']
    expect(mergeTargetLabels(exposed, ['instance', 'h:1', 'job', 'j'], false)).toEqual([
      'exported_exported_job',
      'x',
      'exported_instance',
      'z',
      'exported_job',
      'y',
      'instance',
      'h:1',
      'job',
      'j',
    ])
  })

  it('an empty exposed label removes the target label when labels are honoured, and only then', () => {
    expect(mergeTargetLabels(['instance', ''], ['instance', 'h:1'], true)).toEqual([])
    expect(mergeTargetLabels(['instance', ''], ['instance', 'h:1'], false)).toEqual(['instance', 'h:1'])
  })

  it('leaves its arguments alone', () => {
    const exposed = Object.freeze(['b', '1', 'a', '2', 'job', 'x'])
    const target = Object.freeze(['job', 'j'])
    expect(mergeTargetLabels(exposed, target, false)).toEqual(['a', '2', 'b', '1', 'exported_job', 'x', 'job', 'j'])
  })

  it('a line with 10,000 labels in the worst order takes milliseconds', () => {
    const exposed: string[] = []
    for (let i = 10_000; i > 0; i--) exposed.push(`label_${String(i).padStart(6, '0')}`, 'v')
    let merged: Labels = []
    expect(leastEffort(() => (merged = mergeTargetLabels(exposed, ['job', 'j'], false)))).toBeLessThan(200)
    expect(merged.length).toBe(20_002)
    expect(merged[2]).toBe('label_000001')
  })
})
