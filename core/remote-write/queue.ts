/**
 * Finished blocks of one endpoint on their way out, in the order in which they were finished. Owns the bound and what is
 * dropped because of it; never sends. A block stays until it is acknowledged, so this can become durable behind the same
 * three verbs: append, look, acknowledge.
 */
import type { Monotonic } from '../ports.ts'
import type { Block } from './block.ts'

export interface Queued {
  readonly block: Block
  /** Being sent just now: not to be dropped under the sender's hands. */
  inFlight: boolean
  /** Failed attempts so far. */
  attempts: number
}

export interface QueueLimits {
  /** Older blocks give way when there are more bytes than this, … */
  readonly maxBytes: number
  /** … unless there are fewer samples than this. */
  readonly minSamples: number
  /** Blocks are dropped this many milliseconds after their first sample came. */
  readonly maxAge: number
}

export type QueueLoss = 'queue_full' | 'too_old_in_queue'

export interface Queue {
  append(block: Block): void
  /** The `n`th block that is not acknowledged yet, oldest first. */
  peek(n: number): Queued | undefined
  acknowledge(queued: Queued): void
  /** Drops what is beyond the bounds; `append` does it too. */
  trim(): void
  readonly blocks: number
  readonly samples: number
  /** Memory that the bodies take. */
  readonly bytes: number
}

export function createQueue(
  limits: () => QueueLimits,
  now: () => Monotonic,
  lost: (block: Block, reason: QueueLoss) => void,
): Queue {
  /** From `head` on; acknowledged ones out of the middle are taken out at once: that happens close to the head. */
  const entries: Queued[] = []
  let head = 0
  let samples = 0
  let bytes = 0

  function remove(index: number): void {
    const { block } = entries[index]
    samples -= block.samples
    bytes -= block.body.buffer.byteLength
    for (let i = index; i > head; i--) entries[i] = entries[i - 1]
    head++
    if (head >= 64 && head * 2 >= entries.length) {
      entries.splice(0, head)
      head = 0
    }
  }

  function dropOldestWaiting(reason: QueueLoss): boolean {
    for (let i = head; i < entries.length; i++) {
      const { block, inFlight } = entries[i]
      if (inFlight) continue
      remove(i)
      lost(block, reason)
      return true
    }
    return false
  }

  function trim(): void {
    const { maxBytes, minSamples, maxAge } = limits()
    while (bytes > maxBytes && samples > minSamples && dropOldestWaiting('queue_full'));
    const oldest = now() - maxAge
    for (let i = head; i < entries.length && entries[i].block.createdAt < oldest; i++) {
      if (entries[i].inFlight) continue
      const { block } = entries[i]
      remove(i)
      lost(block, 'too_old_in_queue')
      // What stood before it moved up by one, so the same place is to be looked at again, unless the array was shortened.
      i = head - 1
    }
  }

  return {
    append(block) {
      entries.push({ block, inFlight: false, attempts: 0 })
      samples += block.samples
      bytes += block.body.buffer.byteLength
      trim()
    },
    peek: (n) => entries[head + n],
    acknowledge(queued) {
      const index = entries.indexOf(queued, head)
      if (index >= 0) remove(index)
    },
    trim,
    get blocks() {
      return entries.length - head
    },
    get samples() {
      return samples
    },
    get bytes() {
      return bytes
    },
  }
}
