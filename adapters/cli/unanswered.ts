/** Nodes that could not be asked, for people. */
import type { Unanswered } from '../../core/api/targets.ts'
import { hanging, type Paper } from './layout.ts'

/** `consequence`: a sentence about what is missing for that. A line for each node. */
export function unansweredText(unanswered: readonly Unanswered[], consequence: string, paper: Paper): string {
  return unanswered
    .map(({ node, reason }) => hanging('', `Not told by ${node}: ${reason}. ${consequence}`, paper))
    .join('')
}
