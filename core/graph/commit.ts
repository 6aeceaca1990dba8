/** The moment of a load at which running components take new arguments: all of them, or none. */
import { messageOf } from '../errors.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import type { Logger } from '../telemetry/logger.ts'
import { refused, type Update } from './placing.ts'

/**
 * Updates in order, within one turn of the event loop. When some components refuse, those that took theirs are given
 * back the arguments they had, last one first, and the refusals are returned.
 */
export function commitUpdates(updates: readonly Update[], log: Logger): readonly Diagnostic[] {
  const refusals: Diagnostic[] = []
  const undo: (() => void)[] = []
  for (const { instance, args, vertex } of updates) {
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
      refusals.push(refused(vertex, error))
    }
  }
  if (refusals.length > 0) for (const step of undo.reverse()) step()
  return refusals
}
