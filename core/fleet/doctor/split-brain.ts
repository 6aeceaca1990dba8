/**
 * Are there other parts of this cluster, or is this node alone by mistake? Owns what is made of the addresses that discovery
 * gives and at which no peer is.
 */
import type { NodeReport } from '../../api/node.ts'
import { age, calmFor, type Examine, type Facts, type Finding, reachCommand } from './facts.ts'
import { counted, lasting, listed, plain, verb } from './words.ts'

export const splitBrain: Examine = (facts) => {
  return parted(facts) ?? otherCluster(facts) ?? unreachable(facts) ?? whole(facts)
}

/** The proof: somebody of this cluster answers, and the two know nothing of each other. */
function parted({ own, apart, thresholds }: Facts): Finding | undefined {
  if (apart.length === 0) return undefined
  const names = apart.map(({ name }) => name)
  const evidence = [
    sees(own),
    ...apart.map((report) => `${sees(report)}; ${own.name} is not among them, though it asks for ${report.address}`),
  ]
  const what = `${listed(names)} ${verb(names, 'is', 'are')} of this cluster and not among the peers of ${own.name}, nor the other way round`
  const young = Math.min(age(own, own.started), ...apart.map((report) => age(report, report.started)))
  if (young < thresholds.settle) {
    const since = `one of them started ${lasting(young)} ago`
    return { verdict: 'warning', sentence: `${what}: it may pass, since ${since}.`, evidence }
  }
  const since = lasting(Math.min(calmFor(own), ...apart.map(calmFor)))
  return {
    verdict: 'trouble',
    sentence: `${what}: each part shares all targets among its own nodes, so that they are scraped on both. It has been so for ${since} or longer.`,
    evidence,
    remedy: [
      `They find each other by themselves when the network lets them, every --cluster.rejoin-interval; if that is 0 or longer than you want to wait, restart ${own.name}.`,
      `The API of ${listed(names)} answers and its gossip doesn't: look for a proxy or policy that lets HTTP/1.1 through but not HTTP/2 POSTs to /api/v1/ckit/transport/; try ${reachCommand(apart[0].address)}`,
      'Compare --cluster.enable-tls and --cluster.auth-secret-file on both: cluster_auth_refusals_total and cluster_join_attempts_total{result="failure"} say whether one refuses the other, the log says why.',
    ],
  }
}

function sees({ name, address, peers }: NodeReport): string {
  return `${name} at ${address} sees ${listed(peers.map((peer) => peer.name))}`
}

function otherCluster({ own, foreign }: Facts): Finding | undefined {
  if (foreign.length === 0) return undefined
  const named = foreign.filter(({ clustered }) => clustered)
  const off = foreign.filter(({ clustered }) => !clustered)
  const evidence = [
    `${own.name} is of ${cluster(own.clusterName)}`,
    ...named.map(({ name, address, clusterName }) => `${name} at ${address} is of ${cluster(clusterName)}`),
    ...off.map(({ name, address }) => `${name} at ${address} runs without a cluster`),
  ]
  const alone = own.peers.length < 2
  const sentences: string[] = []
  const remedy: string[] = []
  if (named.length > 0) {
    const names = named.map(({ name }) => name)
    sentences.push(
      `${own.name} asks for ${listed(names)}, which ${verb(names, 'is', 'are')} of ${cluster(named[0].clusterName)}, not of ${cluster(own.clusterName)}: they will never join each other.`,
    )
    remedy.push(
      'If they are to be one cluster, give all nodes the same --cluster.name and restart them.',
      'If not, give each cluster its own --cluster.join-addresses, such as a DNS name of its own.',
    )
  }
  if (off.length > 0) {
    const names = off.map(({ name }) => name)
    sentences.push(
      `${listed(names)} ${verb(names, 'runs', 'run')} without a cluster, and ${verb(names, 'scrapes', 'scrape')} all targets.`,
    )
    remedy.push(
      `Start ${listed(names)} with --cluster.enabled, or take ${verb(names, 'it', 'them')} out of --cluster.join-addresses.`,
    )
  }
  if (!alone) sentences.push(`${own.name} has ${counted(own.peers.length - 1, 'other peer')}.`)
  return { verdict: alone ? 'trouble' : 'warning', sentence: sentences.join(' '), evidence, remedy }
}

function cluster(name: string): string {
  return name === '' ? 'the cluster without a name' : `the cluster "${plain(name)}"`
}

/** Nothing is proven: there may be nobody, or the other half of the cluster. */
function unreachable({ own, unreached, thresholds }: Facts): Finding | undefined {
  if (unreached.length === 0) return undefined
  const evidence = unreached.map(({ address, reason }) => `${address}: ${reason}`)
  const addresses = unreached.map(({ address }) => address)
  const doesNot = `${listed(addresses)} ${verb(addresses, "doesn't", "don't")} answer`
  const remedy = [
    `If a node is to be there, see whether it runs, and whether this node reaches it: ${reachCommand(addresses[0])}`,
    'If not, take the address out of --cluster.join-addresses, or out of the DNS.',
  ]
  if (own.peers.length > 1) {
    const sentence = `${doesNot}, and no peer is there: a node that is down, or a part of the cluster that is cut off.`
    return { verdict: 'unknown', sentence, evidence, remedy }
  }
  if (own.sought.length > unreached.length) return undefined
  const young = age(own, own.started)
  const since = young < thresholds.settle ? ` It started ${lasting(young)} ago and goes on looking.` : ''
  return {
    verdict: 'warning',
    sentence: `${own.name} is alone: ${doesNot}.${since} If other nodes run, all scrape the same targets.`,
    evidence,
    remedy: [
      "Check that the addresses and names in --cluster.join-addresses are written correctly, with the port if it isn't this node's.",
      ...remedy,
      'cluster_join_attempts_total{result="failure"} counts the attempts, the log tells the reasons.',
    ],
  }
}

function whole({ own }: Facts): Finding {
  if (own.peers.length > 1) {
    const sentence = `Wherever ${own.name} looks for nodes it finds peers: ${counted(own.peers.length, 'node')} in one cluster.`
    return { verdict: 'ok', sentence }
  }
  if (own.sought.length > 0) return { verdict: 'ok', sentence: `${own.name} is alone, and finds no other node.` }
  return {
    verdict: 'unknown',
    sentence: `${own.name} is alone and has no address to look at: only nodes that join it could tell whether there are others.`,
    remedy: ['If there are others, name them in --cluster.join-addresses or --cluster.discover-peers.'],
  }
}
