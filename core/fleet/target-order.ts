/**
 * In which order targets are listed. By what is asked for first, then by URL, component, key and teller, so that every two
 * targets have an order and every node comes to the same one: pages of several nodes can be merged.
 */
import type { TargetHealthName, TargetRow, TargetSort } from '../api/targets.ts'
import type { TargetStatus } from '../scrape/loop.ts'

export type SortKey = string | number

/** What is wrong comes first. */
const RANKS: Readonly<Record<TargetHealthName, number>> = { down: 0, unknown: 1, up: 2 }

/** Of a target that this node scrapes. `url`: as shown. */
export function sortKeyOf(
  sort: TargetSort,
  status: Pick<TargetStatus, 'job' | 'health' | 'lastScrape' | 'lastScrapeDurationSeconds' | 'lastSamples'>,
  shown: { readonly url: string; readonly component: string; readonly owner: string },
): SortKey {
  switch (sort) {
    case 'url':
    case 'component':
    case 'owner':
      return shown[sort]
    case 'job':
      return status.job
    case 'health':
      return RANKS[status.health]
    case 'lastScrape':
      return Math.trunc(status.lastScrape)
    case 'duration':
      return status.lastScrapeDurationSeconds
    case 'samples':
      return status.lastSamples
  }
}

/** The same of a row. */
export function sortKeyOfRow(sort: TargetSort, row: TargetRow): SortKey {
  switch (sort) {
    case 'url':
    case 'component':
    case 'job':
      return row[sort]
    case 'owner':
      return row.owner ?? ''
    case 'health':
      return RANKS[row.health]
    case 'lastScrape':
      return row.lastScrape === null ? 0 : Date.parse(row.lastScrape)
    case 'duration':
      return row.durationSeconds
    case 'samples':
      return row.samples
  }
}

export type CompareRows = (a: TargetRow, b: TargetRow) => number

/** Only what is asked for is turned round; what else decides stays as it is. */
export function rowOrder(sort: TargetSort, descending: boolean): CompareRows {
  const way = descending ? -1 : 1
  return (a, b) =>
    way * compare(sortKeyOfRow(sort, a), sortKeyOfRow(sort, b)) ||
    compare(a.url, b.url) ||
    compare(a.component, b.component) ||
    compare(a.key, b.key) ||
    compare(a.toldBy ?? '', b.toldBy ?? '')
}

export function compare(a: SortKey, b: SortKey): number {
  return a < b ? -1 : a > b ? 1 : 0
}
