/**
 * The settings of a configuration take effect outside of the graph: what can fail comes first, and is undone when the load fails after
 * all; the rest follows when nothing can go wrong any more.
 */
import { messageOf } from '../errors.ts'
import type { Block } from '../syntax/ast.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import type { SettingsBlocks } from './blocks.ts'
import { httpProblem, NO_HTTP_SETTINGS } from './http-settings.ts'
import type { GraphOptions } from './options.ts'
import type { Settings } from './settings.ts'

export interface AppliedSettings {
  /** Why they can't take effect; nothing of them has, then. */
  readonly problems: readonly Diagnostic[]
  undo(): Promise<void>
  commit(): void
}

export type ApplySettings = (settings: Settings, blocks: SettingsBlocks) => Promise<AppliedSettings>

export function createApplySettings(
  options: Pick<GraphOptions, 'applyHttp' | 'remote' | 'onLogging' | 'onLiveDebugging'>,
): ApplySettings {
  let http = NO_HTTP_SETTINGS

  return async (settings, blocks) => {
    const before = http
    const problem = await options.applyHttp?.(settings.http)
    if (problem !== undefined) return refused([httpProblem(blocks.http, problem)])
    const undoHttp = async (): Promise<void> => void (await options.applyHttp?.(before))
    try {
      const remote = options.remote?.source.prepare(settings.remote)
      return {
        problems: [],
        async undo() {
          remote?.drop()
          await undoHttp()
        },
        commit() {
          http = settings.http
          remote?.commit()
          options.onLogging?.(settings.logging)
          options.onLiveDebugging?.(settings.liveDebugging)
        },
      }
    } catch (error) {
      await undoHttp()
      return refused([errorAt((blocks.remotecfg as Block).nameSpan, messageOf(error))])
    }
  }
}

function refused(problems: readonly Diagnostic[]): AppliedSettings {
  return { problems, async undo() {}, commit() {} }
}
