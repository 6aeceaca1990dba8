import { describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../core/api/doctor.ts'
import type { NodeReport } from '../../core/api/node.ts'
import type { Peers } from '../../core/cluster/peer.ts'
import type { Ask, Told } from '../../core/fleet/ask.ts'
import { type ClusterViews, createClusterViews } from '../../core/fleet/cluster-view.ts'
import type { FleetReports } from '../../core/fleet/fleet-reports.ts'
import { MAX_STRANGERS_ASKED } from '../../core/limits.ts'
import { sampleReport, sampleSighting } from './sample-report.ts'

const META = { version: '1', runtime: 'test', configHash: 'abc', started: 1 }
const DIAGNOSIS: Diagnosis = { at: '2026-01-01T00:00:00Z', by: 'a', verdict: 'ok', checks: [] }

interface World extends ClusterViews {
  /** Addresses, in the order of the questions. */
  readonly asked: string[]
  readonly diagnosed: FleetReports[]
}

/** `answers` by address: a report, or why there is none. */
function world(own: NodeReport, answers: Readonly<Record<string, NodeReport | string>>): World {
  const asked: string[] = []
  const diagnosed: FleetReports[] = []
  const peers: Peers = own.peers.map(({ announced, name, address, state, self, suspect }) => {
    return { name, address, state, self, suspect, meta: announced === null ? undefined : META }
  })
  const ask: Ask = async <T>(
    { address }: { readonly address: string },
    path: string,
    is: (value: unknown) => value is T,
  ): Promise<Told<T>> => {
    expect(path).toBe('/api/v1/node')
    asked.push(address)
    const answer = answers[address] ?? 'connection refused'
    if (typeof answer === 'string') return { ok: false, reason: answer }
    return is(answer) ? { ok: true, value: answer } : { ok: false, reason: 'another shape' }
  }
  const views = createClusterViews({
    own: async () => own,
    peers: () => peers,
    ask,
    shares: async () =>
      new Map([
        ['a', 5],
        ['b', 7],
        ['gone', 1],
      ]),
    diagnose(reports) {
      diagnosed.push(reports)
      return DIAGNOSIS
    },
  })
  return { ...views, asked, diagnosed }
}

describe('the view of the cluster', () => {
  it('has what each node says of its work, and its share', async () => {
    const own = sampleReport('a', ['b'])
    const work = { targets: 7, up: 7, down: 0, unknown: 0, samplesPerSecond: 70 }
    const { view, asked, diagnosed } = world(own, { 'b:80': sampleReport('b', ['a'], { work }) })
    const seen = await view()
    expect(seen.node).toBe(own)
    expect(seen.diagnosis).toBe(DIAGNOSIS)
    expect(seen.peers).toEqual([
      { ...own.peers[0], kind: 'skein', work: own.work, share: 5, unanswered: null },
      { ...own.peers[1], kind: 'skein', work, share: 7, unanswered: null },
    ])
    expect(asked).toEqual(['b:80'])
    expect(diagnosed[0].answers.get('b')?.ok).toBe(true)
  })

  it('says who did not answer and why; who runs Alloy is not even asked', async () => {
    const own = sampleReport('a', [], {
      peers: [sampleSighting('a', { self: true }), sampleSighting('b'), sampleSighting('c', { announced: null })],
    })
    const { view, asked } = world(own, { 'b:80': 'no answer within 3 s' })
    const { peers } = await view()
    expect(peers.map(({ name, kind, work, unanswered }) => [name, kind, work === null, unanswered])).toEqual([
      ['a', 'skein', false, null],
      ['b', 'skein', true, 'no answer within 3 s'],
      ['c', 'alloy', true, "it runs Alloy, which can't tell"],
    ])
    expect(peers[2].share).toBe(0)
    expect(asked).toEqual(['b:80'])
  })

  it('takes the answer of nobody else for that of a peer', async () => {
    const { view } = world(sampleReport('a', ['b']), { 'b:80': sampleReport('x', []) })
    expect((await view()).peers[1]).toMatchObject({
      work: null,
      unanswered: 'another node, x, answers at its address b:80',
    })
  })

  it('asks the rival that has the name of this node', async () => {
    const rival = sampleSighting('a', { address: '10.0.0.9:80' })
    const own = sampleReport('a', [], { peers: [rival] })
    const { view, askAll } = world(own, { '10.0.0.9:80': sampleReport('a', [], { address: '10.0.0.9:80' }) })
    expect((await view()).peers).toMatchObject([{ name: 'a', address: '10.0.0.9:80', unanswered: null }])
    expect((await askAll()).answers.get('a')?.ok).toBe(true)
  })

  it('asks those last who may be dead', async () => {
    const own = sampleReport('a', [], {
      peers: [sampleSighting('a', { self: true }), sampleSighting('b', { suspect: true }), sampleSighting('c')],
    })
    const { view, asked } = world(own, {})
    expect((await view()).peers.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(asked).toEqual(['c:80', 'b:80'])
  })
})

describe('asking around', () => {
  it('asks addresses that were sought and are no peer’s as well', async () => {
    const apart = sampleReport('z', ['y'])
    const own = sampleReport('a', ['b'], { sought: ['b:80', 'z:80', 'a:80', 'q:80'] })
    const { askAll, asked } = world(own, { 'b:80': sampleReport('b', ['a']), 'z:80': apart })
    const reports = await askAll()
    expect(reports.own).toBe(own)
    expect([...reports.answers.keys()]).toEqual(['b'])
    expect(reports.strangers).toEqual([
      { address: 'z:80', told: { ok: true, value: apart } },
      { address: 'q:80', told: { ok: false, reason: 'connection refused' } },
    ])
    expect(asked).toEqual(['b:80', 'z:80', 'q:80'])
  })

  it('asks a bounded number of them', async () => {
    const sought = Array.from({ length: 500 }, (_, i) => `s${i}:80`)
    const { askAll, asked } = world(sampleReport('a', [], { sought }), {})
    expect((await askAll()).strangers).toHaveLength(MAX_STRANGERS_ASKED)
    expect(asked).toEqual(sought.slice(0, MAX_STRANGERS_ASKED))
  })

  it('has nobody to ask without a cluster', async () => {
    const { askAll, asked } = world(sampleReport('a', [], { clustered: false }), {})
    expect(await askAll()).toMatchObject({ answers: new Map(), strangers: [] })
    expect(asked).toEqual([])
  })
})
