/**
 * Files of ports.ts on node:fs. Watching looks at the *directory*, because files are mostly replaced, not rewritten: by
 * a rename, or by Kubernetes, which swaps a symbolic link beside them. Any event there leads to one comparison of the
 * file's identity; where a host can't watch, the same comparison is made on a timer. Replacing is such a rename, too.
 */
import { readFileSync, statSync, watch as watchDirectory } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { FileChange, Files } from '../../core/ports.ts'

/** Events come in bursts (create, write, rename): one look after the burst is enough. */
const SETTLE_MS = 50
const POLL_MS = 2000

export const files: Files = {
  read: (path) => readFile(path),
  readSync: (path) => readFileSync(path),
  list,
  watch,
  append: (path, text) => appendFile(path, text),
  replace,
}

/** Of this process: writers of the same file must not share the one beside it. */
let replacements = 0

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${process.pid}-${replacements++}.tmp`
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      // Without this a crash of the machine may leave the new name with nothing in it.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

async function list(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function watch(path: string, changed: () => void): FileChange {
  let closed = false
  let looking = false
  let settle: ReturnType<typeof setTimeout> | undefined
  let poll: ReturnType<typeof setInterval> | undefined
  let last = identitySync(path)

  async function look(): Promise<void> {
    settle = undefined
    if (looking) {
      soon()
      return
    }
    looking = true
    const found = await identity(path)
    looking = false
    if (closed || found === last) return
    last = found
    changed()
  }
  function soon(): void {
    if (closed || settle !== undefined) return
    settle = setTimeout(look, SETTLE_MS)
  }
  function startPolling(): void {
    if (closed || poll !== undefined) return
    poll = setInterval(soon, POLL_MS)
    poll.unref?.()
  }

  const directory = last.startsWith('directory') ? path : dirname(path)
  let watcher: ReturnType<typeof watchDirectory> | undefined
  try {
    watcher = watchDirectory(directory, { persistent: false }, soon)
    watcher.on('error', () => {
      watcher?.close()
      startPolling()
    })
  } catch {
    startPolling()
  }

  return {
    close() {
      closed = true
      watcher?.close()
      clearTimeout(settle)
      clearInterval(poll)
    },
  }
}

/** Text that differs when the file, or for a directory one of its entries, is another one or was written. */
async function identity(path: string): Promise<string> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return describe(found)
    const names = (await readdir(path)).sort()
    const entries = await Promise.all(
      names.map((name) =>
        stat(join(path, name)).then(
          (entry) => `${name} ${describe(entry)}`,
          () => name,
        ),
      ),
    )
    return `directory\n${entries.join('\n')}`
  } catch (error) {
    return `absent ${codeOf(error)}`
  }
}

/** For the first look, which has to be over before `watch` returns; a directory's entries are filled in by the next event. */
function identitySync(path: string): string {
  try {
    const found = statSync(path)
    return found.isDirectory() ? 'directory' : describe(found)
  } catch (error) {
    return `absent ${codeOf(error)}`
  }
}

interface Identity {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

function describe(found: Identity): string {
  return `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
