/** Each trouble alone is named, and only it: here those of single nodes. */
import { describe, expect, it } from 'vitest'
import {
  address,
  ago,
  change,
  changeAll,
  found,
  seen,
  seenByAll,
  silence,
  three,
  unwell,
  type World,
  world,
} from './doctor-world.ts'

describe('configuration drift', () => {
  const drifted = (seconds: number): World => {
    const one = three()
    change(one, 'b', { configHash: '0123456789abcdef'.repeat(4), configLoaded: ago(seconds) })
    return one
  }

  it('groups the nodes by what they run', () => {
    const one = drifted(300)
    expect(unwell(one)).toEqual({ 'configuration-drift': 'trouble' })
    const { sentence, evidence } = found(one, 'configuration-drift')
    expect(sentence).toContain('b runs another configuration than a and c, and nobody has loaded one for 5 min')
    expect(evidence).toEqual([
      'a3a3a3a3a3a3: a (loaded 24 h ago), c (loaded 24 h ago)',
      '0123456789ab: b (loaded 5 min ago)',
    ])
  })

  it('may be a rollout', () => {
    expect(unwell(drifted(119))).toEqual({ 'configuration-drift': 'warning' })
    expect(found(drifted(20), 'configuration-drift').sentence).toContain('b loaded its configuration 20 s ago')
  })

  it('of a node that does not answer what it announces counts', () => {
    const one = three()
    silence(one, 'c', 'no answer within 3 s')
    seenByAll(one, 'c', {
      announced: { version: '1.2.3', runtime: 'deno', configHash: 'ee'.repeat(32), started: ago(900) },
    })
    expect(unwell(one)).toEqual({ 'configuration-drift': 'trouble', unanswered: 'warning' })
    expect(found(one, 'configuration-drift').evidence).toContain('eeeeeeeeeeee: c (announced)')
  })

  it('of who is leaving, or has none yet, does not count', () => {
    const one = drifted(300)
    change(one, 'b', { state: 'terminating' })
    expect(found(one, 'configuration-drift').verdict).toBe('ok')
    const two = three()
    change(two, 'b', { configHash: '', configLoaded: null })
    expect(unwell(two)).toEqual({})
  })

  it('nodes of Alloy can not tell', () => {
    const one = world({ names: ['a', 'b', 'c'], alloy: ['c'] })
    expect(unwell(one)).toEqual({})
    expect(found(one, 'configuration-drift').evidence).toEqual(['c announces no configuration, as nodes of Alloy do'])
  })
})

describe('name conflict', () => {
  it('is told by the one that yields', () => {
    const one = world({ names: ['a', 'b', 'c'] })
    change(one, 'a', {
      name: 'b',
      conflict: { name: 'b', rival: address(1) },
      hold: { kind: 'name-conflict', rival: address(1) },
    })
    for (const by of ['a', 'b', 'c']) seen(one, by, 'a', undefined)
    expect(unwell(one)).toEqual({ 'name-conflict': 'trouble' })
    const { sentence, evidence } = found(one, 'name-conflict')
    expect(sentence).toBe(
      `Two nodes are alive under the name b: the newer one, at ${address(0)}, owns nothing until the other is gone.`,
    )
    expect(evidence).toEqual([`b at ${address(0)} yields to the one at ${address(1)}`])
  })

  it('is found at an address that leads to a namesake', () => {
    const one = three()
    const value = one.reports.get('b')
    if (value === undefined) throw new Error('there is no b')
    const conflict = { name: 'b', rival: address(1) }
    const yielding = {
      ...value,
      address: '10.7.7.7:1',
      conflict,
      peers: value.peers.map((peer) => ({ ...peer, self: false })),
    }
    one.strangers.push({ address: '10.7.7.7:1', told: { ok: true, value: yielding } })
    expect(unwell(one)).toEqual({ 'name-conflict': 'trouble' })
    // Of one that has yielded to nobody yet it is only sure that both are alive.
    one.strangers.splice(0, 1, { address: '10.7.7.7:1', told: { ok: true, value: { ...yielding, conflict: null } } })
    expect(found(one, 'name-conflict').sentence).toBe(
      'Two nodes are alive under the name b: both take the same targets.',
    )
  })
})

describe('stuck in terminating', () => {
  const leaving = (seconds: number): World => {
    const one = three()
    seenByAll(one, 'c', { state: 'terminating', stateSince: ago(seconds) })
    change(one, 'c', { state: 'terminating' })
    return one
  }

  it('is said after a minute, with who sees it and whether it answers', () => {
    const one = leaving(61)
    expect(unwell(one)).toEqual({ 'stuck-terminating': 'trouble' })
    const { sentence, evidence, remedy } = found(one, 'stuck-terminating')
    expect(sentence).toBe(
      'c said farewell and has not gone for 61 s: it takes no work, and still counts towards --cluster.wait-for-size.',
    )
    expect(evidence).toEqual([
      `c at ${address(2)} is terminating for 61 s, as a, b and c see, heard last at ${ago(1)}; it still answers`,
    ])
    expect(remedy.join()).toContain('SIGTERM')
    silence(one, 'c', 'connection refused')
    expect(found(one, 'stuck-terminating').evidence[0]).toContain("it doesn't answer: connection refused")
  })

  it('takes its time', () => {
    expect(unwell(leaving(2))).toEqual({})
    expect(unwell(leaving(20))).toEqual({ 'stuck-terminating': 'warning' })
  })
})

