/**
 * Who this collector is when nobody gives it an id: a random UUID, made once and kept beside the other files of the agent, under
 * Alloy's name and in Alloy's form, so that an agent that takes the place of an Alloy stays the same collector.
 */
import { messageOf } from '../errors.ts'
import type { Clock, Files } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'

export interface SeedSurroundings {
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  readonly storagePath: string
  readonly version: string
}

/** Never rejects: what can't be kept holds for this process. */
export async function collectorId({ files, clock, log, storagePath, version }: SeedSurroundings): Promise<string> {
  const path = `${storagePath}/alloy_seed.json`
  try {
    const found = JSON.parse(new TextDecoder().decode(await files.read(path))) as { readonly UID?: unknown } | null
    if (typeof found?.UID === 'string' && found.UID !== '') return found.UID
    log.warn('the seed file names no collector; it gets a new id', { path })
  } catch (error) {
    const message = messageOf(error)
    if (!message.includes('ENOENT'))
      log.warn("can't read the seed file; the collector gets a new id", { path, err: message })
  }
  const id = crypto.randomUUID()
  const seed = { UID: id, created_at: new Date(clock.now()).toISOString(), version }
  try {
    await files.replace(path, new TextEncoder().encode(JSON.stringify(seed)))
  } catch (error) {
    const message = messageOf(error)
    log.warn("can't keep the id of this collector: it has another one after the next start", { path, err: message })
  }
  return id
}
