/** Asking a peer for what it knows: one GET of its API. */
import type { Peer } from '../cluster/peer.ts'

/** `reason` is for people: `it runs Alloy, which can't tell`, `connection refused`, `no answer within 3 s`. */
export type Told<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

/**
 * `path` begins with `/api/v1/` and must name `scope=node` where the path knows it, so that nobody who is asked asks further.
 * Never rejects; bounded in time and size. What comes back is trusted no more than any bytes from the network: it has the shape
 * asked for, or is `{ ok: false }`.
 */
export type Ask = <T>(
  peer: Pick<Peer, 'name' | 'address' | 'meta'>,
  path: string,
  is: (value: unknown) => value is T,
) => Promise<Told<T>>
