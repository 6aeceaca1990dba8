/** Each trouble that a cluster is known for, brought about with real agents, and what a node says of it when it is asked. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Check, Diagnosis, TroubleId } from '../../../core/api/doctor.ts'
import { clockSpread } from '../../../core/fleet/doctor/thresholds.ts'
import {
  clusteredJob,
  type JumpingClock,
  jumpingClock,
  startAgent,
  startTargets,
  stopEverything,
  type TestAgent,
  until,
  untilAgreed,
} from './agents.ts'

/** Of all agents: none of these troubles is one before it has lasted for a while. */
let time: JumpingClock

beforeEach(() => {
  time = jumpingClock()
})

afterEach(stopEverything)

/** On a machine that is busy with other tests as well. */
const PATIENT_MS = 15_000

const join = (...agents: readonly TestAgent[]): string =>
  `join-addresses=${agents.map(({ address }) => address).join(', ')}`

async function start(name: string, ...flags: readonly string[]): Promise<TestAgent> {
  return startAgent({ name, flags, clock: time.clock })
}

async function diagnosis(asked: TestAgent): Promise<Diagnosis> {
  return JSON.parse((await asked.get('/api/v1/doctor')).text)
}

/** What the asked node has found of one trouble, once it calls it one; and no other. */
async function trouble(asked: TestAgent, id: TroubleId): Promise<Check> {
  let found: Diagnosis | undefined
  const troubles = (): readonly Check[] => found?.checks.filter(({ verdict }) => verdict === 'trouble') ?? []
  const called = async (): Promise<boolean> => {
    found = await diagnosis(asked)
    return (
      troubles()
        .map((check) => check.id)
        .join() === id
    )
  }
  await until(`${asked.name} finds ${id}, and only it`, called, PATIENT_MS).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(found, undefined, 1)}`)
  })
  expect(found).toMatchObject({ by: asked.name, verdict: 'trouble' })
  return troubles()[0]
}

/** Nothing is trouble. */
async function untilWell(...agents: readonly TestAgent[]): Promise<void> {
  for (const agent of agents) {
    await until(`${agent.name} finds nothing`, async () => (await diagnosis(agent)).verdict === 'ok', PATIENT_MS)
  }
}

const contains = (packet: Uint8Array | undefined, text: string): boolean =>
  packet !== undefined && new TextDecoder('latin1').decode(packet).includes(text)

it('not converging: one node never hears of another', async () => {
  // Nobody looks again for those who don't answer: that would make clocks differ as well.
  const a = await start('a', 'rejoin-interval=0')
  const b = await start('b', 'rejoin-interval=0', join(a))
  const c = await start('c', 'rejoin-interval=0', join(a))
  await untilAgreed([a, b, c])
  await untilWell(a)
  // Announcements of d, and no other messages, have its name and metadata.
  const unheard = (to: string, packet: Uint8Array | undefined): boolean =>
    to === a.address && (packet === undefined || (contains(packet, 'Meta') && contains(packet, 'not-heard')))
  a.loses((_, packet) => packet === undefined)
  for (const one of [b, c]) one.loses(unheard)
  const flags = ['rejoin-interval=0', join(b)]
  const d = await startAgent({ name: 'not-heard', flags, clock: time.clock, loses: unheard })
  await until('the others see it', async () => {
    for (const one of [b, c, d]) if ((await one.participants()).length !== 4) return false
    return true
  })
  await until('it may pass', async () => {
    const [check] = (await diagnosis(a)).checks
    return check.verdict === 'warning' && check.sentence.includes('it may pass')
  })
  time.jump(16)
  const { sentence, evidence } = await trouble(a, 'not-converging')
  expect(sentence).toContain('Not all nodes see not-heard')
  expect(evidence).toEqual(["a doesn't see not-heard, which b and c do"])
})

it('split brain: both sides are there, and no gossip gets through', async () => {
  const a = await start('a')
  const b = await start('b', join(a))
  const c = await start('c', join(a))
  await untilAgreed([a, b, c])
  await untilWell(b)
  a.loses(() => true)
  for (const one of [b, c]) one.loses((to) => to === a.address)
  await untilAgreed([a])
  await untilAgreed([b, c])
  time.jump(20)
  const { sentence, evidence, remedy } = await trouble(b, 'split-brain')
  expect(sentence).toContain('a is of this cluster and not among the peers of b')
  expect(evidence[1]).toContain(`a at ${a.address} sees a`)
  expect(remedy.join()).toContain('/api/v1/ckit/transport/')
  for (const one of [a, b, c]) one.loses(() => false)
  await untilAgreed([a, b, c])
  time.jump(130)
  await untilWell(b)
})

it('split brain: a node that starts with another cluster name is told so', async () => {
  const a = await start('a', 'name=blue')
  const b = await start('b', 'name=green', join(a))
  const { sentence } = await trouble(b, 'split-brain')
  expect(sentence).toBe(
    'b asks for a, which is of the cluster "blue", not of the cluster "green": they will never join each other.',
  )
})

it('split brain: a node that finds nobody at the addresses that it was given', async () => {
  const gone = await start('gone')
  await gone.stop()
  const a = await start('a', join(gone))
  let found: Check | undefined
  await until('it is worth a warning', async () => {
    found = (await diagnosis(a)).checks.find(({ id }) => id === 'split-brain')
    return found?.verdict === 'warning'
  })
  expect(found?.sentence).toContain(`a is alone: ${gone.address} doesn't answer`)
  expect(found?.evidence).toEqual([`${gone.address}: connection refused`])
})

