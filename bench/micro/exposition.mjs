/**
 * What reading a target costs per sample: `node bench/micro/exposition.mjs [series] [rounds]`, 2,000 and 400 unless given. Values
 * change in every round, series don't. Prints the median and the best round.
 *
 *   text       the lines compared with the last body's, as every text target is read
 *   text*      the same body decoded as a whole, its histograms converted to custom buckets
 *   protobuf   decoded, then compared series by series
 *   native     protobuf with the same histograms as native ones (per histogram, not per bucket)
 *
 * `decode` is the decoder alone, `all` with the series cache, from the body to the batch.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { bundled } from './bundle.mjs'

const SERIES = Number(process.argv[2] ?? 2_000)
const ROUNDS = Number(process.argv[3] ?? 400)
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const { createProtobufDecoder, createTextDecoder, createSeriesCache, createBodies, bodyOf } = await bundled([
  'core/exposition/protobuf/decoder',
  'core/exposition/decode-text',
  'core/scrape/series-cache',
  'core/scrape/bodies',
])

const PLAIN = {
  nativeHistograms: true,
  classicHistograms: false,
  convertClassic: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  leaveOutCreated: false,
}
const CONVERTED = { ...PLAIN, convertClassic: true }
// 14 of 20 series are buckets, count and sum of histograms; the rest are counters and gauges.
const PLAIN_FAMILIES = Math.ceil((SERIES * 6) / 20 / 12)
const HISTOGRAMS = Math.ceil((SERIES * 14) / 20 / 14)

const bodies = { text: [], protobuf: [], native: [] }
for (let round = 0; round < 8; round++) {
  bodies.text.push(new TextEncoder().encode(textBody(round)))
  bodies.protobuf.push(protobufBody(round, false))
  bodies.native.push(protobufBody(round, true))
}

const rows = {
  'text     all   ': measure(cacheOf(undefined), bodies.text, 'text'),
  'text*    decode': measure(alone(createTextDecoder('text', CONVERTED)), bodies.text, 'text', SERIES),
  'text*    all   ': measure(
    cacheOf(() => createTextDecoder('text', CONVERTED)),
    bodies.text,
    'text',
    SERIES,
  ),
  'protobuf decode': measure(alone(createProtobufDecoder(PLAIN)), bodies.protobuf),
  'protobuf all   ': measure(
    cacheOf(() => createProtobufDecoder(PLAIN)),
    bodies.protobuf,
    'protobuf',
  ),
  'native   decode': measure(alone(createProtobufDecoder(PLAIN)), bodies.native),
  'native   all   ': measure(
    cacheOf(() => createProtobufDecoder(PLAIN)),
    bodies.native,
    'protobuf',
  ),
}
console.log(
  `${SERIES} series, ${ROUNDS} rounds; text ${size('text')}, protobuf ${size('protobuf')}, native ${size('native')}`,
)
for (const [name, { median, best, samples, bytes }] of Object.entries(rows)) {
  const perByte = bytes / best / samples
  console.log(
    `${name}  ${median.toFixed(0).padStart(5)} ns/sample  best ${best.toFixed(0).padStart(5)}  ${samples} samples, ${(perByte * 1000).toFixed(0)} MB/s`,
  )
}

function size(kind) {
  return `${(bodies[kind][0].length / 1024).toFixed(0)} KiB`
}

function alone(decoder) {
  return (body) => {
    decoder.begin(body, body.length)
    while (!decoder.step());
    const decoded = decoder.result()
    if ('error' in decoded) throw new Error(decoded.error)
    return decoded.count
  }
}

function cacheOf(decoderOf) {
  const cache = createSeriesCache(
    {
      name: 'bench',
      reports: [],
      admission: {
        target: ['instance', 'a:1', 'job', 'bench'],
        honorLabels: false,
        names: 'legacy',
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        typeAndUnitLabels: false,
      },
      sampleLimit: 0,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      honorMetadata: true,
      startZeros: false,
      decoderOf: decoderOf ?? (() => undefined),
      hashSeed: 1,
    },
    createBodies({ gunzipInto: () => undefined }, 1e9),
  )
  let now = 1_763_700_000_000
  return (body, format) => {
    now += 5000
    cache.begin(bodyOf(body.slice(), body.length), format)
    while (!cache.step());
    const { failure } = cache.finish()
    if (failure !== undefined) throw new Error(failure.error)
    const { count } = cache.batch(now, [], now + 1000)
    cache.settle()
    return count
  }
}

/** `exposed`: how many samples the bodies have, where what is read has fewer. */
function measure(read, all, format, exposed) {
  const times = []
  let samples = 0
  for (let round = 0; round < ROUNDS; round++) {
    const body = all[round % all.length]
    const start = process.hrtime.bigint()
    const found = read(body, format)
    samples = exposed ?? found
    times.push(Number(process.hrtime.bigint() - start))
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1] / samples, best: times[0] / samples, samples, bytes: all[0].length }
}

