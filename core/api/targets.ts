/** GET /api/v1/targets and /api/v1/explain: who scrapes what, how it goes, and why it is that node. */
import type { HoldReport, Timestamp } from './node.ts'

export type TargetHealthName = 'up' | 'down' | 'unknown'

export type LabelTexts = Readonly<Record<string, string>>

export interface TargetRow {
  /** Id of the prometheus.scrape component. */
  readonly component: string
  /** 16 hexadecimal digits: what the ring is asked for. With the component it identifies a target. */
  readonly key: string
  readonly job: string
  /** Empty when only its owner could tell. */
  readonly url: string
  /** As its samples get them; for a target of a node that couldn't be asked, as discovered without those that begin with `__`. */
  readonly labels: LabelTexts
  /** Null when the targets of the component aren't shared, or nobody participates. */
  readonly owner: string | null
  /** Name of the node that told how it is; null when none did, and then the rest is unknown. */
  readonly toldBy: string | null
  readonly health: TargetHealthName
  readonly lastScrape: Timestamp | null
  readonly durationSeconds: number
  readonly samples: number
  readonly intervalSeconds: number
  /** Empty when the last scrape went well. */
  readonly error: string
}

export type TargetSort = 'url' | 'job' | 'component' | 'owner' | 'health' | 'lastScrape' | 'duration' | 'samples'

/**
 * `search`: words, all of which must hold: `instance=10.0.0.7:9100`, `job!=node`, with `*` for any characters; a word without
 * a comparison is looked for anywhere in URL, labels and error, whatever its case.
 */
export interface TargetQuery {
  readonly search: string
  readonly health: TargetHealthName | undefined
  readonly owner: string | undefined
  readonly component: string | undefined
  readonly sort: TargetSort
  readonly descending: boolean
  readonly offset: number
  /** At most MAX_TARGETS_PER_PAGE. */
  readonly limit: number
  /** `node`: only what the asked node scrapes itself. */
  readonly scope: 'fleet' | 'node'
}

export interface TargetsPage {
  /** In the fleet, and those that the query is about. */
  readonly total: number
  readonly matched: number
  /** Of those matched. */
  readonly health: { readonly up: number; readonly down: number; readonly unknown: number }
  readonly targets: readonly TargetRow[]
  /** All components that scrape, and all owners, for choosing from. */
  readonly components: readonly string[]
  readonly owners: readonly string[]
  /** Nodes that didn't answer; what they scrape is listed with health `unknown`. */
  readonly unanswered: readonly Unanswered[]
}

/** A node that was asked in vain, or could not be. */
export interface Unanswered {
  readonly node: string
  readonly reason: string
}

/** How a target came to its labels: one component after the other, beginning with what was discovered. */
export interface RelabelStage {
  readonly component: string
  readonly input: LabelTexts
  readonly steps: readonly RelabelStep[]
  /** Null when a rule dropped it. */
  readonly output: LabelTexts | null
}

export interface RelabelStep {
  /** The rule as configured, on one line: `replace [__address__] (.*) -> instance = $1`. */
  readonly rule: string
  readonly changes: readonly { readonly label: string; readonly before: string | null; readonly after: string | null }[]
  readonly dropped: boolean
}

/** Since when a target is its owner's, and what brought it there. */
export interface OwnedSince {
  /** Null when it was so before anything that the asked node remembers. */
  readonly at: Timestamp | null
  readonly before: string | null
  /** Nodes whose coming or going did it. */
  readonly joined: readonly string[]
  readonly left: readonly string[]
  readonly sentence: string
}

export interface TargetExplanation {
  /** With the last scrape, asked from its owner. */
  readonly target: TargetRow
  /** The asked node, by whose view of the cluster this is. */
  readonly by: string
  /** Whether the asked node scrapes it. */
  readonly local: boolean
  readonly reason:
    | 'not-clustered'
    | 'nobody-participates'
    | 'owner'
    | 'other-owner'
    | 'joining'
    | 'too-small'
    | 'name-conflict'
  readonly hold: HoldReport | null
  /** The token on the ring that took the key. */
  readonly token: string | null
  /** Who gets it if the owner leaves, then if that one leaves too. */
  readonly runnersUp: readonly string[]
  /** Why it is the owner's, in one sentence. */
  readonly sentence: string
  readonly since: OwnedSince
  readonly relabelling: readonly RelabelStage[]
  /** Why its owner could not be asked; null when it was. */
  readonly unanswered: string | null
}

/** A target that discovery found and relabelling dropped, for who looks for one that isn't scraped. */
export interface DroppedTarget {
  readonly stages: readonly RelabelStage[]
  readonly sentence: string
}

/** Asked by component and key, or by a search: explains when exactly one target is meant, else says which ones are. */
export type ExplainAnswer =
  | { readonly found: 'one'; readonly explanation: TargetExplanation }
  /** The first ones, when there are many. */
  | { readonly found: 'several'; readonly matched: number; readonly targets: readonly TargetRow[] }
  | {
      readonly found: 'none'
      /** Whom relabelling dropped among those that match. */
      readonly dropped: readonly DroppedTarget[]
      /** Nodes that didn't answer: what they scrape was searched as far as others know it. */
      readonly unanswered: readonly Unanswered[]
    }
