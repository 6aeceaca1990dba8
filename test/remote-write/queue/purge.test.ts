import { expect, it } from 'vitest'
import { segmentName } from '../../../core/remote-write/queue/journal/segment.ts'
import { purgeQueues } from '../../../core/remote-write/queue/purge.ts'
import { createFakeDisk, diskError } from '../../support/fake-segments.ts'
import { recordingLog } from '../../support/recording-log.ts'

async function write(disk: ReturnType<typeof createFakeDisk>, path: string, name = segmentName(1, 0)): Promise<void> {
  const directory = await disk.open(path)
  await (await directory.create(name)).append(new Uint8Array(10))
}

it('removes queues that are not used and too old, tells of the others, and leaves alone what is no queue', async () => {
  const clock = { now: 1_000 }
  const disk = createFakeDisk(new Map(), () => clock.now)
  const log = recordingLog()
  await write(disk, 'data/used')
  await write(disk, 'data/old')
  await disk.open('data/empty')
  await write(disk, 'data/wal', '00000000')
  await write(disk, 'data/mixed')
  await write(disk, 'data/mixed', 'notes.txt')
  clock.now = 5_000
  await write(disk, 'data/young')
  await purgeQueues(disk, 'data', new Set(['used']), 2_000, 6_000, log)
  expect([...disk.directories.keys()]).toEqual(['data/used', 'data/empty', 'data/wal', 'data/mixed', 'data/young'])
  expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringContaining('{"directory":"data/young","bytes":10}'),
  ])
})

it('goes on when the disk does not', async () => {
  const disk = createFakeDisk()
  disk.failing = (operation) =>
    operation === 'list' || operation === 'open' ? diskError('EIO', 'i/o error, scandir') : undefined
  disk.list = async () => {
    throw diskError('EACCES', 'permission denied, scandir', 'data')
  }
  const log = recordingLog()
  await purgeQueues(disk, 'data', new Set(), 1, 1, log)
  expect(log.messages()).toHaveLength(1)
})
