/**
 * A whole agent on fake ports. What its imported modules come to is seen by whom they scrape: the business of imports is done only
 * when the graph has put their content into force.
 */
import { createAgent } from '../../../core/agent.ts'
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts'
import { answer, type FakePorts, fakePorts } from '../fake-ports.ts'

const CONFIG = '/etc/skein.alloy'

export interface AgentWorld extends FakePorts {
  readonly log: RecordingLog
  /** Loads this text; resolves to what is wrong with it, empty when it runs. */
  load(text: string): Promise<string>
  /** Hosts that are scraped from now on, in the order of their names. Takes 15 s. */
  scraped(): Promise<readonly string[]>
  /** What `/-/healthy` answers. */
  healthy(): Promise<string>
  stop(): Promise<void>
}

/** A module `probe` that scrapes this host. */
export function probe(host: string): string {
  return `declare "probe" {
  prometheus.scrape "it" {
    targets         = [{ "__address__" = "${host}" }]
    forward_to      = []
    scrape_interval = "10s"
    scrape_timeout  = "5s"
  }
}
`
}

export function createAgentWorld(): AgentWorld {
  const fakes = fakePorts()
  const log = recordingLog()
  for (const host of ['one', 'two', 'three']) fakes.hosts.set(host, () => answer('up_or_not 1\n'))
  const agent = createAgent(
    {
      configPath: CONFIG,
      listenAddress: '127.0.0.1:12345',
      memoryAddress: 'skein.internal:80',
      uiPathPrefix: '/',
      storagePath: '/data',
      stability: 'experimental',
      logger: log,
      version: '1.2.3',
    },
    fakes.ports,
  )
  return {
    ...fakes,
    log,
    async load(text) {
      fakes.files.put(CONFIG, text)
      const loading = agent.load()
      await fakes.clock.advance(5_000)
      const outcome = await loading
      return outcome.ok ? '' : outcome.text
    },
    async scraped() {
      await fakes.clock.advance(5_000)
      const before = fakes.requests.length
      await fakes.clock.advance(10_000)
      const scrapes = fakes.requests.slice(before).filter(({ url }) => url.pathname === '/metrics')
      return [...new Set(scrapes.map(({ url }) => url.hostname))].sort()
    },
    async healthy() {
      const response = await agent.fetch(new Request('http://localhost/-/healthy'))
      return response.text()
    },
    async stop() {
      const stopping = agent.stop()
      await fakes.clock.advance(10_000)
      await stopping
    },
  }
}
