import { describe, expect, it } from 'vitest'
import { createLogOutput, type LogFormat, type LogLevel } from '../../core/telemetry/log-format.ts'

function lines(level: LogLevel = 'debug', format: LogFormat = 'logfmt') {
  const written: string[] = []
  const output = createLogOutput(
    () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    (line) => written.push(line),
  )
  output.configure(level, format)
  return { written, ...output }
}

describe('logfmt', () => {
  it('writes time, level, message and fields', () => {
    const { written, logger } = lines()
    logger
      .with({ component_id: 'prometheus.scrape.default' })
      .warn('scrape failed', { took: 1.5, again: true, err: undefined })
    expect(written).toEqual([
      'ts=2026-01-02T03:04:05.006Z level=warn msg="scrape failed" component_id=prometheus.scrape.default took=1.5 again=true\n',
    ])
  })

  it.each([
    ['a "quote"', '"a \\"quote\\""'],
    ['two\nlines\r', '"two\\nlines\\r"'],
    ['a=b', '"a=b"'],
    ['', '""'],
    ['back\\slash', '"back\\\\slash"'],
    ['\x1b[31m', '"\\u001b[31m"'],
    ['x\u2028y\x7f', '"x\\u2028y\\u007f"'],
    ['Zürich', 'Zürich'],
  ])('quotes %j', (value, expected) => {
    const { written, logger } = lines()
    logger.info('m', { v: value })
    expect(written[0]).toBe(`ts=2026-01-02T03:04:05.006Z level=info msg=m v=${expected}\n`)
  })
})

describe('JSON', () => {
  it('is one object a line', () => {
    const { written, logger } = lines('debug', 'json')
    logger.error('two\nlines', { n: 1, s: '"', gone: undefined })
    expect(written).toHaveLength(1)
    expect(written[0].trimEnd()).not.toContain('\n')
    expect(JSON.parse(written[0])).toEqual({
      ts: '2026-01-02T03:04:05.006Z',
      level: 'error',
      msg: 'two\nlines',
      n: 1,
      s: '"',
    })
  })
})

describe('levels', () => {
  it('drop what is below, and can change, for loggers made before as well', () => {
    const { written, logger, configure } = lines('warn')
    const inner = logger.with({ a: 1 })
    logger.info('no')
    inner.debug('no')
    logger.error('yes')
    configure('debug', 'logfmt')
    inner.debug('yes')
    expect(written.map((line) => /msg=(\w+)/.exec(line)?.[1])).toEqual(['yes', 'yes'])
  })
})
