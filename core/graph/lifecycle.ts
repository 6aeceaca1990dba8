/**
 * Starts and stops instances in the order that their references demand: what delivers comes up first and goes down
 * last, so that nothing is sent to a component that isn't there.
 */
import type { Logger } from '../telemetry/logger.ts'
import type { Timers } from '../time/timers.ts'
import type { Instance } from './instance.ts'
import type { Dependencies } from './order.ts'

/** How often a stop that lasts is mentioned, and when it is given up unless told. Alloy's numbers. */
const STOP_REMINDER_MS = 60_000
export const SHUTDOWN_DEADLINE_MS = 600_000

export interface StopPatience {
  readonly timers: Timers
  readonly log: Logger
  /** How long a component may take to end. */
  readonly deadlineMs: number
}

export interface Stopping {
  /** Resolves when all have ended or were given up. */
  readonly done: Promise<void>
  /** The same for each of them. */
  readonly each: ReadonlyMap<string, Promise<void>>
}

/**
 * Stops all of these at once where they don't refer to each other, else each after those of them that refer to it, be it
 * through the arguments and exports of modules. A component that doesn't end before the deadline is given up, with a log
 * line.
 */
export function stopAll(
  instances: ReadonlyMap<string, Instance>,
  dependantsOf: Dependencies,
  patience: StopPatience,
): Stopping {
  const promises = new Map<string, Promise<void>>()

  function stopped(id: string): Promise<void> {
    let promise = promises.get(id)
    if (promise === undefined) promises.set(id, (promise = stop(id)))
    return promise
  }

  async function stop(id: string): Promise<void> {
    // A long chain of references must not become as deep a stack.
    await undefined
    await Promise.all((dependantsOf.get(id) ?? []).map(stopped))
    const instance = instances.get(id)
    if (instance !== undefined) await ended(instance, patience)
  }

  const each = new Map([...instances.keys()].map((id) => [id, stopped(id)]))
  return { done: Promise.all(each.values()).then(() => undefined), each }
}

async function ended(instance: Instance, { timers, log, deadlineMs }: StopPatience): Promise<void> {
  const end = instance.stop()
  for (let waited = 0; waited < deadlineMs; ) {
    const wait = Math.min(STOP_REMINDER_MS, deadlineMs - waited)
    if (await within(end, wait, timers)) return
    waited += wait
    if (waited < deadlineMs)
      log.warn('component takes long to shut down', { component_id: instance.id, seconds: waited / 1000 })
  }
  log.error('gave up waiting for a component to shut down', { component_id: instance.id })
}

/** Whether the promise resolves within `ms`; gives up earlier when `signal` aborts. The promise must not reject. */
export async function within(
  promise: Promise<void>,
  ms: number,
  timers: Timers,
  signal?: AbortSignal,
): Promise<boolean> {
  const enough = new AbortController()
  let resolved = false
  const done = promise.then(() => {
    resolved = true
  })
  const tooLong = timers.sleep(ms, signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]))
  await Promise.race([done, tooLong])
  enough.abort()
  return resolved
}
