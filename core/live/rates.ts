/** How much flows per second out of each component, from one look to the next: what Alloy's graph shows on its edges. */
import type { Monotonic } from '../ports.ts'
import type { FlowType, Live } from './live.ts'

export interface FlowRate {
  readonly component: string
  readonly type: FlowType
  /** Undefined: to whoever refers to its exports. */
  readonly to: readonly string[] | undefined
  /** Things per second. */
  readonly rate: number
}

export interface Rates {
  /** Since the look before, of all from which anything came; the first one is measured from when this was made. */
  look(now: Monotonic): readonly FlowRate[]
}

export function createRates(live: Pick<Live, 'flows'>, start: Monotonic): Rates {
  let since = start
  let before = totals()

  /** By the flow itself: a component that was replaced counts from 0 again. */
  function totals(): Map<object, number> {
    return new Map(live.flows().map(({ flow }) => [flow, flow.total()]))
  }

  return {
    look(now) {
      const seconds = Math.max(0.001, (now - since) / 1000)
      const after = totals()
      const rates = live.flows().flatMap(({ component, flow }) => {
        const count = (after.get(flow) ?? 0) - (before.get(flow) ?? 0)
        if (count <= 0) return []
        return [{ component, type: flow.type, to: flow.to?.(), rate: count / seconds }]
      })
      rates.sort((a, b) => (a.component < b.component ? -1 : 1))
      since = now
      before = after
      return rates
    },
  }
}
