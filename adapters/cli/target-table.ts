/** Targets as a table, for the commands that list some. */
import type { TargetHealthName, TargetRow, TargetSort } from '../../core/api/targets.ts'
import { agoText, spanText, UNKNOWN } from './amounts.ts'
import type { Paint } from './color.ts'
import type { Paper } from './layout.ts'
import { type Cell, type Column, tableText } from './table.ts'

/** What they are sorted by is always shown. */
function columnsBy(sort: TargetSort): readonly Column[] {
  return [
    { title: 'HEALTH' },
    { title: 'URL', least: 24 },
    { title: 'JOB', least: 8 },
    { title: 'OWNER', least: 8 },
    { title: 'LAST SCRAPE' },
    { title: 'DURATION', right: true, optional: sort !== 'duration' },
    { title: 'SAMPLES', right: true, optional: sort !== 'samples' },
    { title: 'ERROR', below: true },
  ]
}

export const HEALTH_PAINTS: Readonly<Record<TargetHealthName, Paint>> = { up: 'green', down: 'red', unknown: 'faint' }

/** `now`: ms since the epoch. */
export function targetTable(targets: readonly TargetRow[], sort: TargetSort, now: number, paper: Paper): string {
  return tableText(
    columnsBy(sort),
    targets.map((target) => rowOf(target, now)),
    paper,
  )
}

function rowOf(target: TargetRow, now: number): readonly Cell[] {
  const { health, lastScrape } = target
  return [
    { text: health, paint: HEALTH_PAINTS[health] },
    addressOf(target),
    target.job,
    target.owner ?? UNKNOWN,
    agoText(lastScrape, now),
    lastScrape === null ? UNKNOWN : spanText(target.durationSeconds),
    lastScrape === null ? UNKNOWN : String(target.samples),
    errorOf(target),
  ]
}

/** Go's words for it begin with the URL, which stands beside it. */
function errorOf({ error, url }: TargetRow): string {
  const beginning = `Get "${url}": `
  return error.startsWith(beginning) ? error.slice(beginning.length) : error
}

/** Its URL; of a target whose owner didn't tell, what is known of it. */
export function addressOf({ url, labels, key }: TargetRow): string {
  return url || labels['instance'] || labels['__address__'] || `key ${key}`
}
