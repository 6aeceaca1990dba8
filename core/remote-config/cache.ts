/** The last good configuration on disk, for a start while the server is away. Owns one file per identity; never rejects. */
import { messageOf } from '../errors.ts'
import { MAX_REMOTE_CONFIG_BYTES } from '../limits.ts'
import type { Files } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'

export interface ConfigCache {
  /** Undefined when there is none that can be used. */
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
}

export function createConfigCache(files: Files, path: string, log: Logger): ConfigCache {
  return {
    async read() {
      try {
        const bytes = await files.read(path)
        if (bytes.length > MAX_REMOTE_CONFIG_BYTES) throw new Error(`it has more than ${MAX_REMOTE_CONFIG_BYTES} bytes`)
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      } catch (error) {
        log.warn('there is no copy of the last remote configuration', { path, err: messageOf(error) })
        return undefined
      }
    },
    async write(text) {
      try {
        await files.replace(path, new TextEncoder().encode(text))
      } catch (error) {
        const err = messageOf(error)
        log.error("can't keep a copy of the remote configuration: a start without its server would be without it", {
          path,
          err,
        })
      }
    },
  }
}
