/**
 * Finding the way into a cluster and back into it. The first join is retried every second for as long as the node may be held
 * back for it; then it goes on every few seconds until the first success, and from then on at the rejoin interval, which is what
 * heals split brains. Owns when to look and whom to ask; never what joining does.
 */
import { messageOf } from '../errors.ts'
import { MAX_JOIN_HOLD_MS, MAX_LOGGED_PEERS, MAX_SOUGHT } from '../limits.ts'
import type { Random } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'
import type { Discover } from './discovery.ts'
import type { JoinResult } from './node.ts'

export interface JoinSettings {
  /** How often to look again after the first success; 0 or less: never. */
  readonly rejoinIntervalMs: number
  /** Of more peers than this a random choice is asked; 0 for all. */
  readonly maxJoinPeers: number
}

export interface JoinDeps {
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
  readonly discover: Discover
  readonly isOwn: (address: PeerAddress) => boolean
  readonly join: (addresses: readonly PeerAddress[]) => Promise<readonly JoinResult[]>
  /** Called once: a peer answered, there is nobody to ask, or it took too long. */
  readonly settled: () => void
}

export interface JoinCounts {
  readonly success: number
  readonly failure: number
}

export interface Joining {
  /** Resolves when the first round is over. */
  start(): Promise<void>
  /** Somebody else has joined this node: it isn't held back any longer, but goes on looking. */
  joinedByOthers(): void
  stop(): void
  counts(): JoinCounts
  /**
   * What the last look that found anything gave, this node's own addresses left out; at most MAX_SOUGHT. Alternates are among
   * them when they were needed.
   */
  sought(): readonly PeerAddress[]
}

/** While the node waits for its first answer. */
const FIRST_RETRY_MS = 1_000
/** After that: a peer that comes late is found soon, and one that never comes costs little. */
const LATER_RETRY_MS = 5_000
/** Nodes that were started together shouldn't ask together for ever: up to this share more or less. */
const JITTER = 0.1

type Round = 'joined' | 'alone' | 'failed'

