/**
 * One whole agent on fake ports: what two hosts expose goes through discovery.relabel, prometheus.scrape and
 * prometheus.relabel to two receivers, and what arrives there is looked at. Nothing is listened to, no time passes.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterOptions } from '../core/cluster/settings.ts'
import { answer, receiving } from './components/fake-ports.ts'
import { CONFIG, createWholeAgent, LONELY_NODE, type WholeAgent } from './components/whole-agent.ts'
import { type DecodedWriteRequest, STALE_BITS, seriesKey } from './support/remote-write-decoder.ts'

const MINUTE = 60_000

function pipeline(targets: string): string {
  return `
discovery.relabel "apps" {
  targets = ${targets}
  rule {
    source_labels = ["__meta_team"]
    target_label  = "team"
  }
  rule {
    source_labels = ["__meta_team"]
    regex         = "nobody"
    action        = "drop"
  }
}
prometheus.scrape "apps" {
  targets    = discovery.relabel.apps.output
  forward_to = [prometheus.relabel.apps.receiver]
  job_name   = "apps"
}
prometheus.relabel "apps" {
  forward_to = [prometheus.remote_write.all.receiver, prometheus.remote_write.few.receiver]
  rule {
    source_labels = ["__name__"]
    regex         = "scrape_.+|debug_.+"
    action        = "drop"
  }
  rule {
    source_labels = ["path"]
    regex         = "/(\\\\w+)/.*"
    target_label  = "route"
  }
  rule {
    regex  = "path"
    action = "labeldrop"
  }
}
prometheus.remote_write "all" {
  external_labels = { "region" = sys.env("REGION"), "team" = "default" }
  endpoint { url = "http://all/push" }
}
prometheus.remote_write "few" {
  endpoint {
    url = "http://few/push"
    write_relabel_config {
      source_labels = ["__name__"]
      regex         = "requests_total"
      action        = "keep"
    }
  }
}
`
}

const ONE = '{ "__address__" = "one:80", "__meta_team" = "a" }'
const TWO = '{ "__address__" = "two:80", "instance" = "second" }'
const DROPPED = '{ "__address__" = "three:80", "__meta_team" = "nobody" }'

const SELF = `
prometheus.exporter.self "default" { }
prometheus.scrape "self" {
  targets    = prometheus.exporter.self.default.targets
  forward_to = [prometheus.remote_write.all.receiver]
}
`

interface World extends WholeAgent {
  readonly all: DecodedWriteRequest[]
  readonly few: DecodedWriteRequest[]
  get(path: string, method?: string): Promise<{ status: number; text: string }>
  /** Loads this configuration by `/-/reload`, letting time pass for what ends. */
  reload(text: string): Promise<{ status: number; text: string }>
}

const running: World[] = []

afterEach(async () => {
  for (const world of running.splice(0)) await world.stop()
})

function createWorld(config: string, cluster?: ClusterOptions): World {
  const whole = createWholeAgent(
    { memoryAddress: 'Skein.internal:80', ...(cluster === undefined ? {} : { cluster }) },
    { [CONFIG]: config },
  )
  const { agent, clock, files, hosts } = whole
  const [all, few]: DecodedWriteRequest[][] = [[], []]
  hosts.set('all', receiving(all))
  hosts.set('few', receiving(few))
  const exposition = { 'content-type': 'text/plain' }
  hosts.set('one', () => answer('requests_total{path="/shop/cart"} 5\ndebug_bytes 7\n', exposition))
  hosts.set('two', () => answer('requests_total 6\ntemperature{job="x"} -1.5\n', exposition))
  async function get(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
    const asked = Promise.resolve(agent.fetch(new Request(`http://localhost${path}`, { method })))
    if (path === '/-/reload') await clock.advance(10_000)
    const response = await asked
    return { status: response.status, text: await response.text() }
  }
  const world: World = {
    ...whole,
    all,
    few,
    get,
    reload(text) {
      files.put(CONFIG, text)
      return get('/-/reload', 'POST')
    },
  }
  running.push(world)
  return world
}

