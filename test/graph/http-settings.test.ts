import { describe, expect, it } from 'vitest'
import type { Agent, AgentOptions } from '../../core/agent.ts'
import type { HttpSettings } from '../../core/graph/http-settings.ts'
import { serverTls } from '../../core/http/server-tls.ts'
import type { Connection } from '../../core/ports.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { createWholeAgent } from '../components/whole-agent.ts'

const FILES = 'cert_file = "/cert"\n key_file = "/key"'

async function load(config: string, setTls?: (tls: unknown) => Promise<void>) {
  const applied: unknown[] = []
  const options: Partial<AgentOptions> = {
    configPath: '/x.alloy',
    setTls: async (tls) => {
      await setTls?.(tls)
      applied.push(tls)
    },
  }
  const world = createWholeAgent(options, { '/cert': 'CERT', '/key': 'KEY', '/ca': 'CA' })
  return { agent: world.agent, files: world.files, applied, text: await world.load(config) }
}

const BASIC = 'basic {\n username = "ann"\n password = "pw"\n }'
const jwt = (...lines: readonly string[]): string => `http { auth { jwt {\n ${lines.join('\n ')}\n } } }`
const OUTSIDE: Connection = { remoteAddress: '192.0.2.7:4711', httpVersion: '1' }
const RIGHT = { authorization: `Basic ${btoa('ann:pw')}` }

async function status(agent: Agent, path: string, headers: Record<string, string> = {}): Promise<number> {
  return (await agent.fetch(new Request(`http://x${path}`, { headers }), OUTSIDE)).status
}

describe('authentication in the http block', () => {
  it('holds for every path, and without a block for none', async () => {
    const { agent, files, text } = await load(`http { auth {\n ${BASIC}\n } }`)
    expect(text).toBe('')
    for (const path of ['/metrics', '/', '/-/ready']) {
      expect(await status(agent, path)).toBe(401)
      expect(await status(agent, path, RIGHT)).not.toBe(401)
    }
    files.put('/x.alloy', 'http { auth { } }')
    await agent.reload()
    expect(await status(agent, '/metrics')).toBe(200)
  })

  it.each([
    ['', true, true],
    ['filter { }', true, true],
    ['filter {\n paths = ["/metrics"]\n }', true, false],
    ['filter {\n paths = ["/metrics"]\n authenticate_matching_paths = false\n }', false, true],
  ])('with the filter "%s"', async (filter, metrics, page) => {
    const { agent } = await load(`http { auth {\n ${BASIC}\n ${filter}\n } }`)
    expect((await status(agent, '/metrics')) === 401).toBe(metrics)
    expect((await status(agent, '/')) === 401).toBe(page)
  })

  it('changes with the whole configuration or not at all', async () => {
    const { agent, files } = await load(`http { auth {\n ${BASIC}\n } }`)
    files.put('/x.alloy', 'prometheus.scrape "a" { }')
    expect((await agent.reload()).ok).toBe(false)
    expect(await status(agent, '/metrics')).toBe(401)
    files.put('/x.alloy', `http {\n auth {\n ${BASIC}\n }\n tls {\n cert_file = "/nowhere"\n key_file = "/key"\n }\n }`)
    const outcome = await agent.reload()
    expect(outcome.ok ? '' : outcome.text).toContain(":8:2: can't read cert_file /nowhere")
    files.put('/x.alloy', '')
    await agent.reload()
    expect(await status(agent, '/metrics')).toBe(200)
  })

  it('is not asked of the process itself', async () => {
    const { agent } = await load(`http { auth {\n ${BASIC}\n } }`)
    expect((await agent.fetch(new Request('http://x/metrics'))).status).toBe(200)
  })
})

