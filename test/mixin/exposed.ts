/**
 * What whole agents expose, with as much in them as dashboards and alerts ask for: a cluster with a secret and one without,
 * discovery, scraping, relabelling, a receiver that refuses, remote configuration that can't be had. On fake ports.
 */
import type { ClusterOptions } from '../../core/cluster/settings.ts'
import { graphMetrics } from '../../core/graph/metrics.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { answer, receiving } from '../components/fake-ports.ts'
import { CONFIG, createWholeAgent, LONELY_NODE } from '../components/whole-agent.ts'

/** Of each label the values that were seen, by the name of the sample: `_bucket`, `_sum` and `_count` of a histogram are three. */
export type Exposed = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>

const SECRET = '/etc/secret'

const PIPELINE = `
remotecfg {
  url = "http://fleet"
}
discovery.http "apps" {
  url = "http://inventory/targets"
}
discovery.relabel "apps" {
  targets = discovery.http.apps.targets
  rule {
    target_label = "team"
    replacement  = "a"
  }
}
prometheus.scrape "apps" {
  targets    = discovery.relabel.apps.output
  forward_to = [prometheus.relabel.apps.receiver]
  clustering {
    enabled = true
  }
}
prometheus.relabel "apps" {
  forward_to = [prometheus.remote_write.all.receiver]
  rule {
    source_labels = ["path"]
    target_label  = "route"
  }
}
prometheus.remote_write "all" {
  endpoint { url = "http://good/push" }
  endpoint { url = "http://bad/push" }
}
`

async function expose(auth: ClusterOptions['auth']): Promise<string> {
  const { agent, clock, hosts, stop } = createWholeAgent(
    { cluster: { ...LONELY_NODE, auth } },
    { [CONFIG]: PIPELINE, [SECRET]: 'x'.repeat(40) },
  )
  const exposition = { 'content-type': 'text/plain' }
  hosts.set('good', receiving([]))
  hosts.set('bad', () => answer('no', {}, 400))
  hosts.set('inventory', () => answer('[{"targets":["one:80","gone:80"]}]', { 'content-type': 'application/json' }))
  let scrapes = 0
  hosts.set('one', () => {
    scrapes++
    const now = clock.now()
    // One goes back in time, one changes its mind about a moment.
    const lines = [
      'ok 1',
      `back 1 ${now - 1000 * scrapes * 120}`,
      `changed ${scrapes} ${now - (now % 600_000) - 600_000}`,
    ]
    return answer(`${lines.join('\n')}\n`, exposition)
  })
  const loaded = await agent.load()
  if (!loaded.ok) throw new Error(loaded.text)
  agent.start()
  const senseless = new Request('http://localhost/api/v1/ckit/transport/message', {
    method: 'POST',
    headers: { 'content-type': 'application/x.ckit' },
    body: new Uint8Array([0xcc, 0x00, 0x00, 0x00, 0x02, 0xfe, 0xfe]),
  })
  await Promise.resolve(agent.fetch(senseless, { remoteAddress: '10.0.0.9:1', httpVersion: '2' })).catch(
    () => undefined,
  )
  await clock.advance(10 * 60_000)
  const response = await agent.fetch(new Request('http://localhost/metrics'))
  const text = await response.text()
  await stop()
  return text
}

/** Evaluations of a minute don't happen to fakes. */
function slowEvaluation(): string {
  const registry = createRegistry()
  graphMetrics(registry, 'prod').slowSeconds.with('prometheus.scrape.apps').inc(60)
  return registry.expose()
}

export async function whatAgentsExpose(): Promise<Exposed> {
  const texts = [
    await expose(undefined),
    await expose({ secretFile: SECRET, tokenLifetimeMs: 60_000 }),
    slowEvaluation(),
  ]
  const found = new Map<string, Map<string, Set<string>>>()
  for (const line of texts.join('\n').split('\n')) {
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const known = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, known)
    for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
  return found
}
