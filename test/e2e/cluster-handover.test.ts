/**
 * What a cluster's targets notice of nodes that come, go and die, from their own logs: real processes, 200 targets at 1 s, each
 * kind of event five times on Node; smaller runs on Bun and Deno.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fairShare, type HandoverEvent, isFair, startHandover, tableOf } from './support/handover.ts'
import { endEverything } from './support/processes.ts'
import { NODE, RUNTIMES } from './support/runtimes.ts'

const KILL_RESUMES_WITHIN_MS = 10_000

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const title = ({ kind, node }: HandoverEvent): string => `${kind} ${node}`
const of = (events: readonly HandoverEvent[], ...kinds: HandoverEvent['kind'][]): HandoverEvent[] =>
  events.filter(({ kind }) => kinds.includes(kind))

/** The bars that hold everywhere. What happened while the machine gave the processes no time is no evidence. */
function judged(all: () => readonly HandoverEvent[], skipped: boolean): void {
  const it_ = it.skipIf(skipped)
  const events = (): HandoverEvent[] => all().filter(isFair)

  it_('were judged on a machine that had time for them', () => {
    const unfair = all().filter((event) => !isFair(event))
    expect(unfair.length, unfair.map((event) => `${title(event)} starved ${event.starved} ms`).join(', ')).toBeLessThan(
      all().length / 2,
    )
  })
  it_('a node that comes or goes costs no target a scrape, and doubles at most one of those that move', () => {
    const bad = of(events(), 'join', 'leave', 'return').filter(({ missed, doubled }) => missed > 0 || doubled > 1)
    expect(bad.map(title)).toEqual([])
  })
  it_('targets that stay where they are notice nothing', () => {
    const bad = events().filter(({ disturbed }) => disturbed.length > 0)
    expect(bad.map((event) => [title(event), event.disturbed])).toEqual([])
  })
  it_(`the targets of a node that was killed are scraped again within ${KILL_RESUMES_WITHIN_MS} ms`, () => {
    const bad = of(all(), 'kill').filter(({ resumedMax }) => resumedMax > KILL_RESUMES_WITHIN_MS)
    expect(bad.map((event) => [title(event), event.resumedMax])).toEqual([])
    expect(of(all(), 'kill').length).toBeGreaterThan(0)
  })
  it_('only what falls to or from the one node moves', () => {
    const bad = all().flatMap((event) =>
      event.moved
        .filter(
          ({ before, after }) => (event.kind === 'join' || event.kind === 'return' ? after : before) !== event.node,
        )
        .map(({ target, before, after }) => [title(event), target, before, after]),
    )
    expect(bad).toEqual([])
  })
}

afterAll(endEverything)

describe.skipIf(NODE.missing !== undefined)(`200 targets on ${NODE.title}`, () => {
  const events: HandoverEvent[] = []

  beforeAll(async () => {
    const cluster = await startHandover(NODE, ['n1', 'n2', 'n3', 'n4'], 200)
    // Four nodes at the beginning of each round: a fifth comes, the oldest goes, the newest is killed and comes back.
    for (let round = 1; round <= 5; round++) {
      const newest = `n${round + 4}`
      events.push(await cluster.join(newest))
      events.push(await cluster.leave(`n${round}`))
      events.push(await cluster.kill(newest))
      events.push(await cluster.comeBack(newest))
    }
    await cluster.end()
    console.log(tableOf(events))
  }, 600_000)

  judged(() => events, false)

  it('moves the share of one node, a fifth up or down on average', () => {
    for (const kind of ['join', 'leave', 'kill', 'return'] as const) {
      const mine = of(events, kind)
      expect(mine).toHaveLength(5)
      const ratio = mean(mine.map((event) => event.share / fairShare(event)))
      expect(ratio, kind).toBeGreaterThan(0.8)
      expect(ratio, kind).toBeLessThan(1.2)
    }
  })
})

describe.each(RUNTIMES.filter(({ name }) => name !== 'node'))('60 targets on $title', (runtime) => {
  const events: HandoverEvent[] = []

  beforeAll(async () => {
    if (runtime.missing !== undefined) return
    const cluster = await startHandover(runtime, ['n1', 'n2', 'n3'], 60)
    events.push(await cluster.join('n4'))
    events.push(await cluster.leave('n1'))
    events.push(await cluster.kill('n2'))
    events.push(await cluster.comeBack('n2'))
    await cluster.end()
    console.log(tableOf(events))
  }, 300_000)

  judged(() => events, runtime.missing !== undefined)
})
