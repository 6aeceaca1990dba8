/**
 * Why a target is scraped where it is: everything that there is to tell of one, put together from the decision about it, the
 * history of the shares, its owner's last scrape, and the rules that made its labels. Decides nothing: what it says is what the
 * scrape loop goes by.
 */
import type { ExplainAnswer, TargetExplanation, TargetRow, Unanswered } from '../api/targets.ts'
import { hex64 } from '../hash/u64.ts'
import { MAX_EXPLAINED_MATCHES } from '../limits.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import { explain } from '../ownership/explain.ts'
import { createLookingBack, heldSince } from '../ownership/since.ts'
import type { RecordedOwnership } from '../ownership/types.ts'
import type { Slices } from '../time/slices.ts'
import { droppedSentence, droppedTargets } from './dropped.ts'
import { ANY_TARGET, type RowDeps, rowOf, unseenRow, type Wanted } from './explain-row.ts'
import { aloneSinceWords, sinceWords } from './explain-words.ts'
import { createLocating, type Located } from './locate.ts'
import type { ExplainQuery } from './queries.ts'
import { scrapeStage } from './relabel-stage.ts'
import { createTracing, type TracingDeps } from './relabel-trace.ts'
import type { Reports, ScrapeJob } from './reports.ts'

export interface ExplainDeps extends Omit<RowDeps, 'self'>, Pick<TracingDeps, 'sourcesOf'> {
  readonly reports: Pick<Reports, 'jobs' | 'relabellings'>
  readonly ownership: RecordedOwnership
  readonly slices: Slices
}

export type Explain = (query: ExplainQuery) => Promise<ExplainAnswer>

export function createExplain(deps: ExplainDeps): Explain {
  const { reports, ownership, slices, sourcesOf, targets } = deps
  const { self } = ownership.shares()
  const rowDeps: RowDeps = { ...deps, self }
  const lookingBack = createLookingBack(self, slices)
  const locating = createLocating(slices)
  const tracing = createTracing({ relabellings: reports.relabellings, sourcesOf, slices })

  async function explainSearch(search: string, component: string | undefined): Promise<ExplainAnswer> {
    const page = await targets({ ...ANY_TARGET, search, component, limit: MAX_EXPLAINED_MATCHES })
    const [first] = page.targets
    if (first === undefined) {
      const dropped = await droppedTargets(search, component, { reports, tracing, slices })
      return { found: 'none', dropped, unanswered: page.unanswered }
    }
    // Several nodes may tell of one that isn't shared.
    const isOne = page.matched <= page.targets.length && page.targets.every((row) => isSame(row, first))
    if (!isOne) return { found: 'several', matched: page.matched, targets: page.targets }
    return explainKey(first.component, first.key, page.targets.length === 1 ? first : undefined)
  }

  /** `told`: a row of it that is there already. */
  async function explainKey(component: string, key: string, told?: TargetRow): Promise<ExplainAnswer> {
    if (!/^[0-9a-f]{16}$/.test(key)) return nothing([])
    const job = reports.jobs.get(component)
    const located = job && (await locating.find(job, key))
    if (located !== undefined) {
      const explanation = await (located.job.shared() ? explainShared(located, told) : explainOwn(located, told))
      return { found: 'one', explanation }
    }
    const page = told === undefined ? await targets({ ...ANY_TARGET, search: `key=${key}`, component }) : undefined
    const row = told ?? page?.targets.find((one) => one.key === key)
    if (row === undefined || row.toldBy === self) return nothing(page?.unanswered ?? [])
    return { found: 'one', explanation: explainElsewhere(row) }
  }

  async function explainShared(
    { job, labels, key, shares: inForce }: Located,
    told: TargetRow | undefined,
  ): Promise<TargetExplanation> {
    const shares = inForce ?? ownership.shares()
    const why = explain(labels, shares)
    // What took effect a moment ago, and isn't carried out yet, comes later.
    const records = ownership.history().filter(({ version }) => version <= shares.version)
    const change = await lookingBack.ownedSince(key, records)
    const wanted: Wanted = { component: job.component, key: why.key, owner: why.owner ?? null, local: why.local }
    return {
      ...(await common(wanted, told, job, labels, why.sentence)),
      reason: why.reason,
      hold: shares.hold ?? null,
      token: why.token ?? null,
      runnersUp: why.runnersUp,
      since: sinceWords(change, heldSince(records), self),
    }
  }

  /** Of a job whose targets aren't shared: each node that runs it scrapes all that it finds. */
  async function explainOwn({ job, labels, key }: Located, told: TargetRow | undefined): Promise<TargetExplanation> {
    let since: number | undefined
    for (const scraped of job.scraped()) if (scraped.labels === labels) since = scraped.status.since
    const sentence = ownership.shares().clustered
      ? `${self} scrapes it: ${job.component} has no clustering block that is enabled, so each node that runs it scrapes all that it finds.`
      : `${self} scrapes it: it takes part in no cluster.`
    const wanted: Wanted = { component: job.component, key: hex64(key), owner: null, local: true }
    return {
      ...(await common(wanted, told, job, labels, sentence)),
      ...NOT_SHARED,
      since: aloneSinceWords(since),
    }
  }

  /** `sentence`: why it is its owner's, which one that can't be scraped is nobody's. */
  async function common(
    wanted: Wanted,
    told: TargetRow | undefined,
    job: ScrapeJob,
    labels: TargetLabels,
    sentence: string,
  ): Promise<Pick<TargetExplanation, 'target' | 'by' | 'local' | 'relabelling' | 'unanswered' | 'sentence'>> {
    const config = job.config()
    const last = scrapeStage(job.component, labels, config)
    if (last.output === null) {
      const relabelling = [...(await tracing.stagesBefore(job.component, labels)), last]
      const target = unseenRow(wanted, labels, config)
      return { target, by: self, local: false, sentence: droppedSentence(last), relabelling, unanswered: null }
    }
    const asked = rowOf(wanted, told, rowDeps)
    const before = await tracing.stagesBefore(job.component, labels)
    const { row, unanswered } = await asked
    return {
      // By whom it is scraped is this node's view, here as everywhere in an explanation.
      target: row === undefined ? unseenRow(wanted, labels, config) : { ...row, owner: wanted.owner },
      by: self,
      local: wanted.local,
      sentence,
      relabelling: [...before, last],
      unanswered,
    }
  }

  /** One that this node's own jobs don't have: another node told of it. */
  function explainElsewhere(row: TargetRow): TargetExplanation {
    const who = row.toldBy ?? row.owner ?? 'another node'
    const sentence = `Only ${who} can tell.`
    return {
      ...NOT_SHARED,
      target: row,
      by: self,
      local: false,
      sentence: `${who} scrapes it; among the targets that ${row.component} is given on this node it is not, so ask ${who} for the reasons.`,
      since: { at: null, before: null, joined: [], left: [], sentence },
      relabelling: [],
      unanswered: null,
    }
  }

  return (query) =>
    'key' in query ? explainKey(query.component, query.key.toLowerCase()) : explainSearch(query.search, query.component)
}

function nothing(unanswered: readonly Unanswered[]): ExplainAnswer {
  return { found: 'none', dropped: [], unanswered }
}

const NOT_SHARED: Pick<TargetExplanation, 'reason' | 'hold' | 'token' | 'runnersUp'> = {
  reason: 'not-clustered',
  hold: null,
  token: null,
  runnersUp: [],
}

function isSame(a: TargetRow, b: TargetRow): boolean {
  return a.component === b.component && a.key === b.key
}
