/** Who is let into a cluster, on real sockets: names of clusters, certificates and tokens. */
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { peerClients } from '../../adapters/shared/this-runtime.ts'
import { fileWith, startAgent, stopEverything, type TestAgent, until, untilAgreed } from './agents.ts'

afterEach(stopEverything)

const join = (...agents: readonly TestAgent[]): string =>
  `join-addresses=${agents.map(({ address }) => address).join(', ')}`

it('a node with another cluster name is kept out, and told why', async () => {
  const a = await startAgent({ name: 'a', flags: ['name=blue'] })
  const b = await startAgent({ name: 'b', flags: ['name=green', join(a)] })
  await until(
    'b takes part alone',
    () => b.log.messages().includes('failed to connect to peers; bootstrapping a new cluster'),
    9_000,
  )
  const line = b.log.lines.find((text) => text.includes('bootstrapping a new cluster'))
  expect(line).toContain(
    `${a.address}: the peer closed the stream without an answer: its cluster name may be another one`,
  )
  expect(await b.participants()).toEqual(['b'])
  expect(await a.participants()).toEqual(['a'])
  expect(await b.metric('cluster_join_attempts_total{cluster_name="green",result="failure"}')).toBeGreaterThan(2)
})

describe('TLS between peers', () => {
  const path = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url))
  const config = `http {
  tls {
    cert_file        = "${path('server')}"
    key_file         = "${path('server-key')}"
    client_ca_file   = "${path('ca')}"
    client_auth_type = "RequireAndVerifyClientCert"
  }
}
`
  const ca = `tls-ca-path=${path('ca')}`
  const member = ['enable-tls', ca, `tls-cert-path=${path('client')}`, `tls-key-path=${path('client-key')}`]

  it('lets nodes with a certificate in, and keeps those without one out', async () => {
    const a = await startAgent({ name: 'a', flags: member, config })
    const b = await startAgent({ name: 'b', flags: [...member, join(a)], config })
    await untilAgreed([a, b])
    const c = await startAgent({ name: 'c', flags: ['enable-tls', ca, join(a)], config })
    await until(
      'c is refused',
      async () => ((await c.metric('cluster_join_attempts_total{cluster_name="",result="failure"}')) ?? 0) > 0,
    )
    const d = await startAgent({ name: 'd', flags: [join(a)] })
    await until(
      'd is refused',
      async () => ((await d.metric('cluster_join_attempts_total{cluster_name="",result="failure"}')) ?? 0) > 0,
    )
    expect(await a.participants()).toEqual(['a', 'b'])
    expect(a.log.messages().filter((text) => text.includes('TLS'))).toEqual([])
  })

  it('on one half only is worth a warning', async () => {
    const a = await startAgent({ name: 'a', flags: ['enable-tls', ca] })
    expect(a.log.messages().some((text) => text.includes('its own server speaks none'))).toBe(true)
    const b = await startAgent({ name: 'b', config })
    expect(b.log.messages().some((text) => text.includes('set --cluster.enable-tls'))).toBe(true)
  })

  it('with files that can not be used is a problem of the configuration, with its place', async () => {
    const broken = config.replace(path('server-key'), path('client-key'))
    await expect(startAgent({ name: 'a', config: broken })).rejects.toThrow(/:2:3: .*key/)
    const missing = config.replace(path('ca'), '/nowhere/ca.pem')
    await expect(startAgent({ name: 'a', config: missing })).rejects.toThrow(/:2:3: .*\/nowhere\/ca\.pem/)
  })
})

describe('a secret of the cluster', () => {
  const secret = 'the secret of all nodes, 32 bytes and more'

  it('lets in who has it, and keeps out who has none or another', async () => {
    const file = fileWith(secret)
    const a = await startAgent({ name: 'a', flags: [`auth-secret-file=${file}`] })
    const b = await startAgent({ name: 'b', flags: [`auth-secret-file=${file}`, join(a)] })
    await untilAgreed([a, b])
    const other = fileWith('another secret that has as many bytes')
    const c = await startAgent({ name: 'c', flags: [`auth-secret-file=${other}`, join(a)] })
    const d = await startAgent({ name: 'd', flags: [join(a)] })
    const refusals = (reason: string) => a.metric(`cluster_auth_refusals_total{cluster_name="",reason="${reason}"}`)
    await until('both are refused', async () => {
      return ((await refusals('signature')) ?? 0) > 0 && ((await refusals('missing')) ?? 0) > 0
    })
    expect(await a.participants()).toEqual(['a', 'b'])
    await until('c says why', () => c.log.lines.some((line) => line.includes('signed with another secret')))
    expect(d.log.lines.join()).toContain('start the node with --cluster.auth-secret-file')
  })

  it('is asked for in every request', async () => {
    const a = await startAgent({ name: 'a', flags: [`auth-secret-file=${fileWith(secret)}`, 'name=prod'] })
    const client = peerClients.open({ connectTimeoutMs: 1000 })
    const ask = async (path: string, authorization?: string): Promise<string> => {
      const answer = await client.send({
        method: 'POST',
        url: new URL(`http://${a.address}/api/v1/ckit/transport/${path}`),
        headers: [
          ['content-type', 'application/x.ckit'],
          ...(authorization === undefined ? [] : [['authorization', authorization] as const]),
        ],
        body: new Uint8Array(0),
        deadline: performance.now() + 5000,
        maxBodyBytes: 4096,
      })
      return answer.ok ? `${answer.status} ${new TextDecoder().decode(answer.body)}` : answer.message
    }
    const token = async (claims: Record<string, unknown> = {}, key = secret): Promise<string> => {
      const now = Math.floor(Date.now() / 1000)
      const jwt = new SignJWT({ iss: 'skein', aud: 'prod', sub: 'x', iat: now, exp: now + 60, ...claims })
      return `Bearer ${await jwt.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key))}`
    }
    try {
      for (const path of ['message', 'stream']) {
        expect(await ask(path)).toMatch(/^401 this cluster wants a token/)
        expect(await ask(path, 'Bearer nonsense')).toMatch(/^401 the token can not be read/)
        expect(await ask(path, await token({}, 'x'.repeat(40)))).toMatch(/^401 the token is signed with another secret/)
        expect(await ask(path, await token({ iat: 1, exp: 2 }))).toMatch(/^401 the token is not valid at this time/)
        expect(await ask(path, await token({ aud: 'test' }))).toMatch(/^401 the token is for another cluster/)
        expect(await ask(path, await token())).toMatch(/^200/)
      }
    } finally {
      client.close()
    }
  })
})
