/** Each trouble alone is named, and only it: here those of the cluster as a whole. */
import { describe, expect, it } from 'vitest'
import type { TroubleId } from '../../core/api/doctor.ts'
import { MAX_EVIDENCE, MAX_VIEWS } from '../../core/limits.ts'
import {
  address,
  ago,
  change,
  found,
  look,
  seen,
  silence,
  split,
  three,
  unwell,
  type World,
  world,
} from './doctor-world.ts'

const IDS: readonly TroubleId[] = [
  'not-converging',
  'split-brain',
  'configuration-drift',
  'name-conflict',
  'stuck-terminating',
  'lamport-clock',
  'too-small',
  'unhealthy-node',
  'unanswered',
]

it('finds nothing wrong in a healthy cluster, and says what it looked at', () => {
  const { checks, ...rest } = look(three())
  expect(rest).toEqual({ at: ago(0), by: 'a', verdict: 'ok' })
  expect(checks.map(({ id }) => id)).toEqual(IDS)
  expect(checks.map(({ sentence }) => sentence)).toEqual([
    'All 3 nodes see the same 3 peers.',
    'Wherever a looks for nodes it finds peers: 3 nodes in one cluster.',
    '3 nodes run the same configuration, a3a3a3a3a3a3.',
    'No name is used twice, as 3 nodes say.',
    'No node is about to leave.',
    'The logical clocks of 3 nodes are at 5000.',
    'No size is asked for: --cluster.wait-for-size is 0.',
    '3 nodes keep up with their peers, and suspect nobody.',
    '2 peers answered.',
  ])
  for (const { evidence, remedy } of checks) expect([evidence, remedy]).toEqual([[], []])
})

it('has nothing to say about a node without a cluster', () => {
  const alone = world({ names: ['a'] })
  change(alone, 'a', { clustered: false })
  const { verdict, checks } = look(alone)
  expect(verdict).toBe('ok')
  for (const { sentence } of checks) expect(sentence).toContain('--cluster.enabled is off')
})

it('the verdict of the whole is the worst, and unknown is less than a warning', () => {
  const one = three()
  one.strangers.push({ address: '10.9.9.9:1', told: { ok: false, reason: 'no answer within 3 s' } })
  expect(look(one).verdict).toBe('unknown')
  silence(one, 'b', 'connection refused')
  expect(look(one).verdict).toBe('warning')
  change(one, 'c', { configHash: 'ff'.repeat(32) })
  expect(look(one).verdict).toBe('trouble')
})

