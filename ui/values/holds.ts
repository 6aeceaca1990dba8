/** Why a node takes no work, in a sentence. */
import type { HoldReport } from '../../core/api/node.ts'

export function holdSentence(hold: HoldReport): string {
  if (hold.kind === 'joining')
    return 'It is still looking for its peers, and takes targets when it knows who else is there.'
  if (hold.kind === 'too-small')
    return `The cluster has ${hold.size} of the ${hold.minimum} nodes that --cluster.wait-for-size asks for; nobody scrapes shared targets before.`
  return `Another node at ${hold.rival} goes by the same name. One of them needs another --cluster.node-name.`
}
