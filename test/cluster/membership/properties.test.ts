import fc from 'fast-check'
import { describe, it } from 'vitest'
import { encodeMeta } from '../../../core/cluster/membership/meta.ts'
import type { Effect, Event, Membership } from '../../../core/cluster/membership/types.ts'
import type { MemberEntry, Message, PushPull } from '../../../core/cluster/wire/types.ts'
import { addressOf } from '../lan.ts'
import { alive, META, machine, said } from './machine.ts'

const names = fc.constantFrom('me', 'a', 'b', 'c', 'd', 'e')
const incarnations = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(0xffff_ffff))
const hosts = fc.integer({ min: 1, max: 4 })
const metas = fc.constantFrom(undefined, encodeMeta(META), encodeMeta({ ...META, started: 1 }), Uint8Array.of(1, 2))
const seqs = fc.integer({ min: 0, max: 40 })
const states = fc.constantFrom('viewer' as const, 'participant' as const, 'terminating' as const)
const source = hosts.map((host) => ({ address: addressOf(host), node: 'z' }))

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.tuple(names, hosts, incarnations, metas).map(([node, host, n, meta]) => alive(node, host, n, { meta })),
  fc.record({
    kind: fc.constantFrom('suspect' as const, 'dead' as const),
    node: names,
    from: names,
    incarnation: incarnations,
  }),
  fc.record({ kind: fc.constant('ping' as const), seq: seqs, node: names, source }),
  fc.record({
    kind: fc.constant('indirect-ping' as const),
    seq: seqs,
    node: names,
    nack: fc.boolean(),
    target: hosts.map(addressOf),
    source,
  }),
  fc.record({ kind: fc.constantFrom('ack' as const, 'nack' as const), seq: seqs }),
  fc.record({
    kind: fc.constant('state' as const),
    node: names,
    state: states,
    time: fc.bigInt({ min: 0n, max: 30n }),
  }),
)

const entries: fc.Arbitrary<MemberEntry> = fc
  .tuple(names, hosts, incarnations, metas, fc.constantFrom('alive', 'suspect', 'dead', 'left'))
  .map(([name, host, incarnation, meta, state]) => ({
    name,
    address: addressOf(host),
    incarnation,
    meta,
    state: state as MemberEntry['state'],
    versions: Uint8Array.of(1, 5, 2, 0, 0, 0),
  }))

const pushPulls: fc.Arbitrary<PushPull> = fc.record({
  join: fc.boolean(),
  members: fc.array(entries, { maxLength: 6 }),
  states: fc.record({
    time: fc.bigInt({ min: 0n, max: 40n }),
    entries: fc.array(fc.record({ node: names, state: states, time: fc.bigInt({ min: 0n, max: 40n }) }), {
      maxLength: 4,
    }),
  }),
})

const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(messages, { maxLength: 5 })
      .map((list): Event => ({ kind: 'packet', messages: list, from: undefined })),
  },
  { weight: 2, arbitrary: pushPulls.map((pushPull): Event => ({ kind: 'merge', pushPull })) },
  { weight: 5, arbitrary: fc.constant<Event>({ kind: 'wake' }) },
  { weight: 1, arbitrary: states.map((to): Event => ({ kind: 'intend', to })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((token): Event => ({ kind: 'announce', token })) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 99 })
      .map((started): Event => ({ kind: 'set-meta', meta: { ...META, started } })),
  },
)

interface Before {
  readonly incarnation: number
  readonly address: string
  readonly state: string
}

function snapshot(m: Membership): Map<string, Before> {
  return new Map(
    [...m.members].map(([name, { incarnation, address, state }]) => [name, { incarnation, address, state }]),
  )
}