async function startWorld(config: string, cluster?: ClusterOptions): Promise<World> {
  const world = createWorld(config, cluster)
  const loaded = await world.agent.load()
  if (!loaded.ok) throw new Error(loaded.text)
  world.agent.start()
  return world
}

/** `labels values` of each series since the last look, sorted. */
function written(requests: DecodedWriteRequest[]): string[] {
  const values = new Map<string, (number | 'stale')[]>()
  for (const { labels, samples } of requests.splice(0).flatMap(({ series }) => series)) {
    const key = seriesKey(labels)
    const shown = samples.map(({ bits, value }) => (bits === STALE_BITS ? 'stale' : value))
    values.set(key, [...(values.get(key) ?? []), ...shown])
  }
  return [...values].map(([series, shown]) => `${series} ${shown.join()}`).sort()
}

const EVERYTHING = [
  '{__name__="requests_total",instance="one:80",job="apps",region="eu",route="shop",team="a"} 5',
  '{__name__="requests_total",instance="second",job="apps",region="eu",team="default"} 6',
  '{__name__="temperature",exported_job="x",instance="second",job="apps",region="eu",team="default"} -1.5',
  '{__name__="up",instance="one:80",job="apps",region="eu",team="a"} 1',
  '{__name__="up",instance="second",job="apps",region="eu",team="default"} 1',
]

