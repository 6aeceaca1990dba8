/** The flags `--cluster.*`: Alloy's, with its names and defaults, and a few of our own. What they mean is core/cluster's. */
import type { ClusterFlags } from '../../core/cluster/settings.ts'
import { parseGoDuration } from '../../core/syntax/duration.ts'
import type { Flag } from './flag.ts'

function cluster(name: string, kind: Flag['kind'], fallback: string, help: string, more: Partial<Flag> = {}): Flag {
  return { name: `cluster.${name}`, kind, fallback, help, ...more }
}

export const CLUSTER_FLAGS: readonly Flag[] = [
  cluster('enabled', 'boolean', 'false', 'Take part in a cluster whose nodes share the targets'),
  cluster('node-name', 'text', '', "Name of this node, which no other may have; the machine's name if empty"),
  cluster('advertise-address', 'text', '', 'host or host:port that peers connect to; found by itself if empty', {
    value: 'ADDRESS',
  }),
  cluster('advertise-interfaces', 'text', 'eth0,en0', 'Interfaces to find that address on, or all', {
    list: true,
    value: 'NAME,…',
  }),
  cluster('join-addresses', 'text', '', 'Peers to join, separated by commas: addresses, names, dnssrv+NAME', {
    value: 'ADDRESS,…',
  }),
  cluster('discover-peers', 'text', '', "How to find peers instead: 'provider=k8s …' or 'provider=srv …'"),
  cluster('rejoin-interval', 'duration', '60s', 'How often to look for peers again; 0 for never'),
  cluster('max-join-peers', 'integer', '5', 'Peers to join at once, chosen at random; 0 for all'),
  cluster('name', 'text', '', 'Name of the cluster; peers with another one are kept out'),
  cluster(
    'enable-tls',
    'boolean',
    'false',
    "Connect to peers by TLS; for the server's half see the block http { tls { … } }",
  ),
  cluster('tls-ca-path', 'text', '', "File with the CA of the peers' certificates; the system's if empty", {
    value: 'FILE',
  }),
  cluster('tls-cert-path', 'text', '', 'File with the certificate that this node shows to peers', { value: 'FILE' }),
  cluster('tls-key-path', 'text', '', 'File with its key', { value: 'FILE' }),
  cluster('tls-server-name', 'text', '', "Name to expect in the peers' certificates; their IP address if empty"),
  cluster('wait-for-size', 'integer', '0', 'Peers needed before clustered components work; 0 for no minimum'),
  cluster('wait-timeout', 'duration', '0s', 'How long to wait for them; 0 for ever'),
  cluster('use-discovery-v1', 'boolean', 'false', 'How peers are found', { noEffect: 'deprecated in Alloy as well' }),
  cluster(
    'probe-interval',
    'duration',
    '1s',
    "How often a peer is probed; a crash is noticed in a multiple of it (Alloy's is 5s)",
  ),
  cluster(
    'dns-servers',
    'text',
    '',
    "Name servers to ask for peers, host:port separated by commas; the system's if empty",
    { value: 'HOST:PORT,…' },
  ),
  cluster(
    'auth-secret-file',
    'text',
    '',
    'File with a secret that all peers share: those without it are refused (not for Alloy)',
    { value: 'FILE' },
  ),
  cluster('auth-token-lifetime', 'duration', '60s', 'How long a token that is made with the secret is valid'),
]

/** Takes the values of parsed flags, which have been checked for their kinds. */
export function clusterFlags(values: ReadonlyMap<string, string>): ClusterFlags {
  const text = (name: string): string => values.get(`cluster.${name}`) as string
  // Spaces around entries are a slip of the pen; Alloy keeps them and resolves nothing.
  const list = (name: string): readonly string[] =>
    text(name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  const milliseconds = (name: string): number => {
    const parsed = parseGoDuration(text(name))
    return parsed.ok ? parsed.milliseconds : 0
  }
  return {
    nodeName: text('node-name'),
    advertiseAddress: text('advertise-address').trim(),
    advertiseInterfaces: list('advertise-interfaces'),
    joinAddresses: list('join-addresses'),
    discoverPeers: text('discover-peers').trim(),
    rejoinIntervalMs: milliseconds('rejoin-interval'),
    maxJoinPeers: Number(text('max-join-peers')),
    name: text('name'),
    enableTls: text('enable-tls') === 'true',
    tlsCaPath: text('tls-ca-path'),
    tlsCertPath: text('tls-cert-path'),
    tlsKeyPath: text('tls-key-path'),
    tlsServerName: text('tls-server-name'),
    waitForSize: Number(text('wait-for-size')),
    waitTimeoutMs: milliseconds('wait-timeout'),
    probeIntervalMs: milliseconds('probe-interval'),
    dnsServers: list('dns-servers'),
    authSecretFile: text('auth-secret-file'),
    authTokenLifetimeMs: milliseconds('auth-token-lifetime'),
  }
}
