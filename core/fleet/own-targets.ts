/**
 * The targets that this node can tell of: those that it scrapes, and those of shared jobs that nobody else tells of. Owns
 * filtering, counting and ordering them. There may be a hundred thousand, asked for every other second: so nothing is made for
 * one of them before it is known to be on the page, and all of it happens in steps.
 */
import type { TargetQuery, TargetRow } from '../api/targets.ts'
import { hex64 } from '../hash/u64.ts'
import type { Labels } from '../labels/labels.ts'
import type { Distribution, TargetLabels } from '../ownership/distribute.ts'
import { targetKey } from '../ring/keys.ts'
import type { ScrapedTarget } from '../scrape/pool.ts'
import { createFirstInOrder, type FirstInOrder } from './first-in-order.ts'
import type { ScrapeJob } from './reports.ts'
import type { Search } from './search.ts'
import { compare, type SortKey, sortKeyOf } from './target-order.ts'
import {
  lastingOf,
  shownLabels,
  shownText,
  toldRow,
  UNSCRAPED,
  untoldLabels,
  untoldRow,
  untoldUrl,
} from './target-row.ts'

export interface Matched {
  total: number
  matched: number
  readonly health: { up: number; down: number; unknown: number }
}

export interface OwnTargets {
  readonly counts: Matched
  /** Those that this node scrapes. */
  addScraped(): Generator<undefined, void>
  /** Those of shared jobs whose owner is one of these nodes: nobody tells how they are. */
  addUntold(owners: ReadonlySet<string>): Generator<undefined, void>
  /** The first ones in order, as many as were wanted; to be called once, after all were added. */
  sorted(): Generator<undefined, readonly number[]>
  row(one: number): TargetRow
}

/** Between two yields: some 0.3 ms, with long searches 1 ms. */
const LOOKS_PER_STEP = 128
const OWNERS_PER_STEP = 1_024