describe('not converging', () => {
  const blind = (seconds: number): World => {
    const one = three()
    seen(one, 'b', 'c', undefined)
    change(one, 'b', { peersChanged: ago(seconds) })
    return one
  }

  it('names who does not see whom', () => {
    const one = blind(40)
    expect(unwell(one)).toEqual({ 'not-converging': 'trouble' })
    const check = found(one, 'not-converging')
    expect(check.sentence).toBe(
      'Not all nodes see c: targets may be scraped twice, or by nobody, and it has been so for 40 s.',
    )
    expect(check.evidence).toEqual(["b doesn't see c, which a and c do"])
    expect(check.remedy.join()).toContain(`curl --http2-prior-knowledge http://${address(2)}/-/ready`)
  })

  it('gives nobody a command to run that a peer has made up', () => {
    const one = blind(40)
    for (const by of ['a', 'c']) seen(one, by, 'c', { address: '10.0.0.2:1/$(reboot)' })
    const remedy = found(one, 'not-converging').remedy.join()
    expect(remedy).toContain('curl --http2-prior-knowledge http://ADDRESS/-/ready')
    expect(remedy).not.toContain('reboot')
  })

  it('may pass when a peer changed only just now', () => {
    expect(unwell(blind(14))).toEqual({ 'not-converging': 'warning' })
    expect(found(blind(3), 'not-converging').sentence).toContain('the peers of b changed 3 s ago')
    expect(unwell(blind(15))).toEqual({ 'not-converging': 'trouble' })
  })

  it('tells states and addresses that differ', () => {
    const one = three()
    seen(one, 'a', 'c', { state: 'viewer' })
    expect(unwell(one)).toEqual({ 'not-converging': 'trouble' })
    expect(found(one, 'not-converging').evidence).toEqual(['c is participant for b and c, viewer for a'])
    const two = three()
    seen(two, 'a', 'c', { address: '10.0.0.99:1' })
    expect(found(two, 'not-converging').evidence).toEqual(['c is at 10.0.0.2:12345 for b and c, at 10.0.0.99:1 for a'])
  })

  it('a node that sees this one though it is no peer of it is no split brain, but a view that differs', () => {
    const one = three()
    const value = one.reports.get('c')
    seen(one, 'a', 'c', undefined)
    one.answers.delete('c')
    if (value !== undefined) one.strangers.push({ address: value.address, told: { ok: true, value } })
    expect(unwell(one)).toEqual({ 'not-converging': 'trouble' })
    expect(found(one, 'not-converging').evidence).toEqual(["a doesn't see c, which b and c do"])
  })

  it('peers that go and come back without a restart are flapping', () => {
    const one = three()
    seen(one, 'a', 'b', { stateSince: ago(8) })
    change(one, 'a', { recentPeerChanges: 31, peersChanged: ago(8) })
    expect(unwell(one)).toEqual({ 'not-converging': 'trouble' })
    const { sentence, evidence } = found(one, 'not-converging')
    expect(sentence).toBe(
      'The peers of a changed 31 times within 10 minutes: b went and came back without a restart, and its targets with it.',
    )
    expect(evidence[0]).toBe(`b is back since ${ago(8)}`)
    // While it is away the views differ, and it is no news any more.
    seen(one, 'a', 'c', undefined)
    expect(unwell(one)).toEqual({ 'not-converging': 'trouble' })
  })

  it('a rollout is no flapping', () => {
    const one = three()
    for (const by of ['a', 'c']) {
      seen(one, by, 'b', {
        stateSince: ago(8),
        announced: { version: '1.2.3', runtime: 'bun', configHash: 'a3'.repeat(32), started: ago(11) },
      })
    }
    change(one, 'a', { recentPeerChanges: 12, peersChanged: ago(8) })
    expect(unwell(one)).toEqual({})
    change(one, 'a', { recentPeerChanges: 25 })
    expect(unwell(one)).toEqual({ 'not-converging': 'warning' })
    change(one, 'a', { peersChanged: ago(121) })
    expect(unwell(one)).toEqual({})
  })

  it('is unknown when nobody else tells', () => {
    const one = world({ names: ['a', 'b'], alloy: ['b'] })
    expect(unwell(one)).toMatchObject({ 'not-converging': 'unknown', 'configuration-drift': 'unknown' })
    expect(look(one).verdict).toBe('unknown')
  })
})

