/** What waits to be sent to each receiver, on this node or all of them. Owns how their answers become one list. */
import type { QueueRow, QueuesView } from '../api/queues.ts'
import { isQueuesView } from '../api/shapes/queues.ts'
import type { Peer, Peers } from '../cluster/peer.ts'
import type { Clock } from '../ports.ts'
import type { Ask } from './ask.ts'
import type { Scope } from './queries.ts'
import type { Reports } from './reports.ts'
import { timestamp } from './timestamp.ts'

export interface QueuesDeps {
  readonly reports: Pick<Reports, 'deliveries'>
  /** The name under which this node tells. */
  readonly self: string
  readonly peers: () => Peers
  readonly ask: Ask
  readonly clock: Pick<Clock, 'now'>
}

/** Sorted by node, then as configured. */
export async function queuesView(scope: Scope, deps: QueuesDeps): Promise<QueuesView> {
  const { reports, self, clock } = deps
  const own = reports.deliveries
    .all()
    .flatMap(({ component, endpoints }) =>
      endpoints().map((status): QueueRow => ({ node: self, component, ...status })),
    )
  const at = timestamp(clock.now())
  if (scope === 'node') return { at, queues: own, unanswered: [] }

  const peers = deps.peers().filter(sends)
  const told = await Promise.all(peers.map((peer) => deps.ask(peer, '/api/v1/queues?scope=node', isQueuesView)))
  const queues = new Map([[self, own as readonly QueueRow[]]])
  const unanswered: { node: string; reason: string }[] = []
  for (const [i, { name }] of peers.entries()) {
    const answer = told[i]
    // Whoever answers tells of itself alone.
    if (answer.ok)
      queues.set(
        name,
        answer.value.queues.filter(({ node }) => node === name),
      )
    else unanswered.push({ node: name, reason: answer.reason })
  }
  return { at, queues: [...queues.keys()].sort().flatMap((name) => queues.get(name) ?? []), unanswered }
}

/** A node that leaves still sends what it has. Viewers that announce nothing have nothing that is known. */
function sends({ self, state, meta }: Peer): boolean {
  return !self && (state === 'participant' || meta !== undefined)
}
