/** Each runtime tests the server and the peer client that it will use. */
import type { FetchHandler, Listening, ListenOptions, Patience } from '../../../adapters/shared/listen.ts'
import type { PeerClients } from '../../../core/ports.ts'

export const RUNTIME: 'deno' | 'bun' | 'node' = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node'

type ListenWith = (handler: FetchHandler, options: ListenOptions, patience: Patience) => Promise<Listening>

const server = (await (RUNTIME === 'deno'
  ? import('../../../adapters/deno/http-server.ts')
  : import('../../../adapters/shared/http-server.ts'))) as { listenWith: ListenWith }

const clients = (await (RUNTIME === 'deno'
  ? import('../../../adapters/deno/peer-clients.ts')
  : import('../../../adapters/shared/peer-clients.ts'))) as { peerClients: PeerClients }

export const listenWith: ListenWith = server.listenWith
export const peerClients: PeerClients = clients.peerClients
