import { describe, expect, it } from 'vitest'
import { parseNoProxy } from '../../core/outbound/no-proxy.ts'

/** Cases and answers of Go's golang.org/x/net/http/httpproxy rules, worked out by hand from its documentation. */
describe('no_proxy', () => {
  it.each<[string, string, boolean]>([
    ['', 'http://a.test/', false],
    ['*', 'http://a.test/', true],
    ['a.test', 'http://a.test/', true],
    ['a.test', 'http://A.TEST/', true],
    ['A.Test', 'http://a.test/', true],
    ['a.test', 'http://x.a.test/', true],
    ['a.test', 'http://xa.test/', false],
    ['.a.test', 'http://a.test/', false],
    ['.a.test', 'http://x.a.test/', true],
    ['*.a.test', 'http://a.test/', false],
    ['*.a.test', 'http://y.x.a.test/', true],
    ['a.test:8080', 'http://a.test:8080/', true],
    ['a.test:8080', 'http://a.test/', false],
    ['a.test:80', 'http://a.test/', true],
    ['a.test:443', 'https://a.test/', true],
    ['x, a.test ,y', 'http://a.test/', true],
    ['x a.test', 'http://a.test/', false],
    ['10.0.0.1', 'http://10.0.0.1:9100/', true],
    ['10.0.0.1:9100', 'http://10.0.0.1:9100/', true],
    ['10.0.0.1:9100', 'http://10.0.0.1:9101/', false],
    ['10.0.0.0/8', 'http://10.200.3.4/', true],
    ['10.0.0.0/8', 'http://11.0.0.0/', false],
    ['192.168.1.128/25', 'http://192.168.1.127/', false],
    ['192.168.1.128/25', 'http://192.168.1.200/', true],
    ['10.0.0.0/33', 'http://10.0.0.1/', false],
    ['fd00::/8', 'http://[fd12:3456::1]/', true],
    ['fd00::/8', 'http://[fe80::1]/', false],
    ['fd00::1', 'http://[fd00:0:0::1]:9100/', true],
    ['[fd00::1]:9100', 'http://[fd00::1]:9100/', true],
    ['[fd00::1]:9100', 'http://[fd00::1]/', false],
    ['::ffff:10.0.0.1', 'http://10.0.0.1/', true],
    [':8080', 'http://a.test:8080/', false],
    ['zürich.test', 'http://zürich.test/', true],
    ['other.test', 'http://localhost:1/', true],
    ['other.test', 'http://127.3.4.5/', true],
    ['other.test', 'http://[::1]/', true],
  ])('%j for %s: %s', (text, url, direct) => {
    expect(parseNoProxy(text)(new URL(url))).toBe(direct)
  })
})
