/** How a target looks in the API. What URLs in its texts have for passwords is never shown, and so never searched either. */
import type { LabelTexts, TargetRow } from '../api/targets.ts'
import { withoutPasswords } from '../errors.ts'
import { hex64, type U64 } from '../hash/u64.ts'
import { type Labels, labelsFromMap, labelsToMap, labelValue } from '../labels/labels.ts'
import { MAX_KEPT_TARGET_TEXTS } from '../limits.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import { targetKey } from '../ring/keys.ts'
import type { ScrapeConfig } from '../scrape/config.ts'
import type { ScrapedTarget } from '../scrape/pool.ts'
import { buildTarget } from '../scrape/target.ts'
import { labelTexts, pairsOf } from './label-texts.ts'

/** Of one that nobody told of. */
export const UNSCRAPED = { health: 'unknown', lastScrape: 0, lastScrapeDurationSeconds: 0, lastSamples: 0 } as const

type Identity = Pick<TargetRow, 'component' | 'key' | 'owner'>

/** What of a target stays the same from scrape to scrape. */
export interface Lasting {
  readonly key: U64
  readonly keyText: string
  readonly url: string
  readonly labels: LabelTexts
  readonly from: Labels
}

/** Of those that were shown lately: who looks at a page looks at it again after two seconds. */
let lasting = new WeakMap<ScrapedTarget, Lasting>()
let kept = 0

export function lastingOf(target: ScrapedTarget): Lasting {
  const before = lasting.get(target)
  if (before?.from === target.status.labels) return before
  const { labels: from, url } = target.status
  const halves = new Uint32Array(2)
  targetKey(target.labels, halves, 0)
  const key = { hi: halves[0], lo: halves[1] }
  const shown = { key, keyText: hex64(key), url: shownText(url), labels: labelTexts(pairsOf(from)), from }
  if (++kept > MAX_KEPT_TARGET_TEXTS) {
    lasting = new WeakMap()
    kept = 1
  }
  lasting.set(target, shown)
  return shown
}

export function toldRow(about: Omit<Identity, 'key'>, target: ScrapedTarget, toldBy: string): TargetRow {
  const { status } = target
  const { lastScrape } = status
  const { keyText, url, labels } = lastingOf(target)
  return {
    component: about.component,
    key: keyText,
    job: status.job,
    url,
    labels,
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

const PARAM_PREFIX = '__param_'

/** What its owner would tell. Making the real one takes 10 µs: that is done only where there are parameters. */
export function untoldUrl(target: TargetLabels, config: ScrapeConfig): string {
  let hasParams = Object.keys(config.params).length > 0
  for (const name of target.keys()) hasParams ||= name.startsWith(PARAM_PREFIX)
  const built = hasParams ? buildTarget(target, config) : undefined
  return built?.ok ? shownText(built.target.url.href) : plainUrl(target, config)
}

/** Without parameters, and as far as labels alone tell it. */
export function plainUrl(
  target: TargetLabels,
  { scheme, metricsPath }: Pick<ScrapeConfig, 'scheme' | 'metricsPath'>,
): string {
  const protocol = target.get('__scheme__') || scheme
  const address = target.get('__address__') ?? ''
  const path = target.get('__metrics_path__') || metricsPath
  const usual = protocol === 'https' ? ':443' : ':80'
  const host = address.endsWith(usual) ? address.slice(0, -usual.length) : address
  return shownText(`${protocol}://${host}${path.startsWith('/') ? '' : '/'}${path}`)
}

export function shownText(text: string): string {
  return mayHoldPassword(text) ? withoutPasswords(text) : text
}

/** The same ones when there is nothing to hide, which is nearly always. */
export function shownLabels(labels: Labels): Labels {
  for (let i = 1; i < labels.length; i += 2) if (mayHoldPassword(labels[i])) return labels.map(shownText)
  return labels
}

/** There is one in front of an `@`, which is `%40` in a URL that is a parameter of another. */
function mayHoldPassword(text: string): boolean {
  return text.includes('@') || text.includes('%40')
}
