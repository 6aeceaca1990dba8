/** What looking for peers comes to. How it is done is join-addresses.ts's and discover.ts's. */
import type { PeerAddress } from './address.ts'

export interface Discovered {
  /** Where others may be, each once, in the order found; also this node's own addresses. */
  readonly addresses: readonly PeerAddress[]
  /** Tried when none of `addresses` answered: the same names read in another way. */
  readonly alternates: readonly PeerAddress[]
  /** What couldn't be found, one sentence each: no secrets. */
  readonly problems: readonly string[]
}

/** One look. Never rejects. */
export type Discover = () => Promise<Discovered>

export const NOTHING_TO_DISCOVER: Discovered = { addresses: [], alternates: [], problems: [] }

/** Without peers to look for a node is alone until somebody joins it. */
export const discoverNothing: Discover = () => Promise.resolve(NOTHING_TO_DISCOVER)
