/**
 * The shapes of the API's answers, a file for each subject: what `/api/v1/` says, and what pages and command line read. Types
 * alone, so that they cost nothing and a browser's code can use them; the OpenAPI document is generated from them.
 *
 * Everywhere: times are RFC 3339 in UTC, durations are seconds, `null` is what isn't known or isn't there.
 */

/** RFC 3339, UTC. */
export type Timestamp = string

export type NodeStateName = 'viewer' | 'participant' | 'terminating'

/** Why a node takes no clustered work at the moment. */
export type HoldReport =
  | { readonly kind: 'joining' }
  | { readonly kind: 'too-small'; readonly size: number; readonly minimum: number }
  | { readonly kind: 'name-conflict'; readonly rival: string }

/** What a node scrapes. */
export interface Work {
  /** Targets that it scrapes, and how they are. */
  readonly targets: number
  readonly up: number
  readonly down: number
  readonly unknown: number
  /** From the last scrape of each target and its interval. */
  readonly samplesPerSecond: number
}

/** A peer as one node sees it. */
export interface PeerSighting {
  readonly name: string
  /** host:port. */
  readonly address: string
  readonly state: NodeStateName
  readonly self: boolean
  /** Under suspicion of having died. */
  readonly suspect: boolean
  /** Since when it is in this state, as far as this node knows. */
  readonly stateSince: Timestamp
  /** When anything of its own was heard last: an answer to a ping, an announcement, an exchange. */
  readonly lastSeen: Timestamp | null
  /** What it announces; null for Alloy's nodes, which announce nothing. */
  readonly announced: {
    readonly version: string
    readonly runtime: string
    readonly configHash: string
    readonly started: Timestamp
  } | null
}

/** The size gate: `--cluster.wait-for-size`. */
export interface GateReport {
  /** 0: there is no gate. */
  readonly minimum: number
  /** Peers that count. */
  readonly size: number
  /** Whether it lets work through. */
  readonly open: boolean
  /** How long it stays closed at most; 0: for ever. */
  readonly timeoutSeconds: number
}

/** GET /api/v1/node: what one node knows by itself, without asking anybody. */
export interface NodeReport {
  readonly name: string
  /** host:port under which peers reach it. */
  readonly address: string
  /** Whether it is in a cluster at all. */
  readonly clustered: boolean
  readonly clusterName: string
  readonly version: string
  readonly runtime: string
  readonly started: Timestamp
  /** SHA-256 of the loaded configuration, hexadecimal; empty before the first. */
  readonly configHash: string
  readonly configLoaded: Timestamp | null
  readonly now: Timestamp
  readonly state: NodeStateName
  readonly hold: HoldReport | null
  /** Everybody it sees, itself included, sorted by name. */
  readonly peers: readonly PeerSighting[]
  /** When a peer last came, went or changed its state, and how often one did in the last 10 minutes. */
  readonly peersChanged: Timestamp | null
  readonly recentPeerChanges: number
  /** Another node is alive under this one's name. */
  readonly conflict: { readonly name: string; readonly rival: string } | null
  readonly gate: GateReport
  /** The logical clock of the cluster's state messages. */
  readonly lamportTime: number
  /** How well it keeps up with its peers' pings; 0 is best, 7 worst. */
  readonly healthScore: number
  /** Addresses that --cluster.join-addresses or discovery gave at the last look, its own left out. */
  readonly sought: readonly string[]
  readonly work: Work
}
