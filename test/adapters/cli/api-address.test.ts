import { describe, expect, it } from 'vitest'
import { readAddress, shownAddress } from '../../../adapters/cli/api-address.ts'

describe('the address of the node that is asked', () => {
  it.each([
    ['127.0.0.1:12345', 'http://127.0.0.1:12345/', '127.0.0.1:12345'],
    [':9', 'http://127.0.0.1:9/', '127.0.0.1:9'],
    ['skein-0', 'http://skein-0:12345/', 'skein-0:12345'],
    ['skein-0:80', 'http://skein-0/', 'skein-0'],
    ['[::1]', 'http://[::1]:12345/', '[::1]:12345'],
    ['[::1]:80', 'http://[::1]/', '[::1]'],
    ['https://skein.example', 'https://skein.example/', 'https://skein.example'],
    ['HTTPS://skein.example:8443/ui', 'https://skein.example:8443/ui/', 'https://skein.example:8443/ui/'],
    ['http://me:secret@a/ui/', 'http://me:secret@a/ui/', 'a/ui/'],
  ])('%s', (text, url, shown) => {
    const address = readAddress(text)
    expect(address.ok && address.base.href).toBe(url)
    expect(address.ok && shownAddress(address.base)).toBe(shown)
  })

  it.each(['', 'a b', 'a/b', 'ftp://a', 'a:99999', 'http://', 'http://a/?x', '::1', 'me:secret@a'])(
    '%j is none',
    (text) => {
      const address = readAddress(text)
      expect(address.ok).toBe(false)
      if (!address.ok) {
        expect(address.problem).toContain('flag --address is host:port')
        expect(address.problem).not.toContain('secret')
      }
    },
  )
})
