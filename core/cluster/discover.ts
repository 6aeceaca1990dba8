/**
 * Where to look for peers: the addresses of `--cluster.join-addresses`, or a provider of `--cluster.discover-peers`. The string of
 * the latter may hold secrets and never gets into a log or a message.
 */
import type { Dns } from '../ports.ts'
import { parseDiscoverString } from './discover-string.ts'
import { type Discover, discoverNothing } from './discovery.ts'
import { type JoinEntry, resolveJoinEntries } from './join-addresses.ts'
import { type KubernetesPorts, podPeers } from './kubernetes-pods.ts'

export interface DiscoverySettings {
  readonly joinEntries: readonly JoinEntry[]
  /** Empty for none. */
  readonly discoverPeers: string
  /** For addresses that come without one: the port this node listens at. */
  readonly defaultPort: number
}

export interface DiscoveryPorts extends KubernetesPorts {
  readonly dns: Dns
}

const SUPPORTED = 'this version of skein supports provider=k8s and provider=srv, and names by --cluster.join-addresses'

export interface Discovery {
  readonly discover: Discover
  /** Why the setting can't be followed: the node is on its own then. */
  readonly warning?: string
}

export function createDiscover(settings: DiscoverySettings, ports: DiscoveryPorts): Discovery {
  const { joinEntries, discoverPeers, defaultPort } = settings
  if (joinEntries.length > 0) return { discover: () => resolveJoinEntries(joinEntries, defaultPort, ports.dns) }
  if (discoverPeers.trim() === '') return { discover: discoverNothing }
  const parsed = parseDiscoverString(discoverPeers)
  if (!parsed.ok) return useless(`can't be read: ${parsed.problem}`)
  const { values } = parsed
  switch (values.get('provider')) {
    case 'k8s':
      return { discover: () => podPeers(values, defaultPort, ports) }
    case 'srv': {
      const [service, domain] = [values.get('service') ?? '', values.get('domain') ?? '']
      if (service === '' || domain === '') return useless('is provider=srv without service or domain: it needs both')
      const host = `_${service}._${values.get('proto') || 'tcp'}.${domain}`
      const entry: JoinEntry = { text: host, method: 'service', host, port: undefined }
      return { discover: () => resolveJoinEntries([entry], defaultPort, ports.dns) }
    }
    case undefined:
      return useless(`names no provider; ${SUPPORTED}`)
    default:
      return useless(`has a provider that is not supported; ${SUPPORTED}`)
  }
}

function useless(why: string): Discovery {
  return { discover: discoverNothing, warning: `--cluster.discover-peers ${why}. This node looks for nobody` }
}
