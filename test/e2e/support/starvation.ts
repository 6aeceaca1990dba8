/**
 * How long processes waited for a processor that others had. A scrape that is late because the machine gave its agent no
 * time says nothing about the agent. Linux only: elsewhere nobody ever starves.
 */
import { readFileSync } from 'node:fs'

export interface StarvationWatch {
  /** The longest wait within about half a second since the last call, ms, of any of the processes. */
  take(): number
  end(): void
}

const SAMPLE_EVERY_MS = 200
/** Late scrapes are judged by half an interval of 1 s. */
const SPAN_MS = 500

interface Sample {
  readonly at: number
  /** Ms in total, by process. */
  readonly waited: ReadonlyMap<number, number>
}

export function watchStarvation(pids: () => readonly number[]): StarvationWatch {
  let samples: Sample[] = []
  let worst = 0

  function sample(): void {
    const now: Sample = { at: performance.now(), waited: new Map(pids().map((pid) => [pid, waitedMs(pid)])) }
    // This process's own lateness is a wait as well: it has hardly anything to do.
    const last = samples.at(-1)
    if (last !== undefined) worst = Math.max(worst, now.at - last.at - SAMPLE_EVERY_MS)
    samples = [...samples.filter(({ at }) => at >= now.at - SPAN_MS - SAMPLE_EVERY_MS), now]
    for (const [pid, waited] of now.waited) {
      const before = samples[0].waited.get(pid)
      if (before !== undefined) worst = Math.max(worst, waited - before)
    }
  }
  const timer = setInterval(sample, SAMPLE_EVERY_MS)
  return {
    take() {
      const taken = Math.round(worst)
      worst = 0
      return taken
    },
    end: () => clearInterval(timer),
  }
}

/** Of its main thread, which is the one that runs JavaScript. */
function waitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
