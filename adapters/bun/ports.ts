/** The ports on Bun, and how to listen there. */
import process from 'node:process'
import type { Ports } from '../../core/ports.ts'
import { peerClients } from '../shared/peer-clients.ts'
import { type ProcessOptions, processPorts } from '../shared/process-ports.ts'

export { listen } from '../shared/http-server.ts'

export function bunPorts(options?: ProcessOptions): Ports {
  return processPorts(`bun ${process.versions['bun']}`, peerClients, options)
}