describe('split brain', () => {
  it('is proven by a node of this cluster that knows nothing of this one', () => {
    const one = three()
    split(one, ['b', 'c'], 100)
    expect(unwell(one)).toEqual({ 'split-brain': 'trouble' })
    const { sentence, evidence } = found(one, 'split-brain')
    expect(sentence).toContain('b and c are of this cluster and not among the peers of a')
    expect(sentence).toContain('for 100 s or longer')
    expect(evidence).toEqual([
      `a at ${address(0)} sees a`,
      `b at ${address(1)} sees b and c; a is not among them, though it asks for ${address(1)}`,
      `c at ${address(2)} sees b and c; a is not among them, though it asks for ${address(2)}`,
    ])
  })

  it('may pass while one of them is starting', () => {
    const one = world({ names: ['a', 'b'], uptime: 10 })
    split(one, ['b'], 8)
    expect(unwell(one)).toEqual({ 'split-brain': 'warning' })
  })

  it('tells nodes with another cluster name, which never join', () => {
    const one = world({ names: ['a', 'b'] })
    change(one, 'b', { clusterName: 'green' })
    split(one, ['b'], 1000)
    expect(unwell(one)).toEqual({ 'split-brain': 'trouble' })
    const { sentence, remedy } = found(one, 'split-brain')
    expect(sentence).toBe(
      'a asks for b, which is of the cluster "green", not of the cluster "blue": they will never join each other.',
    )
    expect(remedy[0]).toContain('--cluster.name')
    // With others about it is more likely meant so.
    const two = three()
    change(two, 'c', { clusterName: 'green' })
    split(two, ['c'], 1000)
    expect(unwell(two)).toEqual({ 'split-brain': 'warning' })
  })

  it('tells nodes without a cluster', () => {
    const one = world({ names: ['a', 'b'] })
    change(one, 'b', { clustered: false })
    split(one, ['b'], 1000)
    expect(found(one, 'split-brain').sentence).toContain('b runs without a cluster, and scrapes all targets')
  })

  it('a node that is alone while those it asks for are silent is worth a warning, with the reasons', () => {
    const one = world({ names: ['a'] })
    change(one, 'a', { sought: ['10.0.0.8:1', '10.0.0.9:1'] })
    one.strangers.push({ address: '10.0.0.8:1', told: { ok: false, reason: 'connection refused' } })
    one.strangers.push({ address: '10.0.0.9:1', told: { ok: false, reason: 'no answer within 3 s' } })
    expect(unwell(one)).toEqual({ 'split-brain': 'warning' })
    expect(found(one, 'split-brain').evidence).toEqual([
      '10.0.0.8:1: connection refused',
      '10.0.0.9:1: no answer within 3 s',
    ])
  })

  it('alone with nobody to ask is unknown', () => {
    expect(unwell(world({ names: ['a'] }))).toEqual({ 'split-brain': 'unknown' })
  })

  it('addresses that lead to a peer, or to the node itself, by another way are well', () => {
    const one = three()
    for (const name of ['a', 'b']) {
      const value = one.reports.get(name)
      if (value !== undefined) one.strangers.push({ address: `[::1]:${name.length}`, told: { ok: true, value } })
    }
    expect(unwell(one)).toEqual({})
  })
})

it('looks at no more lists than it can in one go, and at everything else', () => {
  const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
  const one = world({ names })
  expect(found(one, 'not-converging').sentence).toBe('The 200 nodes that were looked at see the same 300 peers.')
  change(one, 'n299', { configHash: 'ff'.repeat(32) })
  expect(unwell(one)).toEqual({ 'configuration-drift': 'trouble' })
})

it('a hundred views that all differ are no more to read than a few', () => {
  const names = Array.from({ length: 100 }, (_, i) => `n${i}`)
  const one = world({ names })
  for (const [i, name] of names.entries()) seen(one, name, names[(i + 50) % 100], undefined)
  const { evidence, sentence } = found(one, 'not-converging')
  expect(sentence).toMatch(/^Not all nodes see n\d+, n\d+, n\d+, n\d+, n\d+ and 3 more: /)
  expect(evidence).toHaveLength(MAX_VIEWS + 1)
  // The one that is asked doesn't see one of the hundred, and can't ask it.
  expect(evidence.at(-1)).toBe('91 nodes see something else again')
})

it('says no more than fits on a screen, and nothing that a terminal would obey', () => {
  const names = ['a', ...Array.from({ length: 60 }, (_, i) => `n${i}\u001b[2J\n`)]
  const one = world({ names })
  for (const name of names.slice(1)) silence(one, name, 'refused\u0007\r\nok: all is well')
  const { evidence, sentence } = found(one, 'unanswered')
  expect(evidence).toHaveLength(MAX_EVIDENCE + 1)
  expect(evidence.at(-1)).toBe(`and ${60 - MAX_EVIDENCE} more`)
  expect(sentence).toContain('and 55 more')
  const lines = look(one).checks.flatMap((check) => [check.sentence, ...check.evidence, ...check.remedy])
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})
