/**
 * The settings of a cluster as people give them, checked, and made into what a node is started with. Owns the rules for
 * `--cluster.*`; how a command line is read is the adapter's.
 */
import { messageOf } from '../errors.ts'
import { MAX_NODE_NAME_BYTES } from '../limits.ts'
import type { Ports, TlsOptions } from '../ports.ts'
import type { PeerAddress } from './address.ts'
import { addressOfInterfaces, advertisedAddress } from './advertise.ts'
import { readSecrets } from './auth-secrets.ts'
import { createDiscover, type Discovery } from './discover.ts'
import type { GateSettings } from './gate.ts'
import { canonicalIp, hostOf, isLoopback, isUnspecified, peerAddress, splitHostPort } from './ip.ts'
import type { JoinSettings } from './join.ts'
import { type JoinEntry, parseJoinEntry } from './join-addresses.ts'

/** As typed; empty text is the default. Lists are split at commas, without spaces around the parts and without empty ones. */
export interface ClusterFlags {
  readonly nodeName: string
  readonly advertiseAddress: string
  readonly advertiseInterfaces: readonly string[]
  readonly joinAddresses: readonly string[]
  readonly discoverPeers: string
  readonly rejoinIntervalMs: number
  readonly maxJoinPeers: number
  readonly name: string
  readonly enableTls: boolean
  readonly tlsCaPath: string
  readonly tlsCertPath: string
  readonly tlsKeyPath: string
  readonly tlsServerName: string
  readonly waitForSize: number
  readonly waitTimeoutMs: number
  readonly probeIntervalMs: number
  readonly dnsServers: readonly string[]
  readonly authSecretFile: string
  readonly authTokenLifetimeMs: number
}

/** Everything that a node of a cluster is started with. */
export interface ClusterOptions {
  readonly nodeName: string
  readonly clusterName: string
  readonly address: PeerAddress
  /** Where else this node may be found: the port it listens at on its interfaces. */
  readonly ownAddresses: ReadonlySet<PeerAddress>
  readonly discover: Discovery['discover']
  readonly join: JoinSettings
  readonly gate: GateSettings
  readonly probeIntervalMs: number
  /** Of connections to peers; undefined for plain HTTP/2. */
  readonly tls: TlsOptions | undefined
  /** Undefined: peers needn't prove anything. */
  readonly auth: { readonly secretFile: string; readonly tokenLifetimeMs: number } | undefined
}

