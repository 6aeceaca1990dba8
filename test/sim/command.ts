/** The working side of `npm run sim`: scripts/sim.mjs bundles this file and hands it seeds over the process channel. */
import { ours } from './ours.ts'
import type { FaultKind } from './plan.ts'
import { createDraw } from './random.ts'
import { describeFailure } from './report.ts'
import { runSeed } from './run.ts'

export interface Task {
  readonly seed: number
  /** Least and greatest number of nodes; drawn between from the seed. */
  readonly nodes: readonly [number, number]
  readonly kinds?: readonly FaultKind[]
  readonly faultsMs?: number
  /** Print the whole journal, whatever comes out. */
  readonly journal?: boolean
}

export interface Outcome {
  readonly seed: number
  readonly nodes: number
  readonly violations: number
  readonly checks: readonly string[]
  readonly failure: string
  readonly digest: string
  readonly simMs: number
  readonly realMs: number
  readonly happenings: number
  readonly agreedAfterMs: number | undefined
  readonly suspicions: number
  readonly falseDeaths: number
  readonly detections: readonly number[]
}

export async function perform(task: Task): Promise<Outcome> {
  const [least, greatest] = task.nodes
  const nodes = least + createDraw(`${task.seed}/nodes`).below(greatest - least + 1)
  const from = performance.now()
  const { kinds, faultsMs, journal = false } = task
  const options = { seed: `${task.seed}`, nodes, install: ours, journal }
  const result = await runSeed({ ...options, ...(kinds && { kinds }), ...(faultsMs !== undefined && { faultsMs }) })
  const also = kinds === undefined ? '' : kinds.length === 0 ? ' --no-faults' : ` --only ${kinds.join(',')}`
  const duration = faultsMs === undefined ? '' : ` --duration ${faultsMs / 1000}`
  const again = `npm run sim -- --seeds 1 --nodes ${nodes} --first-seed ${task.seed}${also}${duration}`
  return {
    seed: task.seed,
    nodes,
    violations: result.violations.length,
    checks: result.violations.map(({ check }) => check),
    failure: result.violations.length > 0 || journal ? describeFailure(result, again) : '',
    digest: result.digest,
    simMs: result.simMs,
    realMs: performance.now() - from,
    happenings: result.happenings,
    agreedAfterMs: result.agreedAfterMs,
    suspicions: result.suspicions,
    falseDeaths: result.falseDeaths,
    detections: result.detections,
  }
}

/** On any runtime: the digests of some seeds, to be compared with those of other runtimes. */
if (process.argv[2] === 'digests') {
  const { seeds, ...task } = JSON.parse(process.argv[3]) as Omit<Task, 'seed'> & { readonly seeds: readonly number[] }
  for (const seed of seeds) {
    const { nodes, digest, happenings } = await perform({ ...task, seed })
    console.log(`seed ${seed}: ${nodes} nodes, ${happenings} happenings, digest ${digest}`)
  }
}

process.on('message', (task: Task) => {
  perform(task).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(`seed ${task.seed}:`, error)
      process.exit(1)
    },
  )
})
