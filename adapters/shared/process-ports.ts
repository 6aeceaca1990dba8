/** All ports of a process on the node:* modules that Node, Bun and Deno share. */
import type { Ports } from '../../core/ports.ts'
import { clock } from './clock.ts'
import { createCodecs } from './codecs.ts'
import { files } from './files.ts'
import { createHost } from './host.ts'
import { createHttpClients } from './http-client.ts'
import { random } from './random.ts'

/** `runtime`: name and version, such as `node 22.1.0`. */
export function processPorts(runtime: string): Ports {
  const host = createHost(runtime)
  return { clock, random, files, host, codecs: createCodecs(), http: createHttpClients(host.env) }
}
