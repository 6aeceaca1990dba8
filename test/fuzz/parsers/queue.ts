/** What the queue on disk has kept: segments, their blocks, requests that are turned into 1.0. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { MAX_TRANSCODED_BYTES } from '../../../core/limits.ts'
import type { SegmentDirectory } from '../../../core/ports.ts'
import { type Block, type BlockFacts, NOTHING } from '../../../core/remote-write/block.ts'
import { createBytes } from '../../../core/remote-write/encoding/bytes.ts'
import { compressFragment, writePreambleBefore } from '../../../core/remote-write/encoding/snappy.ts'
import { toFirstProtocol } from '../../../core/remote-write/encoding/transcode.ts'
import { uncompressing } from '../../../core/remote-write/encoding/uncompress.ts'
import { createBlocks } from '../../../core/remote-write/queue/journal/blocks.ts'
import { checksum } from '../../../core/remote-write/queue/journal/checksum.ts'
import { createDone } from '../../../core/remote-write/queue/journal/done.ts'
import { readNumbers, writeNumber } from '../../../core/remote-write/queue/journal/numbers.ts'
import { HEADER_BYTES, MAGIC, writeAcknowledged, writeBlock } from '../../../core/remote-write/queue/journal/record.ts'
import { createScan } from '../../../core/remote-write/queue/journal/scan.ts'
import { parseSegmentName, segmentName } from '../../../core/remote-write/queue/journal/segment.ts'
import { segmentsAmong, survey } from '../../../core/remote-write/queue/journal/survey.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { type Bytes, joined, utf8 } from '../mutate.ts'
import { check, type Parser, text } from '../parser.ts'

const SENDING = 'core/remote-write/encoding'

const JOURNAL = 'core/remote-write/queue/journal'

function message(write: (writer: BinaryWriter) => void): Bytes {
  const writer = new BinaryWriter()
  write(writer)
  return new Uint8Array(writer.finish())
}

function inside(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

const PROTOBUF_TOKENS: readonly string[] = [
  ...[
    '\x0a',
    '\x12',
    '\x1a',
    '\x22',
    '\x2a',
    '\x3a',
    '\x08',
    '\x10',
    '\x11',
    '\x0a\x00',
    '\x0b',
    '\x0c',
    '\x62',
    '\x6a',
    '\x7a',
  ],
  ...['\xff\xff\xff\xff\x0f', '\0\0\0\0\0\0\xf0\x7f', '\0\0\0\0\0\0\xf8\x7f', '\x80'],
]

/** `request` as snappy, of literals and copies. */
function compressed(request: Uint8Array): Bytes {
  const source = createBytes(request.length + 16)
  source.bytes.set(request)
  source.length = request.length
  const out = createBytes(0)
  for (let at = 0; at < request.length; at += 65_536)
    compressFragment(source, at, Math.min(request.length, at + 65_536), out)
  const preamble = new Uint8Array(5)
  return joined(preamble.subarray(writePreambleBefore(preamble, 5, request.length)), out.bytes.subarray(0, out.length))
}

/** A request of 2.0. */
const REQUEST = message((writer) => {
  for (const symbol of ['', '__name__', 'up', 'job', 'a', 'help'])
    writer.tag(4, WireType.LengthDelimited).string(symbol)
  for (let i = 0; i < 3; i++) {
    inside(writer, 5, () => {
      inside(writer, 1, () => {
        for (const reference of [1, 2, 3, 4]) writer.uint32(reference)
      })
      inside(writer, 2, () => {
        writer.tag(1, WireType.Bit64).double(i)
        writer.tag(2, WireType.Varint).int64(1_700_000_000_000)
        writer.tag(3, WireType.Varint).int64(1_600_000_000_000)
      })
      inside(writer, 4, () => {
        inside(writer, 1, () => {
          for (const reference of [3, 4]) writer.uint32(reference)
        })
        writer.tag(2, WireType.Bit64).double(1)
      })
      inside(writer, 5, () => {
        writer.tag(1, WireType.Varint).uint32(1)
        writer.tag(3, WireType.Varint).uint32(5)
      })
    })
  }
  inside(writer, 5, () => {
    inside(writer, 1, () => {
      for (const reference of [1, 2]) writer.uint32(reference)
    })
    inside(writer, 3, () => {
      writer.tag(1, WireType.Varint).uint64(3)
      writer.tag(3, WireType.Bit64).double(3)
      writer.tag(4, WireType.Varint).sint32(-53)
    })
  })
})

