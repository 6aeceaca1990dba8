/** The ports on Node, and how to listen there. */
import process from 'node:process'
import type { Ports } from '../../core/ports.ts'
import { peerClients } from '../shared/peer-clients.ts'
import { type ProcessOptions, processPorts } from '../shared/process-ports.ts'

export { listen } from '../shared/http-server.ts'

export function nodePorts(options?: ProcessOptions): Ports {
  return processPorts(`node ${process.versions['node']}`, peerClients, options)
}
