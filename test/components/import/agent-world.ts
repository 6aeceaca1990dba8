/**
 * A whole agent on fake ports. What its imported modules come to is seen by whom they scrape: the business of imports is done only
 * when the graph has put their content into force.
 */
import { answer } from '../fake-ports.ts'
import { createWholeAgent, type WholeAgent } from '../whole-agent.ts'

export interface AgentWorld extends WholeAgent {
  /** Hosts that are scraped from now on, in the order of their names. Takes 15 s. */
  scraped(): Promise<readonly string[]>
  /** What `/-/healthy` answers. */
  healthy(): Promise<string>
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
  const world = createWholeAgent({ stability: 'experimental' })
  const { agent, clock, hosts, requests } = world
  for (const host of ['one', 'two', 'three']) hosts.set(host, () => answer('up_or_not 1\n'))
  return {
    ...world,
    async scraped() {
      await clock.advance(5_000)
      const before = requests.length
      await clock.advance(10_000)
      const scrapes = requests.slice(before).filter(({ url }) => url.pathname === '/metrics')
      return [...new Set(scrapes.map(({ url }) => url.hostname))].sort()
    },
    async healthy() {
      const response = await agent.fetch(new Request('http://localhost/-/healthy'))
      return response.text()
    },
  }
}
