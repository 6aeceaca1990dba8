/** What runs in a simulated process: production code, or a stand-in that tests the simulator itself. */
import type { PeerAddress } from '../../core/cluster/address.ts'
import type { NodeStats } from '../../core/cluster/node.ts'
import type { NameConflict, Peers } from '../../core/cluster/peer.ts'
import type { Timing } from '../../core/cluster/timing.ts'
import type { PeerReceiver, PeerTransport } from '../../core/cluster/transport.ts'
import type { Clock, Random } from '../../core/ports.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

/** What a program is given. */
export interface Site {
  readonly name: string
  readonly address: PeerAddress
  /** Whole seconds since the epoch by the machine's own clock. */
  readonly started: number
  readonly timing: Timing
  readonly rejoinMs: number
  /** What discovery finds at the moment. */
  readonly discover: () => readonly PeerAddress[]
  readonly clock: Clock
  readonly random: Random
  readonly transport: PeerTransport
  readonly log: Logger
}

export interface Program extends PeerReceiver {
  start(): void
  peers(): Peers
  conflict(): NameConflict | undefined
  /** Why it takes no clustered work; undefined when it does. */
  hold(): string | undefined
  onChange(listener: () => void): void
  stats(): NodeStats
  /** Announces, hands over, says farewell. */
  leave(): Promise<void>
  /** The owner of a target as this node's ownership has it now, and whether it takes the target itself. */
  decide?(labels: ReadonlyMap<string, string>): { readonly owner: string | undefined; readonly local: boolean }
}

export type Install = (site: Site) => Program
