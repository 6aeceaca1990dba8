/**
 * Runs scenarios: a target, a receiver and a sender each, for as long as the scenario says. Equal scenarios share a run; several
 * runs go at a time, the longest first, but few senders start at once, since a start is what costs.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from './outcome.ts'
import { startReceiver } from './receiver.ts'
import type { Scenario } from './scenario.ts'
import { freePort, type Sender } from './senders.ts'
import { startTarget } from './target.ts'

const AT_A_TIME = Number(process.env['SKEIN_COMPLIANCE_RUNS'] ?? 10)
const STARTING_AT_A_TIME = 2
/** Until the first scrape, at most, where nothing else runs: on a busy machine, what it takes longer is added to the run. */
const BEGINNING_MS = 2000
/** Where a scenario waits for answers: longer than any sender should need. */
const PATIENCE_MS = 12_000
/** From the signal until the end, before it is killed: Prometheus blocks for a minute when its receiver is dead. */
const EXIT_MS = 75_000

export interface Runs {
  /** To be called for all scenarios before the first is awaited. */
  add(scenario: Scenario): () => Promise<Outcome>
}

export function createRuns(sender: Sender): Runs {
  const outcomes = new Map<string, Promise<Outcome>>()
  const waiting: { scenario: Scenario; run: () => Promise<void> }[] = []
  const starting = gate(STARTING_AT_A_TIME)
  let begun = false

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next.run()
  }

  function begin(): void {
    if (begun) return
    begun = true
    waiting.sort((a, b) => b.scenario.seconds - a.scenario.seconds)
    for (let i = 0; i < AT_A_TIME; i++) void work()
  }

  return {
    add(scenario) {
      const key = JSON.stringify(scenario)
      if (!outcomes.has(key)) {
        const outcome = new Promise<Outcome>((resolve, reject) => {
          waiting.push({ scenario, run: () => runOne(sender, scenario, starting).then(resolve, reject) })
        })
        // It is reported by the tests that await it.
        outcome.catch(() => undefined)
        outcomes.set(key, outcome)
      }
      return () => {
        begin()
        return outcomes.get(key) as Promise<Outcome>
      }
    },
  }
}

async function runOne(sender: Sender, scenario: Scenario, starting: Gate): Promise<Outcome> {
  const leave = await starting()
  const receiver = await startReceiver(scenario.receive)
  const startedAt = Date.now()
  const target = await startTarget(scenario.expose, startedAt)
  try {
    const url = scenario.elsewhere ?? `http://${receiver.address}${scenario.path ?? '/'}`
    const closed = url.replace('closed', `127.0.0.1:${await freePort()}`)
    const { process, metrics } = await sender.launch({ scenario, target: target.address, url: closed })
    const scraped = Promise.race([firstScrape(target.scrapes), process.exit, sleep(PATIENCE_MS)])
    const over = Promise.all([
      sleep(scenario.seconds * 1000),
      scraped.then(() => sleep(scenario.seconds * 1000 - (sender.dawdles ? 0 : BEGINNING_MS))),
    ])
    if (!sender.dawdles) await scraped
    leave()
    const isCounted = scenario.receive.stopAfter !== undefined
    await Promise.race([isCounted ? Promise.race([receiver.enough, sleep(PATIENCE_MS)]) : over, process.exit])
    const text = await metricsFrom(metrics())
    const stoppedAt = Date.now()
    process.signal(isCounted ? 'SIGTERM' : 'SIGINT')
    const late = setTimeout(() => process.signal('SIGKILL'), EXIT_MS)
    const exit = await process.exit
    clearTimeout(late)
    return {
      ...{ requests: receiver.requests, scrapes: target.scrapes, target: target.address, startedAt, stoppedAt, exit },
      ...{ output: process.output(), metrics: text, second: sender.knowsSecond && scenario.speak !== '1.0' },
    }
  } finally {
    leave()
    await Promise.all([receiver.close(), target.close()])
  }
}

async function firstScrape(scrapes: readonly number[]): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (scrapes.length === 0 && Date.now() < end) await sleep(50)
}

async function metricsFrom(url: string | undefined): Promise<string> {
  if (url === undefined) return ''
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(1000) })).text()
  } catch {
    return ''
  }
}

/** Resolves when there is a place, to what gives the place back; that may be called twice. */
type Gate = () => Promise<() => void>

function gate(places: number): Gate {
  const queue: (() => void)[] = []
  let free = places
  return async () => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => queue.push(resolve))
    let left = false
    return () => {
      if (left) return
      left = true
      const next = queue.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