const FACTS: BlockFacts = {
  protocol: '2.0',
  counts: { ...NOTHING, samples: 3 },
  minTimestamp: 1_700_000_000_000,
  maxTimestamp: 1_700_000_000_000,
  orders: new Set([1, 5, 4_000_000_000]),
  createdAt: 1_700_000_000_001,
}

function blockOf(body: Bytes): Block {
  return { ...FACTS, body, rawBytes: body.length }
}

function transcode(body: Bytes): void {
  const { block, dropped } = toFirstProtocol(blockOf(body))
  for (const counts of dropped.values())
    check(
      Object.values(counts).every((count) => count >= 0),
      'what is lost is counted',
    )
  // There is nothing to be sent of one that holds nothing.
  if (block === undefined) return
  check(
    block.protocol === '1.0' && block.rawBytes <= MAX_TRANSCODED_BYTES,
    'what comes of it is of 1.0, and no longer than allowed',
  )
  const again = uncompress(block.body)
  check(again !== undefined && again.length === block.rawBytes, 'its body can be read')
}

function uncompress(body: Uint8Array): Uint8Array | undefined {
  const step = uncompressing(body, MAX_TRANSCODED_BYTES)
  for (;;) {
    const result = step()
    if (result.state === 'done') return result.bytes
    if (result.state === 'corrupt') return undefined
  }
}

const RUN = 1_700_000_000_000

const NO_BYTES = new Uint8Array(0)

/** A segment with whole blocks, one in parts, and acknowledgements. */
function segment(): Bytes {
  const out = createBytes(0)
  const body = compressed(REQUEST)
  writeBlock(out, RUN, 0, undefined, FACTS, {
    head: NO_BYTES,
    headRawBytes: 0,
    tail: body,
    tailRawBytes: REQUEST.length,
  })
  for (const part of [0, 1]) {
    const contents = { head: utf8('\x0chead'), headRawBytes: 4, tail: utf8('\x0ctail'), tailRawBytes: 4 }
    writeBlock(out, RUN, 1, part, FACTS, contents)
  }
  writeAcknowledged(out, RUN, [
    { run: RUN, ranges: [[0, 1]] },
    {
      run: RUN - 1,
      ranges: [
        [0, 7],
        [9, 12],
      ],
    },
  ])
  writeBlock(
    out,
    RUN,
    2,
    undefined,
    { ...FACTS, protocol: '1.0' },
    { head: NO_BYTES, headRawBytes: 0, tail: body, tailRawBytes: 9 },
  )
  return out.bytes.slice(0, out.length)
}

/** Sound checksums in all headers, whatever is in them: as if a program had written nonsense. */
function signed(input: Bytes): Bytes {
  const out = input.slice()
  const view = new DataView(out.buffer)
  for (let at = out.indexOf(MAGIC[0]); at >= 0 && at + HEADER_BYTES <= out.length; at = out.indexOf(MAGIC[0], at + 1)) {
    if (!MAGIC.every((byte, i) => out[at + i] === byte)) continue
    const lengths = [12, 16, 20].reduce((sum, place) => sum + view.getUint32(at + place, true), 0)
    const end = at + HEADER_BYTES + lengths
    if (end <= out.length) view.setUint32(at + 88, checksum(view, at + HEADER_BYTES, end), true)
    view.setUint32(at + 92, checksum(view, at, at + 92), true)
  }
  return out
}

function directoryOf(files: ReadonlyMap<string, Bytes>): SegmentDirectory {
  return {
    list: async () => [...files].map(([name, bytes]) => ({ name, bytes: bytes.length, modified: 0 })),
    create: () => Promise.reject(new Error('read only')),
    read: async (name, offset, length) => (files.get(name) ?? NO_BYTES).slice(offset, offset + length),
    remove: async () => {},
  }
}

const timers = createTimers(createFakeClock())

