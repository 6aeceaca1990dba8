/** Removes segments; what can't be removed is told of once, and stays. */
import { fileProblemOf } from '../../../errors.ts'
import type { SegmentDirectory } from '../../../ports.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { type Segment, THIS_RUN } from './segment.ts'

export interface Removal {
  remove(from: SegmentDirectory, segment: Segment): void
  /** Resolves when all that was begun has ended. */
  finished(): Promise<unknown>
}

export function createRemoval(log: Logger): Removal {
  let told = false
  let removing: Promise<unknown> = Promise.resolve()

  return {
    remove(from, segment) {
      const removed = segment.run === THIS_RUN ? from.remove(segment.name) : removeUnlessGrown(from, segment)
      const handled = removed.catch((thrown) => {
        if (told) return
        told = true
        log.warn('A file of the queue can not be removed; what is in it may be sent again after the next start.', {
          file: segment.name,
          error: fileProblemOf(thrown),
        })
      })
      removing = Promise.all([removing, handled])
    },
    finished: () => removing,
  }
}

/** Another process may be writing to what this one took for the rest of an earlier run. */
async function removeUnlessGrown(from: SegmentDirectory, { name, bytes }: Segment): Promise<void> {
  const found = (await from.list()).find((file) => file.name === name)
  if (found !== undefined && found.bytes <= bytes) await from.remove(name)
}
