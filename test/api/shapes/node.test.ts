import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNodeReport } from '../../../core/api/shapes/node.ts'
import { MAX_MEMBERS, MAX_SOUGHT } from '../../../core/limits.ts'
import { sampleReport, sampleSighting } from '../../fleet/sample-report.ts'
import { changed, pathsIn } from './damage.ts'

const HELD = { kind: 'too-small', size: 1, minimum: 3 } as const
const whole = sampleReport('a', ['b', 'c'], {
  hold: HELD,
  conflict: { name: 'a', rival: '10.0.0.9:80' },
  peersChanged: '2026-01-01T00:00:00Z',
  sought: ['10.0.0.9:80'],
})

describe('the check of a report', () => {
  it('lets pass what a node tells, through JSON as well, and what a newer one adds', () => {
    expect(isNodeReport(whole)).toBe(true)
    expect(isNodeReport(JSON.parse(JSON.stringify(whole)))).toBe(true)
    expect(isNodeReport({ ...whole, more: 1, peers: [{ ...sampleSighting('a'), more: 1 }] })).toBe(true)
    expect(isNodeReport({ ...whole, hold: { kind: 'joining' } })).toBe(true)
  })

  it('refuses it as soon as anything in it is of another kind', () => {
    const paths = [...pathsIn(whole)]
    expect(paths.length).toBeGreaterThan(60)
    for (const path of paths) {
      for (const wrong of [undefined, [{}], Number.NaN, -1, 'x'.repeat(513)]) {
        expect([path.join('.'), isNodeReport(changed(whole, path, wrong))]).toEqual([path.join('.'), false])
      }
    }
  })

  it('refuses times that are none, states and holds that do not exist', () => {
    for (const now of ['', 'yesterday', '2026-13-01T00:00:00Z', '2026-01-01', '+012026-01-01T00:00:00Z']) {
      expect(isNodeReport({ ...whole, now })).toBe(false)
    }
    expect(isNodeReport({ ...whole, state: 'dead' })).toBe(false)
    expect(isNodeReport({ ...whole, hold: { kind: 'tired' } })).toBe(false)
    expect(isNodeReport({ ...whole, lamportTime: Number.POSITIVE_INFINITY })).toBe(false)
  })

  it('refuses lists beyond their bounds', () => {
    const peers = (count: number) => Array.from({ length: count }, () => whole.peers[0])
    expect(isNodeReport({ ...whole, peers: peers(MAX_MEMBERS) })).toBe(true)
    expect(isNodeReport({ ...whole, peers: peers(MAX_MEMBERS + 1) })).toBe(false)
    expect(isNodeReport({ ...whole, sought: Array.from({ length: MAX_SOUGHT + 1 }, () => 'a') })).toBe(false)
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => typeof isNodeReport(value) === 'boolean'))
    fc.assert(
      fc.property(fc.constantFrom(...pathsIn(whole)), fc.jsonValue(), (path, value) => {
        expect(typeof isNodeReport(changed(whole, path, value))).toBe('boolean')
      }),
    )
  })
})