describe('lamport clock', () => {
  it('a node that is behind hears nothing', () => {
    const one = three()
    change(one, 'b', { lamportTime: 4900 })
    expect(unwell(one)).toEqual({ 'lamport-clock': 'trouble' })
    const { sentence, evidence } = found(one, 'lamport-clock')
    expect(sentence).toBe("The logical clock of b is 100 behind the others: b doesn't hear of changes, or too late.")
    expect(evidence).toEqual(['a: 5000', 'b: 4900', 'c: 5000'])
  })

  it('one that is ahead is not heard', () => {
    const one = three()
    change(one, 'a', { lamportTime: 9000 })
    expect(unwell(one)).toEqual({ 'lamport-clock': 'trouble' })
    expect(found(one, 'lamport-clock').sentence).toBe(
      'The logical clock of a is 4000 ahead of the others: what a says reaches nobody.',
    )
  })

  it('of two the later one is right', () => {
    const one = world({ names: ['a', 'b'] })
    change(one, 'a', { lamportTime: 100 })
    expect(found(one, 'lamport-clock').sentence).toContain('The logical clock of a is 4900 behind')
  })

  it('clocks of nodes in touch differ a little, and more while peers change', () => {
    const one = three()
    change(one, 'b', { lamportTime: 4990 })
    expect(unwell(one)).toEqual({})
    change(one, 'b', { lamportTime: 4900, peersChanged: ago(4) })
    expect(unwell(one)).toEqual({ 'lamport-clock': 'warning' })
  })
})

describe('too small', () => {
  const gated = (gate: { size: number; minimum: number; open?: boolean; timeoutSeconds?: number }): World => {
    const one = three()
    changeAll(one, () => ({ gate: { open: gate.size >= gate.minimum, timeoutSeconds: 0, ...gate } }))
    return one
  }

  it('a cluster that waits for more nodes', () => {
    const one = gated({ size: 3, minimum: 5 })
    expect(unwell(one)).toEqual({ 'too-small': 'trouble' })
    expect(found(one, 'too-small').sentence).toBe(
      'The cluster has 3 of the 5 nodes that --cluster.wait-for-size asks for: a, b and c hold their clustered work back, without end. What nobody scrapes is lost.',
    )
    expect(unwell(gated({ size: 3, minimum: 5, timeoutSeconds: 300 }))).toEqual({ 'too-small': 'warning' })
    const starting = world({ names: ['a'], uptime: 5 })
    change(starting, 'a', { gate: { size: 1, minimum: 2, open: false, timeoutSeconds: 0 } })
    expect(unwell(starting)).toMatchObject({ 'too-small': 'warning' })
  })

  it('a cluster without a margin', () => {
    const one = gated({ size: 3, minimum: 3 })
    expect(unwell(one)).toEqual({ 'too-small': 'warning' })
    expect(found(one, 'too-small').sentence).toContain('one node less would stop all clustered work')
    expect(unwell(gated({ size: 3, minimum: 2 }))).toEqual({})
    // Who is leaving counts, but not for long.
    const two = gated({ size: 3, minimum: 2 })
    seenByAll(two, 'c', { state: 'terminating', stateSince: ago(3) })
    expect(unwell(two)).toEqual({ 'too-small': 'warning' })
  })

  it('a cluster that works since the wait is over', () => {
    const one = gated({ size: 3, minimum: 5, open: true, timeoutSeconds: 60 })
    expect(unwell(one)).toEqual({ 'too-small': 'warning' })
    expect(found(one, 'too-small').sentence).toContain('--cluster.wait-timeout ran out')
  })
})

describe('unhealthy nodes', () => {
  it('are slow ones', () => {
    const one = three()
    change(one, 'c', { healthScore: 2 })
    expect(unwell(one)).toEqual({ 'unhealthy-node': 'warning' })
    change(one, 'c', { healthScore: 6 })
    expect(unwell(one)).toEqual({ 'unhealthy-node': 'trouble' })
    expect(found(one, 'unhealthy-node').evidence).toEqual(['c: health score 6 (0 is best, 7 worst)'])
  })

  it('are suspected ones', () => {
    const one = three()
    seen(one, 'a', 'c', { suspect: true, lastSeen: ago(5) })
    seen(one, 'b', 'c', { suspect: true })
    expect(unwell(one)).toEqual({ 'unhealthy-node': 'warning' })
    expect(found(one, 'unhealthy-node').evidence).toEqual(['c is suspected by a and b, heard last 5 s ago'])
  })
})

describe('unanswered', () => {
  it('tells the reason', () => {
    const one = three()
    silence(one, 'b', 'it wants a password')
    expect(unwell(one)).toEqual({ unanswered: 'warning' })
    expect(found(one, 'unanswered').evidence).toEqual([`b at ${address(1)}: it wants a password`])
  })

  it('nodes of Alloy are no trouble', () => {
    const one = world({ names: ['a', 'b', 'c', 'd'], alloy: ['c', 'd'] })
    expect(unwell(one)).toEqual({})
    expect(found(one, 'unanswered').sentence).toBe("1 peer answered. 2 peers run Alloy, which can't tell.")
  })

  it('who answers under another name has not answered', () => {
    const one = three()
    const value = one.reports.get('c')
    if (value !== undefined) one.answers.set('b', { ok: true, value })
    expect(found(one, 'unanswered').evidence).toEqual([`b at ${address(1)}: a node named c answers at ${address(1)}`])
  })
})
