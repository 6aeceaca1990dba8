/** How the targets of each component are shared between the nodes, and what changed in that: this node's view, for people. */
import type { JobShares, OwnershipView, ShareChange } from '../api/ownership.ts'
import { MAX_NAMES_IN_CHANGES } from '../limits.ts'
import type { Distribution } from '../ownership/distribute.ts'
import type { RecordedOwnership, ShareRecord } from '../ownership/types.ts'
import type { Slices } from '../time/slices.ts'
import { keysOfGiven } from './given-keys.ts'
import type { Reports, ScrapeJob } from './reports.ts'
import { timestamp } from './timestamp.ts'

export interface OwnershipViewDeps {
  readonly reports: Pick<Reports, 'jobs'>
  readonly ownership: RecordedOwnership
  readonly slices: Slices
}

export interface OwnershipViews {
  view(): Promise<OwnershipView>
  /** By name of the owner: targets of all jobs that are shared, as this node computes it. */
  sharesByOwner(): Promise<ReadonlyMap<string, number>>
}

type Counts = ReadonlyMap<string, number>

/** Between two yields: some 0.2 ms. */
const KEYS_PER_STEP = 2_048
const LOOKS_PER_STEP = 1_024

export function createOwnershipViews({ reports, ownership, slices }: OwnershipViewDeps): OwnershipViews {
  /** Whoever looks again before anything has changed gets what was counted. */
  const counted = new WeakMap<Distribution, Promise<Counts>>()

  function countsOf(distribution: Distribution): Promise<Counts> {
    let counts = counted.get(distribution)
    if (counts === undefined) counted.set(distribution, (counts = slices.run(countOwners(distribution))))
    return counts
  }

  async function sharesOf(job: ScrapeJob): Promise<JobShares> {
    const distribution = job.distribution()
    const given = job.given()
    const total = given.length
    const about = { component: job.component, clustered: job.shared() }
    if (distribution === undefined) {
      const none = { local: 0, foreign: 0, held: 0, duplicate: 0, byOwner: {} }
      // One that is shared and still being split has nothing yet.
      if (about.clustered) return { ...about, ...none, total, held: total }
      const local = await slices.run(countScraped(job))
      const { duplicates } = await keysOfGiven(given, slices)
      return { ...about, ...none, total, local, duplicate: duplicates.length }
    }
    const byOwner = Object.fromEntries(await countsOf(distribution))
    return { ...about, total: distribution.keyed.targets.length, ...distribution.counts, byOwner }
  }

  return {
    async view() {
      const { self, clustered, hold } = ownership.shares()
      const jobs: JobShares[] = []
      for (const job of reports.jobs.all()) jobs.push(await sharesOf(job))
      return { node: self, clustered, hold: hold ?? null, jobs, changes: changesOf(ownership.history()) }
    },
    async sharesByOwner() {
      const sum = new Map<string, number>()
      for (const job of reports.jobs.all()) {
        const distribution = job.distribution()
        if (distribution === undefined) continue
        for (const [name, count] of await countsOf(distribution)) sum.set(name, (sum.get(name) ?? 0) + count)
      }
      return sum
    },
  }
}

function* countScraped(job: ScrapeJob): Generator<undefined, number> {
  let count = 0
  let looks = 0
  for (const { leaving } of job.scraped()) {
    if (++looks % LOOKS_PER_STEP === 0) yield
    if (!leaving) count++
  }
  return count
}

function* countOwners({ keyed, shares }: Distribution): Generator<undefined, Counts> {
  const { keys, duplicates } = keyed
  const { ring } = shares
  const counts = new Uint32Array(ring.names.length)
  const total = keys.length / 2
  let nextDuplicate = 0
  for (let from = 0; from < total && ring.size > 0; from += KEYS_PER_STEP) {
    const end = Math.min(total, from + KEYS_PER_STEP)
    for (let i = from; i < end; i++) {
      if (duplicates[nextDuplicate] === i) nextDuplicate++
      else counts[ring.owner(keys[2 * i], keys[2 * i + 1])]++
    }
    yield
  }
  return new Map(ring.names.map((name, i) => [name, counts[i]]))
}

/** The newest first, as many as there is room for. */
function changesOf(records: readonly ShareRecord[]): readonly ShareChange[] {
  const changes: ShareChange[] = []
  let names = 0
  for (let i = records.length - 1; i >= 0; i--) {
    const { at, participants, hold } = records[i]
    names += participants.length
    if (changes.length > 0 && names > MAX_NAMES_IN_CHANGES) break
    const before = records.at(i - 1)?.participants ?? []
    const [was, is] = [new Set(i === 0 ? [] : before), new Set(participants)]
    changes.push({
      at: timestamp(at),
      participants,
      joined: participants.filter((name) => !was.has(name)),
      left: [...was].filter((name) => !is.has(name)),
      hold: hold ?? null,
    })
  }
  return changes
}
