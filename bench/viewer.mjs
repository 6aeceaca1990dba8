// People who look: each has one page of skein open, another one every few seconds, and asks an agent for what the page asks for.
// What that costs is measured within one process, which is looked at and left alone in turn: two processes, or two minutes, differ
// by more than what looking costs.

import { setTimeout as sleep } from 'node:timers/promises'

/** Who looks at the same time. One alone costs less than what two measurements of the same thing differ by. */
export const PEOPLE = 10

/** The pages, and what each asks for every so many seconds while it is open. */
const PAGES = [
  [
    ['/api/v1/cluster', 2],
    ['/api/v1/ring', 5],
    ['/api/v1/ownership', 5],
  ],
  [['/api/v1/targets?limit=100', 2]],
  [['/api/v1/queues?scope=fleet', 2]],
  [['/api/v0/web/components', 5]],
]

/** One page is open at a time; who looks goes on to the next one after this. */
const SECONDS_A_PAGE = 6

/** An answer that takes longer counts as none. */
const PATIENCE_MS = 2000

/** Measured times in a row, and whether somebody looks: what grows or falls with time counts for both alike. */
const LOOKED_AT = [false, true, true, false]

/**
 * Measures the agent at this port of 127.0.0.1 in turns of `turnSeconds`, for `seconds` at least. `cpuSeconds()` says what it has
 * needed so far. Resolves to what it needed per second left alone and looked at by PEOPLE, to how many questions were asked, and
 * to what was wrong with answers: a sentence for each kind.
 */
export async function measureLooking(port, { seconds, turnSeconds, cpuSeconds }) {
  const needed = { alone: 0, looked: 0 }
  const viewer = createViewer(port)
  // What is done for the first time is compiled first, which happens once in an agent's life.
  await viewer.lookFor(turnSeconds)
  const rounds = Math.ceil(seconds / turnSeconds / LOOKED_AT.length)
  for (let round = 0; round < rounds; round++) {
    for (const isLookedAt of LOOKED_AT) {
      const before = cpuSeconds()
      const from = performance.now()
      await (isLookedAt ? viewer.lookFor(turnSeconds) : sleep(turnSeconds * 1000))
      const perSecond = ((cpuSeconds() - before) * 1000) / (performance.now() - from)
      needed[isLookedAt ? 'looked' : 'alone'] += perSecond / (rounds * (LOOKED_AT.length / 2))
    }
  }
  return { ...needed, ...viewer.outcome() }
}

function createViewer(port) {
  let asked = 0
  const wrong = new Map()

  async function ask(path) {
    asked++
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) })
      await response.json()
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
    } catch (error) {
      const what = `${path}: ${error.message}`
      wrong.set(what, (wrong.get(what) ?? 0) + 1)
    }
  }

  /** One of the people, `late` ms after the others. Once a second: what the open page asks for at its opening, and at its time. */
  async function look(seconds, first, late) {
    const questions = []
    for (let second = first; second < first + seconds; second++) {
      const wait = sleep(1000)
      const open = PAGES[Math.floor(second / SECONDS_A_PAGE) % PAGES.length]
      const due = open.filter(([, every]) => (second % SECONDS_A_PAGE) % every === 0)
      await sleep(late)
      for (const [path] of due) questions.push(ask(path))
      await wait
    }
    await Promise.all(questions)
  }

  let second = 0
  return {
    /** Everybody looks, and goes on where they left off. */
    async lookFor(turnSeconds) {
      const seconds = Math.round(turnSeconds)
      const all = Array.from({ length: PEOPLE }, (_, one) =>
        look(seconds, second + one * SECONDS_A_PAGE, (one * 1000) / PEOPLE),
      )
      second += seconds
      await Promise.all(all)
    },
    outcome: () => ({ asked, problems: [...wrong].map(([what, times]) => `${times} answers went wrong: ${what}`) }),
  }
}
