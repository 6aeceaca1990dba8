/** The ports on Deno, and how to listen there. */
import process from 'node:process'
import type { Ports } from '../../core/ports.ts'
import { type ProcessOptions, processPorts } from '../shared/process-ports.ts'
import { peerClients } from './peer-clients.ts'

export { listen } from './http-server.ts'

export function denoPorts(options?: ProcessOptions): Ports {
  return processPorts(`deno ${process.versions['deno']}`, peerClients, options)
}
