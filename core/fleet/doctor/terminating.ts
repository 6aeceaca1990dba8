/** Does anybody say farewell and not go? Owns how long that may take, by whichever node has seen it for longest. */
import type { PeerSighting } from '../../api/node.ts'
import { age, type Examine, type Facts, type Finding } from './facts.ts'
import { counted, lasting, listed, verb } from './words.ts'

interface Leaving {
  readonly peer: PeerSighting
  readonly seers: string[]
  /** For how long, by the one who has seen it for longest. */
  seconds: number
}

export const stuckTerminating: Examine = (facts) => {
  const leaving = leavingOf(facts)
  const { settle, farewell } = facts.thresholds
  const stuck = leaving.filter(({ seconds }) => seconds >= farewell)
  if (stuck.length > 0) return trouble(stuck, facts)
  const [longest] = [...leaving].sort((a, b) => b.seconds - a.seconds)
  if (longest === undefined) return { verdict: 'ok', sentence: 'No node is about to leave.' }
  const names = leaving.map(({ peer }) => peer.name)
  const sentence = `${listed(names)} ${verb(names, 'is', 'are')} about to leave, ${longest.peer.name} for ${lasting(longest.seconds)}.`
  if (longest.seconds < settle) return { verdict: 'ok', sentence }
  return {
    verdict: 'warning',
    sentence: `${sentence} It may pass: delivering what is queued takes a while if the receiver is slow.`,
    evidence: leaving.map((one) => told(one, facts)),
  }
}

function leavingOf({ seers }: Facts): readonly Leaving[] {
  const found = new Map<string, Leaving>()
  for (const node of seers) {
    for (const peer of node.peers) {
      if (peer.state !== 'terminating') continue
      const seconds = age(node, peer.stateSince)
      const known = found.get(peer.name)
      if (known === undefined) {
        found.set(peer.name, { peer, seers: [node.name], seconds })
        continue
      }
      known.seers.push(node.name)
      known.seconds = Math.max(known.seconds, seconds)
    }
  }
  return [...found.values()]
}

function trouble(stuck: readonly Leaving[], facts: Facts): Finding {
  const names = stuck.map(({ peer }) => peer.name)
  const longest = Math.max(...stuck.map(({ seconds }) => seconds))
  const [{ peer }] = stuck
  const since = stuck.length === 1 ? lasting(longest) : `up to ${lasting(longest)}`
  return {
    verdict: 'trouble',
    sentence: `${listed(names)} said farewell and ${verb(names, 'has', 'have')} not gone for ${since}: ${verb(names, 'it takes', 'they take')} no work, and still ${verb(names, 'counts', 'count')} towards --cluster.wait-for-size.`,
    evidence: stuck.map((one) => told(one, facts)),
    remedy: [
      `See whether the process of ${peer.name} at ${peer.address} still runs, and what its log says last: a receiver that doesn't answer, a disk that hangs.`,
      'If it hangs, end it: a second SIGTERM ends it at once. Its peers then drop it within seconds.',
      `If it is gone, others keep it alive: see who still answers at ${peer.address}.`,
      `cluster_node_peers{state="terminating"} shows which nodes still see it; if ${counted(facts.nodes.length, 'node')} differ on it, see not-converging.`,
    ],
  }
}

function told({ peer, seers, seconds }: Leaving, { nodes, silent, own }: Facts): string {
  const quiet = silent.find((one) => one.peer.name === peer.name)
  const answers =
    peer.name === own.name
      ? 'it is the node that looks'
      : nodes.some(({ name }) => name === peer.name)
        ? 'it still answers'
        : quiet === undefined
          ? 'it was not asked'
          : `it doesn't answer: ${quiet.reason}`
  const heard = peer.lastSeen === null ? '' : `, heard last at ${peer.lastSeen}`
  return `${peer.name} at ${peer.address} is terminating for ${lasting(seconds)}, as ${listed(seers)} ${verb(seers, 'sees', 'see')}${heard}; ${answers}`
}
