/**
 * One agent, one exporter that counts its scrapes, and receivers that misbehave in every way, each of them an endpoint of
 * the same prometheus.remote_write: what is retried arrives whole and in order, what is refused is dropped and counted,
 * and nobody waits for anybody else. A second agent is told to stop while its receivers are dead.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Metrics, type RunningAgent, startAgent } from './support/agent.ts'
import { serve } from './support/exporter.ts'
import { type Exit, endEverything } from './support/processes.ts'
import { type Answer, type Attempt, type Receiver, startReceiver, status } from './support/receiver.ts'
import { NODE } from './support/runtimes.ts'

const SECONDS = 10
const RETRY_AFTER_SECONDS = 2
const REMOTE_TIMEOUT_MS = 1000

/** The first few requests go wrong in this way, then everything is fine. */
function firstly(times: number, answer: Answer): Answer {
  return (attempt, response, nth) => (nth < times ? answer : status(204))(attempt, response, nth)
}

const hang: Answer = () => {}
const drop: Answer = (_attempt, response) => response.destroy()

const RECEIVERS: Readonly<Record<string, Answer>> = {
  good: status(204),
  'fails with 500': firstly(4, status(500)),
  'asks for patience': firstly(2, status(429, { 'retry-after': String(RETRY_AFTER_SECONDS) })),
  hangs: firstly(2, hang),
  'drops connections': firstly(4, drop),
  'refuses once': firstly(1, status(400)),
  'refuses all': status(400),
  'refuses 429': firstly(1, status(429)),
}
const RECOVERING = ['fails with 500', 'asks for patience', 'hangs', 'drops connections']

describe.skipIf(NODE.missing !== undefined)(`bad receivers (${NODE.title})`, () => {
  const receivers = new Map<string, Receiver>()
  let scrapes = 0
  let metrics: Metrics
  let agent: RunningAgent
  let exit: Exit

  const receiver = (name: string): Receiver => receivers.get(name) as Receiver

  beforeAll(async () => {
    const exporter = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`counting ${++scrapes}\n`)
    })
    for (const [name, answer] of Object.entries(RECEIVERS)) receivers.set(name, await startReceiver(answer))
    const endpoints = [...receivers].map(([name, { url }]) => ({ name, url, timeout: `${REMOTE_TIMEOUT_MS}ms` }))
    agent = await startAgent(config(exporter.address, endpoints))
    await sleep(SECONDS * 1000)
    metrics = await agent.metrics()
    exit = await agent.stop()
  }, 60_000)
  afterAll(endEverything)

  /** What the exporter counted, as it was delivered. */
  function delivered(name: string): number[] {
    const series = [...receiver(name).delivered()].find(([series]) => series.includes('__name__="counting"'))
    return series?.[1].map(({ value }) => value) ?? []
  }

  function counted(name: string): number[] {
    return countsIn(receiver(name).attempts)
  }

  const metric = (name: string, endpoint: string, labels = {}): number | undefined =>
    metrics.value(`prometheus_remote_storage_${name}`, { remote_name: endpoint, ...labels })

  it.each(['good', ...RECOVERING])('the one that %s gets every sample once and in order', (name) => {
    const values = delivered(name)
    // The last scrape may have been under way at SIGTERM.
    expect(values.length).toBeGreaterThanOrEqual(scrapes - 1)
    expect(values.length).toBeGreaterThanOrEqual(SECONDS - 1)
    expect(values).toEqual(values.map((_, i) => i + 1))
    expect(metric('samples_failed_total', name)).toBe(0)
    expect(metric('samples_pending', name)).toBeLessThan(40)
  })

  it('the good one never waits for the others', () => {
    const delays = receiver('good').attempts.map(({ at, samples }) => at - Math.min(...samples.map((s) => s.timestamp)))
    // A block is closed after a second, with at most two scrapes in it.
    expect(Math.max(...delays)).toBeLessThan(2500)
    expect(metric('samples_retried_total', 'good')).toBe(0)
  })

  it.each(RECOVERING)('the one that %s is sent the same again, and it is counted', (name) => {
    const { attempts } = receiver(name)
    const failed = attempts.filter(({ status }) => status !== 204)
    expect(failed.length).toBeGreaterThanOrEqual(2)
    expect(new Set(failed.map(({ samples }) => JSON.stringify(samples))).size).toBe(1)
    expect(attempts[failed.length].samples).toEqual(failed[0].samples)
    const numbers = attempts.slice(0, failed.length + 1).map(({ headers }) => headers['retry-attempt'])
    expect(numbers).toEqual(numbers.map((_, i) => (i === 0 ? undefined : String(i))))
    expect(metric('samples_retried_total', name)).toBe(failed.length * failed[0].samples.length)
  })

  it('waits longer and longer between tries', () => {
    const { attempts } = receiver('fails with 500')
    const gaps = attempts.slice(1, 5).map(({ at }, i) => at - attempts[i].at)
    // 30 ms, doubled each time, a tenth more or less; and the way there.
    for (const [i, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(0.9 * 30 * 2 ** i - 1)
    expect(gaps[3]).toBeLessThan(1000)
  })

  it('waits as long as the receiver asks', () => {
    const { attempts } = receiver('asks for patience')
    for (const i of [1, 2]) {
      const gap = attempts[i].at - attempts[i - 1].at
      expect(gap).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000 - 1)
      expect(gap).toBeLessThan(RETRY_AFTER_SECONDS * 1000 + 500)
    }
  })

  it('gives up a request that hangs after remote_timeout', () => {
    const [first, second] = receiver('hangs').attempts
    expect(second.at - first.at).toBeGreaterThanOrEqual(REMOTE_TIMEOUT_MS)
    expect(second.at - first.at).toBeLessThan(REMOTE_TIMEOUT_MS + 500)
  })

  it('never sends again what was refused', () => {
    const values = counted('refuses all')
    expect(values).toEqual(values.map((_, i) => i + 1))
    expect(delivered('refuses all')).toEqual([])
    for (const { headers } of receiver('refuses all').attempts) expect(headers['retry-attempt']).toBeUndefined()
  })

  it.each(['refuses once', 'refuses 429'])('the one that %s loses exactly the refused samples', (name) => {
    const { attempts } = receiver(name)
    const refused = countsIn(attempts.slice(0, 1))
    expect(refused.length).toBeGreaterThan(0)
    const values = delivered(name)
    expect(values).toEqual(values.map((_, i) => refused.length + i + 1))
    expect(metric('samples_failed_total', name)).toBe(attempts[0].samples.length)
    expect(metric('samples_lost_total', name, { reason: 'rejected' })).toBe(attempts[0].samples.length)
    expect(metric('samples_retried_total', name)).toBe(0)
  })

  it('counts all that was refused, and logs what the receiver said', () => {
    const { attempts } = receiver('refuses all')
    const sent = metric('samples_total', 'refuses all') as number
    expect(metric('samples_failed_total', 'refuses all')).toBe(sent)
    // What was sent at SIGTERM came after the metrics were read.
    expect(attempts.reduce((sum, { samples }) => sum + samples.length, 0)).toBeGreaterThanOrEqual(sent)
    expect(sent).toBeGreaterThan(SECONDS)
    expect(agent.output()).toMatch(/level=error.*endpoint="refuses all".*status=400.*this receiver says 400/)
  })

  it('ends in good order', () => {
    expect(exit).toMatchObject({ code: 0, signal: null })
    expect(exit.tookMs).toBeLessThan(3000)
  })
})

