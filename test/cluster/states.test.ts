import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  announceOwnState,
  changeOwnState,
  comeBack,
  createStates,
  localStates,
  memberJoined,
  memberLeft,
  mergeExchange,
  mergeGossip,
  type States,
  type StatesStep,
  withdraw,
} from '../../core/cluster/states.ts'
import type { NodeState, StateMessage } from '../../core/cluster/wire/types.ts'
import { MAX_STRANGERS } from '../../core/limits.ts'

const NAMES: readonly NodeState[] = ['viewer', 'participant', 'terminating']
type Triple = readonly [name: string, state: number, time: number]

interface Line {
  readonly event:
    | { readonly kind: 'member_join' | 'member_leave'; readonly node: string }
    | { readonly kind: 'gossip'; readonly node: string; readonly state: number; readonly time: number }
    | { readonly kind: 'push_pull'; readonly clock: number; readonly states: readonly Triple[] }
    | { readonly kind: 'change_state'; readonly to: number }
  readonly broadcast: readonly Triple[]
  readonly clock: number
  readonly cache: Readonly<Record<string, readonly [number, number]>>
  readonly peers: Readonly<Record<string, number>>
}

interface Scenario {
  readonly name: string
  readonly start: Pick<Line, 'clock' | 'cache'> & { readonly state: number; readonly peers: readonly string[] }
  readonly trace: readonly Line[]
}

const { scenarios } = JSON.parse(
  readFileSync(new URL('../fixtures/cluster/ckit_states.json', import.meta.url), 'utf8'),
) as { readonly scenarios: readonly Scenario[] }

const says = (node: string, state: NodeState, time: number | bigint): StateMessage => ({
  kind: 'state',
  node,
  state,
  time: BigInt(time),
})
const entry = ([node, state, time]: Triple) => ({ node, state: NAMES[state], time: BigInt(time) })

function apply(states: States, event: Line['event']): StatesStep {
  switch (event.kind) {
    case 'member_join':
      return memberJoined(states, event.node)
    case 'member_leave':
      return memberLeft(states, event.node)
    case 'gossip':
      return mergeGossip(states, says(event.node, NAMES[event.state], event.time))
    case 'push_pull':
      return mergeExchange(states, { time: BigInt(event.clock), entries: event.states.map(entry) })
    case 'change_state':
      return changeOwnState(states, NAMES[event.to])
  }
}

function started(...peers: string[]): States {
  const states = createStates('a')
  for (const name of ['a', ...peers]) memberJoined(states, name)
  return states
}

describe('the published traces', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, { start, trace }) => {
    const states = createStates('a')
    states.clock = BigInt(start.clock)
    states.own = NAMES[start.state]
    for (const [node, [state, time]] of Object.entries(start.cache))
      states.cache.set(node, { node, state: NAMES[state], time: BigInt(time) })
    for (const name of start.peers) memberJoined(states, name)
    for (const line of trace) {
      const before = new Map(states.peers)
      const step = apply(states, line.event)
      expect(step.broadcast).toEqual(line.broadcast.map((triple) => ({ kind: 'state', ...entry(triple) })))
      expect(states.clock).toBe(BigInt(line.clock))
      expect(
        Object.fromEntries([...states.cache].map(([name, c]) => [name, [NAMES.indexOf(c.state), Number(c.time)]])),
      ).toEqual(line.cache)
      expect(Object.fromEntries([...states.peers].map(([name, state]) => [name, NAMES.indexOf(state)]))).toEqual(
        line.peers,
      )
      expect(step.changed).toBe(JSON.stringify([...before]) !== JSON.stringify([...states.peers]))
    }
  })
})

describe('the own state', () => {
  it('goes one way only', () => {
    const states = started()
    expect(() => changeOwnState(states, 'terminating')).toThrow('invalid transition from viewer to terminating')
    expect(() => changeOwnState(states, 'viewer')).toThrow('invalid transition')
    expect(changeOwnState(states, 'participant')).toEqual({ broadcast: [says('a', 'participant', 1)], changed: true })
    expect(() => changeOwnState(states, 'participant')).toThrow('invalid transition')
    expect(changeOwnState(states, 'terminating').broadcast).toEqual([says('a', 'terminating', 2)])
    expect(states.peers.get('a')).toBe('terminating')
  })

  it('is said again at a later time when asked for', () => {
    const states = started()
    changeOwnState(states, 'participant')
    expect(announceOwnState(states)).toEqual({ broadcast: [says('a', 'participant', 2)], changed: false })
  })
})

describe('a node that yields its name', () => {
  it('corrects nothing, announces nothing, leaves itself out, and takes what is said as said of the other', () => {
    const states = started('b')
    changeOwnState(states, 'participant')
    withdraw(states)
    expect(mergeGossip(states, says('a', 'viewer', 9))).toEqual({ broadcast: [says('a', 'viewer', 9)], changed: true })
    expect(announceOwnState(states)).toEqual({ broadcast: [], changed: false })
    expect(localStates(states).entries.map(({ node }) => node)).toEqual(['b'])
    expect(changeOwnState(states, 'terminating').broadcast).toEqual([])
  })

  it('comes back later than everything that was said meanwhile', () => {
    const states = started('b')
    changeOwnState(states, 'participant')
    withdraw(states)
    mergeGossip(states, says('a', 'viewer', 900))
    expect(comeBack(states)).toEqual({ broadcast: [says('a', 'participant', 902)], changed: true })
    expect(localStates(states)).toEqual({
      time: 902n,
      entries: [
        { node: 'a', state: 'participant', time: 902n },
        { node: 'b', state: 'viewer', time: 0n },
      ],
    })
    expect(mergeGossip(states, says('a', 'terminating', 950)).broadcast).toEqual([says('a', 'participant', 952)])
  })
})

describe('bounds', () => {
  it('time stops at the end of 64 bits instead of starting over', () => {
    const most = (1n << 64n) - 1n
    const states = started('b')
    mergeGossip(states, says('b', 'participant', most))
    expect(states.clock).toBe(most)
    expect(changeOwnState(states, 'participant').broadcast).toEqual([says('a', 'participant', most)])
    mergeExchange(states, { time: most, entries: [] })
    expect(states.clock).toBe(most)
  })

  it('states of strangers are kept up to a bound, and a flood of them is not passed on', () => {
    const states = started('b')
    for (let i = 0; i < MAX_STRANGERS; i++)
      expect(mergeGossip(states, says(`x${i}`, 'participant', i)).broadcast).toHaveLength(1)
    expect(mergeGossip(states, says('late', 'participant', 1)).broadcast).toEqual([])
    expect(states.strangers.size).toBe(MAX_STRANGERS)
    expect(states.cache.size).toBe(MAX_STRANGERS)
    expect(states.cache.has('x0')).toBe(false)
    expect(memberJoined(states, 'late').changed).toBe(true)
    expect(states.peers.get('late')).toBe('participant')
    expect(states.strangers.size).toBe(MAX_STRANGERS - 1)
    expect(mergeGossip(states, says('b', 'participant', 5)).broadcast).toHaveLength(1)
    memberLeft(states, 'x1')
    expect(states.strangers.has('x1')).toBe(false)
  })
})
