/** The Authorization header of everything but OAuth2: basic auth, a given type of credentials, a bearer token. */
import type { Files, HttpFailure } from '../ports.ts'
import type { AuthorizationConfig, BasicAuthConfig, OutboundConfig } from './config.ts'
import { readSecret } from './secret-file.ts'

/** The header's value, a failure when a file can't be read, or undefined when there is nothing to send. */
export type Credentials = () => string | HttpFailure | undefined

export function createCredentials(config: OutboundConfig, files: Files): Credentials {
  if (config.basicAuth !== undefined) return basicAuth(config.basicAuth, files)
  const given = authorizationOf(config)
  return given === undefined ? () => undefined : authorization(given, files)
}

function authorizationOf(config: OutboundConfig): AuthorizationConfig | undefined {
  if (config.authorization !== undefined) return config.authorization
  if (config.bearerToken) return { credentials: config.bearerToken }
  return config.bearerTokenFile ? { credentialsFile: config.bearerTokenFile } : undefined
}

function basicAuth({ username, password, passwordFile }: BasicAuthConfig, files: Files): Credentials {
  if (!passwordFile) {
    const value = basicCredentials(username, password ?? '')
    return () => value
  }
  return () => {
    const secret = readSecret(files, passwordFile, 'basic auth password file')
    return secret.ok ? basicCredentials(username, secret.text) : secret
  }
}

function authorization({ type, credentials, credentialsFile }: AuthorizationConfig, files: Files): Credentials {
  const scheme = type?.trim() || 'Bearer'
  if (!credentialsFile) {
    const value = credentials ? `${scheme} ${credentials}` : undefined
    return () => value
  }
  return () => {
    const secret = readSecret(files, credentialsFile, 'authorization credentials file')
    return secret.ok ? `${scheme} ${secret.text}` : secret
  }
}

/** RFC 7617, in UTF-8. */
export function basicCredentials(username: string, password: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(`${username}:${password}`)) binary += String.fromCharCode(byte)
  return `Basic ${btoa(binary)}`
}
