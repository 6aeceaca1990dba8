/**
 * What a component took in, and what it shows of that: Prometheus's counters for all endpoints together, and Alloy's
 * `prometheus_remote_write_wal_*` with what corresponds to them here, where there is no write-ahead log (spec §5.11).
 */
import type { Batch } from '../series/batch.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Endpoint } from './endpoint.ts'
import { PREFIX } from './metrics.ts'

const WAL = 'prometheus_remote_write_wal_'

export interface Intake {
  samples: number
  histograms: number
  exemplars: number
  /** Milliseconds since the epoch. */
  highestTimestamp: number
}

type Seen = Pick<Endpoint, 'stats' | 'series' | 'seriesCreated' | 'queue'>

export function createIntake(): Intake {
  return { samples: 0, histograms: 0, exemplars: 0, highestTimestamp: 0 }
}

export function countBatch(intake: Intake, batch: Batch): void {
  const histograms = batch.histograms?.size ?? 0
  intake.samples += batch.count - histograms
  intake.histograms += histograms
  intake.exemplars += batch.exemplars?.length ?? 0
  if (batch.count > 0 && batch.timestamp > intake.highestTimestamp) intake.highestTimestamp = batch.timestamp
}

export function showIntake(scope: MetricScope, intake: Intake, endpoints: () => readonly Endpoint[]): void {
  const count = (name: string, help: string, read: () => number): (() => void) => {
    const counter = scope.counter(name, help)
    return () => counter.set(read())
  }
  const samples = (): number => intake.samples
  const exemplars = (): number => intake.exemplars
  const updates = [
    count(`${PREFIX}samples_in_total`, 'Samples that came in.', samples),
    count(`${PREFIX}histograms_in_total`, 'Native histograms that came in.', () => intake.histograms),
    count(`${PREFIX}exemplars_in_total`, 'Exemplars that came in.', exemplars),
    count(
      `${WAL}samples_appended_total`,
      'Samples and native histograms that came in.',
      () => samples() + intake.histograms,
    ),
    count(`${WAL}exemplars_appended_total`, 'Exemplars that came in.', exemplars),
  ]
  const highest = scope.gauge(`${PREFIX}highest_timestamp_in_seconds`, 'Newest timestamp that came in.')
  const active = scope.gauge(
    `${WAL}storage_active_series`,
    'Series that are being sent, at the endpoint with the most.',
  )

  let known: readonly Endpoint[] = []
  /** Over all endpoints there are and were: a counter must not fall when one goes. */
  function overAll(name: string, help: string, read: (endpoint: Seen) => number): void {
    const counter = scope.counter(WAL + name, `${help}, over all endpoints.`)
    let gone = 0
    leaving.push((endpoint) => {
      gone += read({ stats: endpoint.stats, series: 0, seriesCreated: endpoint.seriesCreated, queue: endpoint.queue })
    })
    updates.push(() => counter.set(known.reduce((sum, one) => sum + read(one), gone)))
  }
  const leaving: ((endpoint: Endpoint) => void)[] = []
  overAll('out_of_order_samples_total', 'Samples dropped for being out of order', ({ stats }) => {
    const { samples, histograms } = stats.dropped.get('out_of_order') ?? { samples: 0, histograms: 0 }
    return samples + histograms
  })
  overAll('storage_created_series_total', 'Series that began to be sent', ({ seriesCreated }) => seriesCreated)
  overAll('storage_removed_series_total', 'Series that ended', ({ seriesCreated, series }) => seriesCreated - series)
  overAll(
    'metadata_updates_total',
    'Descriptions of families that were new or changed',
    ({ stats }) => stats.metadataUpdates,
  )
  overAll('corruptions_total', 'Damaged places in queues on disk', ({ queue }) => queue.corruptions)
  showNever(scope)

  scope.beforeCollect(() => {
    const current = endpoints()
    for (const endpoint of known) if (!current.includes(endpoint)) for (const leave of leaving) leave(endpoint)
    known = [...current]
    highest.set(intake.highestTimestamp / 1000)
    active.set(current.reduce((most, { series }) => Math.max(most, series), 0))
    for (const update of updates) update()
  })
}

/** Dashboards ask for these; they stay 0, since there is no log that is truncated at checkpoints. */
function showNever(scope: MetricScope): void {
  const never = (name: string): string => `${name}: always 0, there is no write-ahead log.`
  scope.gauge(`${WAL}storage_deleted_series`, never('Series that wait to be removed'))
  scope.histogram(`${WAL}truncate_duration_seconds`, never('Duration of truncations'), [])
  for (const what of ['creations', 'deletions']) {
    scope.counter(`${WAL}checkpoint_${what}_total`, never(`Checkpoint ${what}`))
    scope.counter(`${WAL}checkpoint_${what}_failed_total`, never(`Checkpoint ${what} that failed`))
  }
}
