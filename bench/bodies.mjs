// What the bench's exporters serve: text 0.0.4 bodies that look like real ones.
//
// A target is one of four kinds (node_exporter, kube-state-metrics, cadvisor, an application with histograms). Its body
// exists in several versions that are served in turn, forwards and backwards. From one version to the next about 12 %
// of the values move and about 0.08 % of the series are replaced by new ones, which are put elsewhere in their family,
// so that lines shift as they do when pods come and go. The same seed gives the same bytes.
//
// This file makes text and knows nothing of HTTP.

const VALUES_MOVED = 0.162
const SERIES_REPLACED = 0.0008

/** Deterministic uniform numbers in [0, 1) (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * All versions of one target's body.
 * Returns [{ text, samples, checksum }]; `checksum` is the sum, modulo 2^32, of both halves of every value's 64 bits.
 */
export function targetVersions({ seed, index, series, versions }) {
  const random = randomFrom(seed * 1_000_003 + index * 7919)
  const families = KINDS[index % KINDS.length](series, random)
  const result = []
  for (let version = 0; version < versions; version++) {
    if (version > 0) moveOn(families, series, random)
    result.push(render(families))
  }
  return result
}

/** Which version the n-th scrape gets: 0 1 2 3 2 1 0 1 ... */
export function versionOf(scrape, versions) {
  if (versions === 1) return 0
  const position = scrape % (2 * versions - 2)
  return position < versions ? position : 2 * versions - 2 - position
}

// ---- the four kinds -------------------------------------------------------------------------------------------------
// A family is { name, type, help, groups }; a group is what moves together: one series, or all series of one histogram.

const KINDS = [nodeExporter, kubeStateMetrics, cadvisor, application]

