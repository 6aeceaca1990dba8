/** When the alerts about sending fire, and when not. */
import { A, type Case, fires, type Labels, type Series, series, silent } from './case.ts'

const ENDPOINT = {
  ...A,
  component_path: '/',
  component_id: 'prometheus.remote_write.all',
  remote_name: 'r',
  url: 'http://x/',
}
const STORAGE = 'prometheus_remote_storage_'

function sending(kind: string, values: string, histograms = '0x120', labels: Labels = {}): Series[] {
  return [
    series(`${STORAGE}samples_${kind}`, { ...ENDPOINT, ...labels }, values),
    series(`${STORAGE}histograms_${kind}`, { ...ENDPOINT, ...labels }, histograms),
  ]
}

function endpoint(name: string, values: string): Series {
  return series(STORAGE + name, ENDPOINT, values)
}

/** What Prometheus says of itself. */
function ofPrometheus(all: readonly Series[]): Series[] {
  return all.map(({ name, labels: { component_path, component_id, ...labels }, values }) =>
    series(name, labels, values),
  )
}

const FULL = { reason: 'queue_full' }
const HERE = { ...A, url: 'http://x/' }

export const REMOTE_WRITE: readonly Case[] = [
  fires(
    'RemoteWriteFailing',
    'a tenth of the samples is refused',
    30,
    [...sending('failed_total', '0+10x60'), ...sending('total', '0+100x60')],
    HERE,
  ),
  fires(
    'RemoteWriteFailing',
    'histograms are refused',
    30,
    [...sending('failed_total', '0x60', '0+10x60'), ...sending('total', '0+100x60', '0+10x60')],
    HERE,
  ),
  silent('RemoteWriteFailing', 'one in a thousand is', 30, [
    ...sending('failed_total', '0+1x60'),
    ...sending('total', '0+1000x60'),
  ]),
  silent('RemoteWriteFailing', 'it has just begun', 10, [
    ...sending('failed_total', '0+10x60'),
    ...sending('total', '0+100x60'),
  ]),
  silent('RemoteWriteFailing', 'nothing is sent', 30, [
    ...sending('failed_total', '0x60'),
    ...sending('total', '0x60'),
  ]),
  silent(
    'RemoteWriteFailing',
    "it is Prometheus's own",
    30,
    ofPrometheus([...sending('failed_total', '0+10x60'), ...sending('total', '0+100x60')]),
  ),

  fires('RemoteWriteLosesSamples', 'more are lost', 30, sending('lost_total', '5x20 9x60', '0x90', FULL), {
    ...HERE,
    ...FULL,
  }),
  fires('RemoteWriteLosesSamples', 'the first are lost', 30, sending('lost_total', '_x20 9x60', '_x20 0x60', FULL), {
    ...HERE,
    ...FULL,
  }),
  fires(
    'RemoteWriteLosesSamples',
    'the first histograms are lost',
    30,
    sending('lost_total', '_x20 0x60', '_x20 3x60', FULL),
    { ...HERE, ...FULL },
  ),
  silent('RemoteWriteLosesSamples', 'they were lost before', 50, sending('lost_total', '_x20 9x60', '_x20 0x60', FULL)),
  silent(
    'RemoteWriteLosesSamples',
    'metrics were missing for a while',
    53,
    sending('lost_total', '9x30 _x10 9x60', '0x30 _x10 0x60', FULL),
  ),
  silent(
    'RemoteWriteLosesSamples',
    'the receiver refuses some',
    30,
    sending('lost_total', '0+9x60', '0x60', { reason: 'rejected' }),
  ),

  fires('RemoteWriteBehind', 'an old sample waits', 40, [endpoint('oldest_unsent_timestamp_seconds', '60x60')], HERE),
  silent('RemoteWriteBehind', 'the receiver was away for some minutes', 14, [
    endpoint('oldest_unsent_timestamp_seconds', '60x60'),
  ]),
  silent('RemoteWriteBehind', 'nothing waits', 40, [endpoint('oldest_unsent_timestamp_seconds', '0x60')]),
  silent('RemoteWriteBehind', 'only new ones wait', 40, [endpoint('oldest_unsent_timestamp_seconds', '1+60x60')]),
  fires(
    'RemoteWriteBehind',
    'Alloy has not sent the newest',
    40,
    [
      series(
        `${STORAGE}highest_timestamp_in_seconds`,
        { ...A, component_path: '/', component_id: ENDPOINT.component_id },
        '60+60x60',
      ),
      endpoint('queue_highest_sent_timestamp_seconds', '60x60'),
    ],
    HERE,
  ),
  silent('RemoteWriteBehind', 'Alloy sends', 40, [
    series(
      `${STORAGE}highest_timestamp_in_seconds`,
      { ...A, component_path: '/', component_id: ENDPOINT.component_id },
      '60+60x60',
    ),
    endpoint('queue_highest_sent_timestamp_seconds', '1+60x60'),
  ]),
  silent('RemoteWriteBehind', 'a write_relabel_config drops all that came in lately', 40, [
    series(
      `${STORAGE}highest_timestamp_in_seconds`,
      { ...A, component_path: '/', component_id: ENDPOINT.component_id },
      '60+60x60',
    ),
    endpoint('queue_highest_sent_timestamp_seconds', '60x60'),
    endpoint('oldest_unsent_timestamp_seconds', '0x60'),
  ]),

  fires(
    'RemoteWriteShardsAtMax',
    'more are demanded than allowed',
    40,
    [endpoint('shards_desired', '60x60'), endpoint('shards_max', '50x60')],
    HERE,
  ),
  silent('RemoteWriteShardsAtMax', 'they were for a moment', 40, [
    endpoint('shards_desired', '60x30 4 60x60'),
    endpoint('shards_max', '50x60'),
  ]),
  fires('RemoteWriteQueueDiskFailing', 'it fails', 20, [endpoint('queue_disk_failing', '0x9 1x60')], HERE),
  silent('RemoteWriteQueueDiskFailing', 'it does not work for a moment', 20, [
    endpoint('queue_disk_failing', '0x16 1x60'),
  ]),
  fires(
    'RemoteWriteQueueDamaged',
    'damage was found',
    20,
    [
      endpoint('queue_disk_failing', '0x60'),
      series('prometheus_remote_write_wal_corruptions_total', ENDPOINT, '0x9 3x60'),
    ],
    A,
  ),
  silent('RemoteWriteQueueDamaged', 'it was found long ago', 60, [
    series('prometheus_remote_write_wal_corruptions_total', ENDPOINT, '0x9 3x60'),
  ]),
  fires(
    'RemoteWriteDuplicateSeries',
    'samples go on being out of order',
    30,
    sending('dropped_total', '0+6x60', '0x60', { reason: 'out_of_order' }),
    { ...HERE, reason: 'out_of_order' },
  ),
  silent(
    'RemoteWriteDuplicateSeries',
    'a target has just moved',
    10,
    sending('dropped_total', '0+6x60', '0x60', { reason: 'out_of_order' }),
  ),
  silent(
    'RemoteWriteDuplicateSeries',
    'they are dropped on purpose',
    30,
    sending('dropped_total', '0+6x60', '0x60', { reason: 'dropped_series' }),
  ),
]
