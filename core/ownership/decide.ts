/**
 * The one decision about who does a piece of work. The scrape jobs, the API, the command line and the simulator all ask here;
 * the rules are Alloy's, so that mixed clusters agree.
 */
import type { Decision, Shares } from './types.ts'

/** For the key with these upper and lower halves. */
export function decide(hi: number, lo: number, shares: Shares): Decision {
  const { clustered, ring, hold } = shares
  if (!clustered) return { local: true, owner: undefined, reason: 'not-clustered' }
  const index = ring.owner(hi, lo)
  const owner = index < 0 ? undefined : ring.names[index]
  if (hold !== undefined) return { local: false, owner, reason: hold.kind }
  if (owner === undefined) return { local: true, owner, reason: 'nobody-participates' }
  const local = owner === shares.self
  return { local, owner, reason: local ? 'owner' : 'other-owner' }
}
