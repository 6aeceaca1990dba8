/** Runs a source of targets on this process's own clock and sockets, or on fake ones, and keeps what it tells. */
import { createHttpClients } from '../../adapters/shared/http-client.ts'
import type { Discovery, DiscoverySurroundings, TargetGroup } from '../../core/discovery/source.ts'
import type { Clock, Ports } from '../../core/ports.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { type FakePorts, fakePorts } from '../components/fake-ports.ts'
import { recordingLog } from '../support/recording-log.ts'

/** All groups, what failed, or both. */
export interface Told {
  readonly groups?: readonly TargetGroup[]
  readonly failed?: string
}

export interface Looking {
  /** In order. */
  readonly told: Told[]
  /** The n-th thing told, from 0; waits for it. */
  nth(n: number): Promise<Told>
  stop(): Promise<void>
}

const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake: (at, wakeUp) => {
    const timer = setTimeout(wakeUp, Math.min(Math.max(0, at - performance.now()) + 1, 0x7fffffff))
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

/** Real time and real sockets; all else is fake. */
export function realSurroundings(): DiscoverySurroundings {
  const ports: Ports = { ...fakePorts().ports, clock: realClock, http: createHttpClients({}) }
  return {
    ports,
    timers: createTimers(realClock),
    log: recordingLog(),
    slices: createSlices(realClock),
    userAgent: 'skein/test',
  }
}

export function fakeSurroundings(): DiscoverySurroundings & { readonly fakes: FakePorts } {
  const fakes = fakePorts()
  return {
    fakes,
    ports: fakes.ports,
    timers: createTimers(fakes.clock),
    log: recordingLog(),
    slices: createSlices(fakes.clock),
    userAgent: 'skein/test',
  }
}

export function look(discovery: Discovery): Looking {
  const control = new AbortController()
  const told: Looking['told'] = []
  const waiting = new Set<() => void>()
  const tell = (what: Looking['told'][number]): void => {
    told.push(what)
    for (const go of [...waiting]) go()
  }
  const running = discovery.run(control.signal, {
    found: (groups, failed) => tell(failed === undefined ? { groups } : { groups, failed }),
    failed: (failed) => tell({ failed }),
  })
  return {
    told,
    nth(n) {
      return new Promise((resolve) => {
        const go = (): void => {
          if (told.length <= n) return
          waiting.delete(go)
          resolve(told[n])
        }
        waiting.add(go)
        go()
      })
    },
    async stop() {
      control.abort()
      await running
    },
  }
}

/** Targets of all groups with the labels they share, as plain objects. */
export function targetsOf(told: Told): Record<string, string>[] {
  if (told.groups === undefined) throw new Error(`nothing was found: ${told.failed}`)
  return told.groups.flatMap(({ labels, targets }) =>
    targets.map((target) => Object.fromEntries([...labels, ...target])),
  )
}

/** Runs a work for Slices to its end. */
export function worked<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}
