/** Runs what a server says should run besides the configuration of this machine: from the `remotecfg` block to texts for the graph. */

import { messageOf } from '../errors.ts'
import type { RemoteConfigOptions } from '../remote-config/config.ts'
import type { LoadedRemoteConfig, RemoteConfig } from '../remote-config/remote-config.ts'
import { deepEqual } from '../syntax/value.ts'
import type { Logger } from '../telemetry/logger.ts'

export interface RemoteSourceOptions {
  /** Throws a CodedError for options that can't work. */
  readonly create: (options: RemoteConfigOptions) => RemoteConfig
  /** Undefined: nothing from afar any more. */
  readonly load: (text: string | undefined) => Promise<LoadedRemoteConfig>
  readonly log: Logger
}

/** Who brings configuration from afar. */
export interface RemoteSource {
  /** Makes ready for these settings and starts nothing; one of the two follows. Throws a CodedError when they can't work. */
  prepare(settings: RemoteConfigOptions | undefined): { commit(): void; drop(): void }
  stop(): Promise<void>
}

export function createRemoteSource({ create, load, log }: RemoteSourceOptions): RemoteSource {
  let current: RemoteConfigOptions | undefined
  let abort = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  /** Runs what was created until the signal aborts; without it, ends what came from afar before. */
  async function follow(created: RemoteConfig | undefined, signal: AbortSignal): Promise<void> {
    try {
      if (created !== undefined) {
        await created.run(signal, load)
        return
      }
      const ended = await load(undefined)
      if (!ended.ok) log.error('failed to end the remote configuration', { err: ended.message })
    } catch (error) {
      log.error('the remote configuration failed', { err: messageOf(error) })
    }
  }

  return {
    prepare(next) {
      if (deepEqual(next, current)) return { commit() {}, drop() {} }
      const created = next === undefined ? undefined : create(next)
      return {
        commit() {
          if (stopped) {
            created?.close()
            return
          }
          current = next
          abort.abort()
          abort = new AbortController()
          const { signal } = abort
          // What the one before has loaded stays until this one brings something.
          running = running.then(() => follow(created, signal))
        },
        drop: () => created?.close(),
      }
    },
    async stop() {
      stopped = true
      abort.abort()
      await running
    },
  }
}
