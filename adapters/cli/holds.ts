/** Why a node takes no clustered work, and what its size gate waits for, in words. */
import type { GateReport, HoldReport } from '../../core/api/node.ts'
import { counted, spanText } from './amounts.ts'

export function holdText(hold: HoldReport): string {
  switch (hold.kind) {
    case 'joining':
      return 'it is joining: its peers are not found yet'
    case 'too-small':
      return `the cluster is too small: ${hold.size} of ${counted(hold.minimum, 'node')} are there`
    case 'name-conflict':
      return `another node is alive under its name, at ${hold.rival}`
    default:
      // A newer node knows more reasons.
      return (hold as { readonly kind: string }).kind
  }
}

export function gateText({ minimum, size, open, timeoutSeconds }: GateReport): string {
  if (minimum === 0) return 'none: any number of nodes may work'
  const there = `${counted(size, 'node')} of at least ${minimum}`
  if (open) return size < minimum ? `open with ${there}: it has waited long enough` : `open with ${there}`
  return `closed with ${there}: ${timeoutSeconds === 0 ? 'it waits for ever' : `it waits ${spanText(timeoutSeconds)} at most`}`
}