describe('an agent', () => {
  it('delivers what it scrapes, with the labels of every step, to each receiver what is for it', async () => {
    const world = await startWorld(pipeline(`[${ONE}, ${TWO}, ${DROPPED}]`))
    await world.clock.advance(MINUTE + 5_000)
    expect(written(world.all)).toEqual(EVERYTHING)
    expect(written(world.few)).toEqual([
      '{__name__="requests_total",instance="one:80",job="apps",route="shop",team="a"} 5',
      '{__name__="requests_total",instance="second",job="apps"} 6',
    ])
    expect(world.requests.some(({ url }) => url.host === 'three')).toBe(false)
  })

  it('marks the series of a target stale that is gone after a reload, and leaves the others alone', async () => {
    const world = await startWorld(pipeline(`[${ONE}, ${TWO}]`))
    await world.clock.advance(MINUTE + 5_000)
    written(world.all)
    written(world.few)
    expect(await world.reload(pipeline(`[${TWO}]`))).toEqual({ status: 200, text: 'config reloaded\n' })
    await world.clock.advance(3 * MINUTE)
    const gone = EVERYTHING.filter((line) => line.includes('one:80')).map((line) => line.replace(/ \d$/, ' stale'))
    const after = written(world.all)
    expect(after.filter((line) => line.includes('one:80'))).toEqual(gone)
    expect(after.filter((line) => line.includes('stale'))).toEqual(gone)
    expect(after.filter((line) => /temperature.* -1.5,-1.5/.test(line))).toHaveLength(1)
    expect(written(world.few).filter((line) => line.includes('stale'))).toHaveLength(1)
  })

  it('marks all series stale when their job is removed, and none when the agent stops', async () => {
    const world = await startWorld(pipeline(`[${ONE}, ${TWO}]`))
    await world.clock.advance(MINUTE + 5_000)
    written(world.all)
    const withoutJob = pipeline('[]').replace(/prometheus\.scrape "apps" \{[^}]*\}/, '')
    expect(await world.reload(withoutJob)).toMatchObject({ status: 200 })
    await world.clock.advance(10_000)
    expect(written(world.all)).toEqual(EVERYTHING.map((line) => line.replace(/ -?[\d.]+$/, ' stale')))

    const other = await startWorld(pipeline(`[${ONE}]`))
    await other.clock.advance(MINUTE + 5_000)
    await other.agent.stop()
    expect(written(other.all).filter((line) => line.includes('stale'))).toEqual([])
  })

  it('changes nothing when the new configuration is bad', async () => {
    const world = await startWorld(pipeline(`[${ONE}]`))
    await world.clock.advance(MINUTE)
    const before = world.requests.length
    const bad = pipeline(`[${TWO}]`).replace('http://few/push', 'ftp://few/push')
    const { status, text } = await world.reload(bad)
    expect(status).toBe(400)
    expect(text).toContain(`${CONFIG}:42:5: url must be an http or https URL`)
    await world.clock.advance(3 * MINUTE)
    expect(world.requests.length).toBeGreaterThan(before)
    expect(world.requests.some(({ url }) => url.host === 'two')).toBe(false)
    expect(written(world.all).filter((line) => line.includes('stale'))).toEqual([])
    expect((await world.get('/metrics')).text).toContain('\nalloy_config_last_load_successful 0\n')
    expect((await world.get('/-/ready')).status).toBe(200)

    world.files.put(CONFIG, undefined)
    const missing = await world.get('/-/reload')
    expect(missing.status).toBe(400)
    expect(missing.text).toContain(`Error: can't read the configuration ${CONFIG}: no such file or directory`)
    expect((await world.get('/metrics')).text).toContain('\nalloy_config_load_failures_total 2\n')
  })

  it('tells whether it is ready and healthy', async () => {
    const world = createWorld(`local.file "word" { filename = "/word" }`)
    world.files.put('/word', 'a')
    expect(await world.get('/-/ready')).toEqual({
      status: 503,
      text: 'skein is not ready.\nthe configuration is not loaded yet\n',
    })
    expect((await world.agent.load()).ok).toBe(true)
    expect((await world.get('/-/ready')).text).toContain('it is starting')
    world.agent.start()
    expect(await world.get('/-/ready')).toEqual({ status: 200, text: 'skein is ready.\n' })
    expect(await world.get('/-/healthy')).toEqual({ status: 200, text: 'All skein components are healthy.\n' })

    world.files.put('/word', undefined)
    await world.clock.advance(100)
    const unhealthy = await world.get('/-/healthy')
    expect(unhealthy.status).toBe(500)
    expect(unhealthy.text).toMatch(/^unhealthy components: local\.file\.word\n/)

    const stopping = world.agent.stop()
    expect((await world.get('/-/ready')).text).toContain('it is shutting down')
    await stopping
  })

  it('scrapes itself in memory, whatever case and port its address is written in', async () => {
    const world = await startWorld(pipeline('[]') + SELF)
    await world.clock.advance(MINUTE + 5_000)
    // Samples, and what they mean.
    expect(world.requests.map(({ url }) => url.host)).toEqual(['all', 'all'])
    const lines = written(world.all)
    expect(lines).toContain('{__name__="up",instance="box",job="integrations/self",region="eu",team="default"} 1')
    const build = lines.find((line) => line.includes('alloy_build_info'))
    expect(build).toContain('version="v1.2.3"')
    expect(lines.some((line) => line.includes('__meta_'))).toBe(false)
  })

  it('keeps to limits when it scrapes itself', async () => {
    const world = await startWorld(pipeline('[]') + SELF.replace('targets ', 'body_size_limit = "1KB"\n  targets '))
    await world.clock.advance(MINUTE + 5_000)
    const up = written(world.all).find((line) => line.includes('"up"'))
    expect(up).toMatch(/ 0$/)
  })
})

