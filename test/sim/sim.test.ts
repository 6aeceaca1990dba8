/** The simulator as part of the suite: some seeds, the quiet and the lossy run, and proof that its checkers can fail. */
import { describe, expect, test } from 'vitest'
import * as mutants from './mutants.ts'
import { ours } from './ours.ts'
import type { RunResult } from './outcome.ts'
import type { Fault, Plan } from './plan.ts'
import { production } from './production.ts'
import type { Install } from './program.ts'
import { createDraw } from './random.ts'
import { describeFailure } from './report.ts'
import { type RunOptions, runSeed } from './run.ts'
import { createToyNode } from './toy-node.ts'

const MINUTE = 60_000

/** Runs, and tells the whole story when something is wrong. */
async function soundly(options: Omit<RunOptions, 'install'> & { readonly install?: Install }): Promise<RunResult> {
  const result = await runSeed({ install: ours, ...options })
  if (result.violations.length > 0) throw new Error(describeFailure(result, `seed ${options.seed}`))
  return result
}

/** A plan with nothing in it but what is said. */
function plain(nodes: number, ms: number, faults: readonly Fault[] = []): Plan {
  return {
    nodes,
    startAt: Array.from({ length: nodes }, (_, i) => i * 100),
    known: Array.from({ length: nodes }, () => [0, 1, 2].slice(0, nodes)),
    faults,
    healedAt: ms,
    probeIntervalMs: 1_000,
    rejoinMs: 60_000,
    latency: [0.2, 5],
    wallErrorMs: 0,
    ipv6Share: 0,
  }
}

const GROUP = 6
describe.each([1, 1 + GROUP, 1 + 2 * GROUP])('seeds from %i', (first) => {
  test(`${GROUP} seeds without a violation`, { timeout: 2 * MINUTE }, async () => {
    for (let seed = first; seed < first + GROUP; seed++) {
      const draw = createDraw(`${seed}/test`)
      // More small clusters than large ones: they cost less, and leave fewer ways around a fault.
      const nodes = 3 + Math.floor(28 * draw.next() ** 3)
      await soundly({ seed: `test-${seed}`, nodes, faultsMs: 20_000, probeIntervalMs: 1_000, brief: seed !== first })
    }
  })
})

test('an hour of five nodes without faults and without a single suspicion', { timeout: MINUTE }, async () => {
  const { suspicions, simMs } = await soundly({ seed: 'hour', nodes: 5, plan: plain(5, 60 * MINUTE) })
  expect(suspicions).toBe(0)
  expect(simMs).toBeGreaterThan(60 * MINUTE)
})

test('ten minutes of thirty nodes with 10 % loss and without a false death', { timeout: MINUTE }, async () => {
  const faults: Fault[] = [{ kind: 'loss', share: 0.1, at: 0, until: 10 * MINUTE }]
  const { falseDeaths } = await soundly({ seed: 'lossy', nodes: 30, plan: plain(30, 10 * MINUTE, faults) })
  expect(falseDeaths).toBe(0)
})

test('the same seed gives the same run, another seed another', { timeout: MINUTE }, async () => {
  const run = (seed: string) => soundly({ seed, nodes: 5, faultsMs: 10_000, probeIntervalMs: 1_000 })
  const first = await run('again')
  expect((await run('again')).digest).toBe(first.digest)
  expect((await run('other')).digest).not.toBe(first.digest)
  // On every runtime: a literal, to be renewed when behaviour changes on purpose.
  expect(first.digest).toMatch(/^[0-9a-f]{16}$/)
})

test('the simulator itself works with the simplest node', async () => {
  await soundly({ seed: 'toy', nodes: 4, plan: plain(4, 20_000), install: production(createToyNode) })
})

describe('checkers see what is wrong with', () => {
  const crash: Fault = {
    kind: 'crash',
    node: 2,
    silent: true,
    elsewhere: false,
    at: 20_000,
    until: Number.POSITIVE_INFINITY,
  }
  const leave: Fault = { kind: 'leave', node: 2, elsewhere: false, at: 20_000, until: Number.POSITIVE_INFINITY }
  const rival: Fault = { kind: 'rival', node: 2, at: 20_000, until: Number.POSITIVE_INFINITY }
  const lossy: Fault = { kind: 'loss', share: 0.1, at: 0, until: 200_000 }

  test.each<[string, (install: Install) => Install, number | undefined, Plan, string[]]>([
    ['nodes that bury suspects', mutants.buriesSuspects, undefined, plain(8, 100_000, [lossy]), ['false-death']],
    ['a node that drops all acks', mutants.dropsAcks, 1, plain(5, 30_000), ['suspicion']],
    ['nodes that drop all acks', mutants.dropsAcks, undefined, plain(5, 30_000), ['suspicion']],
    ['nodes that ignore leaves', mutants.ignoresLeaves, undefined, plain(5, 30_000, [leave]), ['leave']],
    ['a node that ignores deaths', mutants.ignoresDeaths, 1, plain(5, 30_000, [crash]), ['crash', 'agreement']],
    ['a node with a ring of its own', mutants.wrongRing, 1, plain(5, 20_000), ['agreement']],
    ['a rival that never yields', mutants.neverYields, 2, plain(5, 30_000, [rival]), ['agreement']],
    ['a clock that runs away', mutants.runsAway, 1, plain(5, 20_000), ['bounds']],
    ['a table that is never emptied', mutants.hoards, 1, plain(5, 30_000, [crash]), ['rest']],
  ])('%s', { timeout: MINUTE }, async (_, mutate, node, plan, checks) => {
    // Without the mutation all is well with the same plan and seed.
    await soundly({ seed: 'mutant', nodes: plan.nodes, plan })
    const mutant = mutate(ours)
    const installFor = (number: number) => (node === undefined || number === node ? mutant : undefined)
    const { violations } = await runSeed({ seed: 'mutant', nodes: plan.nodes, plan, install: ours, installFor })
    expect(checks).toContain(violations[0]?.check)
  })
})
