import { afterEach, describe, expect, it } from 'vitest'
import { type Cluster, createCluster, PEER_CHANGES_MS } from '../../core/cluster/cluster.ts'
import type { Discovered } from '../../core/cluster/discovery.ts'
import { clusterMetrics } from '../../core/cluster/metrics.ts'
import { timing } from '../../core/cluster/timing.ts'
import { MAX_SOUGHT } from '../../core/limits.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { type FakeNode, fakeNode } from './fake-node.ts'

const OWN = '10.0.0.1:80'
const found = (...addresses: string[]): Discovered => ({ addresses, alternates: [], problems: [] })

interface World {
  readonly cluster: Cluster
  readonly node: FakeNode
  readonly clock: FakeClock
  readonly log: RecordingLog
  /** What looking for peers comes to. */
  discovered: Discovered
  /** Holds back what `shareComputed` waits for. */
  shareComputed: Promise<void>
  joins(): string[]
}

const worlds: World[] = []

afterEach(async () => {
  for (const { cluster, clock, node } of worlds.splice(0)) {
    await cluster.leave()
    const done = node.done.length
    await clock.advance(3_600_000)
    expect(clock.pending).toBe(0)
    expect(node.done).toHaveLength(done)
  }
})

function world(
  options: { discovered?: Discovered; rejoinMs?: number; maxPeers?: number; minimum?: number; timeoutMs?: number } = {},
): World {
  const node = fakeNode()
  const clock = createFakeClock()
  const log = recordingLog()
  const cluster = createCluster(
    {
      node: {
        name: 'me',
        address: OWN,
        label: '',
        meta: { version: '1', runtime: 'test', configHash: '', started: 1 },
        timing: timing(1000),
      },
      join: { rejoinIntervalMs: options.rejoinMs ?? 60_000, maxJoinPeers: options.maxPeers ?? 0 },
      gate: { minimum: options.minimum ?? 0, timeoutMs: options.timeoutMs ?? 0 },
    },
    {
      clock,
      timers: createTimers(clock),
      random: { next: () => 0.5 },
      log,
      transport: node.transport,
      createNode: node.createNode,
      discover: async () => self.discovered,
      isOwn: (address) => address === '127.0.0.1:80',
      shareComputed: () => self.shareComputed,
    },
  )
  const self: World = {
    cluster,
    node,
    clock,
    log,
    discovered: options.discovered ?? found(),
    shareComputed: Promise.resolve(),
    joins: () => node.done.splice(0).filter((text) => text.startsWith('join')),
  }
  worlds.push(self)
  return self
}