/** Dashboards and alerts ask for these by name. Not all that Alloy has: those that exist today. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  prometheus_: ['fanout_latency', 'forwarded_samples_total'],
  prometheus_scrape_: ['targets_gauge', 'targets_moved_total'],
  prometheus_target_: [
    'interval_length_histogram_seconds',
    'scrape_duration_seconds',
    'scrape_pool_exceeded_label_limits_total',
    'scrape_pool_exceeded_target_limit_total',
    'scrape_pool_reloads_total',
    'scrape_pool_sync_total',
    'scrape_pool_target_limit',
    'scrape_pool_targets',
    'scrape_pool_targets_by_health',
    'scrapes_exceeded_body_size_limit_total',
    'scrapes_exceeded_sample_limit_total',
    'scrapes_exceeded_native_histogram_bucket_limit_total',
    'scrapes_exemplar_out_of_order_total',
    'scrapes_exemplar_too_long_total',
    'scrapes_unconverted_histograms_total',
    'scrapes_sample_duplicate_timestamp_total',
    'scrapes_sample_out_of_bounds_total',
    'sync_failed_total',
  ],
  prometheus_remote_storage_: [
    ...['samples', 'exemplars', 'histograms', 'metadata'].flatMap((kind) => [
      `${kind}_total`,
      `${kind}_failed_total`,
      `${kind}_retried_total`,
    ]),
    ...['samples', 'exemplars', 'histograms'].flatMap((kind) => [
      `${kind}_dropped_total`,
      `${kind}_in_total`,
      `${kind}_lost_total`,
      `${kind}_pending`,
    ]),
    'bytes_total',
    'enqueue_retries_total',
    'highest_timestamp_in_seconds',
    'max_samples_per_send',
    'metadata_bytes_total',
    'oldest_unsent_timestamp_seconds',
    'protocol_info',
    'queue_bytes',
    'queue_disk_bytes',
    'queue_disk_failing',
    'queue_highest_sent_timestamp_seconds',
    'queue_highest_timestamp_seconds',
    'requests_in_flight',
    'retry_wait_seconds',
    'sent_batch_duration_seconds',
    'shard_capacity',
    'shards',
    'shards_desired',
    'shards_max',
    'shards_min',
  ],
  prometheus_remote_write_wal_: [
    'checkpoint_creations_failed_total',
    'checkpoint_creations_total',
    'checkpoint_deletions_failed_total',
    'checkpoint_deletions_total',
    'corruptions_total',
    'exemplars_appended_total',
    'metadata_updates_total',
    'out_of_order_samples_total',
    'samples_appended_total',
    'storage_active_series',
    'storage_created_series_total',
    'storage_deleted_series',
    'storage_removed_series_total',
    'truncate_duration_seconds',
  ],
  alloy_prometheus_relabel_: ['cache_hits', 'cache_misses', 'cache_size', 'metrics_processed', 'metrics_written'],
  alloy_component_: [
    'controller_evaluating',
    'controller_running_components',
    'dependencies_wait_seconds',
    'evaluation_queue_size',
    'evaluation_seconds',
    'graph_connection',
  ],
  alloy_config_: ['hash', 'last_load_success_timestamp_seconds', 'last_load_successful', 'load_failures_total'],
  alloy_: [
    'build_info',
    'resources_process_cpu_seconds_total',
    'resources_process_resident_memory_bytes',
    'resources_process_start_time_seconds',
  ],
  go_: ['memstats_heap_inuse_bytes'],
  skein_: ['event_loop_delay_seconds', 'runtime_memory_bytes'],
}

/** Only in a cluster. */
const CLUSTER_FAMILIES: readonly string[] = [
  'auth_refusals_total',
  'join_attempts_total',
  'minimum_size',
  'node_gossip_alive_peers',
  'node_gossip_broadcasts_total',
  'node_gossip_health_score',
  'node_gossip_known_peers',
  'node_gossip_proto_version',
  'node_gossip_queued_broadcasts',
  'node_gossip_received_events_total',
  'node_hold',
  'node_info',
  'node_lamport_time',
  'node_name_conflict',
  'node_peers',
  'node_update_duration_seconds',
  'node_update_observers',
  'node_updating',
  'ready_for_traffic',
  'transport_rx_bytes_total',
  'transport_rx_packet_queue_length',
  'transport_rx_packets_total',
  'transport_stream_rx_bytes_total',
  'transport_stream_rx_packets_failed_total',
  'transport_stream_rx_packets_total',
  'transport_stream_tx_bytes_total',
  'transport_stream_tx_packets_failed_total',
  'transport_stream_tx_packets_total',
  'transport_streams',
  'transport_tx_bytes_total',
  'transport_tx_packet_queue_length',
  'transport_tx_packets_failed_total',
  'transport_tx_packets_total',
]

