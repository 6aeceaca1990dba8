/** Makes a cluster that shares the slot targets come through joins, leaves and crashes, and has each judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import { allSee, type ClusterAgent, freePort, startNode } from './cluster.ts'
import type { AgentRuntime } from './runtimes.ts'
import { type SlotTargets, startSlotTargets } from './slot-targets.ts'
import { type EventOutcome, judgeEvent } from './slots.ts'
import { watchStarvation } from './starvation.ts'

export type EventKind = 'join' | 'leave' | 'kill' | 'return'

export interface HandoverEvent extends EventOutcome {
  readonly kind: EventKind
  readonly node: string
  /** Participants before and after. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** From the event until all nodes knew, ms. */
  readonly known: number
  /** How long a process waited for a processor within half a second, at the worst, ms. */
  readonly starved: number
}

/** With longer waits for a processor lateness says nothing: a scrape counts as missed when it is late by half a second. */
const MAX_STARVED_MS = 250

/** Whether the machine let the processes run. */
export function isFair({ starved }: HandoverEvent): boolean {
  return starved <= MAX_STARVED_MS
}

const INTERVAL_MS = 1000
const CALM_MS = 3000
/** What is still to come when all nodes know: a hand-over begins half a second later, and is judged by three slots. */
const SETTLE_MS = 4000
const JOIN_WITHIN_MS = 15_000
const KNOWN_WITHIN_MS = 30_000

export interface Handover {
  readonly targets: SlotTargets
  readonly nodes: readonly ClusterAgent[]
  join(name: string): Promise<HandoverEvent>
  leave(name: string): Promise<HandoverEvent>
  kill(name: string): Promise<HandoverEvent>
  /** A node that was killed comes back under its name, at another address. */
  comeBack(name: string): Promise<HandoverEvent>
  end(): Promise<void>
}

export async function startHandover(
  runtime: AgentRuntime,
  names: readonly string[],
  targetCount: number,
): Promise<Handover> {
  const targets = await startSlotTargets(targetCount)
  const nodes = new Map<string, ClusterAgent>()
  const ports = await Promise.all(names.map(() => freePort()))
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const first = await Promise.all(
    names.map((name, n) => startNode(targets.config(name), { name, runtime, join: addresses, port: ports[n] })),
  )
  for (const node of first) nodes.set(node.name, node)
  const starvation = watchStarvation(() => [targets.pid, ...[...nodes.values()].map(({ pid }) => pid)])
  await allSee([...nodes.values()], names, JOIN_WITHIN_MS)
  await sleep(SETTLE_MS)

  async function during(kind: EventKind, node: string, happens: () => Promise<void>): Promise<HandoverEvent> {
    const before = [...nodes.keys()].sort()
    starvation.take()
    const from = await targets.now()
    await sleep(CALM_MS)
    const event = await targets.now()
    await happens()
    const after = [...nodes.keys()].sort()
    await allSee([...nodes.values()], after, KNOWN_WITHIN_MS)
    const known = (await targets.now()) - event
    await sleep(SETTLE_MS)
    const window = { from, event, to: await targets.now() }
    const outcome = judgeEvent(await targets.scrapes(), targetCount, window, INTERVAL_MS)
    return { ...outcome, kind, node, before, after, known, starved: starvation.take() }
  }

  async function begin(name: string): Promise<void> {
    const join = [...nodes.values()].map(({ address }) => address)
    nodes.set(name, await startNode(targets.config(name), { name, runtime, join }))
  }

  async function end(name: string, how: (node: ClusterAgent) => Promise<unknown>): Promise<void> {
    const node = nodes.get(name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    nodes.delete(name)
    await how(node)
  }

  return {
    targets,
    get nodes() {
      return [...nodes.values()]
    },
    join: (name) => during('join', name, () => begin(name)),
    leave: (name) => during('leave', name, () => end(name, (node) => node.stop())),
    kill: (name) =>
      during('kill', name, () =>
        end(name, (node) => {
          node.signal('SIGKILL')
          return node.exit
        }),
      ),
    comeBack: (name) => during('return', name, () => begin(name)),
    async end() {
      starvation.end()
      await Promise.all([...nodes.values()].map((node) => node.stop()))
      await targets.end()
    },
  }
}

/** One line per event, for the report. */
export function tableOf(events: readonly HandoverEvent[]): string {
  const rows = events.map((one) => [
    one.kind,
    one.node,
    `${one.before.length} -> ${one.after.length}`,
    one.moved.length,
    `${(one.share * 100).toFixed(1)} %`,
    `${(fairShare(one) * 100).toFixed(1)} %`,
    one.missed,
    one.withMissed,
    one.doubled,
    one.withDoubled,
    one.disturbed.length,
    one.resumedMedian.toFixed(0),
    one.resumedMax.toFixed(0),
    one.known.toFixed(0),
    `${one.starved}${isFair(one) ? '' : ' !'}`,
  ])
  const titles = ['event', 'node', 'nodes', 'moved', 'share', '1/N', 'missed max', 'by', 'doubled max', 'by']
  const more = ['disturbed', 'resumed ms', 'max', 'known ms', 'starved ms']
  const table = [[...titles, ...more], ...rows].map((row) => row.map(String))
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  return table.map((row) => row.map((cell, n) => cell.padStart(widths[n])).join('  ')).join('\n')
}

/** What a change of one node moves when all have the same share: that of the larger cluster. */
export function fairShare({ before, after }: Pick<HandoverEvent, 'before' | 'after'>): number {
  return 1 / Math.max(before.length, after.length)
}
