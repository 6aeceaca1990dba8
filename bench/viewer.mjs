// Somebody who looks: has one page of skein open, another one every few seconds, and asks an agent for what the page asks for.

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

/**
 * Begins to look at the agent at this port of 127.0.0.1. `stop()` resolves to how many questions were asked, and to what was wrong
 * with answers: a sentence for each kind.
 */
export function startViewer(port) {
  let asked = 0
  const wrong = new Map()
  const underWay = new Set()

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

  // Once a second: what the open page asks for at its opening, and again at its time.
  let second = 0
  const timer = setInterval(() => {
    const open = PAGES[Math.floor(second / SECONDS_A_PAGE) % PAGES.length]
    for (const [path, every] of open) {
      if ((second % SECONDS_A_PAGE) % every !== 0) continue
      const question = ask(path).finally(() => underWay.delete(question))
      underWay.add(question)
    }
    second++
  }, 1000)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      return { asked, problems: [...wrong].map(([what, times]) => `${times} answers went wrong: ${what}`) }
    },
  }
}
