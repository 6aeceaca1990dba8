/** Does each node keep up with its peers' pings, and is anybody under suspicion? Owns from when on slowness is trouble. */
import { age, type Examine } from './facts.ts'
import { lasting, listed, verb } from './words.ts'

/** A node grants others so many probe intervals more when it is this slow itself; one lost packet is worth 1, for a second or so. */
const SICK_SCORE = 4

export const unhealthyNode: Examine = ({ nodes, seers }) => {
  const slow = nodes.filter(({ healthScore }) => healthScore > 0)
  const suspects = new Map<string, { readonly by: string[]; readonly lastSeen: string }>()
  for (const node of seers) {
    for (const { name, suspect, lastSeen } of node.peers) {
      if (!suspect) continue
      const heard = lastSeen === null ? '' : `, heard last ${lasting(age(node, lastSeen))} ago`
      const before = suspects.get(name)
      if (before === undefined) suspects.set(name, { by: [node.name], lastSeen: heard })
      else before.by.push(node.name)
    }
  }
  if (slow.length + suspects.size === 0) {
    const sentence =
      nodes.length > 1
        ? `${nodes.length} nodes keep up with their peers, and suspect nobody.`
        : 'It keeps up, and suspects nobody.'
    return { verdict: 'ok', sentence }
  }
  const names = slow.map(({ name }) => name)
  const suspected = [...suspects.keys()].sort()
  const sick = slow.filter(({ healthScore }) => healthScore >= SICK_SCORE)
  const sentences = [
    ...(names.length > 0
      ? [
          `${listed(names)} ${verb(names, 'loses', 'lose')} answers to pings or ${verb(names, 'answers', 'answer')} late.`,
        ]
      : []),
    ...(suspected.length > 0
      ? [
          `${listed(suspected)} ${verb(suspected, "doesn't answer pings and is", "don't answer pings and are")} suspected of having died.`,
        ]
      : []),
    ...(sick.length === 0 ? ['It may pass within seconds.'] : []),
  ]
  return {
    verdict: sick.length > 0 ? 'trouble' : 'warning',
    sentence: sentences.join(' '),
    evidence: [
      ...slow.map(({ name, healthScore }) => `${name}: health score ${healthScore} (0 is best, 7 worst)`),
      ...suspected.map(
        (name) =>
          `${name} is suspected by ${listed(suspects.get(name)?.by ?? [])}${suspects.get(name)?.lastSeen ?? ''}`,
      ),
    ],
    remedy: [
      `See whether ${listed([...new Set([...names, ...suspected])])} ${verb([...new Set([...names, ...suspected])], 'gets', 'get')} enough CPU: limits that throttle a container are the usual reason.`,
      'If all nodes are slow towards one, look at its network: cluster_transport_tx_packets_failed_total of the others.',
    ],
  }
}
