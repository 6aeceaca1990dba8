/**
 * Queues on disk that nobody sends any more, because their endpoints are gone from the configuration: removed when nothing in them
 * could be sent in any case, and told about before.
 */
import { fileProblemOf } from '../../errors.ts'
import type { SegmentStore } from '../../ports.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { parseSegmentName } from './journal/segment.ts'

/**
 * Looks at all directories inside `path` that hold a queue and nothing else: what another agent keeps there, such as Alloy's WAL,
 * is not ours. `inUse`: names of those that have endpoints. Others are discarded when nothing was written there within `maxAge` ms
 * before `now` (ms since the epoch). Never rejects: what fails is logged.
 */
export async function purgeQueues(
  store: SegmentStore,
  path: string,
  inUse: ReadonlySet<string>,
  maxAge: number,
  now: number,
  log: Logger,
): Promise<void> {
  try {
    for (const name of await store.list(path)) {
      if (inUse.has(name)) continue
      const directory = `${path}/${name}`
      const files = await (await store.open(directory)).list()
      if (files.length === 0 || files.some((file) => parseSegmentName(file.name) === undefined)) continue
      if (files.every(({ modified }) => modified < now - maxAge)) {
        await store.discard(directory)
        log.info('A queue on disk that no endpoint uses any more was removed.', { directory })
        continue
      }
      log.warn('A queue on disk belongs to no endpoint; it will be removed when it is too old to be sent.', {
        directory,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      })
    }
  } catch (thrown) {
    log.warn('Could not look for queues on disk that no endpoint uses any more.', {
      path,
      error: fileProblemOf(thrown),
    })
  }
}
