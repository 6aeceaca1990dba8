/** `skein cluster`, `skein ring` and `skein doctor`: what they print for an answer. */
import { describe, expect, it } from 'vitest'
import type { RingView } from '../../../core/api/ownership.ts'
import { check, clusterView, diagnosis, nodeReport, nodeRow, sighting } from './api-fixtures.ts'
import { type Outcome, serveApi, skein } from './fake-api.ts'

async function shown(
  command: string,
  value: unknown,
  output?: { color: boolean; columns: number | undefined },
): Promise<Outcome> {
  const api = await serveApi({ [`/api/v1/${command}`]: value })
  try {
    return await skein([command, `--address=${api.address}`], output)
  } finally {
    await api.close()
  }
}

async function asJson(command: string, value: unknown): Promise<Outcome> {
  const api = await serveApi({ [`/api/v1/${command}`]: value })
  try {
    return await skein([command, '--json', `--address=${api.address}`])
  } finally {
    await api.close()
  }
}

const DRIFT = check('trouble', {
  sentence: 'n2 runs another configuration than n1.',
  evidence: ['n1: 8a3f12c0', 'n2: ffff0000'],
  remedy: ['Give both the same files.', 'Load them again: POST /-/reload'],
})
const UNANSWERED = check('unknown', { id: 'unanswered', title: 'Nodes that answer', sentence: 'n3 runs Alloy.' })

describe('cluster', () => {
  it('shows nodes, and what is wrong', async () => {
    const view = clusterView({ diagnosis: diagnosis(check('ok'), DRIFT, UNANSWERED) })
    expect(await shown('cluster', view)).toEqual({
      code: 0,
      err: '',
      out: `node       n1 (10.0.0.1:12345), participant, skein 1.2.3 on node 24.1.0, up 3h12m
cluster    prod: 3 nodes, 2 taking part
size gate  open with 3 nodes of at least 2
config     8a3f12c0, loaded 5m ago

NAME  STATE        ADDRESS         RUNTIME      VERSION  TARGETS  DOWN  SAMPLES/S  LAST SEEN  CONFIG
n1    participant  10.0.0.1:12345  node 24.1.0  1.2.3        120     1       4032  asked      8a3f12c0
n2    suspect      10.0.0.2:12345  bun 1.3.0    1.2.2       ~118     -          -  2s ago     ffff0000
n3    viewer       10.0.0.3:12345  -            Alloy         ~0     -          -  2s ago     -

trouble  Configuration drift: n2 runs another configuration than n1.
unknown  Nodes that answer: n3 runs Alloy.

What to do about it: skein doctor
1 target is down: skein targets --health=down
`,
    })
  })

  it('says when all is well, and when a node works alone', async () => {
    const node = nodeReport({ clustered: false, clusterName: '', configLoaded: null, configHash: '' })
    const work = { targets: 2, up: 2, down: 0, unknown: 0, samplesPerSecond: 1 }
    const peers = [nodeRow(sighting('n1', 1, { self: true, announced: null }), { work })]
    const { out } = await shown('cluster', clusterView({ node, peers }))
    expect(out).toContain('cluster    none: it works alone\nconfig     -, not loaded yet\n')
    expect(out.endsWith('\nAll is well.\n')).toBe(true)
    const failing = clusterView({ node, peers: [nodeRow(sighting('n1', 1), { work: { ...work, down: 2 } })] })
    expect((await shown('cluster', failing)).out).toMatch(
      /\n\nThe cluster is well\.\n2 targets are down: skein targets --health=down\n$/,
    )
  })

  it.each([
    [{ kind: 'joining' }, 'it is joining: its peers are not found yet'],
    [{ kind: 'too-small', size: 1, minimum: 3 }, 'the cluster is too small: 1 of 3 nodes are there'],
    [{ kind: 'name-conflict', rival: '10.0.0.9:1' }, 'another node is alive under its name, at 10.0.0.9:1'],
    [{ kind: 'something new' }, 'something new'],
  ])('says why a node takes no work: %j', async (hold, message) => {
    const { out } = await shown('cluster', { ...clusterView(), node: { ...nodeReport(), hold } })
    expect(out).toContain(`on hold    it takes no clustered work: ${message}\n`)
  })

  it.each([
    [{ minimum: 0, size: 3, open: true, timeoutSeconds: 0 }, 'none: any number of nodes may work'],
    [{ minimum: 3, size: 1, open: false, timeoutSeconds: 0 }, 'closed with 1 node of at least 3: it waits for ever'],
    [
      { minimum: 3, size: 2, open: false, timeoutSeconds: 90 },
      'closed with 2 nodes of at least 3: it waits 1m30s at most',
    ],
    [
      { minimum: 3, size: 2, open: true, timeoutSeconds: 90 },
      'open with 2 nodes of at least 3: it has waited long enough',
    ],
  ])('tells the size gate: %j', async (gate, message) => {
    const { out } = await shown('cluster', clusterView({ node: nodeReport({ gate }) }))
    expect(out).toContain(`size gate  ${message}\n`)
  })

  it('fits a terminal, in colours', async () => {
    const names = ['n1', 'a-node-with-a-name-that-is-long-0001.skein.svc.cluster.local']
    const peers = names.map((name, at) => nodeRow(sighting(name, at, { self: at === 0 })))
    const { out } = await shown('cluster', clusterView({ peers }), { color: true, columns: 80 })
    const plain = out.replace(/\x1b\[\d+m/g, '')
    expect(plain).not.toBe(out)
    for (const line of plain.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    expect(plain).toContain('\na-node-with-a…  ')
    expect(plain).toContain('\nNAME            STATE        ADDRESS         TARGETS  DOWN  SAMPLES/S  LAST SEEN\n')
  })

  it('prints JSON as it came', async () => {
    const { code, out } = await asJson('cluster', { ...clusterView(), more: '\u009b\u2028é' })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ ...clusterView(), more: '\u009b\u2028é' })
    expect(out).toContain('\\u009b\\u2028é')
    expect(out.startsWith('{\n  "node": {\n    "name": "n1",\n')).toBe(true)
  })
})

