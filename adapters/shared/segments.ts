/**
 * SegmentStore of ports.ts on node:fs. Owns file handles: one for each file that is being written, and one per directory for
 * reading, since reading goes through one file after the other. Never decides what is written, kept or removed.
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentDirectory, SegmentFile, SegmentStore, SegmentWriter } from '../../core/ports.ts'

export const segments: SegmentStore = {
  async open(path) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch(async (error) => {
      // On a disk that can only be read, what is there is enough.
      if (!(await isDirectory(path))) throw error
    })
    return createDirectory(path)
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  },
  discard: (path) => rm(path, { recursive: true, force: true }),
}

function createDirectory(path: string): SegmentDirectory {
  const reading = createReading(path)
  return {
    async list() {
      const names = await readdir(path)
      const files = await Promise.all(names.map((name) => describe(path, name)))
      return files.filter((file) => file !== undefined)
    },
    async create(name) {
      const file = await open(join(path, name), 'wx', 0o600)
      return createWriter(file, path)
    },
    read: reading.read,
    async remove(name) {
      await reading.forget(name)
      await rm(join(path, name))
    },
  }
}

/** Undefined for what is not a file, or is gone by now. */
async function describe(path: string, name: string): Promise<SegmentFile | undefined> {
  try {
    const found = await stat(join(path, name))
    return found.isFile() ? { name, bytes: found.size, modified: found.mtimeMs } : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

interface Reading {
  read(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
  forget(name: string): Promise<void>
}

/** Idle handles are closed after this: a queue that has caught up reads nothing for a long time. */
const IDLE_MS = 10_000

/** Keeps the last file open; reads of one directory wait for each other. */
function createReading(path: string): Reading {
  let current: { readonly name: string; readonly file: FileHandle } | undefined
  let line: Promise<unknown> = Promise.resolve()
  let idle: ReturnType<typeof setTimeout> | undefined

  function inLine<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(idle)
    const done = line.then(work)
    line = done.then(rest, rest)
    return done
  }

  function rest(): void {
    clearTimeout(idle)
    if (current === undefined) return
    idle = setTimeout(() => void inLine(close).catch(() => undefined), IDLE_MS)
    idle.unref?.()
  }

  async function close(): Promise<void> {
    const last = current
    current = undefined
    await last?.file.close()
  }

  return {
    read: (name, offset, length) =>
      inLine(async () => {
        if (current?.name !== name) {
          await close()
          current = { name, file: await open(join(path, name), 'r') }
        }
        const { file } = current
        const bytes = new Uint8Array(length)
        let filled = 0
        while (filled < bytes.length) {
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, offset + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        return bytes.subarray(0, filled)
      }),
    forget: (name) => inLine(async () => (current?.name === name ? close() : undefined)),
  }
}

function createWriter(file: FileHandle, path: string): SegmentWriter {
  let line: Promise<void> = Promise.resolve()
  /** A new name is in its directory, which has to be synced once as well. */
  let named = false

  async function write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null)
      at += bytesWritten
    }
  }

  return {
    append(bytes) {
      line = line.then(() => write(bytes))
      // Whoever appends next fails the same way; a rejection that nobody waits for would end the process.
      line.catch(() => undefined)
      return line
    },
    async sync() {
      await line
      await file.datasync()
      if (named) return
      named = true
      await syncDirectory(path)
    },
    async close() {
      await line.catch(() => undefined)
      await file.close()
    },
  }
}

/** Windows can't open directories, and some file systems can't sync them: the name is as safe there as it gets. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
