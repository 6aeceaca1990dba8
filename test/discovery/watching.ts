/** Runs a source of targets for a test, and keeps what it tells. */
import type { Discovery, DiscoverySurroundings, TargetGroup } from '../../core/discovery/source.ts'
import type { Ports } from '../../core/ports.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { recordingLog } from '../support/recording-log.ts'

export interface Watched {
  /** The addresses, of every time that it told, in order; after a `!` what was wrong. */
  readonly told: readonly string[]
  /** What it told last. */
  readonly groups: readonly TargetGroup[]
  /** How many looks took how long. */
  readonly seconds: readonly number[]
  /** Waits for the next time that it tells: for sources on real sockets and files. */
  next(): Promise<string>
  stop(): Promise<void>
}

export function surroundingsOf(ports: Ports): DiscoverySurroundings {
  return {
    ports,
    timers: createTimers(ports.clock),
    log: recordingLog(),
    slices: createSlices(ports.clock),
    userAgent: 'skein/test',
  }
}

export function watched(discovery: Discovery): Watched {
  const abort = new AbortController()
  const told: string[] = []
  const seconds: number[] = []
  const waiting: ((told: string) => void)[] = []
  let groups: readonly TargetGroup[] = []
  let seen = 0

  function tell(text: string): void {
    told.push(text)
    if (waiting.length > 0) seen++
    waiting.shift()?.(text)
  }

  const running = discovery.run(abort.signal, {
    found(found, problem) {
      groups = found
      const addresses = found.flatMap(({ targets }) => targets.map((target) => target.get('__address__')))
      tell(addresses.join(' ') + (problem === undefined ? '' : `!${problem}`))
    },
    failed: (message) => tell(`!${message}`),
    looked: (took) => seconds.push(took),
  })
  return {
    told,
    seconds,
    get groups() {
      return groups
    },
    next() {
      if (seen < told.length) return Promise.resolve(told[seen++])
      return new Promise((resolve) => waiting.push(resolve))
    },
    stop() {
      abort.abort()
      return running
    },
  }
}

export function labelsOf({ groups }: Watched): unknown {
  return groups.flatMap(({ labels, targets }) => targets.map((own) => Object.fromEntries([...labels, ...own])))
}
