/**
 * This node's life in its cluster, from the first join to the last farewell: finds peers and joins them, takes part when the
 * configuration is loaded, holds work back while it may not be done, and leaves in order. Owns policy; the protocol is
 * node.ts's.
 */
import { messageOf } from '../errors.ts'
import { HANDOVER_DELAY_MS } from '../limits.ts'
import type { Monotonic } from '../ports.ts'
import type { Timer } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'
import type { Discover } from './discovery.ts'
import { clusterSize, type GateEvent, type GateSettings, initialGate, stepGate } from './gate.ts'
import { createJoining, type JoinCounts, type JoinSettings, listed } from './join.ts'
import type { CreateNode, NodeDeps, NodeSettings, NodeStats } from './node.ts'
import type { NameConflict, Peers } from './peer.ts'
import { createSightings } from './sightings.ts'
import type { PeerReceiver } from './transport.ts'

/** Why clustered work is held back on this node; undefined when it isn't. */
export type ClusterHold =
  | { readonly kind: 'joining' }
  | { readonly kind: 'too-small'; readonly size: number; readonly minimum: number }
  | { readonly kind: 'name-conflict'; readonly rival: string }

export interface Cluster extends PeerReceiver {
  /** Looks for peers and joins them; goes on looking until `leave`. Resolves when the first round is over, however it went. */
  start(): Promise<void>
  /** The configuration is loaded: takes part from now on, or as soon as the first join succeeded or was given up. */
  participate(): void
  /** Another configuration was loaded: its hash, hexadecimal, is announced. */
  setConfigHash(sha256: string): void
  peers(): Peers
  conflict(): NameConflict | undefined
  hold(): ClusterHold | undefined
  /** Called at once after any of the three above changed. */
  onChange(listener: () => void): () => void
  /** For `/-/ready`: what keeps this node from working, for people; empty when nothing does. */
  problems(): readonly string[]
  stats(): NodeStats
  /**
   * Says that this node is about to go, and resolves when the others had time to take over its work: until then it must go
   * on with it. At once when there is nobody else.
   */
  handOver(): Promise<void>
  /** Says farewell and ends everything. Resolves within seconds. */
  leave(): Promise<void>
  /** For metrics: what cluster.ts itself counts. */
  policy(): PolicyStats
  /** For people: what there is to say of the peers and of what is waited for. */
  observed(): Observed
}

export interface Observed {
  /** When this peer was last heard itself, and since when it is in its state; undefined when that isn't known. */
  lastHeard(name: string): Monotonic | undefined
  stateSince(name: string): Monotonic | undefined
  /** When a peer last came, went or changed its state; undefined when none did since the start. */
  readonly peersChangedAt: Monotonic | undefined
  /** How often one did within the last PEER_CHANGES_MS. */
  readonly recentPeerChanges: number
  /** Addresses that the last look for peers gave, this node's own ones left out. */
  readonly sought: readonly PeerAddress[]
  readonly gate: {
    /** 0: there is no gate. */
    readonly minimum: number
    readonly size: number
    readonly open: boolean
    /** How long it stays closed at most; 0: for ever. */
    readonly timeoutMs: number
  }
}

export interface PolicyStats {
  /** Whether the size gate lets work through. */
  readonly readyForTraffic: boolean
  readonly joins: JoinCounts
  /** Listeners of onChange, how often they were called, and for how long they ran. */
  readonly observers: number
  readonly updating: boolean
}

export interface ClusterSettings {
  readonly node: NodeSettings
  readonly join: JoinSettings
  readonly gate: GateSettings
}

export interface ClusterDeps extends NodeDeps {
  readonly createNode: CreateNode
  readonly discover: Discover
  /** Whether this node listens there; its advertised address need not be among them. */
  readonly isOwn?: (address: PeerAddress) => boolean
  /**
   * Called when this node has just become participant, before the others hear of it: they are told when this resolves, which
   * is when its own share is computed.
   */
  readonly shareComputed?: () => Promise<void>
  /** Told of every round of listeners: how long it took, in seconds. */
  readonly updated?: (seconds: number) => void
}

