/** What flows along the edges, out of the messages of the graph's stream. Pure. */
import type { WebFlow } from '../../core/api/web.ts'
import { short } from '../look/format.ts'

export interface Flow {
  /** Events per second. */
  readonly rate: number
  readonly type: string
}

const UNITS: Readonly<Record<string, string>> = {
  target: 'targets/s',
  prometheus_metric: 'samples/s',
  loki_log: 'lines/s',
}

export function edgeId(from: string, to: string): string {
  return `${from}\n${to}`
}

/** By edge. Undefined when the message isn't one of ours. */
export function readFlows(text: string): ReadonlyMap<string, Flow> | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(message)) return undefined
  const flows = new Map<string, Flow>()
  for (const { componentID, targetComponentIDs, type, rate } of message as readonly WebFlow[]) {
    for (const target of targetComponentIDs ?? []) {
      const before = flows.get(edgeId(componentID, target))
      flows.set(edgeId(componentID, target), { rate: rate + (before?.rate ?? 0), type })
    }
  }
  return flows
}

export function flowText({ rate, type }: Flow): string {
  return `${short(rate)} ${UNITS[type] ?? 'events/s'}`
}
