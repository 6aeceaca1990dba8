/**
 * What waits to be gossiped: encoded messages, at most one per key, each handed out a limited number of times, those first
 * that were handed out least; then the larger, then the newer. Owns no clock; memberlist has one queue of these, ckit's
 * states another.
 */

/** Names a broadcast that somebody waits for; reported once, when it is through or was replaced by a newer one. */
export type Token = number

interface Broadcast {
  readonly key: string
  readonly bytes: Uint8Array
  readonly token: Token | undefined
  readonly order: number
  /** No longer wanted: removed from its tier when that is next looked at. */
  gone: boolean
}

export interface Broadcasts {
  /** The newest of each key. */
  readonly byKey: Map<string, Broadcast>
  /** By the number of times handed out. */
  readonly tiers: Broadcast[][]
  readonly maxEntries: number
  order: number
}

/** Bytes that each part of a compound costs besides itself. */
const PART_OVERHEAD = 2

export function createBroadcasts(maxEntries: number): Broadcasts {
  return { byKey: new Map(), tiers: [[]], maxEntries, order: 0 }
}

/** Queues a message in place of any older one of its key; tokens of what it displaces are added to `finished`. */
export function enqueue(
  queue: Broadcasts,
  key: string,
  bytes: Uint8Array,
  token: Token | undefined,
  finished: Token[],
): void {
  forget(queue, key, finished)
  if (queue.byKey.size >= queue.maxEntries) dropWorst(queue, finished)
  const broadcast: Broadcast = { key, bytes, token, order: queue.order++, gone: false }
  queue.byKey.set(key, broadcast)
  queue.tiers[0].push(broadcast)
  // A node without anybody to gossip to takes nothing out, but may go on replacing.
  if (queue.tiers[0].length > 2 * queue.byKey.size + 64) compact(queue.tiers, 0)
}

export function forget(queue: Broadcasts, key: string, finished: Token[]): void {
  const old = queue.byKey.get(key)
  if (old === undefined) return
  queue.byKey.delete(key)
  old.gone = true
  if (old.token !== undefined) finished.push(old.token)
}

export function clear(queue: Broadcasts, finished: Token[]): void {
  for (const { token } of queue.byKey.values()) if (token !== undefined) finished.push(token)
  queue.byKey.clear()
  queue.tiers.length = 1
  queue.tiers[0] = []
}

/**
 * Adds the messages for one packet to `out`, at most `maxBytes` and `maxCount` of them, and counts them as handed out.
 * Returns the bytes used. What has now been handed out `limit` times is dropped, its tokens added to `finished`.
 */
export function take(
  queue: Broadcasts,
  limit: number,
  maxBytes: number,
  maxCount: number,
  out: Uint8Array[],
  finished: Token[],
): number {
  if (queue.byKey.size === 0) {
    // Whatever the tiers still hold is gone.
    if (queue.tiers.length > 1 || queue.tiers[0].length > 0) clear(queue, finished)
    return 0
  }
  let used = 0
  let count = 0
  const tiers = queue.tiers.length
  const taken: Broadcast[][] = []
  for (let sent = 0; sent < tiers && count < maxCount; sent++) {
    const tier = compact(queue.tiers, sent)
    if (tier.length === 0) continue
    if (!fits(tier, maxBytes - used, maxCount - count)) tier.sort(largerThenNewer)
    const moved: Broadcast[] = []
    let kept = 0
    for (const broadcast of tier) {
      const cost = broadcast.bytes.length + PART_OVERHEAD
      if (count < maxCount && used + cost <= maxBytes) {
        used += cost
        count++
        out.push(broadcast.bytes)
        moved.push(broadcast)
      } else {
        tier[kept++] = broadcast
      }
    }
    tier.length = kept
    taken[sent] = moved
  }
  // Only now, so that nothing is taken twice for the same packet.
  for (let sent = taken.length - 1; sent >= 0; sent--) {
    const moved = taken[sent]
    if (moved === undefined || moved.length === 0) continue
    if (sent + 1 >= limit) {
      for (const broadcast of moved) {
        queue.byKey.delete(broadcast.key)
        if (broadcast.token !== undefined) finished.push(broadcast.token)
      }
      continue
    }
    while (queue.tiers.length <= sent + 1) queue.tiers.push([])
    const next = queue.tiers[sent + 1]
    if (next.length === 0) queue.tiers[sent + 1] = moved
    else for (const broadcast of moved) next.push(broadcast)
  }
  return used
}

function fits(tier: readonly Broadcast[], bytes: number, count: number): boolean {
  if (tier.length > count) return false
  let sum = 0
  for (const broadcast of tier) sum += broadcast.bytes.length + PART_OVERHEAD
  return sum <= bytes
}

function largerThenNewer(a: Broadcast, b: Broadcast): number {
  return b.bytes.length - a.bytes.length || b.order - a.order
}

function compact(tiers: Broadcast[][], at: number): Broadcast[] {
  const tier = tiers[at]
  let kept = 0
  for (const broadcast of tier) if (!broadcast.gone) tier[kept++] = broadcast
  tier.length = kept
  return tier
}

/** Of those that were handed out most, the oldest: it has the best chance of being known already. */
function dropWorst(queue: Broadcasts, finished: Token[]): void {
  for (let sent = queue.tiers.length - 1; sent >= 0; sent--) {
    const worst = queue.tiers[sent].find((broadcast) => !broadcast.gone)
    if (worst === undefined) continue
    forget(queue, worst.key, finished)
    return
  }
}
