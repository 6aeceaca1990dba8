// `--chaos`: now and then one node is killed with SIGKILL, and started again some seconds later.

const FIRST_KILL_MS = 5000
/** Long enough for the others to notice and take over, so that it shows. */
const DOWN_MS = 8000
const CALM_MS = 12_000
/** What is killed shortly before the end shows nothing. */
const BEFORE_END_MS = DOWN_MS + 4000

/**
 * Kills and restarts the nodes of `cluster` in turn until stop() is called, or, if it is known, near the end of `duration`;
 * `onKill(node, at)` hears of it. Returns { kills, stop() }; `kills` are [{ node, sender, at }], `at` as wall time.
 */
export function startChaos(cluster, { duration = Infinity, onKill }) {
  const endsAt = performance.now() + duration
  const kills = []
  let timer = setTimeout(kill, FIRST_KILL_MS)

  function kill() {
    if (performance.now() > endsAt - BEFORE_END_MS) return
    const node = cluster.nodes[kills.length % cluster.nodes.length]
    const at = Date.now()
    kills.push({ node, sender: node.sender, at })
    cluster.kill(node)
    onKill(node, at)
    timer = setTimeout(restart, DOWN_MS, node)
  }

  function restart(node) {
    cluster.restart(node)
    timer = setTimeout(kill, CALM_MS)
  }
  return { kills, stop: () => clearTimeout(timer) }
}
