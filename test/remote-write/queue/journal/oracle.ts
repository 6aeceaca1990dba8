/**
 * Reads the files of a queue that were cut off but never damaged, one record after the other, by the layout in record.ts and
 * nothing else of it: what the next run has to deliver, and in which order.
 */
import type { FakeDisk } from '../../../support/fake-segments.ts'
import { DIRECTORY } from '../queue-rig.ts'

interface Piece {
  readonly part: number
  readonly whole: boolean
  readonly second: boolean
  readonly head: Uint8Array
  readonly tail: Uint8Array
  readonly raw: number
  readonly samples: number
}

export interface Expected {
  readonly run: number
  readonly sequence: number
  readonly body: Uint8Array<ArrayBuffer>
  readonly samples: number
}

/** `survives`: whether the bytes of a file from one place to another are still there after what was done to it. */
export function expectedOf(
  disk: FakeDisk,
  survives: (name: string, start: number, end: number) => boolean = () => true,
): Expected[] {
  const blocks = new Map<string, Piece[]>()
  const done = new Map<number, [number, number][]>()
  for (const [name, bytes] of [...(disk.directories.get(DIRECTORY) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at + 96 <= bytes.length; ) {
      const word = (offset: number): number => view.getUint32(at + offset, true)
      const [orders, head, tail] = [word(12), word(16), word(20)]
      const payloadEnd = at + 96 + orders + head + tail
      const end = at + Math.ceil((96 + orders + head + tail) / 4) * 4
      if (end > bytes.length) break
      const kind = bytes[at + 5]
      const run = view.getFloat64(at + 32, true)
      const sequence = view.getFloat64(at + 40, true)
      const start = at + 96 + orders
      if (!survives(name, at, end)) {
        at = end
        continue
      }
      if (kind === 3) read(bytes.subarray(start, start + head), done)
      else {
        const key = `${String(run).padStart(16, '0')} ${String(sequence).padStart(16, '0')}`
        const piece: Piece = {
          part: word(8),
          whole: kind === 1,
          second: bytes[at + 6] === 2,
          head: bytes.slice(start, start + head),
          tail: bytes.slice(start + head, payloadEnd),
          raw: word(24) + word(28),
          samples: word(72),
        }
        // Written again as a whole, after the disk failed or at the end, it is the same block.
        const before = piece.whole || piece.part === 0 ? [] : (blocks.get(key) ?? [])
        // Parts of 2.0 need those before them.
        if (piece.whole || !piece.second || piece.part === before.length) blocks.set(key, [...before, piece])
      }
      at = end
    }
  }
  return [...blocks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, pieces]) => {
      const [run, sequence] = key.split(' ').map(Number)
      const samples = pieces.reduce((sum, piece) => sum + piece.samples, 0)
      return { run, sequence, body: bodyOf(pieces), samples }
    })
    .filter(({ run, sequence }) => !done.get(run)?.some(([from, to]) => sequence >= from && sequence < to))
}

function read(bytes: Uint8Array, done: Map<number, [number, number][]>): void {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      value += (bytes[at] & 127) * scale
      if (bytes[at++] < 128) return value
    }
  }
  for (let runs = next(); runs > 0; runs--) {
    const run = next()
    const ranges = done.get(run) ?? []
    done.set(run, ranges)
    for (let last = 0, count = next(); count > 0; count--) {
      const from = last + next()
      last = from + next()
      ranges.push([from, last])
    }
  }
}

function bodyOf(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  if (!pieces[0].whole) {
    let rest = pieces.reduce((sum, { raw }) => sum + raw, 0)
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    bytes.push(rest)
  }
  for (const { head } of pieces) bytes.push(...head)
  for (const { tail } of pieces) bytes.push(...tail)
  return Uint8Array.from(bytes)
}
