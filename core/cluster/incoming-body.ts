/** Reads the body of a request that may never end, piece by piece and up to a deadline. */
import type { Timers } from '../time/timers.ts'

export interface BodyEnd {
  /** `stopped`: the taker had enough, or `signal` aborted. `failed`: the connection or the stream is gone. */
  readonly kind: 'end' | 'stopped' | 'late' | 'failed'
}

/**
 * Hands each chunk to `take` until that returns false. Never rejects. The body is not cancelled afterwards: on some hosts that
 * takes the answer with it; the server ends the rest of the request with the answer.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  timers: Timers,
  deadlineMs: number,
  take: (chunk: Uint8Array) => boolean,
  signal?: AbortSignal,
): Promise<BodyEnd> {
  if (body === null) return { kind: 'end' }
  let interrupted: BodyEnd | undefined
  let wake: (() => void) | undefined
  const interrupt = (end: BodyEnd): void => {
    interrupted ??= end
    wake?.()
  }
  const stop = (): void => interrupt({ kind: 'stopped' })
  const timer = timers.after(deadlineMs, () => interrupt({ kind: 'late' }))
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  try {
    reader = body.getReader()
    for (;;) {
      const next = await orWoken(reader.read(), (woken) => {
        wake = woken
        if (interrupted !== undefined) woken()
      })
      if (interrupted !== undefined || next === undefined) return interrupted ?? { kind: 'stopped' }
      if (next.done) return { kind: 'end' }
      if (!take(next.value)) return { kind: 'stopped' }
    }
  } catch {
    return { kind: 'failed' }
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', stop)
    try {
      reader?.releaseLock()
    } catch {
      // Older hosts refuse while a read is pending.
    }
  }
}

/** What `read` resolves to, or undefined when woken first. One promise for each read, so that nothing piles up on the timer. */
function orWoken<T>(read: Promise<T>, onWake: (woken: () => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    onWake(() => resolve(undefined))
    read.then(resolve, reject)
  })
}
