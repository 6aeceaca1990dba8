/**
 * Carries changes of exports to the components that refer to them. Owns the queue of changes and its pace: all that
 * changed by the next turn of the event loop is one batch, each dependant is evaluated once per batch, and what those
 * evaluations change makes the next batch. References have no cycles, so a change ends after as many batches as the
 * graph is deep. Never holds the event loop for longer than a slice.
 */
import { MAX_SLICE_MS } from '../limits.ts'
import type { Clock, Monotonic } from '../ports.ts'
import type { GraphMetrics } from './metrics.ts'

export interface Propagation {
  /** The exports of this component changed. The queue is bounded by the number of components. */
  changed(id: string): void
  /** Resolves once no evaluation is under way; none begins until `resume`. Changes are remembered meanwhile. */
  pause(): Promise<void>
  resume(): void
}

export interface PropagationOptions {
  readonly clock: Clock
  readonly metrics: GraphMetrics
  /** Those that refer to any of these components, each once, dependencies before dependants. */
  readonly dependantsOf: (ids: readonly string[]) => readonly string[]
  /** Evaluates one component with what is exported now. Must not throw. */
  readonly evaluate: (id: string) => void
}

export function createPropagation(options: PropagationOptions): Propagation {
  const { clock, metrics, dependantsOf, evaluate } = options
  /** Since when each waits; the first one the longest. */
  const queue = new Map<string, Monotonic>()
  let working: Promise<void> | undefined
  let paused = false

  function wake(): void {
    if (working !== undefined || paused || queue.size === 0) return
    working = work().finally(() => {
      working = undefined
      wake()
    })
  }

  async function work(): Promise<void> {
    await clock.turn()
    while (queue.size > 0 && !paused) {
      const batch = new Map(queue)
      queue.clear()
      metrics.queueSize.set(0)
      await evaluateBatch(batch)
      await clock.turn()
    }
  }

  async function evaluateBatch(batch: ReadonlyMap<string, Monotonic>): Promise<void> {
    const [since] = batch.values()
    metrics.evaluating.set(1)
    let sliceStart = clock.monotonic()
    for (const id of dependantsOf([...batch.keys()])) {
      metrics.dependenciesWaitSeconds.observe((clock.monotonic() - since) / 1000)
      evaluate(id)
      if (clock.monotonic() - sliceStart < MAX_SLICE_MS) continue
      await clock.turn()
      sliceStart = clock.monotonic()
    }
    metrics.evaluating.set(0)
  }

  return {
    changed(id) {
      if (!queue.has(id)) queue.set(id, clock.monotonic())
      metrics.queueSize.set(queue.size)
      wake()
    },
    async pause() {
      paused = true
      await working
    },
    resume() {
      paused = false
      wake()
    },
  }
}