/** `most`: rows that are wanted from the first on. */
export function createOwnTargets(
  self: string,
  jobs: readonly ScrapeJob[],
  query: Pick<TargetQuery, 'health' | 'owner' | 'component' | 'sort' | 'descending'>,
  search: Search,
  most: number,
): OwnTargets {
  const { sort } = query
  const needsOwner = query.owner !== undefined || sort === 'owner'
  const counts: Matched = { total: 0, matched: 0, health: { up: 0, down: 0, unknown: 0 } }
  const order: FirstInOrder = createFirstInOrder(most, compareTwo)
  const way = query.descending ? -1 : 1

  // A column for each thing that is known of those that match.
  const subjects: (ScrapedTarget | TargetLabels)[] = []
  const jobOf: number[] = []
  const sortKeys: SortKey[] = []
  const urls: string[] = []
  /** Upper and lower half of its key; -1 as long as nobody asked for it. */
  const his: number[] = []
  const los: number[] = []

  const halves = new Uint32Array(2)
  /** The target whose key `halves` has. */
  let keyed: TargetLabels | undefined

  function findKey(labels: TargetLabels): void {
    if (keyed === labels) return
    keyed = labels
    targetKey(labels, halves, 0)
  }

  function keyOf(labels: TargetLabels): string {
    findKey(labels)
    return hex64({ hi: halves[0], lo: halves[1] })
  }

  function labelsAt(one: number): TargetLabels {
    const subject = subjects[one]
    return isScraped(subject) ? subject.labels : subject
  }

  function compareTwo(a: number, b: number): number {
    if (a === b) return 0
    return (
      way * compare(sortKeys[a], sortKeys[b]) ||
      compare(urls[a], urls[b]) ||
      jobOf[a] - jobOf[b] ||
      compareKeys(a, b) ||
      a - b
    )
  }

  /** Equal URLs are rare, and so are keys that must be computed. */
  function compareKeys(a: number, b: number): number {
    for (const one of [a, b]) {
      if (his[one] >= 0) continue
      findKey(labelsAt(one))
      his[one] = halves[0]
      los[one] = halves[1]
    }
    return his[a] - his[b] || los[a] - los[b]
  }

  function take(
    subject: ScrapedTarget | TargetLabels,
    job: number,
    url: string,
    sortKey: SortKey,
    hi = -1,
    lo = -1,
  ): void {
    const one = subjects.push(subject) - 1
    his.push(hi)
    los.push(lo)
    jobOf.push(job)
    urls.push(url)
    sortKeys.push(sortKey)
    order.add(one)
  }

  function* addScrapedOf(job: ScrapeJob, place: number): Generator<undefined, void> {
    const { component } = job
    const wanted = query.component === undefined || query.component === component
    const distribution = job.distribution()
    let steps = 0
    for (const target of job.scraped()) {
      if (++steps % LOOKS_PER_STEP === 0) yield
      if (target.leaving) continue
      counts.total++
      const { labels, status } = target
      if (!wanted || (query.health !== undefined && query.health !== status.health)) continue
      let owner = ''
      if (needsOwner && distribution !== undefined) {
        findKey(labels)
        owner = ownerIn(distribution, halves[0], halves[1]) ?? ''
      }
      if (query.owner !== undefined && query.owner !== (owner || self)) continue
      const url = shownText(status.url)
      if (!search.everything) {
        const searched = { url, labels: shownLabels(status.labels), error: shownText(status.lastError) }
        if (!search.matches(searched, () => keyOf(labels))) continue
      }
      counts.matched++
      counts.health[status.health]++
      if (most > 0) take(target, place, url, sortKeyOf(sort, status, { url, component, owner }))
    }
  }

  function* addUntoldOf(job: ScrapeJob, place: number, owners: ReadonlySet<string>): Generator<undefined, void> {
    const distribution = job.distribution()
    if (distribution === undefined) return
    const { keyed: all, shares } = distribution
    const { names } = shares.ring
    if (!names.some((name) => owners.has(name))) return
    const silent = names.map((name) => owners.has(name))
    const { component } = job
    const config = job.config()
    const { jobName } = config
    const wanted =
      (query.component === undefined || query.component === component) &&
      (query.health === undefined || query.health === 'unknown')
    let nextDuplicate = 0
    let looks = 0
    for (let i = 0; i < all.targets.length; i++) {
      if (i % OWNERS_PER_STEP === OWNERS_PER_STEP - 1) yield
      if (all.duplicates[nextDuplicate] === i) {
        nextDuplicate++
        continue
      }
      const hi = all.keys[2 * i]
      const lo = all.keys[2 * i + 1]
      const index = shares.ring.owner(hi, lo)
      if (!silent[index]) continue
      counts.total++
      const owner = names[index]
      if (!wanted || (query.owner !== undefined && query.owner !== owner)) continue
      if (++looks % LOOKS_PER_STEP === 0) yield
      const target = all.targets[i]
      if (!search.everything) {
        const labels: Labels = shownLabels(untoldLabels(target, jobName))
        const searched = { url: untoldUrl(target, config), labels, error: '' }
        if (!search.matches(searched, () => keyOf(target))) continue
      }
      counts.matched++
      counts.health.unknown++
      if (most === 0) continue
      const status = { ...UNSCRAPED, job: target.get('job') || jobName }
      take(target, place, '', sortKeyOf(sort, status, { url: '', component, owner }), hi, lo)
    }
  }

  return {
    counts,
    *addScraped() {
      for (let i = 0; i < jobs.length; i++) yield* addScrapedOf(jobs[i], i)
    },
    *addUntold(owners) {
      if (owners.size === 0) return
      for (let i = 0; i < jobs.length; i++) yield* addUntoldOf(jobs[i], i, owners)
    },
    sorted: order.sorted,
    row(one) {
      const subject = subjects[one]
      const { component, config, distribution } = jobs[jobOf[one]]
      if (isScraped(subject)) {
        const { key } = lastingOf(subject)
        return toldRow({ component, owner: ownerIn(distribution(), key.hi, key.lo) }, subject, self)
      }
      findKey(subject)
      const owner = ownerIn(distribution(), halves[0], halves[1])
      return untoldRow({ component, key: keyOf(subject), owner }, untoldLabels(subject, config().jobName))
    },
  }
}

/** Null when nobody owns anything there. */
function ownerIn(distribution: Distribution | undefined, hi: number, lo: number): string | null {
  const ring = distribution?.shares.ring
  return ring === undefined || ring.names.length === 0 ? null : ring.names[ring.owner(hi, lo)]
}

function isScraped(subject: ScrapedTarget | TargetLabels): subject is ScrapedTarget {
  return 'status' in subject
}
