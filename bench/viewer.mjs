// Somebody who looks: asks an agent for what an open page of skein asks for, as often as the page does.

/** What each page asks for, and how often in seconds: targets, cluster and queues at a time, and the list of components. */
const POLLS = [
  ['/api/v1/targets?limit=100', 2],
  ['/api/v1/cluster', 2],
  ['/api/v1/queues?scope=fleet', 2],
  ['/api/v0/web/components', 5],
]

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

  const timers = POLLS.map(([path, seconds]) =>
    setInterval(() => {
      const question = ask(path).finally(() => underWay.delete(question))
      underWay.add(question)
    }, seconds * 1000),
  )
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(underWay)
      return { asked, problems: [...wrong].map(([what, times]) => `${times} answers went wrong: ${what}`) }
    },
  }
}