export type PreparedCluster =
  | { readonly ok: true; readonly options: ClusterOptions; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** On the wire its length has one byte. */
const MAX_LABEL_BYTES = 255
const MIN_PROBE_INTERVAL_MS = 100
const MAX_PROBE_INTERVAL_MS = 60_000
const MIN_TOKEN_LIFETIME_MS = 5_000
const MAX_TOKEN_LIFETIME_MS = 3_600_000

/** What shows without looking at the machine: wrong usage. */
export function flagProblems(flags: ClusterFlags): readonly string[] {
  const problems: string[] = []
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  const wrong = (flag: string, text: string): number => problems.push(`flag --cluster.${flag} ${text}`)

  if (flags.joinAddresses.length > 0 && flags.discoverPeers !== '') {
    problems.push('flags --cluster.join-addresses and --cluster.discover-peers exclude each other: keep one of the two')
  }
  if (bytes(flags.name) > MAX_LABEL_BYTES) {
    wrong('name', `has ${bytes(flags.name)} bytes; it may have ${MAX_LABEL_BYTES}: shorten it on all nodes`)
  }
  if (bytes(flags.nodeName) > MAX_NODE_NAME_BYTES) {
    wrong('node-name', `has ${bytes(flags.nodeName)} bytes; it may have ${MAX_NODE_NAME_BYTES}: shorten it`)
  }
  if (flags.maxJoinPeers < 0) wrong('max-join-peers', `is 0 for all or a number of peers, not ${flags.maxJoinPeers}`)
  if (flags.waitForSize < 0)
    wrong('wait-for-size', `is 0 for no minimum or a number of peers, not ${flags.waitForSize}`)
  if (flags.waitTimeoutMs < 0) wrong('wait-timeout', 'is 0 for ever or a duration such as 2m, not less than nothing')
  if (flags.probeIntervalMs < MIN_PROBE_INTERVAL_MS || flags.probeIntervalMs > MAX_PROBE_INTERVAL_MS) {
    wrong(
      'probe-interval',
      'is between 100ms and 1m: faster costs packets, slower leaves targets of a dead node unscraped',
    )
  }
  if (flags.authTokenLifetimeMs < MIN_TOKEN_LIFETIME_MS || flags.authTokenLifetimeMs > MAX_TOKEN_LIFETIME_MS) {
    wrong('auth-token-lifetime', 'is between 5s and 1h')
  }
  for (const text of flags.joinAddresses) {
    if (parseJoinEntry(text) !== undefined) continue
    wrong(
      'join-addresses',
      `has "${text}", which is neither host nor host:port; write 10.0.0.2:12345, [fd00::2]:12345 or a name`,
    )
  }
  for (const text of flags.dnsServers) {
    const split = splitHostPort(text)
    if (split !== undefined && canonicalIp(split.host) !== undefined) continue
    wrong('dns-servers', `has "${text}", which is no address of a name server; write 127.0.0.1:8600 or [::1]:53`)
  }
  if (flags.advertiseAddress !== '' && splitHostPort(flags.advertiseAddress) === undefined) {
    wrong(
      'advertise-address',
      `is host or host:port, such as 10.0.0.1:12345 or [fd00::1]:12345, not "${flags.advertiseAddress}"`,
    )
  }
  if (flags.enableTls && (flags.tlsCertPath === '') !== (flags.tlsKeyPath === '')) {
    const missing = flags.tlsCertPath === '' ? 'tls-cert-path' : 'tls-key-path'
    problems.push(
      `flag --cluster.${missing} is missing: a client certificate needs both --cluster.tls-cert-path and --cluster.tls-key-path`,
    )
  }
  return problems
}

export interface ListeningAt {
  /** As given to the server; empty for all interfaces. */
  readonly host: string
  readonly port: number
}

/** Looks at the machine: names, interfaces, files. Never rejects; tells all problems at once. */
export async function prepareCluster(
  flags: ClusterFlags,
  listening: ListeningAt,
  ports: Ports,
): Promise<PreparedCluster> {
  const problems: string[] = []
  const warnings: string[] = []
  const nodeName = flags.nodeName === '' ? ports.host.hostname : flags.nodeName
  if (nodeName === '') problems.push("this machine's name can't be read; name the node with --cluster.node-name")

  const interfaces = ports.host.interfaces()
  const advertised =
    flags.advertiseAddress === ''
      ? addressOfInterfaces(interfaces, flags.advertiseInterfaces, listening.port)
      : await advertisedAddress(flags.advertiseAddress, listening.port, ports.dns)
  if (!advertised.ok) problems.push(advertised.problem)
  else if (advertised.warning !== undefined) warnings.push(advertised.warning)

  const tls = readTls(flags, ports, problems)
  const discovery = createDiscover(
    {
      joinEntries: flags.joinAddresses.map(parseJoinEntry).filter((entry): entry is JoinEntry => entry !== undefined),
      discoverPeers: flags.discoverPeers,
      defaultPort: listening.port,
    },
    ports,
  )
  if (discovery.warning !== undefined) warnings.push(discovery.warning)
  if (flags.authSecretFile !== '') {
    const secrets = readSecrets(ports.files, flags.authSecretFile)
    if (!secrets.ok) problems.push(`flag --cluster.auth-secret-file: ${secrets.problem}`)
  }
  if (!advertised.ok || problems.length > 0) return { ok: false, problems }

  warnings.push(...doubts(flags, listening, advertised.address))
  const ips = interfaces.flatMap(({ addresses }) => addresses.map(canonicalIp)).filter((ip) => ip !== undefined)
  const options: ClusterOptions = {
    nodeName,
    clusterName: flags.name,
    address: advertised.address,
    ownAddresses: new Set(ownIps(listening.host, ips).map((ip) => peerAddress(ip, listening.port))),
    discover: discovery.discover,
    join: { rejoinIntervalMs: flags.rejoinIntervalMs, maxJoinPeers: flags.maxJoinPeers },
    gate: { minimum: flags.waitForSize, timeoutMs: flags.waitTimeoutMs },
    probeIntervalMs: flags.probeIntervalMs,
    tls,
    auth:
      flags.authSecretFile === ''
        ? undefined
        : { secretFile: flags.authSecretFile, tokenLifetimeMs: flags.authTokenLifetimeMs },
  }
  return { ok: true, options, warnings }
}

/** A server on all interfaces is at each of them; one on a single address only there. */
function ownIps(listenHost: string, interfaceIps: readonly string[]): readonly string[] {
  const ip = canonicalIp(listenHost)
  if (listenHost !== '' && ip !== undefined && !isUnspecified(ip)) return [ip]
  return listenHost === 'localhost' ? ['127.0.0.1', '::1'] : ['127.0.0.1', '::1', ...interfaceIps]
}

function readTls(flags: ClusterFlags, { files, peers }: Ports, problems: string[]): TlsOptions | undefined {
  if (!flags.enableTls) return undefined
  const before = problems.length
  const read = (flag: string, path: string): string | undefined => {
    if (path === '') return undefined
    try {
      return new TextDecoder().decode(files.readSync(path))
    } catch (error) {
      problems.push(`flag --cluster.${flag}: can't read ${path}: ${messageOf(error)}`)
      return undefined
    }
  }
  const ca = read('tls-ca-path', flags.tlsCaPath)
  const cert = read('tls-cert-path', flags.tlsCertPath)
  const key = read('tls-key-path', flags.tlsKeyPath)
  const tls: TlsOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(flags.tlsServerName === '' ? {} : { serverName: flags.tlsServerName }),
  }
  if (problems.length > before) return undefined
  try {
    peers.open({ tls, connectTimeoutMs: 1_000 }).close()
  } catch (error) {
    problems.push(`the files of --cluster.tls-* can't be used: ${messageOf(error)}`)
  }
  return tls
}