describe('joining', () => {
  it('takes part at once when there is nobody to join', async () => {
    const { cluster, node, clock } = world()
    cluster.participate()
    expect(cluster.hold()).toEqual({ kind: 'joining' })
    await cluster.start()
    await clock.settle()
    expect(cluster.hold()).toBeUndefined()
    expect(node.done).toEqual(['start', 'participant', 'told participant'])
  })

  it('takes part at once when all that is found is this node itself, and looks again soon', async () => {
    const one = world({ discovered: found(OWN, '127.0.0.1:80') })
    one.cluster.participate()
    await one.cluster.start()
    expect(one.cluster.hold()).toBeUndefined()
    expect(one.joins()).toEqual([])
    one.discovered = found(OWN, '10.0.0.2:80')
    await one.clock.advance(5_000)
    expect(one.joins()).toEqual(['join 10.0.0.2:80'])
  })

  it('waits for its configuration as well', async () => {
    const { cluster, node } = world()
    await cluster.start()
    expect(cluster.hold()).toEqual({ kind: 'joining' })
    cluster.participate()
    expect(cluster.hold()).toBeUndefined()
    cluster.participate()
    expect(node.done.filter((text) => text === 'participant')).toHaveLength(1)
  })

  it('tells the others when its share is computed, not before', async () => {
    const one = world()
    let computed = (): void => {}
    one.shareComputed = new Promise((resolve) => {
      computed = resolve
    })
    one.cluster.participate()
    await one.cluster.start()
    await one.clock.settle()
    expect(one.node.done).toEqual(['start', 'participant'])
    computed()
    await one.clock.settle()
    expect(one.node.done).toEqual(['start', 'participant', 'told participant'])
  })

  it('is retried every second while the node is held back, until a peer answers', async () => {
    const one = world({ discovered: found(OWN, '10.0.0.2:80') })
    one.cluster.participate()
    await one.cluster.start()
    await one.clock.advance(2_000)
    expect(one.joins()).toEqual(Array(3).fill('join 10.0.0.2:80'))
    expect(one.cluster.hold()).toEqual({ kind: 'joining' })
    one.node.answers.set('10.0.0.2:80', true)
    await one.clock.advance(1_000)
    expect(one.cluster.hold()).toBeUndefined()
    expect(one.log.messages()).not.toContain('failed to connect to peers; bootstrapping a new cluster')
    expect(one.cluster.policy().joins).toEqual({ success: 1, failure: 3 })
  })

  it('is given up after 5 s, with a warning that says why, and goes on every few seconds', async () => {
    const one = world({ discovered: { ...found('10.0.0.2:80'), problems: ['no such name: x'] } })
    one.cluster.participate()
    await one.cluster.start()
    await one.clock.advance(4_999)
    expect(one.cluster.hold()).toEqual({ kind: 'joining' })
    await one.clock.advance(1)
    expect(one.cluster.hold()).toBeUndefined()
    expect(one.log.lines).toContainEqual(
      'warn failed to connect to peers; bootstrapping a new cluster ' +
        '{"err":"no such name: x, 10.0.0.2:80: connection refused","waited_seconds":5}',
    )
    one.joins()
    await one.clock.advance(15_000)
    expect(one.joins()).toHaveLength(3)
    one.node.answers.set('10.0.0.2:80', true)
    await one.clock.advance(10_000)
    expect(one.joins()).toHaveLength(1)
    await one.clock.advance(60_000)
    expect(one.joins()).toHaveLength(1)
    expect(one.log.messages()).toContain('rejoining peers')
  })

  it('counts names that can not be found as peers that do not answer', async () => {
    const { cluster, clock } = world({ discovered: { ...found(OWN), problems: ['no such name: x'] } })
    cluster.participate()
    await cluster.start()
    expect(cluster.hold()).toEqual({ kind: 'joining' })
    await clock.advance(5_000)
    expect(cluster.hold()).toBeUndefined()
  })

  it('is over when somebody else has joined this node', async () => {
    const { cluster, node } = world({ discovered: found('10.0.0.2:80') })
    cluster.participate()
    await cluster.start()
    node.others(['b', 'viewer'])
    expect(cluster.hold()).toBeUndefined()
  })

  it('tries the other reading of a name only when the first finds nobody', async () => {
    const one = world({ discovered: { ...found('10.0.0.2:80'), alternates: ['10.0.0.2:80', '10.0.0.2:81', OWN] } })
    one.node.answers.set('10.0.0.2:81', true)
    await one.cluster.start()
    expect(one.joins()).toEqual(['join 10.0.0.2:80', 'join 10.0.0.2:81'])
    one.node.answers.set('10.0.0.2:80', true)
    await one.clock.advance(60_000)
    expect(one.joins()).toEqual(['join 10.0.0.2:80'])
  })

  it('asks a random choice when more are found than allowed, itself left out', async () => {
    const one = world({ discovered: found(OWN, 'a:1', 'b:1', 'c:1', 'd:1'), maxPeers: 2 })
    await one.cluster.start()
    const [asked] = one.joins()
    expect(asked.slice(5).split(',')).toHaveLength(2)
    expect(asked).not.toContain(OWN)
  })

  it('never looks again with a rejoin interval of 0, once it has joined', async () => {
    const one = world({ discovered: found('10.0.0.2:80'), rejoinMs: 0 })
    await one.cluster.start()
    await one.clock.advance(1_000)
    expect(one.joins()).toHaveLength(2)
    one.node.answers.set('10.0.0.2:80', true)
    await one.clock.advance(1_000)
    expect(one.joins()).toHaveLength(1)
    await one.clock.advance(3_600_000)
    expect(one.joins()).toEqual([])
  })
})

describe('the size gate', () => {
  it('holds work back while the cluster is too small, and not readiness', async () => {
    const { cluster, node, log } = world({ minimum: 3 })
    cluster.participate()
    await cluster.start()
    expect(cluster.hold()).toEqual({ kind: 'too-small', size: 1, minimum: 3 })
    expect(cluster.problems()).toEqual([])
    expect(cluster.policy().readyForTraffic).toBe(false)
    node.others(['b', 'viewer'], ['c', 'participant'], ['d', 'terminating'])
    expect(cluster.hold()).toBeUndefined()
    node.others(['c', 'participant'])
    expect(cluster.hold()).toEqual({ kind: 'too-small', size: 2, minimum: 3 })
    expect(log.lines).toContainEqual(
      'warn minimum cluster size requirements are not met - marking cluster as not ready for traffic ' +
        '{"minimum_cluster_size":3,"minimum_size_wait_timeout":0,"peers_count":2}',
    )
  })

  it('opens after the timeout, and tells those who follow', async () => {
    const { cluster, clock, log } = world({ minimum: 3, timeoutMs: 7_000 })
    cluster.participate()
    await cluster.start()
    const holds: unknown[] = []
    cluster.onChange(() => holds.push(cluster.hold()))
    await clock.advance(6_999)
    expect(holds).toEqual([])
    await clock.advance(1)
    expect(holds).toEqual([undefined])
    expect(log.messages()).toContain('deadline passed, marking cluster as ready to admit traffic')
  })
})

