/** From the `http` block to the server's TLS: reads the files, and changes the server only when something changed. */
import { messageOf } from '../errors.ts'
import type { HttpSettings, PemSource, TlsVersion } from '../graph/http-settings.ts'
import type { Files } from '../ports.ts'

/** A server certificate, and what clients must show; PEM. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
  /** Certificates of clients must come from here; undefined when nobody checks where they come from. */
  readonly clientCa?: string
  readonly clientAuth?: 'request' | 'require'
  /** TLS12 unless given. */
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  /** Go's names; the runtime chooses when absent. Suites of TLS 1.3 are always on. */
  readonly cipherSuites?: readonly string[]
  /** Go's names, the best one first; the runtime chooses when absent. */
  readonly curves?: readonly string[]
}

/** Rejects when the certificate or its key can't be used or the host can't do what is asked, and nothing has changed then. */
export type SetTls = (tls: ServerCertificate | undefined) => Promise<void>

/** Resolves to what is wrong with the settings; undefined when they are in force. Files are read anew each time. */
export function serverTls(
  files: Files,
  setTls: SetTls | undefined,
): (settings: HttpSettings) => Promise<string | undefined> {
  let inForce: string | undefined

  function read(what: string, source: PemSource): string {
    if ('pem' in source) return source.pem
    try {
      return new TextDecoder().decode(files.readSync(source.file))
    } catch (error) {
      throw new Error(`can't read ${what} ${source.file}: ${messageOf(error)}`)
    }
  }

  function certificateOf({ tls }: HttpSettings): ServerCertificate | undefined {
    if (tls === undefined) return undefined
    return {
      cert: read('cert_file', tls.cert),
      key: read('key_file', tls.key),
      ...(tls.clientCa === undefined ? {} : { clientCa: read('client_ca_file', tls.clientCa) }),
      ...(tls.clientAuth === undefined ? {} : { clientAuth: tls.clientAuth }),
      ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
      ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
      ...(tls.cipherSuites.length === 0 ? {} : { cipherSuites: tls.cipherSuites }),
      ...(tls.curves.length === 0 ? {} : { curves: tls.curves }),
    }
  }

  return async (settings) => {
    try {
      const certificate = certificateOf(settings)
      const next = certificate && JSON.stringify(certificate)
      if (next === inForce) return undefined
      if (setTls === undefined) return "this host can't serve TLS"
      await setTls(certificate)
      inForce = next
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }
}
