/** Targets as a table, for the commands that list some. */
import type { TargetHealthName, TargetRow } from '../../core/api/targets.ts'
import { agoText, spanText, UNKNOWN } from './amounts.ts'
import type { Paint } from './color.ts'
import type { Paper } from './layout.ts'
import { type Cell, type Column, tableText } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'HEALTH' },
  { title: 'URL', least: 24 },
  { title: 'JOB', least: 8 },
  { title: 'OWNER', least: 8 },
  { title: 'LAST SCRAPE' },
  { title: 'DURATION', right: true },
  { title: 'SAMPLES', right: true },
  { title: 'ERROR', least: 16 },
]

export const HEALTH_PAINTS: Readonly<Record<TargetHealthName, Paint>> = { up: 'green', down: 'red', unknown: 'faint' }

/** `now`: ms since the epoch. */
export function targetTable(targets: readonly TargetRow[], now: number, paper: Paper): string {
  return tableText(
    COLUMNS,
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
    target.error,
  ]
}

/** Its URL; of a target whose owner didn't tell, what is known of it. */
export function addressOf({ url, labels, key }: TargetRow): string {
  return url || labels['instance'] || labels['__address__'] || `key ${key}`
}
