/** GET /api/v1/ownership and /api/v1/ring: how the work is shared. */
import type { HoldReport, Timestamp } from './node.ts'

/** How the targets of one component are shared, as the asked node computes it. */
export interface JobShares {
  readonly component: string
  readonly clustered: boolean
  /** What it was given. Of targets that aren't shared it may be more than the others together: some can't be scraped. */
  readonly total: number
  /** The asked node's own. */
  readonly local: number
  /** Other nodes scrape them. */
  readonly foreign: number
  /** Nobody says that another node scrapes them, and the asked one may not. */
  readonly held: number
  readonly duplicate: number
  /** By name of the owner. */
  readonly byOwner: Readonly<Record<string, number>>
}

/** A change of who shares the work. */
export interface ShareChange {
  readonly at: Timestamp
  readonly participants: readonly string[]
  readonly joined: readonly string[]
  readonly left: readonly string[]
  readonly hold: HoldReport | null
}

export interface OwnershipView {
  readonly node: string
  readonly clustered: boolean
  readonly hold: HoldReport | null
  readonly jobs: readonly JobShares[]
  /** The newest first; bounded. */
  readonly changes: readonly ShareChange[]
}

export interface RingView {
  readonly node: string
  /** Sorted by name. `share`: of all keys, 0 to 1; `targets`: of the jobs that are shared. */
  readonly nodes: readonly {
    readonly name: string
    readonly tokens: number
    readonly share: number
    readonly targets: number
  }[]
  /**
   * The ring from 0 to 1, neighbours of one owner joined: each ends at `to` and is that of `nodes[node]`. Where there would be
   * more than 2,000, it is a sample: 2,000 arcs of equal width, each that of the owner of the key in its middle.
   */
  readonly arcs: readonly { readonly to: number; readonly node: number }[]
}
