/**
 * Answers that don't end by themselves: text in pieces, at a pace, until the reader goes or the agent stops. Owns how many there are
 * at once and that none waits in memory for a reader who is slow: then nothing is made until there is room again.
 */
import { MAX_LIVE_STREAMS } from '../limits.ts'
import type { Timer, Timers } from '../time/timers.ts'

export interface EndlessSource {
  readonly everyMs: number
  /** The next piece; empty when there is nothing to say. Not called while the one before is unread. */
  next(): string
  /** Called once, however it ends. */
  ended(): void
}

export interface Endless {
  /** `begin` is told how to end the answer, and what it says; undefined when there are too many already, and then it isn't called. */
  open(begin: (end: () => void) => EndlessSource): Response | undefined
}

const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  // Proxies may not gather the pieces, and no cache may keep them.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

/** All of them end when `stopping` aborts. */
export function createEndless(timers: Timers, stopping: AbortSignal): Endless {
  /** How to end each that is open. One listener for all: hosts warn of many. */
  const open = new Set<() => void>()
  stopping.addEventListener('abort', () => {
    for (const close of open) close()
  })

  function stream(begin: (end: () => void) => EndlessSource): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let timer: Timer | undefined
    let source: EndlessSource | undefined
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    let over = false
    open.add(close)

    function release(): void {
      if (over) return
      over = true
      open.delete(close)
      timer?.cancel()
      source?.ended()
    }

    function close(): void {
      if (over) return
      release()
      controller?.close()
    }

    function tick(): void {
      if (over || source === undefined || controller === undefined) return
      try {
        const text = (controller.desiredSize ?? 0) > 0 ? source.next() : ''
        if (text !== '') controller.enqueue(encoder.encode(text))
      } catch (error) {
        // A defect costs its reader the answer, and not the process: nobody catches what a timer throws.
        release()
        controller.error(error)
        return
      }
      timer = timers.after(source.everyMs, tick)
    }

    return new ReadableStream<Uint8Array>({
      start(given) {
        controller = given
        source = begin(close)
        if (over) source.ended()
        else timer = timers.after(source.everyMs, tick)
      },
      cancel: release,
    })
  }

  return {
    open(begin) {
      if (open.size >= MAX_LIVE_STREAMS || stopping.aborted) return undefined
      return new Response(stream(begin), { headers: HEADERS })
    },
  }
}
