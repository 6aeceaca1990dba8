/** Gives blocks to a queue in real files, and says the number of each when it has been written, until it is killed. */
import process from 'node:process'
import { clock } from '../../../adapters/shared/clock.ts'
import { segments } from '../../../adapters/shared/segments.ts'
import { createQueue } from '../../../core/remote-write/queue/queue.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { give, made, SETTINGS } from '../../remote-write/queue/queue-rig.ts'
import { recordingLog } from '../../support/recording-log.ts'

const [path, first] = process.argv.slice(2)
const queue = createQueue(
  () => SETTINGS,
  () => segments.open(path),
  { lost: () => undefined, changed: () => undefined },
  { clock, timers: createTimers(clock), log: recordingLog() },
)
while (queue.disk === 'opening') await clock.turn()
for (let id = Number(first); ; id++) {
  const before = queue.diskBytes
  give(queue, made({ id, bytes: 3_000 }, clock.now()))
  while (queue.diskBytes === before) await clock.turn()
  process.stdout.write(`${id}\n`)
}