export function createJoining(settings: JoinSettings, deps: JoinDeps): Joining {
  const { timers, random, log } = deps
  let stopped = false
  let settled = false
  let everJoined = false
  let success = 0
  let failure = 0
  let hold: Timer | undefined
  let next: Timer | undefined
  /** What the last failure was, so that it isn't told every five seconds. */
  let lastFailure = ''
  let sought: readonly PeerAddress[] = []

  function settle(): void {
    if (settled || stopped) return
    settled = true
    hold?.cancel()
    deps.settled()
  }

  function giveUpWaiting(): void {
    if (settled || stopped) return
    log.warn('failed to connect to peers; bootstrapping a new cluster', {
      err: lastFailure || 'no peer has answered yet',
      waited_seconds: MAX_JOIN_HOLD_MS / 1000,
    })
    settle()
  }

  async function round(): Promise<void> {
    const outcome = await attempt().catch((error): Round => {
      // Neither looking nor joining rejects; if one does all the same, the node must go on looking.
      failed([messageOf(error)])
      return 'failed'
    })
    if (stopped) return
    if (outcome === 'joined') everJoined = true
    if (outcome !== 'failed') settle()
    const wait = waitAfter(outcome)
    if (wait !== undefined) next = timers.after(wait, () => void round())
  }

  function waitAfter(outcome: Round): number | undefined {
    if (outcome === 'failed' && !everJoined) return settled ? jittered(LATER_RETRY_MS) : FIRST_RETRY_MS
    if (settings.rejoinIntervalMs <= 0) return undefined
    // Alone with oneself: others may get into the DNS soon. Looking costs one query.
    const soon = outcome === 'alone' && !everJoined
    return jittered(soon ? Math.min(LATER_RETRY_MS, settings.rejoinIntervalMs) : settings.rejoinIntervalMs)
  }

  function jittered(ms: number): number {
    return ms * (1 - JITTER + 2 * JITTER * random.next())
  }

  async function attempt(): Promise<Round> {
    const found = await deps.discover()
    if (stopped) return 'failed'
    const [allFirst, allSecond] = [others(found.addresses), others(found.alternates)]
    const first = someOf(allFirst)
    const second = someOf(allSecond).filter((address) => !first.includes(address))
    // Who can't be found at the moment is still who was meant.
    if (allFirst.length > 0 || found.problems.length === 0) sought = allFirst.slice(0, MAX_SOUGHT)
    if (first.length + second.length === 0) {
      if (found.problems.length === 0) return 'alone'
      failed(found.problems)
      return 'failed'
    }
    if (everJoined) log.info('rejoining peers', shown(first.length > 0 ? first : second))
    else log.debug('joining peers', shown(first.length > 0 ? first : second))
    const reasons: string[] = [...found.problems]
    if (await ask(first, reasons)) return 'joined'
    if (allSecond.length > 0) sought = [...new Set([...allFirst, ...allSecond])].slice(0, MAX_SOUGHT)
    if (!stopped && (await ask(second, reasons))) return 'joined'
    if (!stopped) failed(reasons)
    return 'failed'
  }

  async function ask(addresses: readonly PeerAddress[], reasons: string[]): Promise<boolean> {
    if (addresses.length === 0) return false
    const results = await deps.join(addresses)
    let joined = 0
    for (const result of results) {
      if (result.ok) {
        joined++
        continue
      }
      if (result.reason === 'self') continue
      failure++
      reasons.push(`${result.address}: ${result.reason}`)
      log.debug('failed to join a peer', { peer: result.address, err: result.reason })
    }
    success += joined
    if (joined === 0 || stopped) return joined > 0
    if (!everJoined || lastFailure !== '') log.info('joined peers', { joined, asked: addresses.length })
    lastFailure = ''
    return true
  }

  function failed(reasons: readonly string[]): void {
    const text = listed(reasons)
    const isNews = text !== lastFailure
    lastFailure = text
    // What is wrong while the node is held back is told once, when that ends.
    if (settled && isNews) log.error('failed to rejoin list of peers', { err: text })
    else log.debug('no peer could be joined', { err: text })
  }

  function others(addresses: readonly PeerAddress[]): readonly PeerAddress[] {
    return [...new Set(addresses)].filter((address) => !deps.isOwn(address))
  }

  function someOf(found: readonly PeerAddress[]): readonly PeerAddress[] {
    const limit = settings.maxJoinPeers
    return limit > 0 && found.length > limit ? chosen(found, limit, random) : found
  }

  return {
    start() {
      hold = timers.after(MAX_JOIN_HOLD_MS, giveUpWaiting)
      return round()
    },
    joinedByOthers: settle,
    stop() {
      stopped = true
      hold?.cancel()
      next?.cancel()
    },
    counts: () => ({ success, failure }),
    sought: () => sought,
  }
}

/** `limit` of them, each set of that size equally likely. */
function chosen(addresses: readonly PeerAddress[], limit: number, random: Random): readonly PeerAddress[] {
  const pool = [...addresses]
  for (let i = 0; i < limit; i++) {
    const j = i + Math.floor(random.next() * (pool.length - i))
    const picked = pool[j]
    pool[j] = pool[i]
    pool[i] = picked
  }
  return pool.slice(0, limit)
}

function shown(addresses: readonly PeerAddress[]): { readonly peers_count: number; readonly peers: string } {
  return { peers_count: addresses.length, peers: listed(addresses) }
}

/** `a, b, c and 7 more`: log lines stay readable. */
export function listed(items: readonly string[]): string {
  const more = items.length - MAX_LOGGED_PEERS
  return more <= 0 ? items.join(', ') : `${items.slice(0, MAX_LOGGED_PEERS).join(', ')} and ${more} more`
}