/** What can work but is most often a mistake. */
function doubts(flags: ClusterFlags, { host, port }: ListeningAt, address: PeerAddress): readonly string[] {
  const warnings: string[] = []
  const loopbackHost = host === 'localhost' || isLoopback(canonicalIp(host) ?? '')
  const advertisesLoopback = isLoopback(hostOf(address))
  if (loopbackHost && !advertisesLoopback) {
    warnings.push(
      `peers are told to connect to ${address}, but the server listens at ${host} only, which they can't reach: ` +
        `set --server.http.listen-addr=0.0.0.0:${port} (or [::]:${port})`,
    )
  } else if (loopbackHost || advertisesLoopback) {
    warnings.push(
      `this node can be reached from this machine only (it listens at ${host === '' ? 'all interfaces' : host} and advertises ${address}): for a cluster of ` +
        'several machines set --server.http.listen-addr=0.0.0.0:12345 and --cluster.advertise-address',
    )
  }
  if (!flags.enableTls) {
    const idle = [flags.tlsCaPath, flags.tlsCertPath, flags.tlsKeyPath, flags.tlsServerName].some((text) => text !== '')
    if (idle) warnings.push('--cluster.tls-* has no effect without --cluster.enable-tls')
    if (flags.authSecretFile !== '') {
      warnings.push(
        'without --cluster.enable-tls tokens of peers travel unencrypted and can be used by listeners until they expire',
      )
    }
  }
  if (flags.waitTimeoutMs > 0 && flags.waitForSize === 0) {
    warnings.push('--cluster.wait-timeout has no effect without --cluster.wait-for-size')
  }
  return warnings
}