function nodeExporter(series, random) {
  const mounts = names('/var/lib/kubelet/pods/', 40, random).map((path) => `${path}/volumes/kubernetes.io~projected`)
  const devices = ['lo', 'eth0', 'cilium_host', ...names('lxc', 60, random)]
  return fill(series, (share) => [
    simple('node_cpu_seconds_total', 'counter', 'Seconds the CPUs spent in each mode.', share(0.3), (n) => [
      ['cpu', String(Math.floor(n / 8))],
      ['mode', ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'][n % 8]],
    ]),
    ...['receive', 'transmit'].flatMap((direction) =>
      ['bytes', 'packets', 'errs', 'drop'].map((what) =>
        simple(
          `node_network_${direction}_${what}_total`,
          'counter',
          `Network device statistic ${direction}_${what}.`,
          share(0.05),
          (n) => [['device', devices[n % devices.length] + (n < devices.length ? '' : n)]],
          what === 'errs' || what === 'drop' ? 'still' : 'counter',
        ),
      ),
    ),
    ...['avail_bytes', 'free_bytes', 'size_bytes', 'files', 'files_free', 'readonly'].map((what) =>
      simple(
        `node_filesystem_${what}`,
        'gauge',
        `Filesystem statistic ${what}.`,
        share(0.05),
        (n) => [
          ['device', 'tmpfs'],
          ['fstype', 'tmpfs'],
          ['mountpoint', `${mounts[n % mounts.length]}/kube-api-access-${n}`],
        ],
        what === 'readonly' ? 'still' : 'gauge',
      ),
    ),
  ])(random)
}

function kubeStateMetrics(series, random) {
  const pods = names('checkout-service-', 400, random)
  const pod = (n) => [
    ['namespace', `team-${n % 17}`],
    ['pod', pods[n % pods.length] + (n < pods.length ? '' : `-${n}`)],
    ['uid', uid(n)],
  ]
  return fill(series, (share) => [
    simple(
      'kube_pod_info',
      'gauge',
      'Information about pod.',
      share(0.12),
      (n) => [
        ...pod(n),
        ['host_ip', `10.0.${n % 250}.${n % 199}`],
        ['pod_ip', `10.244.${n % 251}.${n % 241}`],
        ['node', `worker-${n % 60}.eu-central-1.compute.internal`],
        ['created_by_kind', 'ReplicaSet'],
        ['created_by_name', `checkout-service-${n % 37}`],
      ],
      'still',
    ),
    simple(
      'kube_pod_status_phase',
      'gauge',
      'The pods current phase.',
      share(0.4),
      (n) => [...pod(Math.floor(n / 5)), ['phase', ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'][n % 5]]],
      'flag',
    ),
    simple(
      'kube_pod_container_status_restarts_total',
      'counter',
      'The number of container restarts.',
      share(0.2),
      (n) => [...pod(n), ['container', 'app']],
      'still',
    ),
    simple(
      'kube_pod_container_resource_requests',
      'gauge',
      'Resources requested by a container.',
      share(0.28),
      (n) => [
        ...pod(Math.floor(n / 2)),
        ['container', 'app'],
        ['resource', n % 2 ? 'memory' : 'cpu'],
        ['unit', n % 2 ? 'byte' : 'core'],
      ],
      'gauge',
    ),
  ])(random)
}

function cadvisor(series, random) {
  const pods = names('payments-api-', 300, random)
  const container = (n) => [
    ['container', 'payments'],
    ['id', `/kubepods.slice/pod${uid(n).slice(0, 18)}.slice/cri-${hex(n, 12)}.scope`],
    ['image', 'registry.local/payments/api:v1.4.2'],
    ['name', hex(n + 7, 12)],
    ['namespace', `team-${n % 11}`],
    ['pod', pods[n % pods.length] + (n < pods.length ? '' : `-${n}`)],
  ]
  const each = [
    ['container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed in seconds.'],
    ['container_memory_working_set_bytes', 'gauge', 'Current working set in bytes.'],
    ['container_memory_rss', 'gauge', 'Size of RSS in bytes.'],
    ['container_fs_writes_bytes_total', 'counter', 'Cumulative count of bytes written.'],
    ['container_network_receive_bytes_total', 'counter', 'Cumulative count of bytes received.'],
    ['container_threads', 'gauge', 'Number of threads running inside the container.'],
  ]
  return fill(series, (share) =>
    each.map(([name, type, help]) => simple(name, type, help, share(1 / each.length), container)),
  )(random)
}

function application(series, random) {
  const routes = names('/api/v1/', 30, random)
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']
  const labels = (n) => [
    ['handler', routes[n % routes.length]],
    ['method', ['GET', 'POST', 'PUT', 'DELETE'][Math.floor(n / routes.length) % 4]],
    ['status', ['200', '204', '400', '404', '500'][Math.floor(n / routes.length / 4) % 5]],
    ['shard', String(Math.floor(n / routes.length / 20))],
  ]
  return fill(series, (share) => [
    histogram('http_server_request_duration_seconds', 'Duration of HTTP requests.', share(0.45), bounds, labels),
    histogram('http_server_response_size_bytes', 'Size of HTTP responses.', share(0.35), bounds, labels),
    simple('http_server_requests_total', 'counter', 'HTTP requests by handler, method and status.', share(0.1), labels),
    simple('worker_queue_depth', 'gauge', 'Jobs that wait in each queue.', share(0.1), (n) => [
      ['queue', `mail-${n % 50}`],
      ['tenant', `tenant-${n}`],
    ]),
  ])(random)
}

/** Runs `shape` with a function that turns a share of the target into a number of series, then trims to exactly `series`. */
function fill(series, shape) {
  return (random) => {
    const families = shape((share) => Math.ceil(share * series))
    let left = series
    for (const family of families) {
      const kept = []
      for (const build of family.groups) {
        if (left === 0) break
        const group = build(random).slice(0, left)
        left -= group.length
        kept.push(group)
      }
      family.groups = kept
    }
    if (left > 0) throw new Error(`bench: a target's families are ${left} series short of ${series}`)
    return families.filter((family) => family.groups.length > 0)
  }
}

/** `step` says how the values look and move: counter, gauge, flag (0 or 1), still (small and constant). */
function simple(name, type, help, count, labelsOf, step = type) {
  const groups = []
  for (let n = 0; n < count; n++) {
    groups.push((random) => [{ name, labels: labelsOf(n), value: firstValue(step, random), step }])
  }
  return { name, type, help, groups }
}

function histogram(name, help, count, bounds, labelsOf) {
  const groups = []
  for (let n = 0; n < Math.ceil(count / (bounds.length + 2)); n++) {
    groups.push((random) => {
      const labels = labelsOf(n)
      let cumulative = 0
      const buckets = bounds.map((le) => {
        cumulative += Math.floor(random() ** 3 * 5000)
        return { name: `${name}_bucket`, labels: [...labels, ['le', le]], value: cumulative, step: 'bucket' }
      })
      return [
        ...buckets,
        { name: `${name}_sum`, labels, value: round(cumulative * random(), 6), step: 'counter' },
        { name: `${name}_count`, labels, value: cumulative, step: 'count' },
      ]
    })
  }
  return { name, type: 'histogram', help, groups }
}

function firstValue(step, random) {
  const size = random()
  if (step === 'still') return size < 0.9 ? 1 : Math.floor(random() * 20)
  if (step === 'flag') return size < 0.8 ? 0 : 1
  if (step === 'gauge') return size < 0.6 ? Math.floor(random() * 3) : Math.floor(random() * 2 ** 34)
  return size < 0.5 ? Math.floor(random() * 1e6) : round(random() * 1e7, 2)
}

// ---- from one version to the next -----------------------------------------------------------------------------------

function moveOn(families, series, random) {
  for (const family of families) {
    for (const group of family.groups) if (random() < VALUES_MOVED) moveGroup(group, random)
  }
  const expected = series * SERIES_REPLACED
  const replaced = Math.floor(expected) + (random() < expected % 1 ? 1 : 0)
  for (let n = 0; n < replaced; n++) replaceOne(families[Math.floor(random() * families.length)], random)
}

function moveGroup(group, random) {
  const observations = 1 + Math.floor(random() * 20)
  const firstBucket = Math.floor(random() * 3)
  for (const [position, series] of group.entries()) {
    if (series.step === 'still') continue
    else if (series.step === 'flag') series.value = random() < 0.3 ? 1 - series.value : series.value
    else if (series.step === 'gauge') series.value = Math.max(0, series.value + Math.floor((random() - 0.5) * 4096))
    else if (series.step === 'counter') series.value = round(series.value + random() * 1000, 2)
    else if (series.step === 'count' || position >= firstBucket) series.value += observations
  }
}

/** A series goes and a new one of the same name comes, somewhere else in the family. */
function replaceOne(family, random) {
  const from = Math.floor(random() * family.groups.length)
  const [group] = family.groups.splice(from, 1)
  const suffix = Math.floor(random() * 36 ** 6).toString(36)
  for (const series of group.slice(0, 1)) {
    const [[label, value], ...rest] = series.labels
    series.labels = [[label, `${value.replace(/~.*$/, '')}~${suffix}`], ...rest]
  }
  family.groups.splice(Math.floor(random() * (family.groups.length + 1)), 0, group)
}

// ---- text -----------------------------------------------------------------------------------------------------------

function render(families) {
  const lines = []
  const bits = new DataView(new ArrayBuffer(8))
  let samples = 0
  let checksum = 0
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
    for (const group of family.groups) {
      for (const { name, labels, value } of group) {
        lines.push(`${name}{${labels.map(([key, text]) => `${key}="${text}"`).join(',')}} ${goNumber(value)}`)
        bits.setFloat64(0, value)
        checksum = (checksum + bits.getUint32(0) + bits.getUint32(4)) >>> 0
        samples++
      }
    }
  }
  return { text: `${lines.join('\n')}\n`, samples, checksum }
}

/** As Go's client library writes a float: shortest digits, an exponent from 1e+06 on. */
function goNumber(value) {
  const [digits, power] = value.toExponential().split('e')
  const exponent = Number(power)
  if (value === 0 || (exponent >= -4 && exponent < 6)) return String(value)
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

const round = (value, digits) => Number(value.toFixed(digits))
const hex = (n, length) =>
  Math.imul(n + 1, 0x9e3779b1)
    .toString(16)
    .replace('-', '')
    .padStart(length, 'e41c07b95fa2')
    .slice(-length)
const uid = (n) => `${hex(n, 8)}-4f1e-4c1b-9a2d-${hex(n * 31, 12)}`

function names(prefix, count, random) {
  return Array.from({ length: count }, (_, n) => prefix + Math.floor(random() * 36 ** 5).toString(36) + n)
}
