/** What people read when a run has failed. */
import { seconds } from './journal.ts'
import type { RunResult } from './outcome.ts'
import { describeFault } from './plan.ts'
import type { Process } from './world.ts'

/** One line about a process: what it is, and what it believes. */
export function describeProcess(process: Process, now: number): string {
  const { id, address, life, program, endedAt } = process
  if (life !== 'running' && life !== 'leaving')
    return `${id.padEnd(12)} ${address} ${life} at ${seconds(endedAt).trim()}`
  const stats = program.stats()
  const peers = program
    .peers()
    .map(({ name, state, suspect }) => `${name}${state === 'participant' ? '' : `:${state}`}${suspect ? '?' : ''}`)
  const rival = program.conflict()?.rival
  const held = program.hold()
  return [
    id.padEnd(12),
    address,
    life,
    process.machine.paused ? 'paused' : '',
    held === undefined ? '' : `hold=${held}`,
    rival === undefined ? '' : `rival=${rival}`,
    `probe=${process.timing.probeIntervalMs}`,
    `known=${stats.knownMembers} queued=${stats.queuedBroadcasts} health=${stats.healthScore} time=${stats.lamportTime}`,
    `age=${((now - process.startedAt) / 1000).toFixed(0)}s`,
    `sees ${peers.length}: ${peers.join(' ')}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** Everything about a failed run. */
export function describeFailure(result: RunResult, rerun: string): string {
  const { plan } = result
  return [
    `seed ${result.seed}, ${result.nodes} nodes: ${result.violations.length} violations`,
    ...result.violations.map(({ at, check, text }) => `  ${seconds(at)}  ${check}: ${text}`),
    `probe interval ${plan.probeIntervalMs}, rejoin ${plan.rejoinMs}, latency ${plan.latency.join('-')} ms, faults:`,
    ...plan.faults.map((fault) => `  ${describeFault(fault)}`),
    'timeline before the first violation:',
    ...result.timeline.map((line) => `  ${line}`),
    `again: ${rerun}`,
  ].join('\n')
}
