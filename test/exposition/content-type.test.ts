import { describe, expect, it } from 'vitest'
import { acceptHeader, expositionOf, SCRAPE_PROTOCOLS } from '../../core/exposition/content-type.ts'
import { leastEffort } from '../support/effort.ts'

describe('the Accept header', () => {
  it('is what Prometheus sends, byte for byte', () => {
    expect(
      acceptHeader(
        ['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4'],
        'underscores',
      ),
    ).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    )
  })

  it('keeps the first weight for shorter lists', () => {
    expect(acceptHeader(['PrometheusText1.0.0'], 'allow-utf-8')).toBe(
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5',
    )
  })

  it('puts no escaping on protobuf', () => {
    expect(acceptHeader(['PrometheusProto'], 'dots')).toBe(
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,*/*;q=0.5',
    )
    expect(SCRAPE_PROTOCOLS).toHaveLength(5)
  })
})

describe('the format of an answer', () => {
  it.each([
    ['text/plain', 'text'],
    ['TEXT/PLAIN', 'text'],
    ['text/plain; version=0.0.4; charset=utf-8', 'text'],
    ['text/plain;version=9.9.9;escaping=whatever', 'text'],
    ['text/plain;', 'text'],
    ['text/plain; charset="utf\\"-8"', 'text'],
    [' text/plain ; x=y', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=0.0.1', 'openmetrics'],
    ['application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited', 'protobuf'],
  ])('%s', (header, exposition) => {
    expect(expositionOf(header, undefined)).toEqual({ ok: true, exposition })
  })

  it.each([
    [undefined],
    [''],
    ['text/html'],
    ['application/json'],
    ['invalid/'],
    ['text/plain; a=1; a=2'],
    ['text/plain; a'],
    ['text/plain x'],
    ['text'],
    [';'],
  ])('is the fallback or an error for %j', (header) => {
    expect(expositionOf(header, 'OpenMetricsText0.0.1')).toMatchObject({ ok: true, exposition: 'openmetrics' })
    expect(expositionOf(header, 'PrometheusProto')).toMatchObject({ ok: true, exposition: 'protobuf' })
    const answer = expositionOf(header, undefined)
    expect(answer.ok).toBe(false)
    expect(!answer.ok && answer.message).toMatch(/Content-Type.*no fallback/)
  })

  it('notes why it falls back, except when there was no header at all', () => {
    expect(expositionOf(undefined, 'PrometheusText0.0.4')).toEqual({ ok: true, exposition: 'text' })
    expect(expositionOf('invalid/', 'PrometheusText0.0.4')).toMatchObject({
      note: expect.stringContaining('malformed'),
    })
  })

  it('takes its time with no header, however long', () => {
    const headers = [`text/plain${'; a="\\'.repeat(20_000)}`, `text/plain${' '.repeat(100_000)}x`]
    for (const header of headers)
      expect(leastEffort(() => expositionOf(header, 'PrometheusText0.0.4'))).toBeLessThan(500)
  })
})
