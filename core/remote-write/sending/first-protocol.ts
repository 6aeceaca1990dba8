/**
 * Blocks of 2.0 for receivers that turned out to know only 1.0: what waits in the queue stays as it is, and is turned when it
 * is about to be sent. Owns what was turned, as long as the block that it came from is there.
 */
import type { Block, Counts } from '../block.ts'
import type { Transcoded } from '../encoding/transcode.ts'

export interface FirstProtocol {
  /** The same block for 1.0; undefined when 1.0 can carry nothing of it. What can't be carried is told once. */
  of(block: Block): Promise<Block | undefined>
}

export function createFirstProtocol(
  turn: (block: Block) => Promise<Transcoded>,
  dropped: (counts: Counts, reason: string) => void,
): FirstProtocol {
  const turned = new WeakMap<Block, Block>()
  return {
    async of(block) {
      const known = turned.get(block)
      if (known !== undefined) return known
      const result = await turn(block)
      for (const [reason, counts] of result.dropped) dropped(counts, reason)
      if (result.block !== undefined) turned.set(block, result.block)
      return result.block
    },
  }
}
