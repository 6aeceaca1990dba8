/** The doctor over random clusters: the healthy ones are well, and one trouble is told as that one, whatever else there is. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { NodeReport } from '../../core/api/node.ts'
import { diagnose } from '../../core/fleet/doctor/doctor.ts'
import { clockSpread } from '../../core/fleet/doctor/thresholds.ts'
import type { FleetReports } from '../../core/fleet/fleet-reports.ts'
import {
  ago,
  change,
  changeAll,
  NOW,
  reportsOf,
  seen,
  seenByAll,
  silence,
  split,
  type World,
  world,
} from './doctor-world.ts'

interface Plan {
  readonly size: number
  /** Of the others, these run Alloy. */
  readonly alloy: readonly number[]
  readonly uptime: number
  readonly calm: number
  /** Numbers to draw from, for whatever differs from node to node. */
  readonly draws: readonly number[]
  readonly gated: boolean
}

const plan: fc.Arbitrary<Plan> = fc.record({
  size: fc.integer({ min: 3, max: 30 }),
  alloy: fc.uniqueArray(fc.integer({ min: 3, max: 29 }), { maxLength: 8 }),
  uptime: fc.integer({ min: 100, max: 10_000_000 }),
  calm: fc.integer({ min: 20, max: 90 }),
  draws: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  gated: fc.boolean(),
})

/** At least three nodes of skein, the first of which is asked. */
function healthy({ size, alloy, uptime, calm, draws, gated }: Plan): World {
  const names = Array.from({ length: size }, (_, i) => `node-${i}`)
  const made = world({ names, alloy: alloy.filter((i) => i < size).map((i) => `node-${i}`), uptime })
  let turn = 0
  const draw = (most: number): number => draws[turn++ % draws.length] % (most + 1)
  changeAll(made, (report) => ({
    peersChanged: ago(calm + draw(uptime - 100)),
    recentPeerChanges: draw(12),
    lamportTime: 1000 + draw(clockSpread(size) >> 1),
    sought: report.sought.slice(0, draw(size)),
    configLoaded: ago(draw(uptime)),
    gate: { minimum: gated && size > 3 ? 1 + draw(size - 4) : 0, size, open: true, timeoutSeconds: draw(1) * 60 },
  }))
  return made
}

function verdicts(reports: FleetReports): ReadonlyMap<string, string> {
  return new Map(diagnose(reports, ago(0)).checks.map(({ id, verdict }) => [id, verdict]))
}

it('healthy clusters are well', () => {
  fc.assert(
    fc.property(plan, (given) => {
      for (const [id, verdict] of verdicts(reportsOf(healthy(given)))) expect([id, verdict]).toEqual([id, 'ok'])
    }),
    { numRuns: 100 },
  )
})

/** Each spoils a healthy cluster; `other` is the number of a node that isn't asked. */
const TROUBLES: Readonly<Record<string, (made: World, other: number, given: Plan) => void>> = {
  'not-converging': (made, other) => seen(made, 'node-0', `node-${other}`, { state: 'viewer' }),
  'split-brain': (made, other, { calm }) => split(made, [`node-${other}`], calm),
  'configuration-drift'(made, other) {
    changeAll(made, () => ({ configLoaded: ago(130) }))
    change(made, `node-${other}`, { configHash: '77'.repeat(32) })
  },
  'name-conflict'(made, other) {
    const value = made.reports.get(`node-${other}`)
    if (value === undefined) throw new Error('nobody is there')
    const conflict = { name: value.name, rival: value.address }
    const yielding: NodeReport = {
      ...value,
      address: '10.99.0.1:1',
      conflict,
      hold: { kind: 'name-conflict', rival: value.address },
    }
    made.strangers.push({ address: '10.99.0.1:1', told: { ok: true, value: yielding } })
  },
  'stuck-terminating': (made, other) => seenByAll(made, `node-${other}`, { state: 'terminating', stateSince: ago(75) }),
  'lamport-clock': (made, other, { size }) => change(made, `node-${other}`, { lamportTime: 999 - clockSpread(size) }),
  'too-small': (made, other, { size }) =>
    change(made, `node-${other}`, { gate: { minimum: size + 1, size, open: false, timeoutSeconds: 0 } }),
  'unhealthy-node': (made, other) => change(made, `node-${other}`, { healthScore: 7 }),
  unanswered: (made, other) => silence(made, `node-${other}`, 'connection refused'),
}

