/** The moment of a load at which running components take new arguments: all of them, or none. */
import { messageOf } from '../errors.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import type { Logger } from '../telemetry/logger.ts'
import { refused, type Update } from './placing.ts'

export interface Committed {
  /** When there are any, nothing was updated. */
  readonly refusals: readonly Diagnostic[]
  /** Ids of what refused and may go on as it was, and why. */
  readonly kept: ReadonlyMap<string, string>
}

/**
 * Updates in order, within one turn of the event loop. When some components refuse that may not, those that took theirs
 * are given back the arguments they had, last one first.
 */
export function commitUpdates(updates: readonly Update[], log: Logger): Committed {
  const refusals: Diagnostic[] = []
  const kept = new Map<string, string>()
  const undo: (() => void)[] = []
  for (const { instance, args, vertex, mayRefuse } of updates) {
    const before = instance.args
    try {
      instance.update(args)
      undo.push(() => {
        try {
          instance.update(before)
        } catch (error) {
          instance.evaluated(`could not go back to the former arguments: ${messageOf(error)}`)
          log.error('component refused the arguments it had before', {
            component_id: instance.id,
            err: messageOf(error),
          })
        }
      })
    } catch (error) {
      if (mayRefuse) kept.set(vertex.id, messageOf(error))
      else refusals.push(refused(vertex, error))
    }
  }
  if (refusals.length > 0) for (const step of undo.reverse()) step()
  return { refusals, kept }
}
