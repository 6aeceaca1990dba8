/**
 * Writes lines to a file descriptor without ever holding up the event loop: process.stderr waits for whoever reads the
 * pipe. What a slow reader leaves behind is bounded; beyond that lines are dropped, counted, and the count is written.
 */
import { write } from 'node:fs'

export interface LineWriter {
  write(line: string): void
  /** Resolves when all is written, or after `patienceMs`; without it, only when all is written or the reader is gone. */
  flush(patienceMs?: number): Promise<void>
}

/** Half a minute of a very talkative agent. */
const MAX_WAITING_CHARS = 1024 * 1024
/** The pipe is full and somebody made it non-blocking. */
const FULL_PIPE_PAUSE_MS = 10

type WriteBytes = (
  bytes: Uint8Array,
  done: (error: { readonly code?: string | undefined } | null, written: number) => void,
) => void

/** `maxChars`: how much may wait for a slow reader. `writeBytes` stands in for the descriptor in tests. */
export function createLineWriter(
  fd: number,
  maxChars: number = MAX_WAITING_CHARS,
  writeBytes: WriteBytes = toDescriptor(fd),
): LineWriter {
  let waiting = ''
  let dropped = 0
  let busy = false
  let idle: (() => void)[] = []

  function writeLine(line: string): void {
    if (waiting.length + line.length > maxChars) {
      dropped++
      return
    }
    waiting += line
    if (!busy) next()
  }

  function next(): void {
    if (waiting === '' && dropped > 0) {
      waiting = `${dropped} lines dropped: nobody was reading\n`
      dropped = 0
    }
    busy = waiting !== ''
    if (!busy) {
      for (const resolve of idle.splice(0)) resolve()
      return
    }
    const bytes = Buffer.from(waiting)
    waiting = ''
    send(bytes)
  }

  function send(bytes: Uint8Array): void {
    writeBytes(bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => send(bytes), FULL_PIPE_PAUSE_MS)
      else if (error === null && written < bytes.length) send(bytes.subarray(written))
      // Any other error: the reader is gone, and with it the reason to write.
      else next()
    })
  }

  return {
    write: writeLine,
    flush: (patienceMs) =>
      new Promise((resolve) => {
        if (!busy) {
          resolve()
          return
        }
        const timer = patienceMs === undefined ? undefined : setTimeout(resolve, patienceMs)
        idle = [
          ...idle,
          () => {
            clearTimeout(timer)
            resolve()
          },
        ]
      }),
  }
}

function toDescriptor(fd: number): WriteBytes {
  return (bytes, done) => write(fd, bytes, (error, written) => done(error, written))
}
