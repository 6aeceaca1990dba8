/**
 * Raw bytes that become snappy elements as they come, 64 KiB at a time: one end of an open block. In 1.0 there is one of them, in
 * 2.0 the symbols have another, since they stand before the series and grow with them.
 */
import { type Bytes, createBytes } from './bytes.ts'
import { compressFragment, FRAGMENT_BYTES } from './snappy.ts'

export interface Stream {
  /** Raw bytes to be compressed; written by whoever has some, then `compressFull`. */
  readonly staging: Bytes
  /** Elements so far. */
  readonly out: Bytes
  /** Raw bytes so far, staged ones included. */
  readonly rawBytes: number
  /** Compresses one fragment, if a whole one is staged; false when not. */
  compressFull(): boolean
  /** Compresses a whole fragment from where it stands; nothing may be staged. */
  compressFrom(source: Bytes, at: number): void
  /** Compresses the rest, however short. */
  flush(): void
  clear(): void
}

export function createStream(): Stream {
  const staging = createBytes(FRAGMENT_BYTES)
  const out = createBytes(FRAGMENT_BYTES)
  /** Staged bytes that are compressed already. */
  let done = 0
  let compressed = 0

  function compress(end: number): void {
    compressFragment(staging, done, end, out)
    compressed += end - done
    done = end
  }

  return {
    staging,
    out,
    get rawBytes() {
      return compressed + staging.length - done
    },
    compressFull() {
      if (staging.length - done < FRAGMENT_BYTES) return false
      compress(done + FRAGMENT_BYTES)
      if (staging.length - done < FRAGMENT_BYTES) {
        staging.bytes.copyWithin(0, done, staging.length)
        staging.length -= done
        done = 0
      }
      return true
    },
    compressFrom(source, at) {
      compressFragment(source, at, at + FRAGMENT_BYTES, out)
      compressed += FRAGMENT_BYTES
    },
    flush() {
      while (done < staging.length) compress(Math.min(staging.length, done + FRAGMENT_BYTES))
      staging.length = 0
      done = 0
    },
    clear() {
      staging.length = 0
      out.length = 0
      done = 0
      compressed = 0
    },
  }
}
