/** A queue on a fake disk and a fake clock, what it loses, and blocks with contents that tell which ones they are. */
import { hashBytes } from '../../../core/hash/murmur.ts'
import type { Block, BlockFacts, Counts, Part, Protocol } from '../../../core/remote-write/block.ts'
import { NOTHING } from '../../../core/remote-write/block.ts'
import { plus } from '../../../core/remote-write/counts.ts'
import { createBytes } from '../../../core/remote-write/encoding/bytes.ts'
import {
  compressFragment,
  MAX_PREAMBLE_BYTES,
  writePreambleBefore,
} from '../../../core/remote-write/encoding/snappy.ts'
import { createQueue, type Queue, type Queued, type QueueSettings } from '../../../core/remote-write/queue/queue.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { createFakeDisk, type FakeDisk } from '../../support/fake-segments.ts'
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts'

export const DIRECTORY = 'queue'

export const SETTINGS: QueueSettings = {
  persistence: 'always',
  spillDelay: 1_000,
  syncInterval: 0,
  maxMemoryBytes: 64 * 1024 * 1024,
  maxDiskBytes: 64 * 1024 * 1024,
  maxAge: 3_600_000,
}

export interface QueueRig {
  readonly queue: Queue
  readonly disk: FakeDisk
  readonly clock: FakeClock
  readonly log: RecordingLog
  /** By reason. */
  readonly lost: Map<string, Counts>
  readonly settings: { -readonly [K in keyof QueueSettings]: QueueSettings[K] }
  changes: number
}

export function startQueue(
  changes: Partial<QueueSettings> = {},
  disk: FakeDisk = createFakeDisk(),
  clock: FakeClock = createFakeClock(),
): QueueRig {
  const settings = { ...SETTINGS, ...changes }
  const lost = new Map<string, Counts>()
  const log = recordingLog()
  const rig: QueueRig = {
    queue: createQueue(
      () => settings,
      () => disk.open(DIRECTORY),
      {
        lost: (counts, reason) => lost.set(reason, plus(lost.get(reason) ?? NOTHING, counts)),
        changed: () => {
          rig.changes++
        },
      },
      { clock, timers: createTimers(clock), log },
    ),
    disk,
    clock,
    log,
    lost,
    settings,
    changes: 0,
  }
  return rig
}

export interface Shape {
  readonly id: number
  readonly samples?: number
  /** Before compression, which makes nothing of them. */
  readonly bytes?: number
  readonly createdAt?: number
  readonly protocol?: Protocol
  /** In how many parts it is given, the rest included. */
  readonly parts?: number
}

export interface Made {
  readonly block: Block
  readonly parts: readonly Part[]
}

/** A block, and the parts that it grows from: its raw bytes begin with its id and are different for each. */
export function made(shape: Shape, now: number): Made {
  const { id, samples = 10, bytes = 40, createdAt = now, protocol = '1.0', parts: count = 1 } = shape
  const facts = (samples: number): BlockFacts => ({
    protocol,
    counts: { samples, histograms: id % 3, exemplars: id % 2, metadata: 0 },
    minTimestamp: createdAt - 5,
    maxTimestamp: createdAt,
    orders: new Set([id % 7, 0xffff_ffff - (id % 5)]),
    createdAt,
  })
  const parts: Part[] = []
  for (let part = 0; part < count; part++) {
    const head = protocol === '2.0' ? compressed(id, part, 1, 12) : new Uint8Array(0)
    const tail = compressed(id, part, 2, bytes)
    parts.push({ ...facts(samples), head, headRawBytes: protocol === '2.0' ? 12 : 0, tail, tailRawBytes: bytes })
  }
  const rawBytes = parts.reduce((sum, { headRawBytes, tailRawBytes }) => sum + headRawBytes + tailRawBytes, 0)
  const preamble = new Uint8Array(MAX_PREAMBLE_BYTES)
  const from = writePreambleBefore(preamble, MAX_PREAMBLE_BYTES, rawBytes)
  const pieces = [preamble.subarray(from), ...parts.map(({ head }) => head), ...parts.map(({ tail }) => tail)]
  const body = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    body.set(piece, at)
    at += piece.length
  }
  const counts = parts.map((part) => part.counts).reduce(plus)
  return { block: { ...facts(samples), counts, body, rawBytes }, parts }
}

/** The same histories are lived through again and again: their contents need to be made once. */
const contents = new Map<string, Uint8Array>()

function compressed(id: number, part: number, salt: number, size: number): Uint8Array {
  const key = `${id} ${part} ${salt} ${size}`
  let bytes = contents.get(key)
  if (bytes === undefined) {
    if (contents.size >= 10_000) contents.clear()
    contents.set(key, (bytes = compress(id, part, salt, size)))
  }
  return bytes
}

function compress(id: number, part: number, salt: number, size: number): Uint8Array {
  const source = createBytes(size + 16)
  let state = (id + 1) * 7919 + part * 104729 + salt
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    source.bytes[i] = state >>> 23
  }
  if (size >= 8) {
    source.view.setUint32(0, id, true)
    source.view.setUint32(4, part, true)
  }
  const out = createBytes(size + 64)
  compressFragment(source, 0, size, out)
  return out.bytes.slice(0, out.length)
}

/** Gives the queue a block as an open block would: its parts while they are wanted, then the rest. */
export function give(queue: Queue, { block, parts }: Made): void {
  let given = 0
  for (const part of parts.slice(0, -1))
    if (queue.wantsParts && given === parts.indexOf(part)) queue.grow(parts[given++])
  const rest = given > 0 ? joinedParts(parts.slice(given)) : undefined
  queue.append(block, rest)
}

/** As if they had come in one. */
export function joinedParts(parts: readonly Part[]): Part {
  const concat = (pieces: readonly Uint8Array[]): Uint8Array => {
    const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const piece of pieces) {
      out.set(piece, at)
      at += piece.length
    }
    return out
  }
  return {
    ...parts[0],
    counts: parts.map(({ counts }) => counts).reduce(plus),
    head: concat(parts.map(({ head }) => head)),
    headRawBytes: parts.reduce((sum, { headRawBytes }) => sum + headRawBytes, 0),
    tail: concat(parts.map(({ tail }) => tail)),
    tailRawBytes: parts.reduce((sum, { tailRawBytes }) => sum + tailRawBytes, 0),
  }
}

/** All that the sender can see. */
export function visible(queue: Queue): Queued[] {
  return Array.from({ length: queue.blocks }, (_, i) => queue.peek(i) as Queued)
}

/** Acknowledges everything as a sender does that is always answered, and returns the bodies in order. */
export async function drain({ queue, clock }: Pick<QueueRig, 'queue' | 'clock'>): Promise<Block[]> {
  const blocks: Block[] = []
  for (let idle = 0; idle < 3; ) {
    const queued = queue.peek(0)
    if (queued === undefined) {
      idle++
      await clock.advance(100)
      continue
    }
    idle = 0
    blocks.push(queued.block)
    queue.acknowledge(queued)
  }
  return blocks
}

/** Of blocks, to be compared: quicker than their bytes, and short enough to be read. */
export function keys(blocks: readonly Block[]): string[] {
  return blocks.map(({ body }) => `${body.length} ${hashBytes(body, 0, body.length, 0).toString(16)}`)
}
