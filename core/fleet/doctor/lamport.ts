/**
 * Do state messages reach everybody in time? Their logical clock tells: it moves with each one, and a node that hears none falls
 * behind. Owns which difference is too much.
 */
import type { NodeReport } from '../../api/node.ts'
import { type Examine, lastChanged } from './facts.ts'
import { clockSpread } from './thresholds.ts'
import { counted, lasting, listed, verb } from './words.ts'

export const lamportClock: Examine = ({ own, present, thresholds }) => {
  // Who has just begun to look for others has heard nothing yet.
  const nodes = present.filter(({ peers, state }) => peers.length > 1 || state !== 'viewer')
  if (nodes.length < 2) {
    if (own.peers.length < 2)
      return { verdict: 'ok', sentence: 'There is one node, and no clock to compare its own with.' }
    return { verdict: 'unknown', sentence: 'No other node told its logical clock.' }
  }
  const times = nodes.map(({ lamportTime }) => lamportTime).sort((a, b) => a - b)
  // Of two the later one: a clock can't be ahead of messages that were never sent.
  const usual = times[times.length >> 1]
  const spread = clockSpread(nodes.length)
  const behind = nodes.filter(({ lamportTime }) => lamportTime < usual - spread)
  const ahead = nodes.filter(({ lamportTime }) => lamportTime > usual + spread)
  if (behind.length + ahead.length === 0) {
    const [least, most] = [times[0], times[times.length - 1]]
    const range = least === most ? `at ${most}` : `from ${least} to ${most}, no more apart than usual`
    return { verdict: 'ok', sentence: `The logical clocks of ${counted(nodes.length, 'node')} are ${range}.` }
  }

  const off = [
    ...behind.map((node) => `that of ${node.name} is ${usual - node.lamportTime} behind the others`),
    ...ahead.map((node) => `that of ${node.name} is ${node.lamportTime - usual} ahead of the others`),
  ]
  const what =
    off.length > 2
      ? `The logical clocks of ${listed(namesOf([...behind, ...ahead]))} are off`
      : off.join(', ').replace('that', 'The logical clock')
  const evidence = nodes.map(({ name, lamportTime }) => `${name}: ${lamportTime}`)
  const { node, seconds } = lastChanged(nodes)
  if (seconds < thresholds.settle) {
    const since = `the peers of ${node.name} changed ${lasting(seconds)} ago`
    return { verdict: 'warning', sentence: `${what}: it may pass, since ${since}.`, evidence }
  }
  const deaf = namesOf(behind)
  const unheard = namesOf(ahead)
  const so = [
    ...(deaf.length > 0 ? [`${listed(deaf)} ${verb(deaf, "doesn't", "don't")} hear of changes, or too late`] : []),
    ...(unheard.length > 0 ? [`what ${listed(unheard)} ${verb(unheard, 'says', 'say')} reaches nobody`] : []),
  ]
  return {
    verdict: 'trouble',
    sentence: `${what}: ${so.join(', and ')}.`,
    evidence,
    remedy: [
      ...deaf
        .slice(0, 1)
        .map(
          (name) =>
            `On ${name} see whether cluster_node_gossip_received_events_total{event="state_change_message"} and {event="merge_remote_state"} grow: if not, the others' packets or streams don't reach it; see whether theirs (cluster_transport_tx_packets_failed_total) fail.`,
        ),
      ...unheard
        .slice(0, 1)
        .map(
          (name) =>
            `On ${name} see whether cluster_transport_tx_packets_failed_total and cluster_transport_stream_tx_packets_failed_total grow: what it sends doesn't arrive.`,
        ),
      'cluster_node_malformed_packets_total tells whether packets arrive and make no sense: a proxy in between, or another kind of node.',
      'A node that can not keep up has cluster_node_gossip_health_score above 0, and cluster_transport_tx_packet_queue_length grows: give it more CPU.',
    ],
  }
}

function namesOf(nodes: readonly NodeReport[]): readonly string[] {
  return nodes.map(({ name }) => name)
}