describe('doctor', () => {
  it('says what is wrong, on what that rests and what to do', async () => {
    expect(await shown('doctor', diagnosis(check('ok'), DRIFT, UNANSWERED))).toEqual({
      code: 1,
      err: '',
      out: `ok       All nodes run the same configuration.
trouble  Configuration drift: n2 runs another configuration than n1.
         - n1: 8a3f12c0
         - n2: ffff0000
         What to do:
         1. Give both the same files.
         2. Load them again: POST /-/reload
unknown  Nodes that answer: n3 runs Alloy.
         - n1 and n2: 8a3f12c0

There is trouble, says n1 at 2026-01-02T12:00:00.000Z.
`,
    })
  })

  it.each([
    ['ok', 0, 'All is well'],
    ['warning', 0, 'Something may be wrong'],
    ['unknown', 0, 'Not everything could be checked'],
    ['trouble', 1, 'There is trouble'],
  ] as const)('exits by its verdict: %s', async (verdict, code, summary) => {
    const text = await shown('doctor', diagnosis(check(verdict)))
    expect(text.code).toBe(code)
    expect(text.out).toContain(`\n${summary}, says n1 at`)
    expect((await asJson('doctor', diagnosis(check(verdict)))).code).toBe(code)
  })

  it('says once what is the same of several checks', async () => {
    const { out } = await shown('doctor', diagnosis(check('ok'), check('ok', { id: 'too-small' }), check('unknown')))
    expect(out.match(/All nodes run the same configuration/g)).toHaveLength(2)
  })

  it('breaks lines for a terminal, in colours, and shows verdicts that it does not know', async () => {
    const long = check('trouble', { sentence: 'word '.repeat(30).trimEnd() })
    const { out } = await shown('doctor', diagnosis(long), { color: true, columns: 60 })
    expect(out).toContain(`\x1b[31mtrouble\x1b[0m  Configuration drift: word`)
    const lines = out.replace(/\x1b\[\d+m/g, '').split('\n')
    expect(lines.filter((line) => line.length > 60)).toEqual([])
    expect(lines[1]).toMatch(/^ {9}word/)
    const strange = { ...diagnosis(), verdict: 'dire', checks: [{ ...check('ok'), verdict: '\x1bdire' }] }
    expect((await shown('doctor', strange)).out).toBe(
      '\\u001bdire Configuration drift: All nodes run the same configuration.\n         - n1 and n2: 8a3f12c0\n\ndire, says n1 at 2026-01-02T12:00:00.000Z.\n',
    )
  })
})

describe('ring', () => {
  const RING: RingView = {
    node: 'n1',
    nodes: [
      { name: 'n1', tokens: 512, share: 0.25, targets: 10 },
      { name: 'n2', tokens: 512, share: 0.75, targets: 31 },
      { name: 'n3', tokens: 0, share: 0, targets: 0 },
    ],
    arcs: [
      { to: 0.25, node: 0 },
      { to: 1, node: 1 },
    ],
  }

  it('shows shares', async () => {
    expect(await shown('ring', RING)).toEqual({
      code: 0,
      err: '',
      out: `NAME  SHARE  TOKENS  TARGETS
n1    25.0%     512       10  ██████████
n2    75.0%     512       31  ██████████████████████████████
n3     0.0%       0        0

3 nodes, 41 shared targets; as n1 sees it.
`,
    })
    expect(JSON.parse((await asJson('ring', RING)).out)).toEqual(RING)
  })

  it('says when nobody takes part', async () => {
    const { code, out } = await shown('ring', { node: 'n1', nodes: [], arcs: [] })
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Nobody takes part, as n1 sees it: clustered targets have no owner.\n',
    })
  })
})