for (const [id, spoil] of Object.entries(TROUBLES)) {
  it(`${id} alone is told, and only it`, () => {
    fc.assert(
      fc.property(plan, fc.constantFrom(1, 2), (given, other) => {
        const made = healthy(given)
        spoil(made, other, given)
        for (const [told, verdict] of verdicts(reportsOf(made))) {
          const wanted = told !== id ? 'ok' : id === 'unanswered' ? 'warning' : 'trouble'
          expect([told, verdict]).toEqual([told, wanted])
        }
      }),
      { numRuns: 40 },
    )
  })
}

it('clocks that differ from node to node change nothing', () => {
  fc.assert(
    fc.property(
      plan,
      fc.constantFrom(...Object.keys(TROUBLES)),
      fc.array(fc.integer({ min: -1e7, max: 1e7 }), { minLength: 30, maxLength: 30 }),
      (given, id, skews) => {
        const made = healthy(given)
        TROUBLES[id](made, 1, given)
        const skewed = healthy(given)
        TROUBLES[id](skewed, 1, given)
        let i = 0
        changeAll(skewed, (report) => skew(report, skews[i++]))
        expect(verdicts(reportsOf(skewed))).toEqual(verdicts(reportsOf(made)))
      },
    ),
    { numRuns: 40 },
  )
})

/** The node's own clock is off; what others announce of themselves is by theirs. */
function skew(report: NodeReport, seconds: number): NodeReport {
  const moved = (time: string): string => new Date(Date.parse(time) + seconds * 1000).toISOString()
  return {
    ...report,
    now: moved(report.now),
    started: moved(report.started),
    configLoaded: report.configLoaded && moved(report.configLoaded),
    peersChanged: report.peersChanged && moved(report.peersChanged),
    peers: report.peers.map((peer) => ({ ...peer, stateSince: moved(peer.stateSince) })),
  }
}

it('whatever nodes claim, there is an answer, and its size has a bound', () => {
  const text = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('node-0', 'node-1', '', ago(0), ago(1e9)))
  const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
  const claim = fc.record(
    {
      name: text,
      address: text,
      clusterName: text,
      configHash: text,
      started: text,
      now: text,
      peersChanged: fc.option(text),
      configLoaded: fc.option(text),
      recentPeerChanges: number,
      lamportTime: number,
      healthScore: number,
      state: fc.constantFrom('viewer', 'participant', 'terminating'),
      conflict: fc.option(fc.record({ name: text, rival: text })),
      peers: fc.array(
        fc.record({
          name: text,
          address: text,
          state: fc.constantFrom('viewer', 'participant', 'terminating'),
          self: fc.boolean(),
          suspect: fc.boolean(),
          stateSince: text,
          lastSeen: fc.option(text),
          announced: fc.constant(null),
        }),
        { maxLength: 5 },
      ),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Partial<NodeReport>>
  fc.assert(
    fc.property(fc.array(claim, { minLength: 6, maxLength: 6 }), (claims) => {
      const made = world({ names: ['node-0', 'node-1', 'node-2', 'node-3'] })
      for (const [i, changes] of claims.slice(0, 4).entries()) change(made, `node-${i}`, changes)
      for (const [i, changes] of claims.slice(4).entries()) {
        const base = made.reports.get(`node-${i}`)
        if (base !== undefined)
          made.strangers.push({ address: `10.1.0.${i}:1`, told: { ok: true, value: { ...base, ...changes } } })
      }
      const { checks } = diagnose(reportsOf(made), new Date(NOW).toISOString())
      expect(JSON.stringify(checks).length).toBeLessThan(40_000)
      for (const { sentence } of checks) expect(sentence).not.toMatch(/undefined|NaN|Infinity/)
    }),
    { numRuns: 300 },
  )
})
