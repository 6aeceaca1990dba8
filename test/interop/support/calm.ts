/** Watches a cluster in which nothing happens for whoever believes that something did. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Member } from './mixed.ts'

export interface Calm {
  readonly ms: number
  readonly looks: number
  /** 0 is best. */
  readonly worstHealth: number
  /** What mustn't be: for people. */
  readonly disturbances: readonly string[]
}

const LOOK_EVERY_MS = 5000
/** Of nodes that left, were given up, or had another's name. */
const EVENTS = ['node_join', 'node_leave', 'node_conflict'] as const

/** Both sides' words for suspicion, death, and its refutation. */
const ALARM = /suspect|suspicion|refut|marking .* as failed|conflicting address|given up|declared dead|is dead/i

export async function watchCalm(members: readonly Member[], ms: number): Promise<Calm> {
  const disturbances: string[] = []
  const before = new Map<string, number>()
  const written = new Map(members.map(({ name, output }) => [name, output().length]))
  for (const member of members) before.set(member.name, await turmoil(member))

  let looks = 0
  let worstHealth = 0
  const end = performance.now() + ms
  do {
    await sleep(Math.min(LOOK_EVERY_MS, Math.max(0, end - performance.now())))
    looks++
    for (const member of members) {
      const metrics = await member.metrics()
      const seen = metrics.value('cluster_node_peers', { state: 'participant' })
      const alive = metrics.value('cluster_node_gossip_alive_peers')
      const health = metrics.value('cluster_node_gossip_health_score') ?? Number.NaN
      worstHealth = Math.max(worstHealth, health)
      if (seen !== members.length || alive !== members.length || health !== 0) {
        disturbances.push(`${member.name}: ${seen} participants, ${alive} alive, health score ${health}`)
      }
    }
  } while (performance.now() < end)

  for (const member of members) {
    const changes = (await turmoil(member)) - (before.get(member.name) ?? 0)
    if (changes !== 0) disturbances.push(`${member.name}: ${changes} of ${EVENTS.join(', ')}`)
    const lines = alarms(member.output().slice(written.get(member.name)))
    disturbances.push(...lines.map((line) => `${member.name} wrote ${line}`))
  }
  return { ms, looks, worstHealth, disturbances }
}

export function alarms(output: string): string[] {
  return output.split('\n').filter((line) => ALARM.test(line))
}

async function turmoil({ name, metrics }: Member): Promise<number> {
  const all = await metrics()
  const values = EVENTS.map((event) => all.value('cluster_node_gossip_received_events_total', { event }) ?? 0)
  const sum = values.reduce((total, value) => total + value, 0)
  // At least its own arrival.
  if (sum === 0) throw new Error(`${name} counts no events at all`)
  return sum
}
