/**
 * Another configuration while the agent runs, on every runtime: a good one takes effect without costing a scrape, a bad one
 * is refused with its problems while the old one goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningAgent, startAgent } from './support/agent.ts'
import { type Exporter, serve, startExporter } from './support/exporter.ts'
import { type Exit, endEverything } from './support/processes.ts'
import { type Received, type Receiver, startReceiver } from './support/receiver.ts'
import { type AgentRuntime, RUNTIMES } from './support/runtimes.ts'
import { timeline } from './support/timeline.ts'
import { until } from './support/until.ts'

interface Outcome {
  readonly agent: RunningAgent
  readonly receiver: Receiver
  readonly second: Exporter
  readonly scrapes: number
  readonly refusal: { readonly status: number; readonly text: string }
  readonly refused: number | undefined
  readonly acceptance: { readonly status: number; readonly text: string }
  readonly accepted: number | undefined
  readonly ready: { readonly status: number; readonly text: string }
  readonly exit: Exit
}

async function scenario(runtime: AgentRuntime): Promise<Outcome> {
  let scrapes = 0
  const first = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`counting ${++scrapes}\n`)
  })
  const second = await startExporter('other_series 1\n')
  const receiver = await startReceiver()
  const write = (generation: number, addresses: readonly string[]): string =>
    config(generation, addresses, receiver.url)
  const loads = (agent: RunningAgent): number => agent.output().split('msg="configuration loaded"').length - 1
  const succeeded = async (agent: RunningAgent): Promise<number | undefined> =>
    (await agent.metrics()).value('alloy_config_last_load_successful')

  const agent = await startAgent(write(1, [first.address]), { runtime })
  const ready = await agent.get('/-/ready')
  await sleep(2500)

  agent.configure(write(2, [first.address]))
  agent.signal('SIGHUP')
  await until('the second configuration', 5000, () => loads(agent) === 2)
  await sleep(2000)

  agent.configure(write(3, [first.address]).replace('scrape_timeout ', 'scrape_time_out'))
  agent.signal('SIGHUP')
  await agent.says(/failed to reload config; the running one stays/)
  const refusal = await agent.get('/-/reload')
  const refused = await succeeded(agent)
  await sleep(2000)

  agent.configure(write(4, [first.address, second.address]))
  const acceptance = await agent.get('/-/reload')
  const accepted = await succeeded(agent)
  await sleep(2500)
  const exit = await agent.stop()
  return { agent, receiver, second, scrapes, refusal, refused, acceptance, accepted, ready, exit }
}

describe('reloading', () => {
  const outcomes = new Map<string, Outcome>()

  beforeAll(async () => {
    const runnable = RUNTIMES.filter(({ missing }) => missing === undefined)
    await Promise.all(
      runnable.map(async (runtime) => {
        outcomes.set(runtime.name, await scenario(runtime))
      }),
    )
  }, 60_000)
  afterAll(endEverything)

  describe.each(RUNTIMES)('$title', ({ name, missing }) => {
    const it_ = it.skipIf(missing !== undefined)
    const outcome = (): Outcome => outcomes.get(name) as Outcome

    function received(metric: string): Received[] {
      return outcome()
        .receiver.attempts.flatMap(({ samples }) => samples)
        .filter(({ labels, stale }) => labels.get('__name__') === metric && !stale)
        .sort((a, b) => a.timestamp - b.timestamp)
    }

    it_('costs no scrape and shifts none', () => {
      const samples = received('counting')
      expect(samples.map(({ value }) => value)).toEqual(samples.map((_, i) => i + 1))
      expect(samples.length).toBeGreaterThanOrEqual(outcome().scrapes - 1)
      expect(samples.length).toBeGreaterThanOrEqual(8)
      const { missing, doubled, worst } = timeline(
        samples.map(({ timestamp }) => timestamp),
        1000,
      )
      expect({ missing, doubled }).toEqual({ missing: 0, doubled: 0 })
      expect(worst).toBeLessThan(400)
    })

    it_('takes a good configuration at SIGHUP and at /-/reload', () => {
      const generations = received('counting').map(({ labels }) => labels.get('generation'))
      expect([...new Set(generations)]).toEqual(['1', '2', '4'])
      expect(outcome().acceptance).toEqual({ status: 200, text: 'config reloaded\n' })
      expect(outcome().accepted).toBe(1)
      expect(outcome().second.scrapes.length).toBeGreaterThanOrEqual(2)
      expect(received('other_series').length).toBeGreaterThanOrEqual(2)
    })

    it_('refuses a bad one with its problems, in the log and in the answer', () => {
      const { agent, refusal, refused } = outcome()
      const problem = `${agent.configFile}:4:3: unrecognized attribute name "scrape_time_out"`
      expect(agent.output()).toContain(problem)
      expect(refusal.status).toBe(400)
      expect(refusal.text).toContain(problem)
      expect(refusal.text).toContain('hint: did you mean "scrape_timeout"?')
      expect(refused).toBe(0)
    })

    it_('is ready all the time and ends in good order', () => {
      expect(outcome().ready).toEqual({ status: 200, text: 'skein is ready.\n' })
      expect(outcome().exit).toMatchObject({ code: 0, signal: null })
      expect(outcome().exit.tookMs).toBeLessThan(3000)
    })
  })
})

function config(generation: number, addresses: readonly string[], url: string): string {
  return `prometheus.scrape "default" {
  targets         = [${addresses.map((address) => `{ "__address__" = "${address}" }`).join(', ')}]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
  external_labels = { generation = "${generation}" }

  endpoint {
    url = "${url}"

    queue_config {
      batch_send_deadline = "1s"
    }
  }
}
`
}
