/**
 * What the reports say, sorted for the checks: who of this cluster told something, who is silent, and who lives apart. Owns who
 * counts as whom; judges nothing.
 */
import type { Check } from '../../api/doctor.ts'
import type { NodeReport, PeerSighting, Timestamp } from '../../api/node.ts'
import { MAX_SIGHTINGS } from '../../limits.ts'
import type { FleetReports } from '../fleet-reports.ts'
import type { Thresholds } from './thresholds.ts'

/** What a check comes to; evidence and remedy are empty unless told. */
export type Finding = Pick<Check, 'verdict' | 'sentence'> & Partial<Pick<Check, 'evidence' | 'remedy'>>

export type Examine = (facts: Facts) => Finding

/** A sought address where no node of this cluster's could be found. */
export interface Unknown {
  readonly address: string
  readonly reason: string
}

export interface Facts {
  /** Of the node that asked. */
  readonly own: NodeReport
  /** Who told something and has to do with this node: itself first, then its peers, then those that see it though it doesn't see them. */
  readonly nodes: readonly NodeReport[]
  /** The same without those that yield their names to others: those hear no gossip, and only now and then of anything. */
  readonly present: readonly NodeReport[]
  /** Those of `nodes` whose peers are looked at: all, in clusters of up to 240 nodes. */
  readonly seers: readonly NodeReport[]
  /** Peers that can tell and didn't, with the reason. */
  readonly silent: readonly { readonly peer: PeerSighting; readonly reason: string }[]
  /** Peers that announce nothing of themselves. */
  readonly alloy: readonly PeerSighting[]
  /** Of a cluster of the same name at sought addresses, without each other among their peers. */
  readonly apart: readonly NodeReport[]
  /** Of clusters with other names at sought addresses, or of none. */
  readonly foreign: readonly NodeReport[]
  /** Under the name of a peer, or of this node, at another address. */
  readonly namesakes: readonly NodeReport[]
  readonly unreached: readonly Unknown[]
  readonly thresholds: Thresholds
}

export function factsOf({ own, answers, strangers }: FleetReports, thresholds: Thresholds): Facts {
  const nodes: NodeReport[] = [own]
  const silent: Facts['silent'][number][] = []
  const alloy: PeerSighting[] = []
  const addresses = new Map(own.peers.map((peer) => [peer.name, peer.address]))
  for (const peer of own.peers) {
    if (peer.self) continue
    const told = answers.get(peer.name)
    if (told?.ok && told.value.name === peer.name) nodes.push(told.value)
    else if (told?.ok) silent.push({ peer, reason: `a node named ${told.value.name} answers at ${peer.address}` })
    else if (peer.announced === null) alloy.push(peer)
    else silent.push({ peer, reason: told?.reason ?? 'it was not asked' })
  }

  const apart: NodeReport[] = []
  const foreign: NodeReport[] = []
  const namesakes: NodeReport[] = []
  const unreached: Unknown[] = []
  const identityOf = ({ name, address }: NodeReport): string => `${name} ${address}`
  const met = new Set([identityOf(own)])
  for (const { address, told } of strangers) {
    if (!told.ok) {
      unreached.push({ address, reason: told.reason })
      continue
    }
    const report = told.value
    const identity = identityOf(report)
    // Several addresses may lead to one node, and to one that is known by another address.
    if (met.has(identity) || addresses.get(report.name) === report.address) continue
    met.add(identity)
    if (!report.clustered || report.clusterName !== own.clusterName) {
      foreign.push(report)
      continue
    }
    const namesake = addresses.has(report.name)
    if (namesake) namesakes.push(report)
    const seesOwn = report.peers.some(({ name, address }) => name === own.name && address === own.address)
    if (seesOwn || report.conflict !== null) nodes.push(report)
    else apart.push(report)
  }
  const present = nodes.filter(({ conflict }) => conflict === null)
  const seers = firstOf(nodes)
  return { own, nodes, present, seers, silent, alloy, apart, foreign, namesakes, unreached, thresholds }
}

/** As many as have MAX_SIGHTINGS peers together, and at least one. */
function firstOf(nodes: readonly NodeReport[]): readonly NodeReport[] {
  let sightings = 0
  return nodes.filter(({ peers }, i) => {
    sightings += peers.length
    return i === 0 || sightings <= MAX_SIGHTINGS
  })
}

/** Seconds from a moment that a node told until it told it, by its own clock; never below 0. */
export function age(report: NodeReport, moment: Timestamp): number {
  const seconds = (Date.parse(report.now) - Date.parse(moment)) / 1000
  return seconds > 0 ? seconds : 0
}

/** Since the peers of a node are what they are, in seconds. */
export function calmFor(report: NodeReport): number {
  return age(report, report.peersChanged ?? report.started)
}

/** The node whose peers changed last. At least one is given. */
export function lastChanged(nodes: readonly NodeReport[]): { readonly node: NodeReport; readonly seconds: number } {
  let found = { node: nodes[0], seconds: calmFor(nodes[0]) }
  for (const node of nodes) {
    const seconds = calmFor(node)
    if (seconds < found.seconds) found = { node, seconds }
  }
  return found
}

/**
 * For remedies: shows whether a node can be reached the way that its peers do it. Addresses are what nodes say, and people paste
 * the command into a shell: what is more than host and port isn't in it.
 */
export function reachCommand(address: string): string {
  return `curl --http2-prior-knowledge http://${/^[\w.:%[\]-]+$/.test(address) ? address : 'ADDRESS'}/-/ready`
}
