// Alerts about scraping as such. That a single target is down is for the alerts of whoever owns it, by `up`.

import { by, COMPONENT, list, NODE, OURS } from '../labels.mjs'
import { alert, THE_COMPONENT, THE_NODE } from './rule.mjs'

const BY_HEALTH = 'prometheus_target_scrape_pool_targets_by_health'
const JOB = ['cluster', 'namespace', 'job', ...COMPONENT, 'scrape_job']
/** So many may be down at a node by chance. */
const FEW = 3
const LIMITS = [
  'prometheus_target_scrapes_exceeded_sample_limit_total',
  'prometheus_target_scrapes_exceeded_body_size_limit_total',
  'prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total',
  'prometheus_target_scrape_pool_exceeded_label_limits_total',
  'prometheus_target_scrape_pool_exceeded_target_limit_total',
]

/** @param {import('./rule.mjs').Options} options */
export function scrapeAlerts(options) {
  return {
    name: 'skein_scrape',
    rules: [
      {
        name: 'MostTargetsDown',
        expr: `${shareDown(JOB)} > 0.5`,
        wait: '15m',
        severity: 'warning',
        summary: 'Most targets of a scrape job are down.',
        description:
          '{{ $value | humanizePercentage }} of the targets of {{ $labels.component_id }} (job {{ $labels.scrape_job }}) have been down for 15 minutes, over all nodes. When it is so many, look for what they have in common: credentials, TLS, a port, a network policy. The targets page shows the error of each.',
        runbook: 'operations.md#endpoints',
      },
      {
        name: 'NodeReachesFewTargets',
        // While others reach theirs. `and` and `unless` bind from left to right.
        expr: `${shareDown([...JOB, 'instance'])} > 0.5
and ${by('sum', [...JOB, 'instance'], `${BY_HEALTH}{health="down"}`)} > ${FEW}
unless on ${list(JOB)}
${shareDown(JOB)} > 0.5`,
        wait: '15m',
        severity: 'warning',
        summary: 'A node does not reach targets that others would.',
        description: `{{ $value | humanizePercentage }} of the targets of {{ $labels.component_id }} on ${THE_NODE} are down, and most of those of the other nodes are up. Compare its network, DNS and credentials with theirs.`,
        runbook: 'operations.md#endpoints',
      },
      {
        name: 'ScrapesOverLimit',
        expr: `(
  ${LIMITS.map((name) => by('sum', [...NODE, ...COMPONENT], `rate(${name}{${OURS}}[10m])`)).join('\n  + ')}
) > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Scrapes fail at a limit.',
        description: `Targets of ${THE_COMPONENT} keep exceeding sample_limit, body_size_limit, label_limit, target_limit or another bound, and nothing of those scrapes is kept. The targets page shows which; raise the limit or make them expose less.`,
        runbook: 'operations.md#sizing',
      },
    ].map((rule) => alert(/** @type {any} */ (rule), options)),
  }
}

/** @param {readonly string[]} labels */
function shareDown(labels) {
  return `${by('sum', labels, `${BY_HEALTH}{health="down"}`)} / ${by('sum', labels, BY_HEALTH)}`
}
