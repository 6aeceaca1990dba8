/**
 * A SegmentStore in memory that outlives whoever uses it, as a disk does: it takes its time, it can be full, and a process that
 * was killed gets nothing from it any more. What an append had resolved stays; of one that was under way, any part of it.
 */
import type { Random, SegmentDirectory, SegmentStore, SegmentWriter } from '../../core/ports.ts'
import type { FakeClock } from '../support/fake-clock.ts'

/** The longest that it takes for anything, ms. */
const LATENCY_MS = 30

export interface Disk {
  /** No append gets through while it is: each writes a part of its bytes and rejects. */
  full: boolean
  readonly bytes: number
  /** The most there ever were. */
  readonly peak: number
  /** For one process: once `dead` says so, no call settles any more and none has an effect. */
  mount(dead: () => boolean): SegmentStore
}

interface File {
  bytes: Uint8Array<ArrayBuffer>
  length: number
  modified: number
}

export function createDisk(clock: FakeClock, random: Random): Disk {
  const directories = new Map<string, Map<string, File>>()
  let bytes = 0
  let peak = 0
  /** One thing after the other. */
  let busyUntil = 0

  function grow(file: File, added: Uint8Array): void {
    const length = file.length + added.length
    if (length > file.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * file.bytes.length, length))
      larger.set(file.bytes.subarray(0, file.length))
      file.bytes = larger
    }
    file.bytes.set(added, file.length)
    file.length = length
    bytes += added.length
    peak = Math.max(peak, bytes)
  }

  function mount(dead: () => boolean): SegmentStore {
    /** `torn`: what has happened when the process dies meanwhile. */
    function io<T>(run: () => T, torn?: () => void): Promise<T> {
      return new Promise((resolve, reject) => {
        if (dead()) return
        busyUntil = Math.max(busyUntil, clock.monotonic() + Math.floor(random.next() * LATENCY_MS))
        clock.wake(busyUntil, () => {
          if (dead()) return torn?.()
          try {
            resolve(run())
          } catch (thrown) {
            reject(thrown)
          }
        })
      })
    }

    function directory(path: string, files: Map<string, File>): SegmentDirectory {
      function fileOf(name: string): File {
        const file = files.get(name)
        if (file === undefined) throw new Error(`ENOENT: no such file, open '${path}/${name}'`)
        return file
      }
      return {
        list: () => io(() => [...files].map(([name, { length, modified }]) => ({ name, bytes: length, modified }))),
        create: (name) =>
          io(() => {
            if (files.has(name)) throw new Error(`EEXIST: file already exists, open '${path}/${name}'`)
            if (disk.full) throw new Error(`ENOSPC: no space left on device, open '${path}/${name}'`)
            const file: File = { bytes: new Uint8Array(256), length: 0, modified: clock.now() }
            files.set(name, file)
            return writer(`${path}/${name}`, file)
          }),
        read: (name, offset, length) =>
          io(() => {
            const file = fileOf(name)
            return file.bytes.slice(offset, Math.min(offset + length, file.length))
          }),
        remove: (name) =>
          io(() => {
            bytes -= fileOf(name).length
            files.delete(name)
          }),
      }
    }

    function writer(path: string, file: File): SegmentWriter {
      return {
        append: (added) =>
          io(
            () => {
              if (disk.full) {
                grow(file, added.subarray(0, added.length >> 1))
                throw new Error(`ENOSPC: no space left on device, write '${path}'`)
              }
              grow(file, added)
              file.modified = clock.now()
            },
            () => grow(file, added.subarray(0, Math.floor(random.next() * added.length))),
          ),
        sync: () =>
          io(() => {
            if (disk.full) throw new Error(`ENOSPC: no space left on device, fsync '${path}'`)
          }),
        close: () => io(() => undefined),
      }
    }

    return {
      open: (path) =>
        io(() => {
          const files = directories.get(path) ?? new Map<string, File>()
          directories.set(path, files)
          return directory(path, files)
        }),
      list: (path) =>
        io(() => {
          const inside = [...directories.keys()].filter((one) => one.startsWith(`${path}/`))
          return [...new Set(inside.map((one) => one.slice(path.length + 1).split('/')[0]))]
        }),
      discard: (path) =>
        io(() => {
          for (const [one, files] of directories) {
            if (one !== path && !one.startsWith(`${path}/`)) continue
            for (const { length } of files.values()) bytes -= length
            directories.delete(one)
          }
        }),
    }
  }

  const disk: Disk = {
    full: false,
    get bytes() {
      return bytes
    },
    get peak() {
      return peak
    },
    mount,
  }
  return disk
}
