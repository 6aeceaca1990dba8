import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, placeOf, queryOf } from '../../ui/shell/addresses.ts'

const BASES = ['http://node:12345/', 'http://node:12345/ui/', 'https://proxy.example/agents/a/']

describe('addresses of pages', () => {
  it.each([
    ['http://node:12345/ui/', '', ''],
    ['http://node:12345/ui', '', ''],
    ['http://node:12345/ui/clustering', 'clustering', ''],
    ['http://node:12345/ui/component/module.a/prometheus.scrape.b', 'component', 'module.a/prometheus.scrape.b'],
    ['http://node:12345/ui/component/a%2Fb', 'component', 'a/b'],
    ['http://node:12345/ui/component/%zz', 'component', '%zz'],
  ])('%s', (address, page, rest) => {
    expect(placeOf(new URL(address), new URL(BASES[1]))).toMatchObject({ page, rest })
  })

  it.each([
    'http://other:12345/ui/clustering',
    'http://node:12345/metrics',
    'http://node:12345/uikit/clustering',
    'http://node:12345/ui/api/v1/targets',
    'http://node:12345/ui/assets/app.js',
  ])('%s is none', (address) => {
    expect(placeOf(new URL(address), new URL(BASES[1]))).toBeUndefined()
  })

  it('are read as they were written, whatever is in an id', () => {
    const part = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !text.includes('/') && text !== '.' && text !== '..')
    fc.assert(
      fc.property(
        fc.constantFrom(...BASES),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.string({ unit: 'grapheme' }),
        (base, parts, search) => {
          const address = addressOf('component', parts.join('/'), { search })
          const place = placeOf(new URL(address, base), new URL(base))
          expect(place?.page).toBe('component')
          expect(place?.rest).toBe(parts.join('/'))
          expect(place?.query.get('search') ?? '').toBe(search)
        },
      ),
    )
  })

  it('leave out what is not chosen', () => {
    expect(addressOf('')).toBe('./')
    expect(addressOf('targets', '', { owner: 'a b', health: '', search: undefined })).toBe('targets?owner=a+b')
    expect(queryOf({})).toBe('')
  })
})
