import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createResponseParser, type Progress } from '../../../adapters/shared/http-parser.ts'
import { leastEffort } from '../../support/effort.ts'

/** Feeds `bytes` cut at `cuts`, then the end; what comes of it as plain data. */
function parse(bytes: Uint8Array, cuts: readonly number[]): unknown {
  const parser = createResponseParser()
  parser.begin(1000)
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let at = 0
  let progress: Progress = 'more'
  for (const end of ends) {
    if (end > at && progress === 'more') progress = parser.push(Buffer.from(bytes.slice(at, end)))
    at = Math.max(at, end)
  }
  if (progress === 'more') progress = parser.end()
  const { response, failure } = parser
  if (progress === 'failed') return failure
  return {
    status: response?.status,
    type: response?.header('content-type'),
    body: Buffer.from(response?.body ?? []).toString('latin1'),
  }
}

const body = fc.string({ unit: 'binary-ascii', maxLength: 200 })
const cuts = fc.array(fc.nat(), { maxLength: 8 })

const chunked = (pieces: readonly string[]): string =>
  `${pieces
    .filter((piece) => piece !== '')
    .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
    .join('')}0\r\n\r\n`

describe('the response parser', () => {
  it('reads the same whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), fc.integer({ min: 0, max: 2 }), cuts, (pieces, framing, at) => {
        const all = pieces.join('')
        const framed = [
          `HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: ${all.length}\r\n\r\n${all}`,
          `HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(pieces)}`,
          `HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n${all}`,
        ][framing]
        const expected =
          all.length > 1000 ? { ok: false, reason: 'too-large' } : { status: 200, type: 'a/b', body: all }
        expect(parse(Buffer.from(framed, 'latin1'), at)).toMatchObject(expected)
      }),
    )
  })

  it('survives anything, and answers the same whatever the pieces', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'HTTP/1.1 200 OK',
            'HTTP/1.1 100 C',
            '\r\n',
            '\n',
            '\r',
            'Content-Length: 3',
            'Transfer-Encoding: chunked',
            '3',
            'abc',
            '0',
            ':',
            ' x',
            ';',
            '\0',
            'ffffffffffffffff',
          ),
          { maxLength: 20 },
        )
        .map((parts) => Buffer.from(parts.join(''), 'latin1')),
    )
    fc.assert(
      fc.property(noise, cuts, (bytes, at) => {
        expect(parse(bytes, at)).toEqual(parse(bytes, []))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['a head', 'HTTP/1.1 200 OK\r\n', 'a:\n'],
    ['a header line', 'HTTP/1.1 200 OK\r\na: ', 'x'],
    ['a trailer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'x'],
  ])('does not look at all of %s again for each byte of it', (_what, before, piece) => {
    const parser = createResponseParser()
    const spent = leastEffort(() => {
      parser.begin(1000)
      parser.push(Buffer.from(before + piece.repeat(Math.floor(100_000 / piece.length))))
      // Twenty thousand packets of a byte.
      for (let i = 0; i < 20_000; i++) expect(parser.push(Buffer.from('x'))).toBe('more')
    })
    // Some 20 ms; as it was, looking alone took 400 to 20,000, copying 100.
    expect(spent).toBeLessThan(300)
  })

  it('reads the head that began in many pieces and all that follows it', () => {
    const text = `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(5000)}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n`
    const parser = createResponseParser()
    for (const answers of [1, 2]) {
      parser.begin(1000)
      const ends = [...text].map((byte) => parser.push(Buffer.from(byte)))
      expect([answers, ends.filter((end) => end !== 'more'), ends.at(-1)]).toEqual([answers, ['done'], 'done'])
      expect(Buffer.from(parser.response?.body ?? []).toString()).toBe('abc')
      expect(parser.response?.header('x')).toHaveLength(5000)
      expect(parser.reusable).toBe(true)
    }
  })

  it('allocates as bytes come, not as a length promises', () => {
    const parser = createResponseParser()
    parser.begin(1e12)
    const before = process.memoryUsage().arrayBuffers
    parser.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 900000000000\r\n\r\nabc'))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20e6)
  })

  it('gives a large body all its room at once instead of copying it as it grows', () => {
    const MiB = 1024 * 1024
    const piece = Buffer.alloc(MiB, 'x')
    const received = (head: string): ArrayBufferLike | undefined => {
      const parser = createResponseParser()
      parser.begin(64 * MiB)
      parser.push(Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n`))
      for (let i = 0; i < 20; i++) parser.push(piece)
      parser.end()
      expect(parser.response?.body.length).toBe(20 * MiB)
      expect(Buffer.alloc(20 * MiB, 'x').equals(parser.response?.body as Uint8Array)).toBe(true)
      return parser.response?.body.buffer
    }
    expect(received('')?.byteLength).toBe(64 * MiB)
    expect(received(`Content-Length: ${20 * MiB}\r\n`)?.byteLength).toBe(20 * MiB)
  })
})
