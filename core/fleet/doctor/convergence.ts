/**
 * Do all see the same peers in the same states? And do the peers stay, or come and go? Owns how views are compared: each is what
 * one node said, and none is taken for the truth.
 */
import type { NodeReport, PeerSighting } from '../../api/node.ts'
import { age, calmFor, type Examine, type Facts, type Finding, lastChanged, reachCommand } from './facts.ts'
import { differences, type Views, viewsOf } from './views.ts'
import { counted, lasting, listed, verb } from './words.ts'

export const notConverging: Examine = (facts) => {
  const seers = facts.seers.filter(({ conflict }) => conflict === null)
  const views = viewsOf(seers)
  return views.views.length > 1 ? differing(facts, views) : (restless(facts) ?? agreed(facts, seers.length))
}

function differing({ present, thresholds }: Facts, views: Views): Finding {
  const { unseen, lines } = differences(views)
  const { node, seconds } = lastChanged(present)
  const what =
    unseen.length > 0
      ? `Not all nodes see ${listed(unseen)}`
      : 'The nodes see the same peers, but in different states or at different addresses'
  const young = seconds < thresholds.settle
  if (young && !returning(worst(present), thresholds)) {
    const since = `the peers of ${node.name} changed ${lasting(seconds)} ago, and news take some seconds`
    return { verdict: 'warning', sentence: `${what}: it may pass, since ${since}.`, evidence: lines }
  }
  const since = young ? 'and the peers keep changing' : `and it has been so for ${lasting(seconds)}`
  return {
    verdict: 'trouble',
    sentence: `${what}: targets may be scraped twice, or by nobody, ${since}.`,
    evidence: lines,
    remedy: reaching(present, unseen[0]),
  }
}

/** Peers that come and go although nobody starts or stops them. */
function restless({ present, thresholds }: Facts): Finding | undefined {
  const node = worst(present)
  if (node === undefined || calmFor(node) >= thresholds.calm) return undefined
  const returned = returning(node, thresholds)
  const many = Math.max(thresholds.changes, 5 * node.peers.length)
  if (!returned && node.recentPeerChanges < many) return undefined
  const often = `The peers of ${node.name} changed ${counted(node.recentPeerChanges, 'time')} within 10 minutes`
  const evidence = present.map(
    ({ name, recentPeerChanges, peersChanged, healthScore }) =>
      `${name}: ${counted(recentPeerChanges, 'change')}, the last one at ${peersChanged ?? 'no time'}, health score ${healthScore}`,
  )
  if (!returned)
    return { verdict: 'warning', sentence: `${often}: a rollout does that, and it should be over soon.`, evidence }
  const names = returned.map(({ name }) => name)
  return {
    verdict: 'trouble',
    sentence: `${often}: ${listed(names)} went and came back without a restart, and ${verb(names, 'its', 'their')} targets with ${verb(names, 'it', 'them')}.`,
    evidence: [...returned.map(({ name, stateSince }) => `${name} is back since ${stateSince}`), ...evidence],
    remedy: [
      `Look at the CPU of ${listed(names)} and ${node.name}: who is throttled answers pings too late (cluster_node_gossip_health_score above 0).`,
      ...reaching(present, names[0]),
      'If the network is slow or lossy, raise --cluster.probe-interval on all nodes: crashes are then noticed later.',
    ],
  }
}

/** The one that sees most changes. */
function worst(nodes: readonly NodeReport[]): NodeReport | undefined {
  return nodes.reduce<NodeReport | undefined>(
    (found, node) => (found === undefined || node.recentPeerChanges > found.recentPeerChanges ? node : found),
    undefined,
  )
}

/** Peers that this restless node saw come though both had been running for a while; undefined when there is none. */
function returning(node: NodeReport | undefined, thresholds: Facts['thresholds']): readonly PeerSighting[] | undefined {
  if (node === undefined || node.recentPeerChanges < thresholds.changes) return undefined
  const found = node.peers.filter(({ self, state, announced, stateSince }) => {
    if (self || announced === null || state !== 'participant' || age(node, stateSince) > RECENT_SECONDS) return false
    const since = Date.parse(stateSince)
    const ran = Math.min(since - Date.parse(announced.started), since - Date.parse(node.started))
    return ran > thresholds.startUp * 1000
  })
  return found.length > 0 ? found : undefined
}

/** The time that `recentPeerChanges` is about. */
const RECENT_SECONDS = 600

function reaching(nodes: readonly NodeReport[], name: string | undefined): readonly string[] {
  const seer = nodes.find(({ peers }) => peers.some((peer) => peer.name === name))
  const address = seer?.peers.find((peer) => peer.name === name)?.address
  const way = address === undefined ? 'each node to each other one' : `the others to ${name}`
  return [
    `Check that each node reaches the advertised address of every other, in both directions; from ${way}: ${reachCommand(address ?? 'ADDRESS')}`,
    'See whose cluster_transport_tx_packets_failed_total or cluster_transport_stream_tx_packets_failed_total grows: what that node sends does not arrive.',
    'If an address above is one that others can not reach, set --cluster.advertise-address on that node.',
  ]
}

function agreed({ own, alloy }: Facts, seers: number): Finding {
  if (own.peers.length < 2) return { verdict: 'ok', sentence: 'There is one node, and nobody to disagree with.' }
  if (seers < 2) {
    const why = alloy.length > 0 ? ': nodes of Alloy have no way to' : ''
    return { verdict: 'unknown', sentence: `No other node told whom it sees${why}.` }
  }
  const who = seers >= own.peers.length ? `All ${seers} nodes` : `The ${seers} nodes that were looked at`
  return { verdict: 'ok', sentence: `${who} see the same ${own.peers.length} peers.` }
}