/** How long the others may take to hear of a change of state, and of the farewell. */
const TELL_MS = 5_000

/** After the others have heard, they take over HANDOVER_DELAY_MS later; a little more, since their timers are late at times. */
const HANDOVER_SLACK_MS = 250

/** What is told as of late. */
export const PEER_CHANGES_MS = 600_000

/** Peers come and go in bursts; one line for each burst. */
const LOG_PEERS_MS = 1_000

export function createCluster(settings: ClusterSettings, deps: ClusterDeps): Cluster {
  const { clock, timers, log } = deps
  const node = deps.createNode(settings.node, deps)
  const listeners = new Set<() => void>()
  const sightings = createSightings(clock, node.peers())
  let gate = initialGate(settings.gate)
  let gateTimer: Timer | undefined
  let logTimer: Timer | undefined
  /** A suspicion that comes and goes changes the peers as well, and is nothing to tell. */
  let loggedStates = ''
  let wanted = false
  let joined = false
  let takesPart = false
  let left: Promise<void> | undefined
  let updating = false
  let rival: string | undefined
  let { meta } = settings.node

  const joining = createJoining(settings.join, {
    timers,
    random: deps.random,
    log,
    discover: deps.discover,
    isOwn: (address) => address === node.address || deps.isOwn?.(address) === true,
    join: (addresses) => node.join(addresses),
    settled() {
      joined = true
      takePart()
    },
  })

  const unsubscribe = node.onChange(() => {
    sightings.follow(node.peers())
    if (!joined && node.peers().some(({ self }) => !self)) joining.joinedByOthers()
    noteConflict()
    logTimer ??= timers.after(LOG_PEERS_MS, logPeers)
    if (settings.gate.minimum > 0) passGate({ kind: 'size', size: clusterSize(node.peers()) })
    notify()
  })

  function takePart(): void {
    if (!wanted || !joined || takesPart || left !== undefined) return
    takesPart = true
    let computed = (): void => {}
    const settled = new Promise<void>((resolve) => {
      computed = resolve
    })
    // The change is in force here as soon as the call is made; only then is there a share to compute.
    node.changeState('participant', { settled, deadlineMs: TELL_MS }).catch(logFailure('failed to become participant'))
    const ready = deps.shareComputed?.() ?? Promise.resolve()
    ready.catch(logFailure("failed to compute this node's share")).then(computed)
    // The node's own change may have come before `takesPart` was looked at, or not at all.
    notify()
  }

  function logFailure(message: string): (error: unknown) => void {
    return (error) => log.error(message, { err: messageOf(error) })
  }

  function noteConflict(): void {
    const found = node.conflict()?.rival
    if (found === rival) return
    if (found !== undefined) {
      log.error("another node is alive under this node's name; this one owns nothing until it is gone", {
        node: node.name,
        own_address: node.address,
        other_address: found,
        mend: 'give each node a --cluster.node-name of its own',
      })
    } else {
      log.info('the other node with the name of this one is gone; this one takes part again', { node: node.name })
    }
    rival = found
  }

  function logPeers(): void {
    logTimer = undefined
    const peers = node.peers()
    const states = peers.map(({ name, state }) => `${name} ${state}`).join('\n')
    if (states === loggedStates) return
    loggedStates = states
    log.info('peers changed', {
      peers_count: peers.length,
      min_cluster_size: settings.gate.minimum,
      peers: listed(peers.map(({ name }) => name)),
    })
  }

  function passGate(event: GateEvent): void {
    const { state, effects } = stepGate(gate, event, settings.gate)
    gate = state
    for (const effect of effects) {
      if (effect.kind === 'stop-timer' || effect.kind === 'start-timer') gateTimer?.cancel()
      if (effect.kind === 'start-timer') {
        gateTimer = timers.after(effect.ms, () => {
          passGate({ kind: 'deadline' })
          notify()
        })
      } else if (effect.kind === 'log') {
        log[effect.level](effect.message, {
          minimum_cluster_size: settings.gate.minimum,
          minimum_size_wait_timeout: settings.gate.timeoutMs / 1000,
          peers_count: clusterSize(node.peers()),
        })
      }
    }
  }

  function hold(): ClusterHold | undefined {
    const conflict = node.conflict()
    if (conflict !== undefined) return { kind: 'name-conflict', rival: conflict.rival }
    if (!takesPart) return { kind: 'joining' }
    if (gate !== 'not-ready') return undefined
    return { kind: 'too-small', size: clusterSize(node.peers()), minimum: settings.gate.minimum }
  }

  /** What listeners were told last. */
  let told: { peers: Peers; hold: string } = { peers: node.peers(), hold: JSON.stringify(hold()) }

  function notify(): void {
    const now = { peers: node.peers(), hold: JSON.stringify(hold()) }
    if (now.peers === told.peers && now.hold === told.hold) return
    told = now
    const from = clock.monotonic()
    updating = true
    for (const listener of [...listeners]) {
      try {
        listener()
      } catch (error) {
        log.error('failed to follow a change of peers', { err: messageOf(error) })
      }
    }
    updating = false
    deps.updated?.((clock.monotonic() - from) / 1000)
  }

  async function goodbye(): Promise<void> {
    joining.stop()
    gateTimer?.cancel()
    try {
      await node.leave(TELL_MS)
    } catch (error) {
      log.error('failed to gracefully stop node', { err: messageOf(error) })
    }
    unsubscribe()
    logTimer?.cancel()
    node.stop()
    deps.transport.close()
  }

  return {
    packet: (packet, from) => node.packet(packet, from),
    stream: (opened, from) => node.stream(opened, from),
    start() {
      node.start()
      log.info('starting cluster node', {
        node: node.name,
        cluster_name: settings.node.label,
        advertise_addr: node.address,
        minimum_cluster_size: settings.gate.minimum,
        minimum_size_wait_timeout: settings.gate.timeoutMs / 1000,
      })
      passGate({ kind: 'start' })
      return joining.start()
    },
    participate() {
      wanted = true
      takePart()
    },
    setConfigHash(sha256) {
      meta = { ...meta, configHash: sha256 }
      node.setMeta(meta)
    },
    peers: () => node.peers(),
    conflict: () => node.conflict(),
    hold,
    onChange(listener) {
      // Each subscription is its own, also of the same function.
      const entry = (): void => listener()
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    problems() {
      const conflict = node.conflict()
      if (conflict === undefined) return []
      return [
        `another node is alive at ${conflict.rival} under the name of this one, ${conflict.name}: this one owns nothing until that ` +
          'one is gone (give each node a --cluster.node-name of its own)',
      ]
    },
    stats: () => node.stats(),
    async handOver() {
      if (!takesPart || left !== undefined) return
      joining.stop()
      const others = node.peers().some(({ self, state }) => !self && state === 'participant')
      try {
        await node.changeState('terminating', { deadlineMs: TELL_MS })
      } catch (error) {
        log.error('failed to change state to Terminating', { err: messageOf(error) })
      }
      if (others && node.conflict() === undefined) await timers.sleep(HANDOVER_DELAY_MS + HANDOVER_SLACK_MS)
    },
    leave() {
      left ??= goodbye()
      return left
    },
    policy: () => ({
      readyForTraffic: gate !== 'not-ready',
      joins: joining.counts(),
      observers: listeners.size,
      updating,
    }),
    observed: () => ({
      lastHeard: (name) => node.lastHeard(name),
      stateSince: (name) => sightings.stateSince(name),
      peersChangedAt: sightings.lastChange(),
      recentPeerChanges: sightings.changesWithin(PEER_CHANGES_MS),
      sought: joining.sought(),
      gate: {
        minimum: Math.max(0, settings.gate.minimum),
        size: clusterSize(node.peers()),
        open: gate !== 'not-ready',
        timeoutMs: Math.max(0, settings.gate.timeoutMs),
      },
    }),
  }
}
