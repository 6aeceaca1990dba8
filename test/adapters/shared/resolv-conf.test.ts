import { describe, expect, it } from 'vitest'
import { parseResolvConf, searchNames } from '../../../adapters/shared/resolv-conf.ts'

describe('resolv.conf', () => {
  it('of a pod', () => {
    const text = `# by kubelet
search shop.svc.cluster.local svc.cluster.local. cluster.local
nameserver 10.96.0.10
nameserver fe80::1%eth0
nameserver nonsense
options ndots:5 edns0
`
    expect(parseResolvConf(text)).toEqual({
      servers: [
        { ip: '10.96.0.10', port: 53 },
        { ip: 'fe80::1%eth0', port: 53 },
      ],
      search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    })
  })

  it('takes the last of domain and search, and passes over what it does not know', () => {
    expect(parseResolvConf('domain a\r\nsearch b c\nsortlist 1.2.3.4\noptions ndots:99\n\n;x')).toEqual({
      servers: [],
      search: ['b', 'c'],
      ndots: 15,
    })
    expect(parseResolvConf('')).toEqual({ servers: [], search: [], ndots: 1 })
  })
})

it.each([
  ['db', 1, ['db.a.test', 'db.b.test', 'db']],
  ['db.eu', 1, ['db.eu', 'db.eu.a.test', 'db.eu.b.test']],
  ['db.eu', 2, ['db.eu.a.test', 'db.eu.b.test', 'db.eu']],
  ['db.', 5, ['db.']],
])('the name %s with ndots:%d stands for %j', (name, ndots, names) => {
  expect(searchNames(name, { search: ['a.test', 'b.test'], ndots })).toEqual(names)
})
