/** A whole agent on fake ports, asked by the API that Alloy's pages use. */
import { afterEach, expect } from 'vitest'
import type { WebComponent } from '../../core/api/web.ts'
import { answer, receiving } from '../components/fake-ports.ts'
import { createWholeAgent, type WholeAgent } from '../components/whole-agent.ts'

export interface WebWorld extends WholeAgent {
  /** `path` is what follows `/api/v0/web/`. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  components(path: string): Promise<readonly WebComponent[]>
  component(id: string): Promise<WebComponent>
}

export interface WebWorlds {
  /** One that has nothing loaded yet. */
  create(): WebWorld
  /** One that runs this text. */
  running(text: string): Promise<WebWorld>
}

/** To be called at the top of a file of tests: each world is stopped after the test that it was made in. */
export function webWorlds(): WebWorlds {
  const worlds: WebWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.stop()
  })
  function create(): WebWorld {
    const world = createWebWorld()
    worlds.push(world)
    return world
  }
  return {
    create,
    async running(text) {
      const world = create()
      expect(await world.load(text)).toBe('')
      return world
    },
  }
}

function createWebWorld(): WebWorld {
  const world = createWholeAgent({ stability: 'experimental' })
  const { agent, clock, hosts } = world
  hosts.set('all', receiving([]))
  hosts.set('one', () => answer('requests_total{path="/a"} 5\nrequests_total{path="/b"} 6\n'))

  async function fetchWeb(path: string, init: RequestInit = {}): Promise<Response> {
    const asked = agent.fetch(new Request(`http://localhost/api/v0/web/${path}`, init))
    await clock.settle()
    return asked
  }

  async function json<T>(path: string): Promise<T> {
    const response = await fetchWeb(path)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }

  return {
    ...world,
    async load(text) {
      const problem = await world.load(text)
      agent.start()
      return problem
    },
    fetch: fetchWeb,
    components: (path) => json<readonly WebComponent[]>(path),
    component: (id) => json<WebComponent>(`components/${id}`),
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