describe('a name conflict', () => {
  it('holds work back, is a problem, and is over when the other is gone', async () => {
    const { cluster, node, log } = world()
    cluster.participate()
    await cluster.start()
    let calls = 0
    cluster.onChange(() => calls++)
    node.conflict('10.0.0.9:80')
    expect(cluster.hold()).toEqual({ kind: 'name-conflict', rival: '10.0.0.9:80' })
    expect(cluster.problems()[0]).toContain('another node is alive at 10.0.0.9:80 under the name of this one, me')
    expect(log.lines.some((line) => line.startsWith('error another node is alive'))).toBe(true)
    node.conflict(undefined)
    expect(cluster.hold()).toBeUndefined()
    expect(cluster.problems()).toEqual([])
    expect(calls).toBe(2)
  })
})

describe('leaving', () => {
  it('waits until the others had time to take over', async () => {
    const { cluster, node, clock } = world()
    cluster.participate()
    await cluster.start()
    node.others(['b', 'participant'])
    await clock.settle()
    const handed = cluster.handOver().then(() => node.done.push('handed over'))
    await clock.settle()
    expect(node.done.slice(-2)).toEqual(['terminating', 'told terminating'])
    await clock.advance(500)
    expect(node.done).not.toContain('handed over')
    await clock.advance(500)
    await handed
    await cluster.leave()
    expect(node.done.slice(-4)).toEqual(['handed over', 'leave', 'stop', 'close'])
  })

  it.each([
    ['alone', []],
    ['among viewers', [['b', 'viewer']]],
  ] as const)('does not wait %s', async (_, others) => {
    const { cluster, node } = world()
    cluster.participate()
    await cluster.start()
    node.others(...others)
    await cluster.handOver()
    expect(node.done).toContain('terminating')
  })

  it('does not wait before it took part, and leaves once', async () => {
    const { cluster, node } = world({ discovered: found('b:80') })
    await cluster.start()
    await cluster.handOver()
    await Promise.all([cluster.leave(), cluster.leave()])
    expect(node.done.filter((text) => text === 'leave')).toHaveLength(1)
    cluster.participate()
    expect(node.done).not.toContain('participant')
  })
})

it('goes on telling the others when one who follows fails', async () => {
  const { cluster, node, log } = world()
  await cluster.start()
  let calls = 0
  cluster.onChange(() => {
    throw new Error('broken')
  })
  const unsubscribe = cluster.onChange(() => calls++)
  node.others(['b', 'participant'])
  unsubscribe()
  node.others()
  expect(calls).toBeGreaterThan(0)
  expect(log.lines).toContainEqual('error failed to follow a change of peers {"err":"broken"}')
})

it('logs one line for a burst of changes, and none when nobody came, went or changed state', async () => {
  const { cluster, node, clock, log } = world()
  await cluster.start()
  const lines = () => log.lines.filter((line) => line.includes('peers changed'))
  node.others(['b', 'viewer'])
  node.others(['b', 'participant'], ['c', 'participant'])
  await clock.advance(1_000)
  expect(lines()).toEqual(['info peers changed {"peers_count":3,"min_cluster_size":0,"peers":"me, b, c"}'])
  node.others(['b', 'participant'], ['c', 'participant'])
  await clock.advance(1_000)
  expect(lines()).toHaveLength(1)
  node.others(['b', 'participant'])
  await clock.advance(1_000)
  expect(lines()).toHaveLength(2)
})

it('announces the hash of its configuration', async () => {
  const { cluster, node } = world()
  cluster.setConfigHash('abc')
  expect(node.done).toContain('meta abc')
})

