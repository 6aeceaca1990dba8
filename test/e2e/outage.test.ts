/**
 * Nothing is lost when the receiver is down and the agent is stopped or killed meanwhile: `npm run outage` on a small scale,
 * all agents at once. Which scrapes there were, each target of bench/outage/ knows itself.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endEverything, temporaryFolder } from './support/processes.ts'
import { RUNTIMES } from './support/runtimes.ts'

type Persistence = 'always' | 'spill' | 'off'
type Signal = 'SIGTERM' | 'SIGKILL'
type Agent = { readonly name: string; readonly mayLoseMs?: number; readonly missing?: string }

interface Outcome {
  readonly agent: string
  readonly served: number
  readonly servedInOutage: number
  readonly delivered: number
  readonly lost: number
  readonly refused: number
  readonly ended: string
  readonly stopSeconds: number
  readonly drainSeconds: number
}

interface How {
  readonly signal: Signal
  readonly dir: string
  readonly times: Readonly<Record<'healthy' | 'outage' | 'signal' | 'after', number>>
  readonly afterScrape: number
}

const bench = (file: string): Promise<unknown> =>
  import(/* @vite-ignore */ new URL(`../../bench/${file}`, import.meta.url).href)
const { findSkein } = (await bench('outage/agents.mjs')) as {
  findSkein(runtime: string, persistence: Persistence, batchSendDeadline: number): Agent
}
const { runOutage } = (await bench('outage/experiment.mjs')) as { runOutage(agent: Agent, how: How): Promise<Outcome> }
const { failuresOf } = (await bench('outage/verdict.mjs')) as {
  failuresOf(row: Outcome, mayLoseMs: number | undefined): string[]
}
const { killAll } = (await bench('processes.mjs')) as { killAll(): void }

const OUTAGE_MS = 8000
const TIMES = { healthy: 3000, outage: OUTAGE_MS, signal: 4500, after: 12_000 }
/** Shorter than usual: what is killed with `spill` loses what collects for this long. */
const BATCH_SEND_DEADLINE_MS = 1000
/** So that two cores can start all of them. */
const STAGGER_MS = 400

const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGKILL']
const CASES: readonly (readonly [runtime: string, persistence: Persistence, signal: Signal, title: string])[] = [
  ...SIGNALS.map((signal) => ['node', 'always', signal] as const),
  ...SIGNALS.map((signal) => ['node', 'spill', signal] as const),
  ...SIGNALS.map((signal) => ['bun', 'always', signal] as const),
  ...SIGNALS.map((signal) => ['deno', 'always', signal] as const),
].map(([runtime, persistence, signal]) => {
  const missing = RUNTIMES.find(({ name }) => name === runtime)?.missing
  return [runtime, persistence, signal, missing === undefined ? '' : ` (skipped: ${missing})`]
})

describe(`a receiver that is down for ${OUTAGE_MS / 1000} s, and an agent that is restarted meanwhile`, () => {
  const outcomes = new Map<string, Outcome | Error>()
  const key = (runtime: string, persistence: Persistence, signal: Signal): string =>
    `${runtime} ${persistence} ${signal}`

  beforeAll(async () => {
    const folder = temporaryFolder()
    await Promise.all(
      CASES.filter(([, , , skipped]) => skipped === '').map(async ([runtime, persistence, signal], n) => {
        await sleep(n * STAGGER_MS)
        const which = key(runtime, persistence, signal)
        const dir = join(folder, String(n))
        // Well between two scrapes: what was answered just before the end can't be told from what was lost.
        const how = { signal, dir, times: TIMES, afterScrape: 400 }
        outcomes.set(
          which,
          await runOutage(findSkein(runtime, persistence, BATCH_SEND_DEADLINE_MS), how).catch(
            (error: unknown) => error as Error,
          ),
        )
      }),
    )
  }, 90_000)
  afterAll(async () => {
    killAll()
    await endEverything()
  })

  for (const [runtime, persistence, signal, skipped] of CASES) {
    const agent = findSkein(runtime, persistence, BATCH_SEND_DEADLINE_MS)
    it.skipIf(skipped !== '')(`${runtime}, ${persistence}, ${signal}: nothing is lost${skipped}`, () => {
      const outcome = outcomes.get(key(runtime, persistence, signal))
      if (outcome instanceof Error) throw outcome
      if (outcome === undefined) throw new Error('it never ran')
      expect(failuresOf(outcome, agent.mayLoseMs)).toEqual([])
      // It was really out, with work going on before and after the restart.
      expect(outcome.refused).toBeGreaterThan(0)
      expect(outcome.servedInOutage).toBeGreaterThan(2)
      expect(outcome.ended).toBe(signal === 'SIGTERM' ? 'exit 0' : 'SIGKILL')
      expect(outcome.drainSeconds).toBeLessThan(10)
    })
  }
})
