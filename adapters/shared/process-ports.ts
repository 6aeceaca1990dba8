/** All ports of a process on the node:* modules that Node, Bun and Deno share. */
import type { PeerClients, Ports } from '../../core/ports.ts'
import { clock } from './clock.ts'
import { createCodecs } from './codecs.ts'
import { dns } from './dns.ts'
import { files } from './files.ts'
import { createHost } from './host.ts'
import { createHttpClients } from './http-client.ts'
import { random } from './random.ts'

/** `runtime`: name and version, such as `node 22.1.0`; `peers`: HTTP/2 is not spoken the same way everywhere. */
export function processPorts(runtime: string, peers: PeerClients): Ports {
  const host = createHost(runtime)
  return { clock, random, files, dns, host, codecs: createCodecs(), http: createHttpClients(host.env), peers }
}
