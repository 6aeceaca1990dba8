/** `private_key_jwt` (RFC 7523, OpenID Connect Core 9): a short-lived JWT by which an OAuth2 client proves who it is. */
import { importJWK, importPKCS8, type JWK, SignJWT } from 'jose'
import type { ClientAssertionConfig } from './config.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Long enough for clocks that differ, short enough that a leaked assertion is of no use. */
const LIFETIME_SECONDS = 120

/**
 * `key`: PEM (PKCS #8) or JWK text. `nowMs`: wall time. Rejects when the key can't be read or doesn't fit the algorithm;
 * the message never holds the key.
 */
export async function signAssertion(
  config: ClientAssertionConfig,
  key: string,
  clientId: string,
  tokenUrl: string,
  nowMs: number,
): Promise<string> {
  const { signer, algorithm, keyId } = await readKey(config, key)
  const issued = Math.floor(nowMs / 1000)
  return new SignJWT({ ...config.claims })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(config.audience || tokenUrl)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issued)
    .setNotBefore(issued - LIFETIME_SECONDS)
    .setExpirationTime(issued + LIFETIME_SECONDS)
    .sign(signer)
}

interface SigningKey {
  readonly signer: Parameters<SignJWT['sign']>[0]
  readonly algorithm: string
  readonly keyId: string | undefined
}

async function readKey(config: ClientAssertionConfig, text: string): Promise<SigningKey> {
  if (text.trimStart().startsWith('{')) {
    let jwk: JWK
    try {
      jwk = JSON.parse(text) as JWK
    } catch {
      throw new Error('the key is neither PEM nor a JWK')
    }
    const algorithm = config.algorithm || jwk.alg
    if (algorithm === undefined) throw new Error('the key names no algorithm: set algorithm, for instance to ES256')
    if (jwk.d === undefined && jwk.k === undefined) throw new Error('the JWK is a public key; the private one signs')
    return { signer: await importJWK(jwk, algorithm), algorithm, keyId: config.keyId || jwk.kid }
  }
  if (/-----BEGIN (RSA|EC) PRIVATE KEY-----/.test(text)) {
    throw new Error('the key is PKCS #1 or SEC 1; convert it with: openssl pkcs8 -topk8 -nocrypt')
  }
  const algorithm = config.algorithm || 'RS256'
  return { signer: await importPKCS8(text, algorithm), algorithm, keyId: config.keyId }
}