describe.skipIf(NODE.missing !== undefined)(`SIGTERM with dead receivers (${NODE.title})`, () => {
  let agent: RunningAgent
  let good: Receiver
  let hanging: Receiver
  let exit: Exit

  beforeAll(async () => {
    let scrapes = 0
    const exporter = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`counting ${++scrapes}\n`)
    })
    good = await startReceiver()
    hanging = await startReceiver(hang)
    agent = await startAgent(
      config(exporter.address, [
        { name: 'good', url: good.url, timeout: '30s' },
        { name: 'hanging', url: hanging.url, timeout: '30s' },
        { name: 'nobody', url: 'http://127.0.0.1:9/', timeout: '30s' },
      ]),
    )
    await sleep(3500)
    exit = await agent.stop()
  }, 60_000)
  afterAll(endEverything)

  it('ends within five seconds with exit code 0', () => {
    expect(exit).toMatchObject({ code: 0, signal: null })
    expect(exit.tookMs).toBeLessThan(5000)
  })

  it('says what could not be sent, and that it is kept', () => {
    for (const name of ['hanging', 'nobody']) {
      const line = new RegExp(`level=info msg="What is not sent yet waits on disk.*endpoint=${name} .*samples=\\d+`)
      expect(agent.output()).toMatch(line)
    }
    expect(agent.output()).not.toMatch(/waits on disk.*endpoint=good/)
  })

  it('still flushed to the receiver that lives', () => {
    const values = countsIn(good.attempts)
    expect(values.length).toBeGreaterThanOrEqual(3)
    expect(values).toEqual(values.map((_, i) => i + 1))
    expect(hanging.attempts.length).toBeGreaterThan(0)
  })
})

function countsIn(attempts: readonly Attempt[]): number[] {
  return attempts.flatMap(({ samples }) =>
    samples.filter(({ labels }) => labels.get('__name__') === 'counting').map(({ value }) => value),
  )
}

function config(target: string, endpoints: readonly { name: string; url: string; timeout: string }[]): string {
  const blocks = endpoints.map(
    ({ name, url, timeout }) => `
  endpoint {
    name           = "${name}"
    url            = "${url}"
    remote_timeout = "${timeout}"

    queue_config {
      batch_send_deadline = "1s"
      retry_on_http_429   = ${name !== 'refuses 429'}
    }
  }
`,
  )
  return `prometheus.scrape "default" {
  targets         = [{ "__address__" = "${target}" }]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {${blocks.join('')}}
`
}