describe('the http block', () => {
  it('makes the server speak TLS, with files read anew at each load', async () => {
    const { agent, applied, files } = await load(`http { tls {\n ${FILES}\n } }`)
    expect(applied).toEqual([{ cert: 'CERT', key: 'KEY' }])
    await agent.reload()
    expect(applied).toHaveLength(1)
    files.put('/cert', 'CERT2')
    await agent.reload()
    expect(applied[1]).toEqual({ cert: 'CERT2', key: 'KEY' })
    files.put('/x.alloy', '')
    await agent.reload()
    expect(applied[2]).toBeUndefined()
  })

  it('passes on what is said about versions, ciphers and curves', async () => {
    const { applied } = await load(`http { tls {
      ${FILES}
      min_version = "TLS12"
      max_version = "TLS12"
      cipher_suites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
      curve_preferences = ["X25519", "CurveP256"]
    } }`)
    expect(applied).toEqual([
      {
        cert: 'CERT',
        key: 'KEY',
        minVersion: 'TLS12',
        maxVersion: 'TLS12',
        cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        curves: ['X25519', 'CurveP256'],
      },
    ])
  })

  it.each([
    ['RequestClientCert', 'request'],
    ['RequireAnyClientCert', 'require'],
  ])('asks clients for any certificate: %s', async (type, clientAuth) => {
    const { applied } = await load(`http { tls {\n ${FILES}\n client_auth_type = "${type}"\n } }`)
    expect(applied).toEqual([{ cert: 'CERT', key: 'KEY', clientAuth }])
  })

  it.each([
    ['VerifyClientCertIfGiven', 'request'],
    ['RequireAndVerifyClientCert', 'require'],
  ])('asks clients for certificates: %s', async (type, clientAuth) => {
    const { applied } = await load(
      `http { tls {\n ${FILES}\n client_ca_file = "/ca"\n client_auth_type = "${type}"\n } }`,
    )
    expect(applied).toEqual([{ cert: 'CERT', key: 'KEY', clientCa: 'CA', clientAuth }])
  })

  it('takes PEM in place of files', async () => {
    const { applied } = await load('http { tls {\n cert_pem = "C"\n key_pem = "K"\n } }')
    expect(applied).toEqual([{ cert: 'C', key: 'K' }])
  })

  it('does nothing without tls', async () => {
    expect((await load('http { }')).applied).toEqual([])
    expect((await load('')).applied).toEqual([])
  })

  it.each([
    ['http { }\nhttp { }', ':2:1: block http already declared at /x.alloy:1:1'],
    ['http "x" { }', 'does not support specifying labels'],
    ['http { tls {\n cert_file = "/cert"\n } }', 'one of key_pem and key_file is needed'],
    [`http { tls {\n ${FILES}\n key_pem = "K"\n } }`, 'key_pem and key_file exclude each other'],
    [`http { tls {\n ${FILES}\n client_auth_type = "RequireAndVerifyClientCert"\n } }`, 'needs client_ca_file'],
    [`http { tls {\n ${FILES}\n client_ca_file = "/ca"\n } }`, 'a CA for clients has no effect'],
    [
      `http { tls {\n ${FILES}\n client_ca_file = "/ca"\n client_auth_type = "RequireAnyClientCert"\n } }`,
      'a CA for clients has no effect with client_auth_type "RequireAnyClientCert"',
    ],
    [`http { tls {\n ${FILES}\n min_version = "TLS14"\n } }`, 'should be one of "TLS10", "TLS11", "TLS12", "TLS13"'],
    [
      `http { tls {\n ${FILES}\n min_version = "TLS13"\n max_version = "TLS12"\n } }`,
      ':5:2: max_version "TLS12" is below min_version "TLS13"',
    ],
    [`http { tls {\n ${FILES}\n max_version = "TLS11"\n } }`, 'set min_version as well, for instance to "TLS11"'],
    [`http { tls {\n ${FILES}\n cipher_suites = ["TLS_RSA_WITH_RC4_128_SHA"]\n } }`, 'should be one of "TLS_AES'],
    [
      `http { tls {\n ${FILES}\n max_version = "TLS12"\n cipher_suites = ["TLS_AES_128_GCM_SHA256"]\n } }`,
      'cipher_suites has ciphers of TLS 1.3 only',
    ],
    [`http { tls {\n ${FILES}\n curve_preferences = ["P-256"]\n } }`, 'should be one of "CurveP256"'],
    [`http { tls {\n ${FILES}\n windows_certificate_filter { }\n } }`, 'windows_certificate_filter" is not supported'],
    [jwt('issuer = "i"', 'audience = "a"'), 'exactly one of jwks_url and jwks_file must be given'],
    [jwt('jwks_url = "ftp://x"', 'issuer = "i"', 'audience = "a"'), 'jwks_url must be an http or https URL'],
    [jwt('jwks_file = "/k"', 'issuer = ""', 'audience = "a"'), 'issuer must not be empty'],
    [jwt('jwks_file = "/k"', 'issuer = "i"', 'audience = "a"', 'algorithms = ["HS256"]'), 'HS256'],
    [jwt('jwks_url = "https://x/k"', 'ca_file = "/no"', 'issuer = "i"', 'audience = "a"'), '/no'],
    ['http { auth { filter { } } }', 'filter protects nothing without a basic or jwt block'],
    ['http { auth { basic { username = "a" } } }', 'missing required attribute "password"'],
    ['http { auth { basic "x" { username = "a" \n password = "b" } } }', 'does not support specifying labels'],
    ['http { tls {\n cert_file = "/nowhere"\n key_file = "/key"\n } }', ":1:8: can't read cert_file /nowhere"],
  ])('%j is a problem with its place', async (config, problem) => {
    const { text, applied } = await load(config)
    expect(text).toContain(problem)
    expect(applied).toEqual([])
  })

  it('that the server refuses is a problem, and nothing changes', async () => {
    const { text } = await load(`http { tls {\n ${FILES}\n } }`, async () => {
      throw new Error('the key is for another certificate')
    })
    expect(text).toContain('/x.alloy:1:8: the key is for another certificate')
  })

  it('is taken back when the configuration fails after all', async () => {
    const { agent, applied, files, text } = await load(`http { tls {\n ${FILES}\n } }`)
    expect(text).toBe('')
    files.put('/x.alloy', 'prometheus.scrape "a" { }')
    expect((await agent.reload()).ok).toBe(false)
    expect(applied).toHaveLength(1)
  })
})

it('a host that can not serve TLS says so', async () => {
  const { files } = fakePorts()
  const tls = {
    cert: { pem: 'C' },
    key: { pem: 'K' },
    clientCa: undefined,
    clientAuth: undefined,
    minVersion: undefined,
    maxVersion: undefined,
    cipherSuites: [],
    curves: [],
  }
  const settings: HttpSettings = { tls, auth: undefined }
  expect(await serverTls(files, undefined)(settings)).toBe("this host can't serve TLS")
  expect(await serverTls(files, undefined)({ ...settings, tls: undefined })).toBeUndefined()
})
