import { describe, expect, it } from 'vitest'
import { clusterSize, type GateEvent, type GateSettings, initialGate, stepGate } from '../../core/cluster/gate.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'

/** States and effects after each event: `not-ready start-timer`. */
function run(settings: GateSettings, ...events: GateEvent[]): string[] {
  let state = initialGate(settings)
  return events.map((event) => {
    const step = stepGate(state, event, settings)
    state = step.state
    return [state, ...step.effects.map((effect) => (effect.kind === 'log' ? effect.level : effect.kind))].join(' ')
  })
}

const start: GateEvent = { kind: 'start' }
const deadline: GateEvent = { kind: 'deadline' }
const size = (n: number): GateEvent => ({ kind: 'size', size: n })

describe('the size gate', () => {
  it('is open from the start without a minimum', () => {
    expect(run({ minimum: 0, timeoutMs: 1000 }, start, size(0), deadline)).toEqual(['ready', 'ready', 'ready'])
  })

  it('waits for the minimum, for ever without a timeout', () => {
    expect(run({ minimum: 3, timeoutMs: 0 }, start, size(1), size(2), size(3), size(4))).toEqual([
      'not-ready',
      'not-ready',
      'not-ready',
      'ready stop-timer info',
      'ready',
    ])
  })

  it('closes again when the minimum is lost, with a fresh deadline', () => {
    expect(run({ minimum: 2, timeoutMs: 50 }, start, size(2), size(1), size(1), size(2))).toEqual([
      'not-ready start-timer',
      'ready stop-timer info',
      'not-ready start-timer warn',
      'not-ready',
      'ready stop-timer info',
    ])
  })

  it('stays open after the deadline however small the cluster is, until the minimum was reached once', () => {
    expect(
      run({ minimum: 3, timeoutMs: 50 }, start, size(1), deadline, size(2), size(1), size(3), size(2), deadline),
    ).toEqual([
      'not-ready start-timer',
      'not-ready',
      'deadline-passed warn',
      'deadline-passed',
      'deadline-passed',
      'ready stop-timer info',
      'not-ready start-timer warn',
      'deadline-passed warn',
    ])
  })

  it('passes over a deadline that comes when it is open', () => {
    expect(run({ minimum: 1, timeoutMs: 50 }, start, size(1), deadline)[2]).toBe('ready')
  })

  it('uses the words that Alloy uses', () => {
    const settings = { minimum: 2, timeoutMs: 1 }
    const words = [
      stepGate('not-ready', size(2), settings),
      stepGate('ready', size(1), settings),
      stepGate('not-ready', deadline, settings),
    ].flatMap(({ effects }) => effects.flatMap((effect) => (effect.kind === 'log' ? [effect.message] : [])))
    expect(words).toEqual([
      'minimum cluster size reached, marking cluster as ready to admit traffic',
      'minimum cluster size requirements are not met - marking cluster as not ready for traffic',
      'deadline passed, marking cluster as ready to admit traffic',
    ])
  })

  it('counts who owns work or did a moment ago', () => {
    const peers = (['viewer', 'participant', 'terminating', 'participant'] satisfies NodeState[]).map((state, i) => ({
      name: `n${i}`,
      address: `10.0.0.${i}:80`,
      state,
      self: i === 0,
      suspect: false,
      meta: undefined,
    }))
    expect(clusterSize(peers)).toBe(3)
  })
})
