import { describe, expect, it } from 'vitest'
import { createFindings, type Findings } from '../../core/discovery/findings.ts'
import type { TargetGroup } from '../../core/discovery/source.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

interface Setup {
  readonly findings: Findings
  readonly clock: FakeClock
  /** Names of groups separated by commas, `!` and what failed, or both; since the last look. */
  told(): string[]
}

function setup(): Setup {
  const clock = createFakeClock()
  const told: string[] = []
  const findings = createFindings(createTimers(clock), {
    found: (groups, problem) =>
      told.push(groups.map(({ source }) => source).join(',') + (problem === undefined ? '' : `!${problem}`)),
    failed: (message) => told.push(`!${message}`),
  })
  return { findings, clock, told: () => told.splice(0) }
}

const group = (source: string): TargetGroup => ({ source, labels: new Map(), targets: [] })

describe('findings', () => {
  it('tells nothing before all that was known at first has answered', async () => {
    const { findings, clock, told } = setup()
    for (const name of ['a', 'b']) findings.expect(name)
    findings.listed()
    findings.set('a', group('a'))
    await clock.advance(60_000)
    expect(told()).toEqual([])
    findings.set('b', group('b'))
    await clock.advance(0)
    expect(told()).toEqual(['a,b'])
  })

  it('does not wait for one that failed, and says so', async () => {
    const { findings, clock, told } = setup()
    for (const name of ['a', 'b']) findings.expect(name)
    findings.listed()
    findings.failed('a', 'no a')
    findings.set('b', group('b'))
    await clock.advance(0)
    expect(told()).toEqual(['b!no a'])
  })

  it('never takes failures for an empty list', async () => {
    const { findings, clock, told } = setup()
    findings.failed('', 'no list')
    findings.expect('a')
    findings.listed()
    findings.failed('a', 'no a')
    await clock.advance(1_000)
    expect(told()).toEqual(['!no list', '!no list (and more)'])
    findings.succeeded('')
    findings.failed('a', 'no a')
    await clock.advance(1_000)
    expect(told()).toEqual(['!no a'])
    findings.set('a', group('a'))
    findings.succeeded('a')
    await clock.advance(1_000)
    expect(told()).toEqual(['a'])
  })

  it('tells an empty list when there is nothing', async () => {
    const { findings, clock, told } = setup()
    findings.listed()
    await clock.advance(0)
    expect(told()).toEqual([''])
  })

  it('tells what changes within a moment together', async () => {
    const { findings, clock, told } = setup()
    findings.listed()
    await clock.advance(0)
    told()
    for (const name of ['a', 'b', 'c']) findings.set(name, group(name))
    findings.remove('b')
    await clock.advance(1_000)
    expect(told()).toEqual(['a,c'])
    findings.remove('never there')
    await clock.advance(1_000)
    expect(told()).toEqual([])
  })

  it('says that all is well again when the last problem is over or its cause is gone', async () => {
    const { findings, clock, told } = setup()
    findings.listed()
    await clock.advance(0)
    findings.set('a', group('a'))
    findings.failed('a', 'one')
    findings.failed('b', 'two')
    await clock.advance(100)
    expect(told()).toEqual(['', 'a!one (and more)'])
    findings.succeeded('a')
    await clock.advance(100)
    expect(told()).toEqual([])
    findings.remove('b')
    await clock.advance(100)
    expect(told()).toEqual(['a'])
  })

  it('tells nothing after it was closed', async () => {
    const { findings, clock, told } = setup()
    findings.listed()
    findings.close()
    findings.set('a', group('a'))
    await clock.advance(1_000)
    expect(told()).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
