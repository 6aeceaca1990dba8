/**
 * A SegmentStore in memory, for tests of what a disk can do to a queue: end after any byte as a process does that is killed, be full,
 * read-only, slow or silent, and hold bytes that are not those that were written.
 */
import type { SegmentDirectory, SegmentStore, SegmentWriter } from '../../core/ports.ts'

export interface FakeDisk extends SegmentStore {
  /** Contents by directory and name. */
  readonly directories: Map<string, Map<string, Uint8Array<ArrayBuffer>>>
  /** Bytes written and names made or removed until now: each is a place where a process may be killed. */
  readonly steps: number
  /** After so many steps nothing happens any more, and nobody is answered. */
  diesAfter: number
  /** Room for so many bytes. */
  capacity: number
  /** What an operation fails with, by its name and that of the file. */
  failing: ((operation: Operation, name: string) => Error | undefined) | undefined
  /** What every operation waits for before it begins. */
  waiting: ((operation: Operation) => Promise<void> | undefined) | undefined
  readonly syncs: number
  /** Files that are open for writing. */
  readonly writers: number
  /** All that is there, for a disk that goes on from here. */
  copy(): FakeDisk
}

export type Operation = 'open' | 'list' | 'create' | 'read' | 'remove' | 'append' | 'sync' | 'discard'

export function diskError(code: string, operation: string, name = ''): Error {
  return Object.assign(new Error(`${code}: ${operation} '${name}'`), { code })
}

export function createFakeDisk(
  directories: FakeDisk['directories'] = new Map(),
  now: () => number = () => 0,
): FakeDisk {
  let steps = 0
  let syncs = 0
  let writers = 0
  const modified = new Map<Uint8Array, number>()
  const never = new Promise<never>(() => undefined)

  async function begin(operation: Operation, name: string): Promise<void> {
    await disk.waiting?.(operation)
    if (steps >= disk.diesAfter) await never
    const failure = disk.failing?.(operation, name)
    if (failure !== undefined) throw failure
  }

  async function step(): Promise<void> {
    if (steps >= disk.diesAfter) await never
    steps++
  }

  function used(): number {
    let sum = 0
    for (const files of directories.values()) for (const { length } of files.values()) sum += length
    return sum
  }

  function createWriter(files: Map<string, Uint8Array<ArrayBuffer>>, name: string): SegmentWriter {
    let closed = false
    writers++
    let line = Promise.resolve()
    async function append(bytes: Uint8Array): Promise<void> {
      if (closed) throw new Error('appended after it was closed')
      await begin('append', name)
      const before = files.get(name)
      // A file that was removed takes bytes that nobody will see.
      if (before === undefined) return
      const room = Math.max(0, disk.capacity - used())
      const length = Math.min(bytes.length, room, disk.diesAfter - steps)
      steps += length
      const after = new Uint8Array(before.length + length)
      after.set(before)
      after.set(bytes.subarray(0, length), before.length)
      files.set(name, after)
      modified.set(after, now())
      if (steps >= disk.diesAfter) await never
      if (length < bytes.length) throw diskError('ENOSPC', 'no space left on device, write', name)
    }
    return {
      append(bytes) {
        const done = line.then(() => append(bytes))
        line = done.catch(() => undefined)
        return done
      },
      async sync() {
        await line
        await begin('sync', name)
        syncs++
      },
      async close() {
        await line
        if (!closed) writers--
        closed = true
      },
    }
  }

  function createDirectory(files: Map<string, Uint8Array<ArrayBuffer>>): SegmentDirectory {
    return {
      async list() {
        await begin('list', '')
        return [...files].map(([name, bytes]) => ({ name, bytes: bytes.length, modified: modified.get(bytes) ?? 0 }))
      },
      async create(name) {
        await begin('create', name)
        if (files.has(name)) throw diskError('EEXIST', 'file already exists, open', name)
        await step()
        files.set(name, new Uint8Array(0))
        return createWriter(files, name)
      },
      async read(name, offset, length) {
        await begin('read', name)
        const bytes = files.get(name)
        if (bytes === undefined) throw diskError('ENOENT', 'no such file or directory, open', name)
        return bytes.slice(offset, offset + length)
      },
      async remove(name) {
        await begin('remove', name)
        if (!files.has(name)) throw diskError('ENOENT', 'no such file or directory, rm', name)
        await step()
        files.delete(name)
      },
    }
  }

  const disk: FakeDisk = {
    directories,
    get steps() {
      return steps
    },
    get syncs() {
      return syncs
    },
    get writers() {
      return writers
    },
    diesAfter: Number.POSITIVE_INFINITY,
    capacity: Number.POSITIVE_INFINITY,
    failing: undefined,
    waiting: undefined,
    async open(path) {
      await begin('open', path)
      let files = directories.get(path)
      if (files === undefined) directories.set(path, (files = new Map()))
      return createDirectory(files)
    },
    async list(path) {
      await begin('list', path)
      const inside = [...directories.keys()].filter((directory) => directory.startsWith(`${path}/`))
      return [...new Set(inside.map((directory) => directory.slice(path.length + 1).split('/')[0]))]
    },
    async discard(path) {
      await begin('discard', path)
      for (const directory of directories.keys()) {
        if (directory === path || directory.startsWith(`${path}/`)) directories.delete(directory)
      }
    },
    copy: () =>
      createFakeDisk(
        new Map([...directories].map(([path, files]) => [path, new Map([...files].map(([n, b]) => [n, b.slice()]))])),
        now,
      ),
  }
  return disk
}
