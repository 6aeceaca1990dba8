import { describe, expect, it } from 'vitest'
import { createAgent } from '../../core/agent.ts'
import type { HttpSettings } from '../../core/graph/http-settings.ts'
import { serverTls } from '../../core/http/server-tls.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { recordingLog } from '../support/recording-log.ts'

const FILES = 'cert_file = "/cert"\n key_file = "/key"'

async function load(config: string, setTls?: (tls: unknown) => Promise<void>) {
  const fakes = fakePorts()
  for (const [path, text] of [
    ['/cert', 'CERT'],
    ['/key', 'KEY'],
    ['/ca', 'CA'],
    ['/x.alloy', config],
  ])
    fakes.files.put(path, text)
  const applied: unknown[] = []
  const agent = createAgent(
    {
      configPath: '/x.alloy',
      listenAddress: '127.0.0.1:1',
      memoryAddress: 'm:1',
      uiPathPrefix: '/',
      storagePath: '/data',
      stability: 'generally-available',
      logger: recordingLog(),
      version: '1',
      setTls: async (tls) => {
        await setTls?.(tls)
        applied.push(tls)
      },
    },
    fakes.ports,
  )
  const outcome = await agent.load()
  return { agent, files: fakes.files, applied, text: outcome.ok ? '' : outcome.text }
}

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
      `http { tls {\n ${FILES}\n client_auth_type = "RequireAnyClientCert"\n } }`,
      'which checks no certificate, is not supported',
    ],
    [`http { tls {\n ${FILES}\n min_version = "TLS13"\n } }`, 'attribute "min_version" is not supported'],
    ['http { auth { } }', 'block "auth" is not supported'],
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
  const settings: HttpSettings = {
    tls: { cert: { pem: 'C' }, key: { pem: 'K' }, clientCa: undefined, clientAuth: undefined },
  }
  expect(await serverTls(files, undefined)(settings)).toBe("this host can't serve TLS")
  expect(await serverTls(files, undefined)({ tls: undefined })).toBeUndefined()
})