function check(m: Membership, now: number, before: Map<string, Before>, effects: readonly Effect[]): void {
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what)
  }
  must(m.wakeAt > now, `wakes at ${m.wakeAt}, it is ${now}`)
  must(m.list.length === m.members.size, 'list and look-up differ')
  must(
    m.list.every((member) => m.members.get(member.name) === member),
    'another member in the list',
  )
  const living = m.list.filter(({ state }) => state === 'alive' || state === 'suspect')
  must(m.living === living.length, 'the count of the living is wrong')
  must(
    [...m.states.peers.keys()].sort().join() ===
      living
        .map(({ name }) => name)
        .sort()
        .join(),
    'states of others',
  )
  for (const member of m.list) {
    must(
      (member.suspicion !== undefined) === (member.state === 'suspect'),
      `suspicion of a member that is ${member.state}`,
    )
    if (member.suspicion !== undefined) must(m.suspicionAt <= member.suspicion.endsAt, 'a suspicion without an end')
    const old = before.get(member.name)
    if (old === undefined || old.address !== member.address) continue
    must(member.incarnation >= old.incarnation || member.name === m.name, `the incarnation of ${member.name} fell`)
  }
  const self = m.members.get('me')!
  if (m.rival?.phase === 'yielding') {
    must(self.address !== m.address, 'yields to itself')
    must(m.memberQueue.byKey.size + m.stateQueue.byKey.size === 0, 'gossips while it yields')
  } else {
    must(self.state === (m.left ? 'left' : 'alive') && self.address === m.address, `self is ${self.state}`)
    must(self.incarnation === m.incarnation, 'own incarnation')
  }
  for (const queue of [m.memberQueue, m.stateQueue]) {
    const waiting = queue.tiers.flat().filter(({ gone }) => !gone)
    must(waiting.length === queue.byKey.size, 'a queue lost or doubled something')
  }
  must(m.memberQueue.byKey.size <= 6, 'more news than names')
  must(m.score >= 0 && m.score <= 7, 'score')
  must(m.challenges.size <= 5 && m.relays.size <= 1_024, 'a table grows')
  said(effects)
}

describe('whatever is said to it', () => {
  it('keeps its table consistent and knows when to wake', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(events, fc.constantFrom(0, 1, 30, 200, 450, 1_100, 9_000)), { maxLength: 80 }),
        fc.integer(),
        fc.boolean(),
        (script, seed, leaves) => {
          const node = machine({ seed })
          for (const [i, [event, wait]] of script.entries()) {
            const end = node.now + wait
            // Woken on time, except now and then.
            while (i % 5 !== 0 && node.m.wakeAt <= end) {
              node.now = node.m.wakeAt
              const before = snapshot(node.m)
              check(node.m, node.now, before, node.does({ kind: 'wake' }))
            }
            node.now = end
            const before = snapshot(node.m)
            check(node.m, node.now, before, node.does(event))
            if (leaves && i === 60 && node.m.rival?.phase !== 'yielding') {
              const now = snapshot(node.m)
              check(node.m, node.now, now, node.does({ kind: 'leave', token: 99 }))
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives every token back once, when its message was passed on often enough or replaced', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), fc.integer(), (script, seed) => {
        const node = machine({ seed })
        node.hears(alive('a', 2), alive('b', 3))
        const spread: number[] = []
        const note = (effects: readonly Effect[]): void => {
          for (const effect of effects) if (effect.kind === 'spread') spread.push(effect.token)
        }
        let token = 100
        for (const event of script) {
          if (event.kind === 'announce') note(node.does({ kind: 'announce', token: ++token }))
          else note(node.does(event))
          note(node.runs(node.now + 50))
        }
        note(node.does({ kind: 'leave', token: ++token }))
        note(node.runs(node.now + 120_000))
        const wanted = Array.from({ length: token - 100 }, (_, i) => 101 + i)
        const missing = wanted.filter((id) => !spread.includes(id))
        // A change that announces nothing new is known to all already.
        if (missing.length > 0) throw new Error(`never told: ${missing}`)
        if (new Set(spread).size !== spread.length) throw new Error(`told twice: ${spread}`)
      }),
      { numRuns: 100 },
    )
  })
})
