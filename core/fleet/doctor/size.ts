/** Is the cluster large enough to work, and would it still be with one node less? Owns what is made of the size gates. */
import type { NodeReport } from '../../api/node.ts'
import { age, type Examine } from './facts.ts'
import { counted, lasting, listed, verb } from './words.ts'

export const tooSmall: Examine = ({ nodes, thresholds }) => {
  const gated = nodes.filter(({ gate }) => gate.minimum > 0)
  if (gated.length === 0) {
    return { verdict: 'ok', sentence: 'No size is asked for: --cluster.wait-for-size is 0.' }
  }
  const evidence = gated.map(said)
  const closed = gated.filter(({ gate }) => !gate.open)
  if (closed.length > 0) {
    const [{ gate }] = closed
    const names = closed.map(({ name }) => name)
    const has = `The cluster has ${gate.size} of the ${counted(gate.minimum, 'node')} that --cluster.wait-for-size asks for`
    const so = `${listed(names)} ${verb(names, 'holds its', 'hold their')} clustered work back`
    const young = Math.min(...closed.map((node) => age(node, node.started)))
    const timeout = Math.min(...closed.map((node) => node.gate.timeoutSeconds))
    if (timeout > 0) {
      const sentence = `${has}: ${so} until there are enough, or until --cluster.wait-timeout (${lasting(timeout)}) has passed.`
      return { verdict: 'warning', sentence, evidence, remedy: GROW }
    }
    if (young < thresholds.settle) {
      const sentence = `${has}: ${so}; it may pass, since one of them started ${lasting(young)} ago.`
      return { verdict: 'warning', sentence, evidence }
    }
    return {
      verdict: 'trouble',
      sentence: `${has}: ${so}, without end. What nobody scrapes is lost.`,
      evidence,
      remedy: GROW,
    }
  }
  const least = gated.reduce((a, b) => (staying(a) - a.gate.minimum <= staying(b) - b.gate.minimum ? a : b))
  const { minimum, size, timeoutSeconds } = least.gate
  if (size < minimum) {
    return {
      verdict: 'warning',
      sentence: `The cluster has ${size} of the ${counted(minimum, 'node')} that --cluster.wait-for-size asks for, and works all the same, since --cluster.wait-timeout ran out.`,
      evidence,
      remedy: GROW,
    }
  }
  const left = staying(least)
  if (left <= minimum) {
    const so =
      timeoutSeconds > 0 ? `hold all clustered work back for ${lasting(timeoutSeconds)}` : 'stop all clustered work'
    const when = left < minimum ? 'when those that are leaving have gone, that will' : 'one node less would'
    return {
      verdict: 'warning',
      sentence: `The cluster has just the ${counted(minimum, 'node')} that --cluster.wait-for-size asks for: ${when} ${so}.`,
      evidence,
      remedy: ['Lower --cluster.wait-for-size to what the cluster has while one node is replaced, or add a node.'],
    }
  }
  return { verdict: 'ok', sentence: `The cluster has ${counted(left, 'node')}, and needs ${minimum}.` }
}

const GROW: readonly string[] = [
  'Start the nodes that are missing, or find out why they do not join: see split-brain.',
  'If the cluster is to be this small, lower --cluster.wait-for-size on all nodes and restart them.',
  'cluster_ready_for_traffic is 0 and cluster_node_hold{reason="too-small"} is 1 on nodes that hold work back.',
]

/** Those that count and aren't about to leave. */
function staying({ gate, peers }: NodeReport): number {
  return gate.size - peers.filter(({ state }) => state === 'terminating').length
}

function said({ name, gate }: NodeReport): string {
  const { size, minimum, open, timeoutSeconds } = gate
  const wait = timeoutSeconds > 0 ? `, waits for ${lasting(timeoutSeconds)} at most` : ''
  return `${name}: counts ${size}, needs ${minimum}${wait}: ${open ? 'works' : 'holds its work back'}`
}
