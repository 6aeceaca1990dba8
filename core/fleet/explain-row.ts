/** How a target is doing, for its explanation: told by the node that scrapes it, or else what can be said without. */
import { isTargetsPage } from '../api/shapes/targets.ts'
import type { TargetQuery, TargetRow, TargetsPage } from '../api/targets.ts'
import type { Peers } from '../cluster/peer.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import type { ScrapeConfig } from '../scrape/config.ts'
import { buildTarget } from '../scrape/target.ts'
import { NO_PEER } from './answer.ts'
import type { Ask } from './ask.ts'
import { shownText, untoldLabels, untoldRow } from './target-row.ts'

export interface RowDeps {
  readonly self: string
  readonly peers: () => Peers
  readonly ask: Ask
  /** This node's own answer to GET /api/v1/targets. */
  readonly targets: (query: TargetQuery) => Promise<TargetsPage>
}

/** All targets there are, one row: what is asked is filled in. */
export const ANY_TARGET: TargetQuery = {
  search: '',
  health: undefined,
  owner: undefined,
  component: undefined,
  sort: 'url',
  descending: false,
  offset: 0,
  limit: 1,
  scope: 'fleet',
}

export interface Wanted {
  readonly component: string
  /** 16 hexadecimal digits. */
  readonly key: string
  readonly owner: string | null
  /** Whether this node scrapes it. */
  readonly local: boolean
}

export interface FoundRow {
  readonly row: TargetRow | undefined
  /** Why its owner could not tell; null when it did, or when there is nobody to ask. */
  readonly unanswered: string | null
}

/** `told`: a row of it that is there already. */
export async function rowOf(
  { component, key, owner, local }: Wanted,
  told: TargetRow | undefined,
  { self, peers, ask, targets }: RowDeps,
): Promise<FoundRow> {
  const teller = local ? self : owner
  if (teller === null || (teller === self && !local)) return { row: undefined, unanswered: null }
  if (told?.toldBy === teller) return { row: told, unanswered: null }
  const search = `key=${key}`
  const pick = (page: TargetsPage): TargetRow | undefined =>
    page.targets.find((row) => row.component === component && row.key === key)
  if (local) return { row: pick(await targets({ ...ANY_TARGET, search, component, scope: 'node' })), unanswered: null }
  const peer = peers().find(({ name }) => name === teller)
  if (peer === undefined) return { row: undefined, unanswered: NO_PEER }
  const about = `component=${encodeURIComponent(component)}&search=${encodeURIComponent(search)}`
  const answer = await ask(peer, `/api/v1/targets?scope=node&limit=1&${about}`, isTargetsPage)
  if (!answer.ok) return { row: undefined, unanswered: answer.reason }
  const row = pick(answer.value)
  return { row, unanswered: row === undefined ? NOT_SCRAPED : null }
}

const NOT_SCRAPED = 'it answered, but does not scrape it: perhaps not yet, or its configuration differs'

/** What can be said of a target that nobody tells about. */
export function unseenRow(wanted: Wanted, given: TargetLabels, config: ScrapeConfig): TargetRow {
  const row = untoldRow(wanted, untoldLabels(given, config.jobName))
  const built = buildTarget(given, config)
  if (!built.ok) return { ...row, error: shownText(built.error) }
  return { ...row, url: shownText(built.target.url.href), intervalSeconds: built.target.interval / 1000 }
}
