/**
 * The HttpClient behind a configuration: its TLS files, its proxy. Certificates on disk are looked at again while the
 * agent runs, and a change of content opens a new client; requests under way end on the old one.
 */
import { CodedError, messageOf } from '../errors.ts'
import type {
  Clock,
  Files,
  HeaderField,
  HttpClient,
  HttpClients,
  HttpFailure,
  ProxyOptions,
  TlsOptions,
} from '../ports.ts'
import type { HeaderMap, ProxyConfig, TlsConfig } from './config.ts'
import { parseNoProxy } from './no-proxy.ts'

export interface TransportConfig extends ProxyConfig {
  readonly tls?: TlsConfig
  readonly roundRobinDns?: boolean
  readonly socketPath?: string
}

export interface Transport {
  /** The client to use for a request that starts now. */
  client(): HttpClient | HttpFailure
  close(): void
}

/** Files are small, but a thousand targets share a transport: once a second is as good as for every request. */
const RECHECK_MS = 1000

/** Throws a CodedError when a file can't be read, or when the host can't use what it holds. */
export function createTransport(
  config: TransportConfig,
  ports: { readonly http: HttpClients; readonly files: Files; readonly clock: Clock },
): Transport {
  const { http, files, clock } = ports
  const proxyFor = proxyRule(config, http)
  const watched = [config.tls?.caFile, config.tls?.certFile, config.tls?.keyFile].some(Boolean)

  let options = tlsOptions(config.tls, files)
  let current = open(options)
  let checkAt = clock.monotonic() + RECHECK_MS

  function open(tls: TlsOptions | undefined): HttpClient {
    return http.open({
      ...(tls === undefined ? {} : { tls }),
      ...(proxyFor === undefined ? {} : { proxyFor }),
      ...(config.roundRobinDns ? { roundRobinDns: true } : {}),
      ...(config.socketPath === undefined ? {} : { socketPath: config.socketPath }),
    })
  }

  function client(): HttpClient | HttpFailure {
    if (!watched) return current
    const now = clock.monotonic()
    if (now < checkAt) return current
    try {
      const found = tlsOptions(config.tls, files)
      if (!sameTls(found, options)) {
        const next = open(found)
        current.close()
        current = next
        options = found
      }
    } catch (error) {
      // Not put off: files that are being replaced are whole again in a moment.
      return { ok: false, reason: 'tls', message: messageOf(error) }
    }
    checkAt = now + RECHECK_MS
    return current
  }

  return { client, close: () => current.close() }
}

function tlsOptions(config: TlsConfig | undefined, files: Files): TlsOptions | undefined {
  if (config === undefined) return undefined
  const ca = pemOf('ca_file', config.caPem, config.caFile, files)
  const cert = pemOf('cert_file', config.certPem, config.certFile, files)
  const key = pemOf('key_file', config.keyPem, config.keyFile, files)
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(config.serverName ? { serverName: config.serverName } : {}),
    ...(config.insecureSkipVerify ? { insecureSkipVerify: true } : {}),
    ...(config.minVersion ? { minVersion: config.minVersion as NonNullable<TlsOptions['minVersion']> } : {}),
  }
}

function pemOf(what: string, pem: string | undefined, path: string | undefined, files: Files): string | undefined {
  if (!path) return pem || undefined
  try {
    return new TextDecoder().decode(files.readSync(path))
  } catch (error) {
    throw new CodedError('config', `tls_config: unable to read ${what} ${path}: ${messageOf(error)}`, { cause: error })
  }
}

function sameTls(a: TlsOptions | undefined, b: TlsOptions | undefined): boolean {
  return a?.ca === b?.ca && a?.cert === b?.cert && a?.key === b?.key
}

/** Prometheus's rule: with `no_proxy` this machine is reached directly too, without it everything goes to the proxy. */
function proxyRule(config: ProxyConfig, http: HttpClients): ((url: URL) => ProxyOptions | undefined) | undefined {
  const connectHeaders = headerFields(config.proxyConnectHeader)
  const withHeaders = (proxy: ProxyOptions): ProxyOptions =>
    connectHeaders.length === 0 ? proxy : { ...proxy, connectHeaders }

  if (config.proxyFromEnvironment) {
    // Equal answers stay the same object: clients recognise a proxy by identity.
    const known = new Map<ProxyOptions, ProxyOptions>()
    return (url) => {
      const found = http.proxyFromEnvironment(url)
      if (found === undefined) return undefined
      let proxy = known.get(found)
      if (proxy === undefined) known.set(found, (proxy = withHeaders(found)))
      return proxy
    }
  }
  if (!config.proxyUrl) return undefined
  const proxy = withHeaders({ url: config.proxyUrl })
  if (!config.noProxy) return () => proxy
  const bypassed = parseNoProxy(config.noProxy)
  return (url) => (bypassed(url) ? undefined : proxy)
}

export function headerFields(headers: HeaderMap | undefined): readonly HeaderField[] {
  return Object.entries(headers ?? {}).flatMap(([name, values]) => values.map((value): HeaderField => [name, value]))
}
