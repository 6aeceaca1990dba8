/**
 * The certificate authorities of this machine, found as Go finds them, so that a private CA installed in the system works
 * as it does for Prometheus and Alloy: the runtimes bring lists of their own and do not look.
 */
import { readFileSync } from 'node:fs'

/** Debian, Ubuntu, Alpine, Arch; Fedora, RHEL; openSUSE; FreeBSD. */
const BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * PEM texts, or undefined when this machine has none and the runtime's own list is to be used. SSL_CERT_FILE names another
 * bundle (Go, OpenSSL); NODE_EXTRA_CA_CERTS adds one to whatever else is trusted.
 */
export function trustedRoots(
  env: Readonly<Record<string, string>>,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string[] | undefined {
  const chosen = env['SSL_CERT_FILE']
  const roots = firstReadable(chosen ? [chosen] : BUNDLES, read)
  if (roots === undefined) return undefined
  const extra = env['NODE_EXTRA_CA_CERTS'] ? firstReadable([env['NODE_EXTRA_CA_CERTS']], read) : undefined
  return extra === undefined ? [roots] : [roots, extra]
}

function firstReadable(paths: readonly string[], read: (path: string) => string): string | undefined {
  for (const path of paths) {
    try {
      const text = read(path)
      if (text.includes('-----BEGIN CERTIFICATE-----')) return text
    } catch {
      // The next one, then.
    }
  }
  return undefined
}
