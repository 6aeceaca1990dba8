/**
 * One seed, one run: draws what goes wrong, lets it happen to N nodes, heals everything, and checks what must be true during
 * it and afterwards. The same seed gives the same run on every runtime, to the bit: compare the digests.
 */
import { disagreements } from './agreement.ts'
import { type Course, carryOut } from './faults.ts'
import type { RunResult } from './outcome.ts'
import { describeFault, drawPlan, type FaultKind, type Plan } from './plan.ts'
import type { Install } from './program.ts'
import { describeProcess } from './report.ts'
import { createWatch, missingMs, noticeMs, REST_MS, type Violation } from './watch.ts'
import { createWorld, type World } from './world.ts'

export interface RunOptions {
  readonly seed: string
  readonly nodes: number
  readonly install: Install
  /** Kinds of faults that may be drawn; none for a quiet run. */
  readonly kinds?: readonly FaultKind[]
  /** How long faults happen, ms. */
  readonly faultsMs?: number
  readonly probeIntervalMs?: number
  /** Instead of a drawn plan. */
  readonly plan?: Plan
  /** Ends when all agree, and not only when all that ended are forgotten. */
  readonly brief?: boolean
  /** Keep the timeline to the end, also when nothing is wrong. */
  readonly journal?: boolean
  /** Changes the world before it begins: mutants. */
  readonly prepare?: (world: World) => void
  /** Of these nodes (by number) another program runs than `install`. */
  readonly installFor?: (node: number) => Install | undefined
}

const MAX_VIOLATIONS = 5
const TIMELINE_LINES = 120
/** How long agreement must last. */
const STEADY_MS = 10_000

export async function runSeed(options: RunOptions): Promise<RunResult> {
  const { seed, nodes } = options
  const plan = options.plan ?? drawPlan(options)
  const { probeIntervalMs } = plan
  const world = createWorld({
    seed,
    install: options.install,
    latency: plan.latency,
    probeIntervalMs: (draw) => (probeIntervalMs === 'mixed' ? draw.pick([1_000, 5_000]) : probeIntervalMs),
    rejoinMs: plan.rejoinMs,
    wallErrorMs: plan.wallErrorMs,
    ipv6Share: plan.ipv6Share,
  })
  const { agenda } = world
  const probeMs = probeIntervalMs === 'mixed' ? 5_000 : probeIntervalMs
  const violations: Violation[] = []
  let timeline: string[] = []

  function violated(violation: Violation): void {
    if (violations.length === 0) {
      timeline = [
        ...world.journal.tail(TIMELINE_LINES),
        '',
        ...world.processes.map((p) => describeProcess(p, agenda.now)),
      ]
    }
    violations.push(violation)
    world.journal.note(agenda.now, '!', `${violation.check}: ${violation.text}`)
    if (violations.length >= MAX_VIOLATIONS) agenda.stop()
  }

  options.prepare?.(world)
  const course: Course = carryOut(world, plan, options.installFor)
  const watch = createWatch({
    world,
    course,
    probeMs,
    rejoinMs: plan.rejoinMs,
    faultless: plan.faults.length === 0,
    violated,
  })
  // A crash just before the end must be noticed.
  const limit = plan.healedAt + missingMs(probeMs, plan.rejoinMs) + noticeMs(probeMs, nodes)
  let agreedAt: number | undefined

  /** Looks once a second until all agree and go on doing so; false when they never do. */
  function look(): void {
    const last = agreedAt !== undefined && agenda.now - agreedAt >= STEADY_MS
    const problems = disagreements(world, agreedAt === undefined || last)
    if (problems.length === 0) {
      if (agreedAt === undefined) world.journal.note(agenda.now, '*', 'all agree')
      agreedAt ??= agenda.now
      if (last) agenda.stop()
      else agenda.after(1_000, look)
      return
    }
    if (agreedAt !== undefined) world.journal.note(agenda.now, '*', `they agree no longer: ${problems[0]}`)
    agreedAt = undefined
    if (agenda.now < limit) agenda.after(1_000, look)
    else disagree(problems)
  }

  function disagree(problems: readonly string[]): void {
    for (const text of problems.slice(0, MAX_VIOLATIONS)) violated({ at: agenda.now, check: 'agreement', text })
    agenda.stop()
  }

  agenda.at(plan.healedAt, look)
  try {
    await agenda.run(Number.POSITIVE_INFINITY)
    if (violations.length === 0 && !options.brief) {
      agenda.at(forgottenAt(plan, probeMs), watch.rest)
      await agenda.run(Math.max(agenda.now, forgottenAt(plan, probeMs)) + REST_MS + 1_000)
      const problems = disagreements(world, true)
      if (problems.length > 0) disagree(problems)
    }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    violated({ at: agenda.now, check: 'throws', text })
  }
  return {
    seed,
    nodes,
    plan,
    violations,
    timeline: options.journal ? world.journal.tail(4_000) : timeline,
    digest: world.journal.digest(),
    simMs: agenda.now,
    happenings: agenda.count,
    agreedAfterMs: agreedAt === undefined ? undefined : agreedAt - plan.healedAt,
    suspicions: watch.suspicions(),
    falseDeaths: watch.falseDeaths(),
    detections: watch.detections,
  }
}

/** The dead are remembered for 30 s, and forgotten when the probe list wraps; twice, when somebody brings one back. */
function forgottenAt(plan: Plan, probeMs: number): number {
  return plan.healedAt + noticeMs(probeMs, plan.nodes) + 30_000 + 3 * plan.nodes * probeMs
}

export function faultList(plan: Plan): string[] {
  return plan.faults.map(describeFault)
}
