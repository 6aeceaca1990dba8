/** PeerClients of ports.ts on Deno's fetch. */
import { CodedError } from '../../core/errors.ts'
import type { PeerClients } from '../../core/ports.ts'

export const peerClients: PeerClients = {
  open() {
    throw new CodedError('unsupported', 'not written yet')
  },
}
