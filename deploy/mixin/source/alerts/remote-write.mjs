// Alerts about sending: what is lost, what is late, and what will be. Exact figures where skein has them, and what can be known of Alloy
// nodes where the names are equal.

import { by, ENDPOINT, list, NODE, OURS } from '../labels.mjs'
import { alert, THE_COMPONENT, THE_ENDPOINT } from './rule.mjs'

const PREFIX = 'prometheus_remote_storage_'
const COMPONENT_OF_NODE = [...NODE, 'component_path', 'component_id']
/** Rejected ones are RemoteWriteFailing's: single samples are refused everywhere now and then. */
const LOST = `{${OURS}, reason!="rejected"}`
const DUPLICATES = `{${OURS}, reason=~"out_of_order|duplicate_timestamp"}`

/** @param {import('./rule.mjs').Options} options */
export function remoteWriteAlerts(options) {
  return {
    name: 'skein_remote_write',
    rules: [
      {
        name: 'RemoteWriteFailing',
        expr: `(
  ${ofBothKinds('failed_total', `{${OURS}}`)}
) / (
  ${ofBothKinds('total', `{${OURS}}`)}
) > 0.01`,
        wait: '15m',
        severity: 'critical',
        summary: 'A receiver refuses samples, and they are lost.',
        description: `${THE_ENDPOINT} refuses {{ $value | humanizePercentage }} of what it is sent. The log has its answers.`,
        runbook: 'operations.md#is-anything-lost',
      },
      {
        name: 'RemoteWriteLosesSamples',
        // Seldom reasons appear with their first loss, from which no rate can be told.
        expr: `${by('sum', [...ENDPOINT, 'reason'], `increase(${PREFIX}samples_lost_total${LOST}[15m]) + increase(${PREFIX}histograms_lost_total${LOST}[15m])`)} > 0
or
(
  ${by('sum', [...ENDPOINT, 'reason'], `${PREFIX}samples_lost_total${LOST} + ${PREFIX}histograms_lost_total${LOST}`)} > 0
    unless on ${list(ENDPOINT, ['reason'])} last_over_time(${PREFIX}samples_lost_total${LOST}[1h] offset 15m)
)`,
        severity: 'critical',
        summary: 'Samples were taken over and will never be delivered.',
        description: `${THE_ENDPOINT} has lost samples within the last 15 minutes, for this reason: {{ $labels.reason }}. The documentation tells what to do about each.`,
        runbook: 'operations.md#is-anything-lost',
      },
      {
        name: 'RemoteWriteBehind',
        // The second half is for nodes that don't tell what their oldest sample is.
        expr: `time() - (${by('min', ENDPOINT, `${PREFIX}oldest_unsent_timestamp_seconds{${OURS}} > 0`)}) > 300
or
(
  ${by('max', COMPONENT_OF_NODE, `${PREFIX}highest_timestamp_in_seconds{${OURS}}`)}
    - on ${list(COMPONENT_OF_NODE)} group_right () (${by('max', ENDPOINT, `${PREFIX}queue_highest_sent_timestamp_seconds{${OURS}} > 0`)}) > 300
    unless on ${list(ENDPOINT)} ${PREFIX}oldest_unsent_timestamp_seconds
)`,
        wait: '10m',
        severity: 'warning',
        summary: 'Samples are delivered late.',
        description: `${THE_ENDPOINT} is {{ $value | humanizeDuration }} behind: the receiver is down or too slow. What waits is kept up to the bounds of the queue, and then lost from the oldest on.`,
        runbook: 'operations.md#is-anything-lost',
      },
      {
        name: 'RemoteWriteShardsAtMax',
        expr: `${by('min', ENDPOINT, `min_over_time(${PREFIX}shards_desired{${OURS}}[5m])`)}
  > ${by('max', ENDPOINT, `max_over_time(${PREFIX}shards_max{${OURS}}[5m])`)}`,
        wait: '15m',
        severity: 'warning',
        summary: 'More requests at once are needed than are allowed.',
        description: `${THE_ENDPOINT} would need {{ $value }} requests at once, which is more than max_shards allows: the receiver is too slow for what comes in. Make it faster, allow more, or send less.`,
        runbook: 'operations.md#is-anything-lost',
      },
      {
        name: 'RemoteWriteQueueDiskFailing',
        expr: `${by('max', ENDPOINT, `${PREFIX}queue_disk_failing{${OURS}}`)} > 0`,
        wait: '5m',
        severity: 'critical',
        summary: 'What waits to be sent is not kept on disk.',
        description: `${THE_ENDPOINT} can not write its queue: what waits is in memory, and lost with the process. Look at the disk below --storage.path: whether it is full, read-only or gone.`,
        runbook: 'operations.md#the-queue',
      },
      {
        name: 'RemoteWriteQueueDamaged',
        expr: `${by('sum', COMPONENT_OF_NODE, `increase(prometheus_remote_write_wal_corruptions_total{${OURS}}[15m])`)} > 0`,
        severity: 'warning',
        summary: 'A queue on disk is damaged.',
        description: `{{ $value | humanize }} damaged places were found in the queues of ${THE_COMPONENT} within 15 minutes; what is around them is delivered. Look at the disk below --storage.path.`,
        runbook: 'operations.md#the-queue',
      },
      {
        name: 'RemoteWriteDuplicateSeries',
        expr: `${by('sum', [...ENDPOINT, 'reason'], `rate(${PREFIX}samples_dropped_total${DUPLICATES}[5m])`)} > 0`,
        wait: '15m',
        severity: 'warning',
        summary: 'Two targets send the same series.',
        description: `${THE_ENDPOINT} drops {{ $value | humanize }} samples per second because a newer one of their series was there already ({{ $labels.reason }}): two targets, or two scrape jobs, have the same labels.`,
        runbook: 'operations.md#is-anything-lost',
      },
    ].map((rule) => alert(/** @type {any} */ (rule), options)),
  }
}

/** Samples and native histograms per second. */
function ofBothKinds(what, matchers) {
  const rate = (kind) => by('sum', ENDPOINT, `rate(${PREFIX}${kind}_${what}${matchers}[5m])`)
  return `${rate('samples')}
    + ${rate('histograms')}`
}
