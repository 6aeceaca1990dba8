// One agent through one outage: a receiver that answers 503 for a while, and in the middle of it the agent is stopped or killed
// and started again. Afterwards all is well, and there is time to catch up.

import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../processes.mjs'
import { startReceiver } from './receiver.mjs'
import { startTarget } from './target.mjs'

/** When a supervisor loses patience: Kubernetes' default, or half of a shorter outage, but not before skein may. */
const GRACE_MS = 30_000
const LEAST_GRACE_MS = 6000
const DOWN_MS = 2000
const START_PATIENCE_MS = 60_000
/** A scrape that was answered less than this before the end of the agent may never have been read by it. */
const UNDER_WAY_MS = 50

/**
 * @param agent as agents.mjs finds them
 * @param {{ signal: 'SIGTERM' | 'SIGKILL', dir: string, times: { healthy: number, outage: number, signal?: number, after: number }, afterScrape?: number }} how
 *   `dir`: an empty folder. `times` in ms: before the outage, the outage, from its beginning to the signal (a third of it), and at most afterwards. `afterScrape`: the signal comes
 *   this many ms after a scrape was answered; at any moment unless given.
 * @returns what came of it. Rejects when the agent doesn't start, or ends by itself.
 */
export async function runOutage(agent, { signal, dir, times, afterScrape }) {
  mkdirSync(dir, { recursive: true })
  const logFile = join(dir, 'log')
  const [target, receiver] = await Promise.all([startTarget(), startReceiver()])
  const port = await freePort()
  let child
  function startAgent() {
    const [program, args, cwd] = agent.command({ dir, port, target: target.address, sinkUrl: receiver.url })
    child = start(program, args, { logFile, cwd })
    let asked = false
    child.ended.then((how) => {
      if (!asked) child.endedByItself = how
    })
    return () => {
      asked = true
    }
  }
  /** Looks again and again, as long as the agent lives. */
  async function until(what, patience, look) {
    const giveUpAt = performance.now() + patience
    while (!look()) {
      if (child.endedByItself !== undefined) throw new Error(problem(`ended by itself (${child.endedByItself})`))
      if (performance.now() > giveUpAt) throw new Error(problem(`${what} not within ${patience / 1000} s`))
      await sleep(20)
    }
  }
  const problem = (what) => `${agent.name} ${agent.mode}: ${what}. Its last words:\n${lastLines(logFile)}`

  try {
    let expectEnd = startAgent()
    await until('a first delivery', START_PATIENCE_MS, () =>
      target.scrapes.some(({ serial }) => receiver.deliveredAt(serial)),
    )
    await sleep(times.healthy)

    receiver.state.healthy = false
    const outageAt = performance.now()
    await sleep(times.signal ?? times.outage / 3)
    if (afterScrape !== undefined) {
      const before = target.scrapes.length
      await until('a scrape', START_PATIENCE_MS, () => target.scrapes.length > before)
      await sleep(afterScrape)
    }
    expectEnd()
    const signalledAt = performance.now()
    child.kill(signal)
    const grace = setTimeout(
      () => child.kill('SIGKILL'),
      Math.min(GRACE_MS, Math.max(LEAST_GRACE_MS, times.outage / 2)),
    )
    const ended = await child.ended
    clearTimeout(grace)
    const endedAt = performance.now()
    await sleep(DOWN_MS)
    expectEnd = startAgent()
    const restartedAt = performance.now()
    await sleep(Math.max(0, outageAt + times.outage - performance.now()))

    receiver.state.healthy = true
    const healthyAt = performance.now()
    await until('a scrape after the restart', START_PATIENCE_MS, () =>
      target.scrapes.some(({ at }) => at > restartedAt),
    )
    // Peers won't ever deliver what they lost: no use to wait for it, only for what comes after.
    const enough = () => target.scrapes.every(({ serial, at }) => receiver.deliveredAt(serial) || at > healthyAt)
    for (const giveUpAt = healthyAt + times.after; !enough() && performance.now() < giveUpAt; ) await sleep(50)
    await sleep(1000)
    expectEnd()
    const lastSignalAt = performance.now()
    child.kill('SIGTERM')
    const lastGrace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    const endedAtLast = await child.ended
    clearTimeout(lastGrace)
    const moments = { outageAt, signalledAt, endedAt, restartedAt, healthyAt, lastSignalAt }
    return {
      agent: agent.name,
      mode: agent.mode,
      signal,
      ended,
      endedAtLast,
      ...judge(target.scrapes, receiver, moments),
    }
  } finally {
    child?.kill('SIGKILL')
    target.close()
    receiver.close()
  }
}

function judge(scrapes, receiver, { outageAt, signalledAt, endedAt, healthyAt, lastSignalAt }) {
  const seconds = (from, to) => (to - from) / 1000
  /** Whether the agent can have it: not those that were on their way when it was told to end. */
  const complete = ({ at }) => at < signalledAt - UNDER_WAY_MS || (at > endedAt && at < lastSignalAt - UNDER_WAY_MS)
  const lost = scrapes.filter((scrape) => complete(scrape) && receiver.deliveredAt(scrape.serial) === undefined)
  const lostBefore = lost.filter(({ at }) => at < signalledAt)
  const backlog = scrapes
    .filter(({ at }) => at < healthyAt)
    .map(({ serial }) => receiver.deliveredAt(serial))
    .filter((at) => at > healthyAt)
  return {
    served: scrapes.length,
    servedInOutage: scrapes.filter(({ at }) => at > outageAt && at < healthyAt).length,
    delivered: scrapes.filter(({ serial }) => receiver.deliveredAt(serial) !== undefined).length,
    lost: lost.length,
    /** How long before the signal the oldest of the lost scrapes was answered, seconds; undefined when none was lost. */
    oldestLost: lostBefore.length === 0 ? undefined : seconds(lostBefore[0].at, signalledAt),
    lostAfterRestart: lost.length - lostBefore.length,
    /** Samples, of all series. */
    twice: receiver.state.twice,
    outOfOrder: receiver.state.outOfOrder,
    refused: receiver.state.refused,
    broken: receiver.state.broken,
    stopSeconds: seconds(signalledAt, endedAt),
    /** From when the receiver was well until the last scrape from before had arrived. */
    drainSeconds: backlog.length === 0 ? 0 : seconds(healthyAt, Math.max(...backlog)),
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function lastLines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
