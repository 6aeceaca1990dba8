/** The paths of the cluster: where peers talk to each other. */
import type { Hono } from 'hono'
import type { Peers } from '../cluster/peer.ts'
import type { Connection } from '../ports.ts'

/** What comes with a request besides itself. */
export interface RequestContext {
  readonly Bindings: { readonly connection: Connection | undefined }
}

export interface ClusterRoutes {
  /** Answers what peers say; undefined when this node is in no cluster. */
  readonly transport:
    | ((request: Request, connection: Connection | undefined) => Response | Promise<Response>)
    | undefined
  readonly peers: () => Peers
}

/** ckit's base path. It doesn't move with the prefix of the pages. */
export const TRANSPORT_PATH = '/api/v1/ckit/transport/'

export function clusterRoutes(app: Hono<RequestContext>, cluster: ClusterRoutes | undefined): void {
  app.all(`${TRANSPORT_PATH}*`, (c) => {
    if (cluster?.transport === undefined) return c.text('clustering is disabled\n', 404)
    return cluster.transport(c.req.raw, c.env?.connection)
  })
}
