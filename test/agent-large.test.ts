/** Large configurations of real components: how long they take, and how little of them a change touches. */
import { expect, it } from 'vitest'
import { CONFIG, createWholeAgent } from './components/whole-agent.ts'
import { pipelines } from './support/pipelines.ts'

/**
 * A load takes 1.2 to 1.6 s of CPU time where nothing else runs; other tests that run beside this one make it slower, and what
 * is quadratic takes minutes.
 */
const MOST_CPU_MS = 6_000

interface Taken {
  readonly cpuMs: number
  readonly text: string
}

function timer(): () => Taken {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const cpuMs = (user + system) / 1000
    return { cpuMs, text: `${(performance.now() - from).toFixed(0)} ms (CPU ${cpuMs.toFixed(0)} ms)` }
  }
}

it('of 2,000 components load within seconds, and one changed argument touches what depends on it alone', {
  timeout: 60_000,
}, async () => {
  const { agent, files, clock, log, stop } = createWholeAgent({}, { [CONFIG]: pipelines(500) })
  const loading = timer()
  expect(await agent.load()).toEqual({ ok: true })
  const load = loading()
  agent.start()

  files.put(CONFIG, pipelines(500, 250))
  const reloading = timer()
  expect(await agent.reload()).toEqual({ ok: true })
  const reload = reloading()
  await clock.settle()
  console.log(`2,000 components: loaded in ${load.text}, reloaded in ${reload.text}`)
  expect(Math.max(load.cpuMs, reload.cpuMs)).toBeLessThan(MOST_CPU_MS)

  const [first, second] = log.lines.filter((line) => line.includes('configuration loaded'))
  expect(first).toContain('"added":2000')
  // The relabelling itself; what it exports then reaches the scrape, and nothing else.
  expect(second).toContain('"added":0,"updated":1,"removed":0,"unchanged":1999')
  const metrics = await (await agent.fetch(new Request('http://localhost/metrics'))).text()
  const evaluations = /^alloy_component_evaluation_seconds_count\{.*\} (\d+)$/m.exec(metrics)?.[1]
  expect(Number(evaluations)).toBe(2 * 2000 + 1)

  await stop()
})