describe('a node of a cluster', () => {
  const clustered = pipeline(`[${ONE}, ${TWO}]`).replace('job_name', 'clustering { enabled = true }\n  job_name')

  it('has all metrics of the cluster, with its name, and none of another', async () => {
    // Any line that is long enough is a secret.
    const auth = { secretFile: CONFIG, tokenLifetimeMs: 60_000 }
    const world = await startWorld(`// ${'x'.repeat(40)}`, { ...LONELY_NODE, auth })
    const { text } = await world.get('/metrics')
    const names = [...text.matchAll(/^# TYPE cluster_(\S+) /gm)].map(([, name]) => name)
    expect(names).toEqual(CLUSTER_FAMILIES)
    const lines = text.split('\n').filter((line) => line.startsWith('cluster_'))
    expect(lines.filter((line) => !line.includes('cluster_name="prod"'))).toEqual([])
    expect(text).toMatch(/^alloy_config_hash\{cluster_name="prod",sha256="[0-9a-f]{64}"\} 1$/m)
    const alone = await startWorld('')
    expect((await alone.get('/metrics')).text).not.toContain('cluster_')
  })

  it('scrapes everything while it is alone, and shows itself', async () => {
    const world = await startWorld(clustered, LONELY_NODE)
    await world.clock.advance(MINUTE + 5_000)
    expect(written(world.all)).toHaveLength(5)
    expect(JSON.parse((await world.get('/api/v0/web/peers')).text)).toEqual([
      { name: 'n1', addr: '10.0.0.1:12345', isSelf: true, state: 'participant' },
    ])
  })

  it('owns nothing while it looks for its peers, and everything when it has given up', async () => {
    const discover = async () => ({ addresses: ['10.0.0.2:1'], alternates: [], problems: [] })
    const world = await startWorld(clustered, { ...LONELY_NODE, discover })
    await world.clock.advance(4_900)
    expect((await world.get('/metrics')).text).toContain('cluster_node_hold{cluster_name="prod",reason="joining"} 1')
    expect((await world.get('/metrics')).text).toMatch(/^prometheus_scrape_targets_gauge\{.*\} 0$/m)
    expect((await world.get('/-/ready')).status).toBe(200)
    await world.clock.advance(2_000)
    expect((await world.get('/metrics')).text).toMatch(/^prometheus_scrape_targets_gauge\{.*\} 2$/m)
  })

  it('can be stopped before it was loaded, and before it has found anybody', async () => {
    await createWorld(clustered, LONELY_NODE).agent.stop()
    const discover = async () => ({ addresses: ['10.0.0.2:1'], alternates: [], problems: [] })
    const world = await startWorld(clustered, { ...LONELY_NODE, discover })
    const stopping = world.agent.stop()
    expect((await world.get('/-/ready')).text).toContain('it is shutting down')
    await world.clock.advance(10_000)
    await stopping
    expect(world.requests.filter(({ url }) => url.host === 'one')).toEqual([])
  })

  it('tells peers that it has none when it is no node', async () => {
    const world = await startWorld('')
    expect(await world.get('/api/v1/ckit/transport/message', 'POST')).toMatchObject({ status: 404 })
    expect(JSON.parse((await world.get('/api/v0/web/peers')).text)).toEqual([
      { name: 'box', addr: '127.0.0.1:12345', isSelf: true, state: 'participant' },
    ])
  })
})

describe('the metrics of an agent', () => {
  it('have the names that dashboards ask for, none fewer', async () => {
    const world = await startWorld(pipeline(`[${ONE}]`))
    await world.clock.advance(2 * MINUTE)
    const { text } = await world.get('/metrics')
    const exposed = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name))
    const wanted = Object.entries(FAMILIES).flatMap(([prefix, names]) => names.map((name) => prefix + name))
    expect(wanted.filter((name) => !exposed.has(name))).toEqual([])
    // New ones belong into the table above, so that nobody loses them either.
    expect([...exposed].filter((name) => !wanted.includes(name))).toEqual([])
  })

  it('carry the labels that tell endpoints and components apart', async () => {
    const world = await startWorld(pipeline(`[${ONE}]`))
    const { text } = await world.get('/metrics')
    expect(text).toMatch(
      /^prometheus_remote_storage_samples_pending\{component_path="\/",component_id="prometheus.remote_write.few",remote_name="[0-9a-f]{6}",url="http:\/\/few\/push"\} 0$/m,
    )
    expect(text).toMatch(
      /^prometheus_scrape_targets_gauge\{component_path="\/",component_id="prometheus.scrape.apps"\} 1$/m,
    )
  })
})
