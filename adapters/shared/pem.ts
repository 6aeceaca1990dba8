/** Checks PEM texts when a configuration loads: the runtimes' TLS takes nonsense in silence, or fails at each connection. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { messageOf } from '../../core/errors.ts'
import type { TlsOptions } from '../../core/ports.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Undefined when CA, certificate and key can be used. Never repeats any of them. */
export function pemProblem({ ca, cert, key }: TlsOptions): string | undefined {
  if (ca !== undefined) {
    const problem = firstProblem('CA', ca)
    if (problem !== undefined) return problem
  }
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) return 'a certificate needs its key, and a key its certificate'
  const problem = firstProblem('certificate', cert)
  if (problem !== undefined) return problem
  let secret: KeyObject
  try {
    secret = createPrivateKey(key)
  } catch (error) {
    return `the key is no PEM private key (${messageOf(error)})`
  }
  let belongs: boolean
  try {
    const own = new X509Certificate((cert.match(CERTIFICATE) as RegExpMatchArray)[0]).publicKey
    belongs = sameKey(own, createPublicKey(secret))
  } catch (error) {
    // The public key in a certificate is read only when it is asked for.
    return `the certificate can't be read (${messageOf(error)})`
  }
  return belongs ? undefined : 'the key does not belong to the certificate'
}

function firstProblem(what: string, text: string): string | undefined {
  const blocks = text.match(CERTIFICATE)
  if (blocks === null) return `the ${what} holds no PEM certificate`
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch (error) {
      return `the ${what} can't be read (${messageOf(error)})`
    }
  }
  return undefined
}

function sameKey(a: KeyObject, b: KeyObject): boolean {
  const der = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
  return der(a).equals(der(b))
}
