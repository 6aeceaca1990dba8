/**
 * Notices that the files of a configuration have changed, and has it loaded again. Owns when: as soon as the system tells
 * of a change, or by reading every ten seconds, and only once the content is another and has settled. What is loaded and
 * whether it is any good is the agent's business; files that a configuration refers to are watched by whoever reads them.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { messageOf } from './errors.ts'
import { readSources, type Source } from './graph/sources.ts'
import type { Clock, Files } from './ports.ts'
import type { Logger } from './telemetry/logger.ts'
import { createSlices } from './time/slices.ts'
import type { Timers } from './time/timers.ts'

export interface ConfigWatchOptions {
  /** A file, or a directory of *.alloy files. */
  readonly configPath: string
  readonly files: Files
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Logger
  /** Loads the configuration again, and reports how that went. */
  readonly reload: () => Promise<void>
}

export interface ConfigWatch {
  /** Watches until the signal aborts. Never rejects: a reload that fails is logged, and tried again at the next change. */
  run(signal: AbortSignal): Promise<void>
}

/** Watching is best effort: network file systems and swapped directories tell nothing. */
const POLL_MS = 10_000
/** A change is made in several steps: the content must stay the same for so long. */
const SETTLE_MS = 1_000
/** After so many looks the content is loaded as it is: a file that is written all the time must not be waited for forever. */
const MAX_SETTLES = 10
/** Hashed between two looks at the clock: some 0.5 ms. */
const CHUNK_BYTES = 65_536

/**
 * Reads what counts as known, so that only what comes later is a change: to be called before the configuration is loaded
 * for the first time. A path that can't be read is a content as well.
 */
export async function createConfigWatch(options: ConfigWatchOptions): Promise<ConfigWatch> {
  const { configPath, files, timers, log } = options
  const slices = createSlices(options.clock)
  let known = await content()

  async function content(): Promise<string> {
    const read = await readSources(files, configPath)
    return read.ok ? slices.run(hashed(read.sources)) : `unreadable: ${read.message}`
  }

  /** The content when it has stayed the same for a while. */
  async function settled(first: string, signal: AbortSignal): Promise<string> {
    let last = first
    for (let looks = 0; looks < MAX_SETTLES; looks++) {
      await timers.sleep(SETTLE_MS, signal)
      const next = await content()
      if (next === last || signal.aborted) break
      last = next
    }
    return last
  }

  async function run(signal: AbortSignal): Promise<void> {
    let noticed = false
    let wakeUp = (): void => {}
    const notice = (): void => {
      noticed = true
      wakeUp()
    }
    let watch = files.watch(configPath, notice)
    signal.addEventListener('abort', notice, { once: true })

    while (!signal.aborted) {
      if (!noticed) {
        const awake = new AbortController()
        wakeUp = () => awake.abort()
        await timers.sleep(POLL_MS, awake.signal)
      }
      noticed = false
      const found = await content()
      if (found === known || signal.aborted) continue
      const next = await settled(found, signal)
      if (next === known || signal.aborted) continue
      known = next
      // The old watch may hold on to a directory that was swapped for another.
      watch.close()
      watch = files.watch(configPath, notice)
      log.info('the configuration has changed; reloading', { path: configPath })
      await options.reload().catch((error) => log.error('failed to reload config', { err: messageOf(error) }))
    }
    watch.close()
    signal.removeEventListener('abort', notice)
  }

  return { run }
}

/** SHA-256 over the names and bytes of all files. */
function* hashed(sources: readonly Source[]): Generator<undefined, string> {
  const hash = sha256.create()
  const encoder = new TextEncoder()
  for (const { file, content } of sources) {
    const bytes = typeof content === 'string' ? encoder.encode(content) : content
    // The length keeps the end of one file apart from the beginning of the next.
    hash.update(encoder.encode(`${file}\0${bytes.length}\0`))
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      hash.update(bytes.subarray(at, at + CHUNK_BYTES))
      yield
    }
  }
  return bytesToHex(hash.digest())
}
