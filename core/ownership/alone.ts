/** The ownership of an agent without a cluster: everything is its own, and nothing ever changes. */
import { EMPTY_RING } from '../ring/build.ts'
import type { RecordedOwnership, Shares } from './types.ts'

export function createAloneOwnership(self: string): RecordedOwnership {
  const shares: Shares = { clustered: false, self, ring: EMPTY_RING, hold: undefined, version: 0 }
  return { shares: () => shares, subscribe: () => () => undefined, history: () => [] }
}
