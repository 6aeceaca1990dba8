/**
 * Tells the log what a queue drops: at once when it begins, and then sums, since a queue at its bound drops something with every
 * request that comes, for hours.
 */
import type { Logger } from '../../telemetry/logger.ts'
import type { Timer, Timers } from '../../time/timers.ts'
import type { Counts } from '../block.ts'
import { isNothing } from '../counts.ts'
import { add, mentioned, type Tally, tally } from '../stats.ts'

const SUM_MS = 10_000

export interface LossLog {
  lost(counts: Counts, reason: string): void
  /** Tells what it didn't tell yet. */
  end(): void
}

export function createLossLog(message: string, log: Logger, timers: Timers): LossLog {
  /** By reason, since the last line. */
  const sums = new Map<string, { readonly counts: Tally; readonly timer: Timer }>()

  function begin(reason: string): void {
    sums.set(reason, { counts: tally(), timer: timers.after(SUM_MS, () => tell(reason)) })
  }

  function tell(reason: string): void {
    const counts = sums.get(reason)?.counts
    sums.delete(reason)
    if (counts === undefined || isNothing(counts)) return
    log.warn(message, { ...mentioned(counts), reason })
    begin(reason)
  }

  return {
    lost(counts, reason) {
      const sum = sums.get(reason)
      if (sum !== undefined) {
        add(sum.counts, counts)
        return
      }
      log.warn(message, { ...mentioned(counts), reason })
      begin(reason)
    },
    end() {
      for (const reason of [...sums.keys()]) tell(reason)
      for (const { timer } of sums.values()) timer.cancel()
      sums.clear()
    },
  }
}