function textBody(round) {
  let text = ''
  for (let family = 0; family < PLAIN_FAMILIES; family++) {
    const type = family % 2 === 0 ? 'counter' : 'gauge'
    text += `# HELP app_metric_${family}_total What this counts, in some words.\n# TYPE app_metric_${family}_total ${type}\n`
    for (let i = 0; i < 12; i++)
      text += `app_metric_${family}_total{code="200",method="GET",route="/api/v1/${i}"} ${valueAt(round, i)}\n`
  }
  for (let h = 0; h < HISTOGRAMS; h++) {
    if (h % 4 === 0) {
      text += `# HELP http_request_duration_${h >> 2}_seconds How long it took.\n# TYPE http_request_duration_${h >> 2}_seconds histogram\n`
    }
    const name = `http_request_duration_${h >> 2}_seconds`
    const labels = `code="200",method="GET",route="/api/v1/${h % 4}"`
    BOUNDS.forEach(
      (bound, i) => void (text += `${name}_bucket{${labels},le="${bound}"} ${(round + 1) * (i + 1) * 7}\n`),
    )
    text += `${name}_bucket{${labels},le="+Inf"} ${(round + 1) * 100}\n${name}_sum{${labels}} ${valueAt(round, h)}\n${name}_count{${labels}} ${(round + 1) * 100}\n`
  }
  return text
}

function valueAt(round, i) {
  return (i * 31 + round * 17) / 4
}

function protobufBody(round, native) {
  const families = []
  for (let family = 0; family < PLAIN_FAMILIES; family++) {
    const counter = family % 2 === 0
    families.push(
      message((w) => {
        text(w, 1, `app_metric_${family}_total`)
        text(w, 2, 'What this counts, in some words.')
        w.tag(3, WireType.Varint).int32(counter ? 0 : 1)
        for (let i = 0; i < 12; i++) {
          bytes(
            w,
            4,
            message((m) => {
              labels(m, `/api/v1/${i}`)
              bytes(
                m,
                counter ? 3 : 2,
                message((v) => v.tag(1, WireType.Bit64).double(valueAt(round, i))),
              )
            }),
          )
        }
      }),
    )
  }
  for (let h = 0; h < HISTOGRAMS; h += 4) {
    families.push(
      message((w) => {
        text(w, 1, `http_request_duration_${h >> 2}_seconds`)
        text(w, 2, 'How long it took.')
        w.tag(3, WireType.Varint).int32(4)
        for (let k = h; k < Math.min(h + 4, HISTOGRAMS); k++) {
          bytes(
            w,
            4,
            message((m) => {
              labels(m, `/api/v1/${k % 4}`)
              bytes(m, 7, histogram(round, k, native))
            }),
          )
        }
      }),
    )
  }
  const writer = new BinaryWriter()
  for (const family of families) writer.bytes(family)
  return writer.finish()
}

function histogram(round, k, native) {
  return message((w) => {
    w.tag(2, WireType.Bit64).double(valueAt(round, k))
    if (native) {
      const counts = Array.from({ length: 40 }, (_, i) => (i + 1) * (round + 1))
      w.tag(1, WireType.Varint).uint64(counts.reduce((sum, count) => sum + count, 0))
      w.tag(5, WireType.Varint).sint32(3)
      w.tag(6, WireType.Bit64).double(1e-128)
      for (let s = 0; s < 4; s++) {
        bytes(
          w,
          12,
          message((span) =>
            span
              .tag(1, WireType.Varint)
              .sint32(s === 0 ? -20 : 3)
              .tag(2, WireType.Varint)
              .uint32(10),
          ),
        )
      }
      const packed = new BinaryWriter()
      counts.forEach((count, i) => void packed.sint64(count - (counts[i - 1] ?? 0)))
      bytes(w, 13, packed.finish())
      return
    }
    w.tag(1, WireType.Varint).uint64((round + 1) * 100)
    BOUNDS.forEach((bound, i) => {
      bytes(
        w,
        3,
        message((b) =>
          b
            .tag(1, WireType.Varint)
            .uint64((round + 1) * (i + 1) * 7)
            .tag(2, WireType.Bit64)
            .double(bound),
        ),
      )
    })
  })
}

function labels(writer, route) {
  for (const [name, value] of [
    ['code', '200'],
    ['method', 'GET'],
    ['route', route],
  ]) {
    bytes(
      writer,
      1,
      message((w) => text(text(w, 1, name), 2, value)),
    )
  }
}

function message(write) {
  const writer = new BinaryWriter()
  write(writer)
  return writer.finish()
}

function text(writer, field, value) {
  return writer.tag(field, WireType.LengthDelimited).string(value)
}

function bytes(writer, field, value) {
  writer.tag(field, WireType.LengthDelimited).bytes(value)
}
