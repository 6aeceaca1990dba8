/** Why a target is scraped where it is: the decision with everything that led to it, for people. */
import { hex64 } from '../hash/u64.ts'
import { targetKey } from '../ring/keys.ts'
import { decide } from './decide.ts'
import type { Decision, Shares } from './types.ts'

export interface Explanation extends Decision {
  /** 16 hexadecimal digits. */
  readonly key: string
  /** The token that took the key: the first on the ring that is not below it. */
  readonly token: string | undefined
  /** Who would get it next, if the owner left, then if that one left too. */
  readonly runnersUp: readonly string[]
  readonly sentence: string
}

const MAX_RUNNERS_UP = 2

export function explain(labels: ReadonlyMap<string, string>, shares: Shares): Explanation {
  const halves = new Uint32Array(2)
  targetKey(labels, halves, 0)
  const key = { hi: halves[0], lo: halves[1] }
  const decision = decide(key.hi, key.lo, shares)
  const token = shares.ring.token(key)
  return {
    ...decision,
    key: hex64(key),
    token: token === undefined ? undefined : hex64(token),
    runnersUp: shares.ring.owners(key, 1 + MAX_RUNNERS_UP).slice(1),
    sentence: sentence(decision, shares),
  }
}

function sentence({ reason, owner }: Decision, { self, hold }: Shares): string {
  const whose =
    owner === undefined
      ? 'no node participates yet'
      : owner === self
        ? 'it is its share'
        : `it is the share of ${owner}`
  switch (reason) {
    case 'not-clustered':
      return `${self} scrapes it: it takes part in no cluster.`
    case 'nobody-participates':
      return `${self} scrapes it, and so does any other: no node participates in the cluster, and twice is better than never.`
    case 'owner':
      return `${self} scrapes it: the first token on the ring from its key on is one of its own.`
    case 'other-owner':
      return `${owner} scrapes it: the first token on the ring from its key on is one of that node's.`
    case 'joining':
      return `${self} does not scrape it: it is still joining the cluster (${whose}).`
    case 'too-small': {
      const missing = hold?.kind === 'too-small' ? ` (${hold.size} of ${hold.minimum} nodes)` : ''
      return `${self} does not scrape it: the cluster is smaller than --cluster.wait-for-size asks for${missing}; ${whose}.`
    }
    case 'name-conflict': {
      const rival = hold?.kind === 'name-conflict' ? ` at ${hold.rival}` : ''
      return `${self} does not scrape it: another node${rival} goes by the same name, and the newer one owns nothing until that one is gone.`
    }
  }
}
