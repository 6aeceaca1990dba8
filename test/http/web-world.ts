/** A whole agent on fake ports, asked by the API that Alloy's pages use. */
import { type Agent, createAgent } from '../../core/agent.ts'
import type { WebComponent } from '../../core/api/web.ts'
import { answer, type FakePorts, fakePorts, receiving } from '../components/fake-ports.ts'
import { recordingLog } from '../support/recording-log.ts'

const CONFIG = '/etc/skein.alloy'

export interface WebWorld extends FakePorts {
  readonly agent: Agent
  /** Loads this text; what is wrong with it otherwise. */
  load(text: string): Promise<string>
  /** `path` is what follows `/api/v0/web/`. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  components(path: string): Promise<readonly WebComponent[]>
  component(id: string): Promise<WebComponent>
  stop(): Promise<void>
}

export function createWebWorld(): WebWorld {
  const fakes = fakePorts()
  fakes.hosts.set('all', receiving([]))
  fakes.hosts.set('one', () => answer('requests_total{path="/a"} 5\nrequests_total{path="/b"} 6\n'))
  const agent = createAgent(
    {
      configPath: CONFIG,
      listenAddress: '127.0.0.1:12345',
      memoryAddress: 'skein.internal:80',
      uiPathPrefix: '/',
      storagePath: '/data',
      stability: 'experimental',
      logger: recordingLog(),
      version: '1.2.3',
    },
    fakes.ports,
  )

  async function fetchWeb(path: string, init: RequestInit = {}): Promise<Response> {
    const asked = agent.fetch(new Request(`http://localhost/api/v0/web/${path}`, init))
    await fakes.clock.settle()
    return asked
  }

  async function json<T>(path: string): Promise<T> {
    const response = await fetchWeb(path)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }

  return {
    ...fakes,
    agent,
    async load(text) {
      fakes.files.put(CONFIG, text)
      const loading = agent.load()
      await fakes.clock.advance(5_000)
      const outcome = await loading
      agent.start()
      return outcome.ok ? '' : outcome.text
    },
    fetch: fetchWeb,
    components: (path) => json<readonly WebComponent[]>(path),
    component: (id) => json<WebComponent>(`components/${id}`),
    async stop() {
      const stopping = agent.stop()
      await fakes.clock.advance(10_000)
      await stopping
    },
  }
}

/** discovery.relabel → prometheus.scrape → prometheus.relabel → prometheus.remote_write, each called `apps`. */
export const PIPELINE = `
discovery.relabel "apps" {
  targets = [{ "__address__" = "one", "__meta_team" = "a" }]
  rule {
    source_labels = ["__meta_team"]
    target_label  = "team"
  }
}
prometheus.scrape "apps" {
  targets    = discovery.relabel.apps.output
  forward_to = [prometheus.relabel.apps.receiver]
  job_name   = "apps"
}
prometheus.relabel "apps" {
  forward_to = [prometheus.remote_write.apps.receiver]
  rule {
    source_labels = ["path"]
    regex         = "/b"
    action        = "drop"
  }
}
prometheus.remote_write "apps" {
  endpoint { url = "http://all/push" }
}
`
