import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pemProblem } from '../../../adapters/shared/pem.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

/** The same certificate with a byte of its public key changed: the rest of it is still read without complaint. */
function withDamagedKey(text: string): string {
  const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  // The point of an elliptic curve's key is 65 bytes, of which the first one says that it is not compressed.
  const at = der.indexOf(Buffer.from([0x03, 0x42, 0x00, 0x04]))
  expect(at).toBeGreaterThan(0)
  der[at + 3] = 0x05
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

describe('certificates and keys', () => {
  it('that belong together have no problem', () => {
    expect(pemProblem({ ca: pem('ca'), cert: pem('client'), key: pem('client-key') })).toBeUndefined()
  })

  it('that do not are told', () => {
    expect(pemProblem({ cert: pem('client'), key: pem('stranger-key') })).toBe(
      'the key does not belong to the certificate',
    )
    expect(pemProblem({ cert: pem('client') })).toBe('a certificate needs its key, and a key its certificate')
  })

  it('whose public key is damaged are told instead of thrown', () => {
    const problem = pemProblem({ cert: withDamagedKey(pem('client')), key: pem('client-key') })
    expect(problem).toMatch(/certificate can't be read|does not belong/)
  })
})
