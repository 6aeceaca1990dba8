/** How prometheus.scrape shows its targets on its page: Alloy's attributes, and how many samples came. */
import { labelsToMap } from '../../labels/labels.ts'
import { MAX_PRINTED_ELEMENTS } from '../../limits.ts'
import type { ScrapedTarget } from '../../scrape/pool.ts'
import { formatGoDuration } from '../../syntax/duration.ts'

/** What isn't known yet, or doesn't apply, is left out. One more than are printed, so that it is seen that there are more. */
export function shownTargets(targets: Iterable<ScrapedTarget>): readonly object[] {
  const shown: object[] = []
  for (const { status } of targets) {
    if (shown.length > MAX_PRINTED_ELEMENTS) break
    const { job, url, health, labels, lastError, lastScrape, lastScrapeDurationSeconds, lastSamples } = status
    const scraped = lastScrape > 0
    shown.push({
      job,
      url,
      health,
      labels: Object.fromEntries(labelsToMap(labels)),
      ...(lastError === '' ? {} : { last_error: lastError }),
      ...(scraped ? { last_scrape: new Date(lastScrape).toISOString() } : {}),
      ...(scraped ? { last_scrape_duration: formatGoDuration(lastScrapeDurationSeconds * 1000) } : {}),
      ...(scraped ? { last_samples: lastSamples } : {}),
    })
  }
  return shown
}
