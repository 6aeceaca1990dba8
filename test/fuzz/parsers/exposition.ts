/** What targets expose as text: formats, numbers, the header that names the format. */
import { expositionOf } from '../../../core/exposition/content-type.ts'
import { exemplarLabels, exposedLabels } from '../../../core/exposition/labels.ts'
import {
  createCursor,
  FAMILY_UNKNOWN,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_SAMPLE,
  nextLine,
  reset,
} from '../../../core/exposition/lexer.ts'
import { canonicalFloat, readNumber, readTimestamp, scanned } from '../../../core/exposition/number.ts'
import { parseExposition } from '../../../core/exposition/parse.ts'
import type { Bytes } from '../mutate.ts'
import { check, type Parser, text, texts } from '../parser.ts'

const EXPOSITION = 'core/exposition'

/** Reads all lines with their labels, as a scrape does. */
function readLines(input: Bytes, format: Format): void {
  const cursor = createCursor(format)
  reset(cursor, input, input.length)
  let samples = 0
  for (;;) {
    const before = cursor.pos
    const kind = nextLine(cursor)
    if (kind === LINE_END) break
    if (kind === LINE_ERROR) {
      check(cursor.error !== '' && cursor.errorAt <= input.length, 'an error has a text and a place')
      return
    }
    check(cursor.pos > before, 'each line moves on')
    if (kind !== LINE_SAMPLE) continue
    samples++
    const labels = exposedLabels(input, cursor.seriesStart, cursor.seriesEnd, format, FAMILY_UNKNOWN)
    if (Array.isArray(labels)) check(labels.length % 2 === 0, 'labels are pairs')
    if (cursor.exemplarStart >= 0) exemplarLabels(input, cursor.exemplarStart, cursor.exemplarEnd)
  }
  check(samples <= input.length, 'a sample takes bytes')
}

function readBody(format: Format): (input: Bytes) => void {
  return (input) => {
    readLines(input, format)
    const parsed = parseExposition(input, format)
    if (!parsed.ok) check(typeof parsed.error === 'string' && parsed.error !== '', 'an error has a text')
  }
}

const TEXT: readonly string[] = [
  '# HELP a b\\n\n# TYPE a counter\na_total{x="1",y="\\"\\\\"} 1.5 1700000000000\na 2\n{"q.r",s="t"} NaN\n',
  '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1e+06\nh_count 1\n',
]

const OPENMETRICS: readonly string[] = [
  '# TYPE h histogram\n# UNIT h_s s\nh_bucket{le="1.0"} 1 1.5 # {t="x"} 0.5 2\nh_sum 1e+06\n# EOF\n',
  '# TYPE a counter\na_total{é="ü"} 1 # {trace="1"} 2\na_created 1e9\n# EOF\n',
]

const EXPOSITION_TOKENS: readonly string[] = [
  ...['# HELP ', '# TYPE ', '# UNIT ', '# EOF\n', '{', '}', '="', '",', '\\', '\\n', '\n', ' ', ' # {', 'NaN', '+Inf'],
  ...['a{b="', 'histogram', 'counter', '"', '\0', '\r', 'le="'],
]

export const expositionParsers: readonly Parser[] = [
  {
    name: 'text format',
    covers: [
      ...[
        `${EXPOSITION}/parse.ts:parseExposition`,
        `${EXPOSITION}/lexer.ts:nextLine`,
        `${EXPOSITION}/labels.ts:exposedLabels`,
      ],
      ...[
        `${EXPOSITION}/braces.ts:scanBraces`,
        `${EXPOSITION}/braces.ts:scanName`,
        `${EXPOSITION}/strings.ts:decodeUtf8`,
      ],
    ],
    seeds: texts(...TEXT),
    tokens: EXPOSITION_TOKENS,
    read: readBody('text'),
  },
  {
    name: 'OpenMetrics',
    covers: [`${EXPOSITION}/parse.ts:parseExposition`, `${EXPOSITION}/labels.ts:exemplarLabels`],
    seeds: texts(...OPENMETRICS),
    tokens: EXPOSITION_TOKENS,
    read: readBody('openmetrics'),
  },
  {
    name: 'numbers of samples',
    covers: [
      ...[
        `${EXPOSITION}/number.ts:readNumber`,
        `${EXPOSITION}/number.ts:readTimestamp`,
        `${EXPOSITION}/number.ts:scanDecimal`,
      ],
      `${EXPOSITION}/number.ts:canonicalFloat`,
    ],
    seeds: texts('1.5', '-0x1.8p3', '1e+308', 'NaN', '+Inf', '0.30000000000000004', '1_000', '1700000000000'),
    tokens: ['e', 'E', '+', '-', '.', '0x', 'p', '_', 'Inf', '0', '9'],
    read(input) {
      if (readNumber(input, 0, input.length)) check(typeof scanned[0] === 'number', 'a number is one')
      const digits = /^\d+$/.test(text(input))
      if (digits && readTimestamp(input, 0, input.length))
        check(Number.isSafeInteger(scanned[0]), 'a timestamp is whole')
      const canonical = canonicalFloat(text(input))
      check(canonical === undefined || canonicalFloat(canonical) === canonical, 'a canonical number stays what it is')
    },
  },
  {
    name: 'Content-Type of a scrape',
    covers: [`${EXPOSITION}/content-type.ts:expositionOf`],
    seeds: texts(
      'application/openmetrics-text; version=1.0.0; charset="utf-8"; escaping=underscores',
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      'text/plain',
    ),
    tokens: [';', '=', '"', '\\', ' ', '/', ';a=b', ';a="\\"'],
    // A head of an answer has no more.
    longest: 128 * 1024,
    read(input) {
      const answer = expositionOf(text(input), undefined)
      check(answer.ok || answer.message !== '', 'a refusal has a reason')
      check(expositionOf(text(input), 'PrometheusText0.0.4').ok, 'with a fallback there is always a format')
    },
  },
]