async function readSegments(input: Bytes): Promise<void> {
  // Twice under two names, as after a copy that somebody made.
  const names = [segmentName(RUN, 0), segmentName(RUN, 1)]
  const directory = directoryOf(new Map(names.map((name) => [name, input])))
  const done = createDone()
  const segments = segmentsAmong(await directory.list())
  const readable = await survey(
    directory,
    segments,
    done,
    {
      unreadable: (_segment, thrown) => check(false, `a segment can be read: ${String(thrown)}`),
      gaveUp: () => undefined,
      ended: () => false,
    },
    timers,
  )
  check(readable.length === segments.length, 'every segment is looked at')
  const scan = createScan(
    (offset, length) => directory.read(names[0], offset, length),
    () => input.length,
    512,
  )
  const blocks = createBlocks(scan, RUN)
  let found = 0
  for (let sequence = await blocks.peek(); sequence !== undefined; sequence = await blocks.peek()) {
    check(++found <= input.length / HEADER_BYTES, 'a block takes a record')
    const block = found % 3 === 2 ? await blocks.skip() : await blocks.take()
    if (!block) continue
    check(block.body.length <= input.length + 5, 'a block is no longer than its segment')
    check(Number.isFinite(block.minTimestamp) && Number.isFinite(block.createdAt), 'times are numbers')
    // Whatever it holds, it may have to be turned into 1.0.
    toFirstProtocol(block)
  }
  done.list(segments, RUN)
}

export const queueParsers: readonly Parser[] = [
  {
    name: 'snappy',
    covers: [`${SENDING}/uncompress.ts:uncompressing`],
    seeds: () => [compressed(REQUEST), compressed(utf8('abc'.repeat(3000)))],
    tokens: ['\xf0\xff', '\xf4\xff\xff', '\xfc\xff\xff\xff\xff', '\xfe\x01\0', '\x01\x01', '\xff\xff\xff\xff\x0f'],
    // 32 bytes can come of one.
    microsPerByte: 8,
    read(input) {
      const raw = uncompress(input)
      check(raw === undefined || raw.length <= 32 * input.length, 'what comes of it is bounded')
      if (raw !== undefined)
        check(Buffer.from(uncompress(compressed(raw)) ?? NO_BYTES).equals(Buffer.from(raw)), 'it can be packed again')
    },
  },
  {
    name: 'request of 2.0 from the disk',
    covers: [`${SENDING}/transcode.ts:toFirstProtocol`],
    seeds: () => [REQUEST],
    tokens: PROTOBUF_TOKENS,
    // Symbols are repeated in 1.0: two bytes of a reference may stand for a long text.
    microsPerByte: 40,
    allocates: 4 * MAX_TRANSCODED_BYTES,
    read: (input) => transcode(compressed(input)),
  },
  {
    name: 'compressed request of 2.0 from the disk',
    covers: [`${SENDING}/transcode.ts:toFirstProtocol`],
    seeds: () => [compressed(REQUEST)],
    microsPerByte: 40,
    allocates: 4 * MAX_TRANSCODED_BYTES,
    read: transcode,
  },
  {
    name: 'segment of the queue',
    covers: [
      ...[
        `${JOURNAL}/record.ts:readHeader`,
        `${JOURNAL}/record.ts:readOrders`,
        `${JOURNAL}/record.ts:readAcknowledged`,
      ],
      ...[`${JOURNAL}/scan.ts:createScan`, `${JOURNAL}/blocks.ts:createBlocks`, `${JOURNAL}/survey.ts:survey`],
    ],
    seeds: () => [segment()],
    tokens: ['\xf5\x8b\xd2\x1c', '\xf5\x8b\xd2\x1c\x01\x01\x01\0'],
    longest: 256 * 1024,
    microsPerByte: 60,
    inputs: 150,
    read: readSegments,
  },
  {
    name: 'segment of the queue with sound checksums',
    covers: [`${JOURNAL}/record.ts:readHeader`],
    seeds: () => [segment()],
    tokens: ['\xf5\x8b\xd2\x1c', '\xf5\x8b\xd2\x1c\x01\x01\x01\0'],
    longest: 256 * 1024,
    microsPerByte: 60,
    inputs: 150,
    read: (input) => readSegments(signed(input)),
  },
  {
    name: 'names and numbers of segments',
    covers: [`${JOURNAL}/segment.ts:parseSegmentName`, `${JOURNAL}/numbers.ts:readNumbers`],
    seeds: () => {
      const out = createBytes(0)
      for (const number of [0, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER]) writeNumber(out, number)
      return [utf8(segmentName(RUN, 3)), out.bytes.slice(0, out.length)]
    },
    tokens: ['0', '9', '-', '.blocks', '\xff', '\x80'],
    read(input) {
      const name = parseSegmentName(text(input))
      check(name === undefined || segmentName(name.run, name.index) === text(input), 'a name is one that we give')
      const numbers = readNumbers(input, 0, input.length)
      check(
        numbers === undefined || numbers.every((number) => Number.isSafeInteger(number) && number >= 0),
        'numbers are whole',
      )
    },
  },
]
