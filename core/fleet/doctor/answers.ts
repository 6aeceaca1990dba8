/** Who didn't answer when asked, and why: what all other checks know nothing of. Nodes of Alloy have no way to answer. */
import type { Examine } from './facts.ts'
import { counted, listed, verb } from './words.ts'

export const unanswered: Examine = ({ own, silent, alloy }) => {
  const cannot = alloy.map(({ name, address }) => `${name} at ${address} runs Alloy, which can't tell`)
  const alloyNote =
    alloy.length === 0 ? '' : ` ${counted(alloy.length, 'peer runs', 'peers run')} Alloy, which can't tell.`
  if (silent.length === 0) {
    if (own.peers.length < 2) return { verdict: 'ok', sentence: 'There is nobody else to ask.' }
    const asked = own.peers.filter(({ self }) => !self).length - alloy.length
    const sentence = `${asked === 0 ? 'No peer could be asked.' : `${counted(asked, 'peer')} answered.`}${alloyNote}`
    return { verdict: 'ok', sentence, evidence: cannot }
  }
  const names = silent.map(({ peer }) => peer.name)
  return {
    verdict: 'warning',
    sentence: `${listed(names)} ${verb(names, "doesn't", "don't")} answer: nothing above takes into account what ${verb(names, 'it knows', 'they know')}.${alloyNote}`,
    evidence: [...silent.map(({ peer, reason }) => `${peer.name} at ${peer.address}: ${reason}`), ...cannot],
    remedy: [
      'Who is gone leaves the list within seconds: look again.',
      'Nodes answer each other at the port that they gossip on. Where it asks for a password (the block http { auth }), give all nodes a common --cluster.auth-secret-file, with which they prove themselves.',
      `See the log of ${names[0]}, and whether its API answers at all: GET /api/v1/node there.`,
    ],
  }
}
