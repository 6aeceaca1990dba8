/** All ports of a process on the node:* modules that Node, Bun and Deno share. */
import type { PeerClients, Ports } from '../../core/ports.ts'
import { clock } from './clock.ts'
import { createCodecs } from './codecs.ts'
import { createDns } from './dns.ts'
import { files } from './files.ts'
import { createHost } from './host.ts'
import { createHttpClients } from './http-client.ts'
import { random } from './random.ts'
import { segments } from './segments.ts'

export interface ProcessOptions {
  /** `ip` or `ip:port` of DNS servers to ask instead of the system's own resolution. */
  readonly dnsServers?: readonly string[] | undefined
}

/** `runtime`: name and version, such as `node 22.1.0`; `peers`: HTTP/2 is not spoken the same way everywhere. */
export function processPorts(runtime: string, peers: PeerClients, options: ProcessOptions = {}): Ports {
  const host = createHost(runtime)
  return {
    clock,
    random,
    files,
    segments,
    dns: createDns(options.dnsServers),
    host,
    codecs: createCodecs(),
    http: createHttpClients(host.env),
    peers,
  }
}
