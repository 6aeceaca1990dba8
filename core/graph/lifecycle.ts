/**
 * Starts and stops instances in the order that their references demand: what delivers comes up first and goes down
 * last, so that nothing is sent to a component that isn't there.
 */
import type { Logger } from '../telemetry/logger.ts'
import type { Timers } from '../time/timers.ts'
import type { Instance } from './instance.ts'
import type { Dependencies } from './order.ts'

/** How often a stop that lasts is mentioned, and when it is given up. Alloy's numbers. */
const STOP_REMINDER_MS = 60_000
const STOP_REMINDERS = 10

export interface Stopping {
  /** Resolves when all have ended or were given up. */
  readonly done: Promise<void>
  /** The same for each of them. */
  readonly each: ReadonlyMap<string, Promise<void>>
}

/**
 * Stops all of these at once where they don't refer to each other, else each after those of them that refer to it. A
 * component that doesn't end within ten minutes is given up, with a log line.
 */
export function stopAll(
  instances: ReadonlyMap<string, Instance>,
  dependantsOf: Dependencies,
  timers: Timers,
  log: Logger,
): Stopping {
  const each = new Map<string, Promise<void>>()

  function stopped(id: string): Promise<void> {
    let promise = each.get(id)
    if (promise === undefined) each.set(id, (promise = stop(id)))
    return promise
  }

  async function stop(id: string): Promise<void> {
    const dependants = (dependantsOf.get(id) ?? []).filter((dependant) => instances.has(dependant))
    await Promise.all(dependants.map(stopped))
    await ended(instances.get(id) as Instance, timers, log)
  }

  return { done: Promise.all([...instances.keys()].map(stopped)).then(() => undefined), each }
}

async function ended(instance: Instance, timers: Timers, log: Logger): Promise<void> {
  const end = instance.stop()
  for (let reminder = 1; reminder <= STOP_REMINDERS; reminder++) {
    if (await within(end, STOP_REMINDER_MS, timers)) return
    const seconds = (reminder * STOP_REMINDER_MS) / 1000
    log.warn('component takes long to shut down', { component_id: instance.id, seconds })
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