it('has metrics under the names of Alloy, the cluster name on all', async () => {
  const { cluster, node } = world({ minimum: 2 })
  const registry = createRegistry()
  clusterMetrics(registry.scope({ cluster_name: 'prod' }), cluster, 2, undefined)
  const lines = () =>
    registry
      .expose()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
  expect(lines()).toContain('cluster_node_info{cluster_name="prod",state="viewer"} 1')
  cluster.participate()
  await cluster.start()
  node.others(['b', 'viewer'])
  node.conflict('x:1')
  expect(lines().every((line) => line.includes('cluster_name="prod"'))).toBe(true)
  expect(lines()).toEqual(
    expect.arrayContaining(
      [
        'node_info{state="participant"} 1',
        'node_peers{state="viewer"} 1',
        'node_peers{state="participant"} 1',
        'node_peers{state="terminating"} 0',
        'node_gossip_alive_peers 10',
        'node_gossip_health_score 1',
        'node_gossip_proto_version 2',
        'node_gossip_received_events_total{event="node_conflict"} 8',
        'node_gossip_broadcasts_total{event="state_change_message"} 9',
        'node_lamport_time 12',
        'node_updating 0',
        'node_update_observers 0',
        'node_name_conflict 1',
        'node_hold{reason="name-conflict"} 1',
        'ready_for_traffic 0',
        'minimum_size 2',
        'join_attempts_total{result="success"} 0',
        'node_malformed_packets_total{reason="the checksum is wrong"} 14',
      ].map((line) =>
        line.includes('{')
          ? `cluster_${line.replace('{', '{cluster_name="prod",')}`
          : `cluster_${line.replace(' ', '{cluster_name="prod"} ')}`,
      ),
    ),
  )
  expect(lines().filter((line) => line.startsWith('cluster_node_info'))).toHaveLength(1)
})

describe('what is observed', () => {
  it('is what the last look for peers gave, also of those who were not asked', async () => {
    const one = world({ discovered: found(OWN, 'a:1', '127.0.0.1:80', 'b:1', 'c:1', 'b:1'), maxPeers: 1 })
    expect(one.cluster.observed().sought).toEqual([])
    await one.cluster.start()
    expect(one.cluster.observed().sought).toEqual(['a:1', 'b:1', 'c:1'])
    for (const address of ['a:1', 'b:1', 'd:1']) one.node.answers.set(address, true)
    one.discovered = found('d:1')
    await one.clock.advance(1_000)
    expect(one.cluster.observed().sought).toEqual(['d:1'])
    // A name server that fails takes nobody away; one that knows of nobody does.
    one.discovered = { ...found(), problems: ['no such name: x'] }
    await one.clock.advance(70_000)
    expect(one.cluster.observed().sought).toEqual(['d:1'])
    one.discovered = found(OWN)
    await one.clock.advance(70_000)
    expect(one.cluster.observed().sought).toEqual([])
  })

  it('has the other reading of a name only when it was needed', async () => {
    const one = world({ discovered: { ...found('a:1'), alternates: ['a:1', 'a:2', OWN] } })
    one.node.answers.set('a:1', true)
    await one.cluster.start()
    expect(one.cluster.observed().sought).toEqual(['a:1'])
    one.node.answers.delete('a:1')
    await one.clock.advance(70_000)
    expect(one.cluster.observed().sought).toEqual(['a:1', 'a:2'])
  })

  it('keeps a bounded number of addresses', async () => {
    const one = world({ discovered: found(...Array.from({ length: MAX_SOUGHT + 5 }, (_, i) => `a:${i}`)), maxPeers: 1 })
    await one.cluster.start()
    expect(one.cluster.observed().sought).toHaveLength(MAX_SOUGHT)
  })

  it('is when peers changed and were heard, and the gate', async () => {
    const one = world({ minimum: 3, timeoutMs: 60_000 })
    const { cluster, node, clock } = one
    expect(cluster.observed()).toMatchObject({
      peersChangedAt: undefined,
      recentPeerChanges: 0,
      gate: { minimum: 3, size: 0, open: false, timeoutMs: 60_000 },
    })
    await cluster.start()
    await clock.advance(1_000)
    cluster.participate()
    node.others(['b', 'participant'], ['c', 'viewer'])
    node.heard.set('b', 1_700)
    await clock.advance(500)
    const observed = cluster.observed()
    expect(observed).toMatchObject({ peersChangedAt: 2_000, recentPeerChanges: 3, gate: { size: 2, open: false } })
    expect(['b', 'c'].map((name) => observed.lastHeard(name))).toEqual([1_700, undefined])
    expect(['me', 'b', 'x'].map((name) => observed.stateSince(name))).toEqual([2_000, 2_000, undefined])
    node.others(['b', 'participant'], ['c', 'participant'])
    expect(cluster.observed()).toMatchObject({ recentPeerChanges: 4, gate: { size: 3, open: true } })
    await clock.advance(PEER_CHANGES_MS + 1)
    expect(cluster.observed()).toMatchObject({ peersChangedAt: 2_500, recentPeerChanges: 0 })
  })

  it('has no gate where there is none', () => {
    expect(world({ minimum: -1, timeoutMs: -1 }).cluster.observed().gate).toEqual({
      minimum: 0,
      size: 0,
      open: true,
      timeoutMs: 0,
    })
  })
})
