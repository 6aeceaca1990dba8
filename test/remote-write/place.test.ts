import { describe, expect, it } from 'vitest'
import { placesOf } from '../../core/remote-write/place.ts'
import { endpoint } from './setup.ts'

const URL = 'https://store.example.com:8080/api/v1/push'

function placeOf(changes: Parameters<typeof endpoint>[0], ...others: Parameters<typeof endpoint>[0][]): string {
  return placesOf([changes, ...others].map((one) => endpoint({ url: URL, ...one })))[0]
}

describe('the place of an endpoint', () => {
  it('is readable, safe, and the same in every release', () => {
    expect(placeOf({ name: '4d5e6f' })).toBe('store.example.com-29f88809d507')
    expect(placeOf({ name: 'a/../b c', named: true })).toMatch(/^store\.example\.com-a_.._b_c-[0-9a-f]{12}$/)
    expect(placeOf({ url: 'http://[::1]:9/' })).toMatch(/^1_-[0-9a-f]{12}$/)
    expect(placeOf({ url: `http://${'a.'.repeat(100)}example/` }).length).toBeLessThan(60)
  })

  it('stays when other settings change, and so does the derived name', () => {
    const before = placeOf({ name: 'aaaaaa' })
    expect(placeOf({ name: 'bbbbbb', remoteTimeout: 1, protobufMessage: 'auto' })).toBe(before)
    expect(placeOf({ headers: [['X-Other', 'x']], http: { bearerToken: 'new' } })).toBe(before)
    const other = { url: 'http://elsewhere.example/', name: 'cccccc' }
    expect(placesOf([endpoint(other), endpoint({ url: URL, name: 'aaaaaa' })])[1]).toBe(before)
  })

  it('stays when the password changes, of which it tells nothing', () => {
    const place = placeOf({
      url: 'http://user:secret@store.example/',
      http: { basicAuth: { username: 'u', password: 'a' } },
    })
    expect(
      placeOf({ url: 'http://user:other@store.example/', http: { basicAuth: { username: 'u', password: 'b' } } }),
    ).toBe(place)
    expect(place).not.toContain('user')
  })

  it('is another for another tenant, user, name or URL', () => {
    const places = [
      placeOf({}),
      placeOf({ headers: [['X-Scope-OrgID', 'a']] }),
      placeOf({ headers: [['x-scope-orgid', 'b']] }),
      placeOf({ headers: [['THANOS-TENANT', 'b']] }),
      placeOf({ http: { basicAuth: { username: 'u' } } }),
      placeOf({ name: 'x', named: true }),
      placeOf({ name: 'y', named: true }),
      placeOf({ url: `${URL}/` }),
      placeOf({ url: URL.replace('https:', 'http:') }),
    ]
    expect(new Set(places).size).toBe(places.length)
  })

  it('does not depend on the order of the blocks, nor on other tenants', () => {
    const a = { name: '1', headers: [['X-Scope-OrgID', 'a']] } as const
    const b = { name: '2', headers: [['X-Scope-OrgID', 'b']] } as const
    expect(placeOf(a, b)).toBe(placeOf(a))
    expect(placesOf([endpoint(a), endpoint(b)])).toEqual(placesOf([endpoint(b), endpoint(a)]).toReversed())
  })

  it('of endpoints that differ in other settings alone follows the derived name', () => {
    const both = placesOf([endpoint({ name: 'aaaaaa' }), endpoint({ name: 'bbbbbb', remoteTimeout: 1 })])
    expect(new Set(both).size).toBe(2)
  })
})