it('configuration drift: a rollout that stopped half-way', async () => {
  const job = clusteredJob(await startTargets(3))
  const setup = { clock: time.clock, config: job }
  const a = await startAgent({ ...setup, name: 'a' })
  const b = await startAgent({ ...setup, name: 'b', flags: [join(a)] })
  const c = await startAgent({ ...setup, name: 'c', flags: [join(a)], config: `// The new one.\n${job}` })
  await untilAgreed([a, b, c])
  await until('it may be a rollout', async () => {
    const drift = (await diagnosis(a)).checks.find(({ id }) => id === 'configuration-drift')
    return drift?.verdict === 'warning' && drift.sentence.includes('it may pass')
  })
  time.jump(125)
  const { sentence, evidence } = await trouble(a, 'configuration-drift')
  expect(sentence).toContain('c runs another configuration than a and b')
  expect(evidence).toHaveLength(2)
  expect(evidence[0]).toMatch(/^[0-9a-f]{12}: a \(loaded 2 min ago\), b \(loaded 2 min ago\)$/)
  expect(evidence[1]).toMatch(/^[0-9a-f]{12}: c \(loaded 2 min ago\)$/)
})

it('name conflict: whoever yields says so', async () => {
  const a = await start('twin')
  const other = await start('other', join(a))
  await untilAgreed([a, other])
  const b = await start('twin', join(other))
  const yields = (one: TestAgent): Promise<boolean> =>
    one.metric('cluster_node_name_conflict{').then((value) => value === 1)
  await until('one of them yields', async () => (await yields(a)) || (await yields(b)))
  const [held, holder] = (await yields(b)) ? [b, a] : [a, b]
  time.jump(16)
  const { sentence, evidence } = await trouble(held, 'name-conflict')
  expect(sentence).toContain(`Two nodes are alive under the name twin: the newer one, at ${held.address}, owns nothing`)
  expect(evidence).toEqual([`twin at ${held.address} yields to the one at ${holder.address}`])
})

it('stuck in terminating: a node says farewell and hangs', async () => {
  const a = await start('a')
  const b = await start('b', join(a))
  const c = await start('c', join(a))
  await untilAgreed([a, b, c])
  c.freeze()
  void c.stop()
  const terminating = async (): Promise<boolean> => (await a.get('/api/v0/web/peers')).text.includes('terminating')
  await until('it says farewell', terminating)
  time.jump(61)
  const { sentence, evidence } = await trouble(a, 'stuck-terminating')
  expect(sentence).toMatch(/^c said farewell and has not gone for 6\d s: /)
  expect(evidence).toHaveLength(1)
  expect(evidence[0]).toContain('as a, b and c see')
  expect(evidence[0]).toContain('it still answers')
})

it('Lamport clock: a node that answers pings and hears of nothing else', async () => {
  const a = await start('a', 'rejoin-interval=0')
  const b = await start('b', 'rejoin-interval=0', join(a))
  const c = await start('c', 'rejoin-interval=20ms', join(a))
  await untilAgreed([a, b, c])
  b.loses((_, packet) => packet === undefined)
  for (const one of [a, c])
    one.loses((to, packet) => to === b.address && (packet === undefined || contains(packet, 'NewState')))
  const clock = async (one: TestAgent): Promise<number> => (await one.metric('cluster_node_lamport_time{')) ?? 0
  // Each exchange of the other two moves theirs by one or two.
  const ahead = async (): Promise<boolean> => (await clock(a)) - (await clock(b)) > clockSpread(3) + 3
  await until('the others are far ahead', ahead, PATIENT_MS)
  time.jump(16)
  const { sentence, evidence } = await trouble(a, 'lamport-clock')
  expect(sentence).toMatch(
    /^The logical clock of b is \d+ behind the others: b doesn't hear of changes, or too late\.$/,
  )
  expect(evidence.map((line) => line.slice(0, 2))).toEqual(['a:', 'b:', 'c:'])
})
