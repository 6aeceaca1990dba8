/** Is another node alive under the name of one? Owns what is made of conflicts that nodes tell, and of namesakes that were met. */
import { age, type Examine } from './facts.ts'
import { lasting, listed, verb } from './words.ts'

export const nameConflict: Examine = ({ own, nodes, namesakes, thresholds }) => {
  const yielding = nodes.filter(({ conflict }) => conflict !== null)
  const others = namesakes.filter(({ conflict }) => conflict === null)
  if (yielding.length === 0 && others.length === 0) {
    const sentence =
      nodes.length > 1
        ? `No name is used twice, as ${nodes.length} nodes say.`
        : `No other node is alive as ${own.name}.`
    return { verdict: 'ok', sentence }
  }
  const holders = new Map(own.peers.map(({ name, address }) => [name, address]))
  const evidence = [
    ...yielding.map(({ name, address, conflict }) => `${name} at ${address} yields to the one at ${conflict?.rival}`),
    ...others.map(({ name, address }) => `${name} is alive at ${address}, and for ${own.name} at ${holders.get(name)}`),
  ]
  const names = [...new Set([...yielding, ...others].map(({ name }) => name))]
  const twice = `Two nodes are alive under the name ${listed(names)}`
  if (yielding.length === 0 && others.every((report) => age(report, report.started) < thresholds.settle)) {
    const [{ started }] = others
    const since = `the one at ${others[0].address} started ${lasting(age(others[0], started))} ago`
    return {
      verdict: 'warning',
      sentence: `${twice}: it may pass if one took the other's place, since ${since}.`,
      evidence,
    }
  }
  const held = yielding.map(({ address }) => address)
  const so =
    held.length > 0
      ? `the newer ${verb(held, 'one', 'ones')}, at ${listed(held)}, ${verb(held, 'owns', 'own')} nothing until the other is gone`
      : 'both take the same targets'
  return {
    verdict: 'trouble',
    sentence: `${twice}: ${so}.`,
    evidence,
    remedy: [
      'Give each node a --cluster.node-name of its own; without the flag it is the name of the machine.',
      'If one took the place of the other, such as a pod of a StatefulSet, see whether the former one is really gone: once it is, the other goes on by itself.',
      'cluster_node_name_conflict is 1 on the node that yields; nodes of Alloy never yield, and only count cluster_node_gossip_received_events_total{event="node_conflict"}.',
    ],
  }
}
