/** What the server's TLS really does with versions, ciphers and curves, on each runtime with its own sockets. */
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listening, PATIENCE, type ServerTls } from '../../../adapters/shared/listen.ts'
import { type TlsChoices, tlsOptionsOf } from '../../../adapters/shared/tls-choices.ts'
import { CodedError } from '../../../core/errors.ts'
import { listenWith, RUNTIME } from './this-runtime.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca')
const SERVER: ServerTls = { cert: pem('server'), key: pem('server-key') }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serving(settings: Partial<ServerTls>): Promise<Listening> {
  const listening = await listenWith(() => new Response('hello'), { host: '127.0.0.1', port: 0 }, PATIENCE)
  cleanups.push(() => listening.close(0))
  await listening.setTls({ ...SERVER, ...settings })
  return listening
}

/** `version cipher` of a connection on which a request was answered, or `refused`. */
function shake(port: number, options: tls.ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    let spoken = ''
    const socket = tls.connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'], ...options }, () => {
      spoken = `${socket.getProtocol()} ${socket.getCipher().name}`
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    })
    cleanups.push(() => socket.destroy())
    let text = ''
    socket.on('data', (bytes) => {
      text += String(bytes)
      if (text.includes('hello')) resolve(spoken)
    })
    socket.on('error', () => resolve('refused'))
    socket.on('close', () => resolve('refused'))
  })
}

const ONLY_12: tls.ConnectionOptions = { maxVersion: 'TLSv1.2' }
const ONLY_13: tls.ConnectionOptions = { minVersion: 'TLSv1.3' }
const GCM_128 = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
const SUITES = [
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  [GCM_128, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
] as const

describe('versions of the server', () => {
  it('are 1.2 and 1.3 unless told', async () => {
    const { port } = await serving({})
    expect(await shake(port, ONLY_12)).toMatch(/^TLSv1\.2 /)
    expect(await shake(port, ONLY_13)).toMatch(/^TLSv1\.3 /)
  })

  it('have a least one', async () => {
    const { port } = await serving({ minVersion: 'TLS13' })
    expect(await shake(port, ONLY_12)).toBe('refused')
    expect(await shake(port, ONLY_13)).toMatch(/^TLSv1\.3 /)
  })

  it('have a highest one', async () => {
    const { port } = await serving({ maxVersion: 'TLS12' })
    expect(await shake(port)).toMatch(/^TLSv1\.2 /)
    expect(await shake(port, ONLY_13)).toBe('refused')
  })

  it.skipIf(RUNTIME === 'deno')('can be old ones', async () => {
    const old: tls.ConnectionOptions =
      RUNTIME === 'node' ? { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } : { minVersion: 'TLSv1' }
    const { port } = await serving({ minVersion: 'TLS10' })
    expect(await shake(port, { ...old, maxVersion: 'TLSv1' })).toMatch(/^TLSv1 /)
    expect(await shake(port, { ...old, maxVersion: 'TLSv1.1' })).toMatch(/^TLSv1\.1 /)
    expect(await shake(port)).toMatch(/^TLSv1\.3 /)
    const usual = await serving({})
    expect(await shake(usual.port, { ...old, maxVersion: 'TLSv1.1' })).toBe('refused')
    const between = await serving({ minVersion: 'TLS11', maxVersion: 'TLS11', cipherSuites: [SUITES[0][0]] })
    expect(await shake(between.port, { ...old, maxVersion: 'TLSv1' })).toBe('refused')
    expect(await shake(between.port, { ...old, maxVersion: 'TLSv1.1' })).toBe(`TLSv1.1 ${SUITES[0][1]}`)
  })
})

describe.skipIf(RUNTIME === 'deno')('ciphers of the server', () => {
  it.each(SUITES)('%s is spoken when it is the only one', async (suite, name) => {
    const { port } = await serving({ cipherSuites: [suite] })
    expect(await shake(port, ONLY_12)).toBe(`TLSv1.2 ${name}`)
    const other = SUITES[suite === GCM_128 ? 3 : 2][1]
    expect(await shake(port, { ...ONLY_12, ciphers: other })).toBe('refused')
    expect(await shake(port, ONLY_13)).toMatch(/^TLSv1\.3 /)
  })

  it('of TLS 1.3 alone leave no other version, as in Go', async () => {
    const { port } = await serving({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] })
    expect(await shake(port, ONLY_12)).toBe('refused')
    expect(await shake(port, ONLY_13)).toMatch(/^TLSv1\.3 /)
  })
})

describe.skipIf(RUNTIME === 'deno')('curves of the server', () => {
  it.each([
    ['X25519', 'X25519', 'P-256'],
    ['CurveP256', 'P-256', 'X25519'],
    ['CurveP384', 'P-384', 'X25519'],
    ['CurveP521', 'P-521', 'X25519'],
  ])('%s is used when it is the only one', async (curve, same, other) => {
    const { port } = await serving({ curves: [curve] })
    expect(await shake(port, { ...ONLY_13, ecdhCurve: same })).toMatch(/^TLSv1\.3 /)
    expect(await shake(port, { ...ONLY_13, ecdhCurve: other })).toBe('refused')
  })

  it('can be several', async () => {
    const { port } = await serving({ curves: ['CurveP384', 'X25519'] })
    for (const [curve, expected] of [
      ['P-384', /^TLSv1\.3 /],
      ['X25519', /^TLSv1\.3 /],
      ['P-256', /^refused$/],
    ] as const)
      expect(await shake(port, { ...ONLY_13, ecdhCurve: curve })).toMatch(expected)
  })
})

describe('certificates of clients that nobody checks', () => {
  const stranger = { cert: pem('stranger'), key: pem('stranger-key') }

  it('may be shown', async () => {
    const { port } = await serving({ clientAuth: 'request' })
    expect(await shake(port)).toMatch(/^TLSv1\.3 /)
    expect(await shake(port, stranger)).toMatch(/^TLSv1\.3 /)
    expect(await shake(port, { ...stranger, ...ONLY_12 })).toMatch(/^TLSv1\.2 /)
  })

  it('must be shown', async () => {
    const { port } = await serving({ clientAuth: 'require' })
    expect(await shake(port)).toBe('refused')
    expect(await shake(port, ONLY_12)).toBe('refused')
    expect(await shake(port, stranger)).toMatch(/^TLSv1\.3 /)
    expect(await shake(port, { ...stranger, ...ONLY_12 })).toMatch(/^TLSv1\.2 /)
  })
})

describe('what Deno would pass over in silence', () => {
  it.each<[string, TlsChoices]>([
    ['min_version "TLS10"', { minVersion: 'TLS10' }],
    ['max_version "TLS11"', { minVersion: 'TLS11', maxVersion: 'TLS11' }],
    ['cipher_suites', { cipherSuites: [GCM_128] }],
    ['curve_preferences', { curves: ['X25519'] }],
  ])('%s is refused there', async (_, choices) => {
    const refusal = (): unknown => {
      try {
        return tlsOptionsOf(choices, 'deno')
      } catch (error) {
        return error
      }
    }
    expect(refusal()).toBeInstanceOf(CodedError)
    expect((refusal() as CodedError).code).toBe('unsupported')
    expect((refusal() as CodedError).message).toMatch(/Deno .*Node or Bun/)
    if (RUNTIME !== 'deno') return
    const listening = await serving({})
    await expect(listening.setTls({ ...SERVER, ...choices })).rejects.toThrow(/Deno/)
    expect(await shake(listening.port, ONLY_12)).toMatch(/^TLSv1\.2 /)
  })
})
