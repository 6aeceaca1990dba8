import { describe, expect, it, onTestFinished } from 'vitest'
import { createConfigWatch } from '../core/config-watch.ts'
import type { Files } from '../core/ports.ts'
import { createTimers } from '../core/time/timers.ts'
import { createFakeClock, type FakeClock } from './support/fake-clock.ts'
import { type RecordingLog, recordingLog } from './support/recording-log.ts'

interface Watched {
  readonly clock: FakeClock
  readonly log: RecordingLog
  /** Content by path: what is there at the moment. */
  readonly disk: Map<string, string>
  /** When reloads began, in ms since the start. */
  readonly reloads: number[]
  /** As the system tells of a change. */
  tell(): void
  readonly watches: () => number
  stop(): void
  readonly ended: Promise<void>
}

const PATH = '/etc/skein'

/** A watch of the directory, with one file in it. */
async function watched(reload: () => Promise<void> = async () => {}, path = PATH): Promise<Watched> {
  const clock = createFakeClock()
  const log = recordingLog()
  const disk = new Map([[`${PATH}/a.alloy`, 'one']])
  const changed = new Set<() => void>()
  const files: Partial<Files> = {
    list: async (listed) => {
      const names = [...disk.keys()].filter((name) => name.startsWith(`${listed}/`))
      return disk.has(listed) ? undefined : names.map((name) => name.slice(listed.length + 1))
    },
    async read(name) {
      const text = disk.get(name)
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${name}'`)
      return new TextEncoder().encode(text)
    },
    watch(_path, tell) {
      changed.add(tell)
      return { close: () => changed.delete(tell) }
    },
  }
  const start = clock.monotonic()
  const reloads: number[] = []
  const watch = await createConfigWatch({
    configPath: path,
    files: files as Files,
    clock,
    timers: createTimers(clock),
    log,
    reload() {
      reloads.push(clock.monotonic() - start)
      return reload()
    },
  })
  const stopping = new AbortController()
  const ended = watch.run(stopping.signal)
  await clock.settle()
  onTestFinished(() => stopping.abort())
  const tell = (): void => {
    for (const one of changed) one()
  }
  return { clock, log, disk, reloads, tell, watches: () => changed.size, stop: () => stopping.abort(), ended }
}

describe('the watch of the configuration', () => {
  it('loads again a second after the system told of a change', async () => {
    const { clock, log, disk, reloads, tell } = await watched()
    await clock.advance(2_500)
    disk.set(`${PATH}/a.alloy`, 'two')
    tell()
    await clock.advance(999)
    expect(reloads).toEqual([])
    await clock.advance(1)
    expect(reloads).toEqual([3_500])
    expect(log.lines).toEqual([`info the configuration has changed; reloading {"path":"${PATH}"}`])
  })

  it('sees within ten seconds what nobody told', async () => {
    const { clock, disk, reloads } = await watched()
    await clock.advance(12_000)
    disk.set(`${PATH}/a.alloy`, 'two')
    await clock.advance(9_000)
    expect(reloads).toEqual([21_000])
    await clock.advance(60_000)
    expect(reloads).toHaveLength(1)
  })

  it.each([
    ['a new file', (disk: Map<string, string>) => disk.set(`${PATH}/b.alloy`, '')],
    ['a removed file', (disk: Map<string, string>) => disk.delete(`${PATH}/a.alloy`)],
    [
      'a renamed file',
      (disk: Map<string, string>) => disk.delete(`${PATH}/a.alloy`) && disk.set(`${PATH}/c.alloy`, 'one'),
    ],
  ])('counts %s as a change', async (_what, change) => {
    const { clock, disk, reloads, tell } = await watched()
    change(disk)
    tell()
    await clock.advance(1_000)
    expect(reloads).toHaveLength(1)
  })

  it('passes over other files, equal content, and changes taken back', async () => {
    const { clock, disk, reloads, tell } = await watched()
    disk.set(`${PATH}/notes.txt`, 'x')
    tell()
    await clock.advance(500)
    disk.set(`${PATH}/a.alloy`, 'two')
    tell()
    await clock.advance(500)
    disk.set(`${PATH}/a.alloy`, 'one')
    tell()
    await clock.advance(60_000)
    expect(reloads).toEqual([])
  })

  it('waits until a file that is being written has settled', async () => {
    const { clock, disk, reloads, tell } = await watched()
    for (let step = 0; step < 4; step++) {
      disk.set(`${PATH}/a.alloy`, `half ${step}`)
      tell()
      await clock.advance(700)
    }
    expect(reloads).toEqual([])
    await clock.advance(2_000)
    expect(reloads).toHaveLength(1)
  })

  it('does not wait for ever for a file that never settles', async () => {
    const { clock, disk, reloads, tell } = await watched()
    for (let step = 0; step < 30; step++) {
      disk.set(`${PATH}/a.alloy`, `log line ${step}`)
      tell()
      await clock.advance(500)
    }
    expect(reloads[0]).toBeLessThanOrEqual(11_000)
  })

  it('loads again when the path comes back, changed or not', async () => {
    const { clock, disk, reloads } = await watched(undefined, `${PATH}/a.alloy`)
    disk.delete(`${PATH}/a.alloy`)
    await clock.advance(11_000)
    expect(reloads).toHaveLength(1)
    disk.set(`${PATH}/a.alloy`, 'one')
    await clock.advance(11_000)
    expect(reloads).toHaveLength(2)
  })

  it('goes on after a reload that failed, and does not repeat it', async () => {
    const { clock, log, disk, reloads, tell } = await watched(() => Promise.reject(new Error('boom')))
    disk.set(`${PATH}/a.alloy`, 'two')
    tell()
    await clock.advance(30_000)
    expect(reloads).toHaveLength(1)
    expect(log.lines.at(-1)).toBe('error failed to reload config {"err":"boom"}')
    disk.set(`${PATH}/a.alloy`, 'three')
    tell()
    await clock.advance(1_000)
    expect(reloads).toHaveLength(2)
  })

  it('sees what changed during a reload', async () => {
    let finish = (): void => {}
    const { clock, disk, reloads, tell } = await watched(() => new Promise((resolve) => (finish = resolve)))
    disk.set(`${PATH}/a.alloy`, 'two')
    tell()
    await clock.advance(1_000)
    disk.set(`${PATH}/a.alloy`, 'three')
    tell()
    await clock.advance(5_000)
    expect(reloads).toHaveLength(1)
    finish()
    await clock.advance(1_000)
    expect(reloads).toHaveLength(2)
  })

  it('ends with its signal and leaves nothing behind', async () => {
    const { clock, disk, reloads, tell, watches, stop, ended } = await watched()
    disk.set(`${PATH}/a.alloy`, 'two')
    tell()
    await clock.settle()
    stop()
    await ended
    await clock.advance(60_000)
    expect({ watches: watches(), pending: clock.pending, reloads }).toEqual({ watches: 0, pending: 0, reloads: [] })
  })
})
