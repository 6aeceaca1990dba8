/** GET <prefix>api/v0/web/…: Alloy's own API, in Alloy's shapes; names and omissions are Alloy's, too. */
import type { Timestamp } from './node.ts'

export interface WebComponent {
  /** Of its kind: `prometheus.scrape`. */
  readonly name: string
  readonly type: string
  /** Unique in its module. */
  readonly localID: string
  /** Empty for the configuration itself. */
  readonly moduleID: string
  readonly label?: string
  readonly referencesTo: readonly string[]
  readonly referencedBy: readonly string[]
  readonly dataFlowEdgesTo: readonly string[]
  readonly health: {
    readonly state: 'healthy' | 'unhealthy' | 'unknown' | 'exited'
    readonly message: string
    readonly updatedTime: Timestamp
  }
  readonly arguments: readonly WebStatement[]
  readonly exports: readonly WebStatement[]
  readonly debugInfo: readonly WebStatement[]
  readonly createdModuleIDs?: readonly string[]
  readonly liveDebuggingEnabled: boolean
}

export type WebStatement =
  | { readonly name: string; readonly type: 'attr'; readonly value: WebValue }
  | { readonly name: string; readonly type: 'block'; readonly label?: string; readonly body: readonly WebStatement[] }

export type WebValue =
  | { readonly type: 'null'; readonly value?: null }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'number'; readonly value: number | string }
  | { readonly type: 'string' | 'capsule' | 'function'; readonly value: string }
  | { readonly type: 'array'; readonly value: readonly WebValue[] }
  | { readonly type: 'object'; readonly value: readonly { readonly key: string; readonly value: WebValue }[] }

/** One of the messages of `graph`: what flowed from a component within the window, in events per second. */
export interface WebFlow {
  readonly componentID: string
  readonly targetComponentIDs: readonly string[]
  readonly type: string
  readonly rate: number
}
