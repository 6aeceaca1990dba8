import { describe, expect, it } from 'vitest'
import { buildTarget, type Target } from '../../core/scrape/target.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

function built(labels: Record<string, string>, config = scrapeConfig()): Target {
  const result = buildTarget(new Map(Object.entries(labels)), config)
  if (!result.ok) throw new Error(result.error)
  return result.target
}

function refused(labels: Record<string, string>, config = scrapeConfig()): string {
  const result = buildTarget(new Map(Object.entries(labels)), config)
  return result.ok ? 'accepted' : result.error
}

describe('targets', () => {
  it('fills in job, instance and the URL', () => {
    const target = built({ __address__: 'host:9100', env: 'prod', __meta_zone: 'a', __internal: 'x', empty: '' })
    expect(target.labels).toEqual(['env', 'prod', 'instance', 'host:9100', 'job', 'prometheus.scrape.test'])
    expect(target.url.href).toBe('http://host:9100/metrics')
    expect(target.discovered).toContain('__meta_zone')
  })

  it('lets labels override what the job says', () => {
    const target = built({
      __address__: '[::1]:9100',
      __scheme__: 'https',
      __metrics_path__: '/probe?x#y',
      __param_target: 'a b',
      __scrape_interval__: '1m30s',
      __scrape_timeout__: '500ms',
      job: 'own',
      instance: 'named',
    })
    expect(target.url.href).toBe('https://[::1]:9100/probe%3Fx%23y?target=a+b')
    expect([target.interval, target.timeout]).toEqual([90_000, 500])
    expect(target.labels).toEqual(['instance', 'named', 'job', 'own'])
  })

  it('lets labels override what is done with histograms', () => {
    const config = scrapeConfig({ nativeHistograms: true })
    const of = (labels: Record<string, string>): unknown => built({ __address__: 'h:1', ...labels }, config).histograms
    expect(of({})).toEqual({ native: true, classic: false, convert: false })
    expect(
      of({
        __scrape_native_histograms__: '0',
        __always_scrape_classic_histograms__: 'T',
        __convert_classic_histograms_to_nhcb__: 'true',
      }),
    ).toEqual({ native: false, classic: true, convert: true })
  })

  it('joins params of the job with those of the labels: the label replaces the first value', () => {
    const config = scrapeConfig({ params: { module: ['http', 'icmp'], a: ['1'] } })
    expect(built({ __address__: 'h:1', __param_module: 'dns' }, config).url.search).toBe('?a=1&module=dns&module=icmp')
    expect(built({ __address__: 'h:1' }, config).url.search).toBe('?a=1&module=http&module=icmp')
  })

  it.each([
    [{}, /no address/],
    [{ __address__: '' }, /no address/],
    [{ __address__: 'http://h:1' }, /not a valid address/],
    [{ __address__: 'h:port' }, /does not make a URL/],
    [{ __address__: 'h:1', __scheme__: 'ftp' }, /unsupported scheme/],
    [{ __address__: 'h:1', __scrape_interval__: '0' }, /bad scrape interval "0"/],
    [{ __address__: 'h:1', __scrape_interval__: '5' }, /bad scrape interval/],
    [{ __address__: 'h:1', __scrape_timeout__: 'x' }, /bad scrape timeout/],
    [{ __address__: 'h:1', __scrape_native_histograms__: 'yes' }, /__scrape_native_histograms__ is "yes"; it must be/],
    [{ __address__: 'h:1', __scrape_interval__: '5s' }, /timeout 10s is greater than the interval 5s/],
    [{ __address__: 'h:1', bad: '\ud800' }, /not valid Unicode/],
  ])('refuses %j', (labels, message) => {
    expect(refused(labels as Record<string, string>)).toMatch(message)
  })

  it('is the same target with another interval, and another one with any other label', () => {
    const one = built({ __address__: 'h:1' })
    expect(built({ __address__: 'h:1' }, scrapeConfig({ scrapeInterval: 30_000 })).key).toBe(one.key)
    expect(built({ __address__: 'h:1', __internal: 'x' }).key).not.toBe(one.key)
    expect(built({ __address__: 'h:1' }).hash).toEqual(one.hash)
  })
})
