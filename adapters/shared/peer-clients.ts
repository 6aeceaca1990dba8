/** PeerClients of ports.ts on node:http2, for Node and Bun. */
import { CodedError } from '../../core/errors.ts'
import type { PeerClients } from '../../core/ports.ts'

export const peerClients: PeerClients = {
  open() {
    throw new CodedError('unsupported', 'not written yet')
  },
}
