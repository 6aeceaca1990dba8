/** Reports of made-up clusters for the doctor: healthy ones, to be spoilt by the tests. */
import type { Check, Diagnosis, TroubleId, Verdict } from '../../core/api/doctor.ts'
import type { NodeReport, PeerSighting, Timestamp } from '../../core/api/node.ts'
import type { Told } from '../../core/fleet/ask.ts'
import { diagnose } from '../../core/fleet/doctor/doctor.ts'
import type { FleetReports, Stranger } from '../../core/fleet/fleet-reports.ts'

/** When everybody told. */
export const NOW: number = Date.parse('2026-11-22T03:00:00.000Z')

/** So many seconds before that. */
export function ago(seconds: number): Timestamp {
  return new Date(NOW - seconds * 1000).toISOString()
}

export function address(index: number): string {
  return `10.0.${index >> 8}.${index & 255}:12345`
}

const HASH = 'a3'.repeat(32)

/** All fields that may be changed in a node's report, before it is one. */
export interface World {
  readonly reports: Map<string, NodeReport>
  readonly answers: Map<string, Told<NodeReport>>
  readonly strangers: Stranger[]
  /** Whoever asks. */
  readonly own: string
}

export interface Shape {
  readonly names: readonly string[]
  /** Those among them that run Alloy. */
  readonly alloy?: readonly string[]
  /** For how long everybody has been running, in seconds. */
  readonly uptime?: number
}

/** A healthy cluster; the first one is asked. */
export function world({ names, alloy = [], uptime = 86_400 }: Shape): World {
  const sighting = (name: string, self: boolean): PeerSighting => ({
    name,
    address: address(names.indexOf(name)),
    state: 'participant',
    self,
    suspect: false,
    stateSince: ago(uptime - 1),
    lastSeen: ago(1),
    announced: alloy.includes(name)
      ? null
      : { version: '1.2.3', runtime: 'node 22.1.0', configHash: HASH, started: ago(uptime) },
  })
  const sorted = [...names].sort()
  const reports = new Map<string, NodeReport>()
  for (const name of names) {
    reports.set(name, {
      name,
      address: address(names.indexOf(name)),
      clustered: true,
      clusterName: 'blue',
      version: '1.2.3',
      runtime: 'node 22.1.0',
      started: ago(uptime),
      configHash: HASH,
      configLoaded: ago(uptime),
      now: ago(0),
      state: 'participant',
      hold: null,
      peers: sorted.map((peer) => sighting(peer, peer === name)),
      peersChanged: ago(uptime - 2),
      recentPeerChanges: 0,
      conflict: null,
      gate: { minimum: 0, size: names.length, open: true, timeoutSeconds: 0 },
      lamportTime: 5000,
      healthScore: 0,
      sought: names.filter((other) => other !== name).map((other) => address(names.indexOf(other))),
      work: { targets: 10, up: 10, down: 0, unknown: 0, samplesPerSecond: 100 },
    })
  }
  const [own] = names
  const answers = new Map<string, Told<NodeReport>>()
  for (const name of names) {
    if (name === own) continue
    const reason = "it runs Alloy, which can't tell"
    answers.set(name, { ok: !alloy.includes(name), ...{ value: reports.get(name), reason } } as Told<NodeReport>)
  }
  return { reports, answers, strangers: [], own }
}

/** What a node tells changes. */
export function change(world: World, name: string, changes: Partial<NodeReport>): void {
  const report = world.reports.get(name)
  if (report === undefined) throw new Error(`there is no ${name}`)
  const changed = { ...report, ...changes }
  world.reports.set(name, changed)
  if (world.answers.get(name)?.ok) world.answers.set(name, { ok: true, value: changed })
}

export function changeAll(world: World, changes: (report: NodeReport) => Partial<NodeReport>): void {
  for (const [name, report] of world.reports) change(world, name, changes(report))
}

/** What one node says of one of its peers changes; `undefined` takes the peer away. */
export function seen(world: World, by: string, of: string, changes: Partial<PeerSighting> | undefined): void {
  const peers = world.reports.get(by)?.peers ?? []
  change(world, by, {
    peers: peers.flatMap((peer) =>
      peer.name !== of ? [peer] : changes === undefined ? [] : [{ ...peer, ...changes }],
    ),
  })
}

/** What all nodes say of one changes. */
export function seenByAll(world: World, of: string, changes: Partial<PeerSighting>): void {
  for (const by of world.reports.keys()) seen(world, by, of, changes)
}

export function silence(world: World, name: string, reason: string): void {
  world.answers.set(name, { ok: false, reason })
}

export function reportsOf(world: World): FleetReports {
  const own = world.reports.get(world.own)
  if (own === undefined) throw new Error('nobody asks')
  return { own, answers: world.answers, strangers: world.strangers }
}

/** The rest of the cluster is at sought addresses and no peer any more: each part sees itself alone. */
export function split(world: World, away: readonly string[], seconds: number): void {
  const near = [...world.reports.keys()].filter((name) => !away.includes(name))
  for (const [part, others] of [
    [near, away],
    [away, near],
  ] as const) {
    for (const by of part) for (const of of others) seen(world, by, of, undefined)
  }
  changeAll(world, ({ peers, gate }) => ({ peersChanged: ago(seconds), gate: { ...gate, size: peers.length } }))
  for (const name of away) {
    const value = world.reports.get(name)
    world.answers.delete(name)
    if (value !== undefined) world.strangers.push({ address: value.address, told: { ok: true, value } })
  }
}

export function look(at: World): Diagnosis {
  return diagnose(reportsOf(at), ago(0))
}

export function found(at: World, id: TroubleId): Check {
  const check = look(at).checks.find((one) => one.id === id)
  if (check === undefined) throw new Error(`nobody checked ${id}`)
  return check
}

/** Everything that isn't well, by verdict. */
export function unwell(at: World): Record<string, Verdict> {
  return Object.fromEntries(
    look(at)
      .checks.filter(({ verdict }) => verdict !== 'ok')
      .map(({ id, verdict }) => [id, verdict]),
  )
}

export function three(): World {
  return world({ names: ['a', 'b', 'c'] })
}
