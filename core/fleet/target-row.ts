/** How a target looks in the API. What URLs in its texts have for passwords is never shown, and so never searched either. */
import type { TargetRow } from '../api/targets.ts'
import { withoutPasswords } from '../errors.ts'
import { type Labels, labelsFromMap, labelsToMap, labelValue } from '../labels/labels.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import type { TargetStatus } from '../scrape/loop.ts'
import { labelTexts, pairsOf } from './label-texts.ts'

/** Of one that nobody told of. */
export const UNSCRAPED = { health: 'unknown', lastScrape: 0, lastScrapeDurationSeconds: 0, lastSamples: 0 } as const

type Identity = Pick<TargetRow, 'component' | 'key' | 'owner'>

export function toldRow(about: Identity, status: TargetStatus, toldBy: string): TargetRow {
  const { lastScrape } = status
  return {
    component: about.component,
    key: about.key,
    job: status.job,
    url: shownText(status.url),
    labels: labelTexts(pairsOf(status.labels)),
    owner: about.owner,
    toldBy,
    health: status.health,
    lastScrape: lastScrape === 0 ? null : new Date(lastScrape).toISOString(),
    durationSeconds: status.lastScrapeDurationSeconds,
    samples: status.lastSamples,
    intervalSeconds: status.intervalSeconds,
    error: shownText(status.lastError),
  }
}

/** `labels`: those of `untoldLabels`. */
export function untoldRow(about: Identity, labels: Labels): TargetRow {
  return {
    component: about.component,
    key: about.key,
    job: labelValue(labels, 'job'),
    url: '',
    labels: labelTexts(pairsOf(labelsFromMap(labelsToMap(labels)))),
    owner: about.owner,
    toldBy: null,
    health: 'unknown',
    lastScrape: null,
    durationSeconds: 0,
    samples: 0,
    intervalSeconds: 0,
    error: '',
  }
}

/** As discovered, with the two labels that every target has in the end. Those for internal use are left out. */
export function untoldLabels(target: TargetLabels, jobName: string): Labels {
  const labels: string[] = []
  for (const [name, value] of target) if (value !== '' && !name.startsWith('__')) labels.push(name, value)
  const address = target.get('__address__')
  if (!target.get('job')) labels.push('job', jobName)
  if (!target.get('instance') && address) labels.push('instance', address)
  return labels
}

export function shownText(text: string): string {
  return text.includes('@') ? withoutPasswords(text) : text
}

/** The same ones when there is nothing to hide, which is nearly always. */
export function shownLabels(labels: Labels): Labels {
  for (let i = 1; i < labels.length; i += 2) if (labels[i].includes('@')) return labels.map(shownText)
  return labels
}
