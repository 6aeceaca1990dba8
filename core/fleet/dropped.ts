/** Targets that were found and won't be scraped, with what drops them: for people who look for one in vain. */
import type { DroppedTarget, RelabelStage } from '../api/targets.ts'
import { labelsFromMap } from '../labels/labels.ts'
import { relabel } from '../labels/relabel.ts'
import { MAX_EXPLAINED_MATCHES } from '../limits.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import { buildTarget } from '../scrape/target.ts'
import type { Slices } from '../time/slices.ts'
import { relabelStage, scrapeStage } from './relabel-stage.ts'
import type { Tracing } from './relabel-trace.ts'
import type { Reports } from './reports.ts'
import { parseSearch, type Searched } from './search.ts'
import { plainUrl, shownLabels } from './target-row.ts'

export interface DroppedDeps {
  readonly reports: Pick<Reports, 'jobs' | 'relabellings'>
  readonly tracing: Tracing
  readonly slices: Slices
}

/** Between two yields. */
const LOOKS_PER_STEP = 128

/**
 * The first ones that the search means, as they were before the component that dropped them. `component`: only what could have
 * come to this prometheus.scrape.
 */
export async function droppedTargets(
  search: string,
  component: string | undefined,
  { reports, tracing, slices }: DroppedDeps,
): Promise<readonly DroppedTarget[]> {
  const parsed = parseSearch(search)
  if (!parsed.ok) return []
  const matches = (labels: TargetLabels): boolean => parsed.search.matches(searched(labels), NO_KEY)
  const relabellings = component === undefined ? reports.relabellings.all() : tracing.relabellingsBefore(component)
  const jobs = reports.jobs.all().filter((job) => component === undefined || job.component === component)
  const found: { readonly component: string; readonly labels: TargetLabels; readonly last: RelabelStage }[] = []
  for (const { component, given, rules } of relabellings) {
    const isDropped = (labels: TargetLabels): boolean => relabel(labelsFromMap(labels), rules()) === undefined
    for (const labels of await slices.run(chosen(given(), matches, isDropped, MAX_EXPLAINED_MATCHES - found.length))) {
      found.push({ component, labels, last: relabelStage(component, labels, rules()) })
    }
  }
  for (const { component, given, config } of jobs) {
    const isWrong = (labels: TargetLabels): boolean => !buildTarget(labels, config()).ok
    for (const labels of await slices.run(chosen(given(), matches, isWrong, MAX_EXPLAINED_MATCHES - found.length))) {
      found.push({ component, labels, last: scrapeStage(component, labels, config()) })
    }
  }
  const dropped: DroppedTarget[] = []
  for (const { component, labels, last } of found) {
    const stages = [...(await tracing.stagesBefore(component, labels)), last]
    dropped.push({ stages, sentence: droppedSentence(last) })
  }
  return dropped
}

/** What people know of a target is how it would look when scraped. */
function searched(given: TargetLabels): Searched {
  const address = given.get('__address__') ?? ''
  const labels = labelsFromMap(given.has('instance') ? given : new Map([...given, ['instance', address]]))
  return { url: plainUrl(given, USUAL), labels: shownLabels(labels), error: '' }
}

const USUAL = { scheme: 'http', metricsPath: '/metrics' } as const

/** It has a key only when it comes to be scraped. */
const NO_KEY = (): string => ''

function* chosen(
  given: readonly TargetLabels[],
  matches: (labels: TargetLabels) => boolean,
  isLost: (labels: TargetLabels) => boolean,
  most: number,
): Generator<undefined, readonly TargetLabels[]> {
  const found: TargetLabels[] = []
  for (let i = 0; i < given.length && found.length < most; i++) {
    if (i % LOOKS_PER_STEP === LOOKS_PER_STEP - 1) yield
    if (!matches(given[i])) continue
    yield
    if (isLost(given[i])) found.push(given[i])
  }
  return found
}

/** Of the stage that dropped it. */
export function droppedSentence({ component, steps }: RelabelStage): string {
  const last = steps.at(-1)
  if (last === undefined) return `${component} drops it: it has no labels.`
  if (component.includes('prometheus.scrape.')) return `${component} can't scrape it: ${last.rule}.`
  const which = `rule ${steps.length}, ${last.rule}`
  return last.changes.length === 0
    ? `${component} drops it by its ${which}.`
    : `${component} drops it: its ${which}, leaves it no label.`
}
