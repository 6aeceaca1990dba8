/** What peers answer when a node asks them, up to what is made of it: the view of the cluster, its diagnosis, targets, queues; and searches. */

import { isClusterView, isDiagnosis } from '../../../core/api/shapes/cluster.ts'
import { isNodeReport } from '../../../core/api/shapes/node.ts'
import { isQueuesView } from '../../../core/api/shapes/queues.ts'
import { isAnyTargetsPage, isTargetsPage } from '../../../core/api/shapes/targets.ts'
import type { TargetSort, TargetsPage } from '../../../core/api/targets.ts'
import type { Peers } from '../../../core/cluster/peer.ts'
import { readAnswer } from '../../../core/fleet/answer.ts'
import type { Ask } from '../../../core/fleet/ask.ts'
import { createClusterViews } from '../../../core/fleet/cluster-view.ts'
import { diagnose } from '../../../core/fleet/doctor/doctor.ts'
import { queuesView } from '../../../core/fleet/queues.ts'
import { createReports } from '../../../core/fleet/reports.ts'
import { parseSearch, quoted } from '../../../core/fleet/search.ts'
import { rowOrder } from '../../../core/fleet/target-order.ts'
import { type TargetsDeps, targetsPage } from '../../../core/fleet/targets.ts'
import { MAX_EVIDENCE, MAX_SEARCH_CHARACTERS } from '../../../core/limits.ts'
import { PAGE, QUEUES, SAMPLES } from '../../api/shapes/samples.ts'
import { answer } from '../../components/fake-ports.ts'
import { sampleReport, sampleSighting } from '../../fleet/sample-report.ts'
import { ALL, identity, target, targetWorld } from '../../fleet/target-world.ts'
import type { Bytes } from '../mutate.ts'
import { asJson, check, type Parser, text, texts } from '../parser.ts'

const CONTROL = /\p{Cc}/u

/** Of JSON; undefined when it is none. */
function jsonOf(input: Bytes): unknown {
  const read = readAnswer({ ...answer(''), body: input }, 'late')
  return read.ok ? read.value : undefined
}

function checkReason(reason: string): void {
  check(reason !== '' && reason.length < 400 && !CONTROL.test(reason), `a reason is a short line: ${reason}`)
}

/** The status is in front. */
function readPeer(input: Bytes): void {
  const source = text(input)
  const status = /^[2-5]\d\d /.test(source) ? Number(source.slice(0, 3)) : 200
  const read = readAnswer(answer(status === 200 ? source : source.slice(4), {}, status), 'late')
  if (!read.ok) checkReason(read.reason)
  else check(status === 200 && read.bytes > 0 && read.value !== undefined, 'what is told is there')
}

function readShapes(input: Bytes): void {
  const value = jsonOf(input)
  for (const { shape, what } of SAMPLES) check(typeof shape(value) === 'boolean', `${what} or not`)
  check(!isTargetsPage(value) || isAnyTargetsPage(value), 'what may be acted upon may be shown')
}

/** All nodes that a node asks answer alike, by whatever name. */
async function readReports(input: Bytes): Promise<void> {
  const value = jsonOf(input)
  const peers = ['b', 'c', 'd'].map((name) => sampleSighting(name))
  const own = sampleReport('a', [], { peers: [sampleSighting('a', { self: true }), ...peers], sought: ['10.9.9.9:80'] })
  const name = isNodeReport(value) ? value.name : 'b'
  const views = createClusterViews({
    own: async () => own,
    peers: (): Peers =>
      own.peers.map(({ address, state, self, suspect, ...peer }) => {
        const meta = { version: '1', runtime: 'test', configHash: 'abc', started: 0 }
        return { name: peer.name === 'd' ? name : peer.name, address, state, self, suspect, meta }
      }),
    ask: async (_peer, _path, is) => (is(value) ? { ok: true, value } : { ok: false, reason: 'another shape' }),
    shares: async () => new Map([['b', 3]]),
    diagnose: (reports) => diagnose(reports, '2026-01-01T00:00:00.000Z'),
  })
  const view = await views.view()
  check(isClusterView(view) && isDiagnosis(view.diagnosis), 'what is told has its shape')
  for (const { sentence, evidence, remedy } of view.diagnosis.checks) {
    check(evidence.length <= MAX_EVIDENCE + 1, 'evidence has its bound')
    for (const line of [sentence, ...evidence, ...remedy]) {
      check(line !== '' && !CONTROL.test(line), `a line is a line: ${line}`)
      check(!/NaN|undefined|Infinity|\[object/.test(line.replaceAll(name, '')) || name.length < 4, `and says: ${line}`)
    }
  }
}

const SORTS: readonly TargetSort[] = ['url', 'job', 'component', 'owner', 'health', 'lastScrape', 'duration', 'samples']
const SHARED = {
  component: 'prometheus.scrape.nodes',
  shared: true,
  targets: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((host) => target(`${host}:9100`)),
}
const LIMIT = 7

const CLUSTER: TargetsDeps = targetWorld([{ name: 'a' }, { name: 'n2' }, { name: 'c' }], [SHARED]).deps('a')

/** Both peers tell the same targets, in whatever order, page after page. */
async function readPages(input: Bytes): Promise<void> {
  let questions = 0
  const ask: Ask = async (_peer, _path, is) => {
    questions++
    // Rows of different answers are never the same objects.
    const value = jsonOf(input)
    return is(value) ? { ok: true, value } : { ok: false, reason: 'another shape' }
  }
  const sort = SORTS[input.length % SORTS.length]
  const descending = input.length % 3 === 0
  const page: TargetsPage = await targetsPage(
    { ...ALL, sort, descending, offset: input.length % 4, limit: LIMIT },
    { ...CLUSTER, ask },
  )
  const { total, matched, health, targets } = page
  const counts = `${total} ${matched} ${JSON.stringify(health)}`
  check(questions <= 2 + 2 * 11, `few questions are asked: ${questions}`)
  check(isAnyTargetsPage(page), `a page has its shape: ${counts}`)
  check(targets.length <= LIMIT, 'a page has its bound')
  check(new Set(targets.map(identity)).size === targets.length, 'a target is there once')
  const order = rowOrder(sort, descending)
  for (let i = 1; i < targets.length; i++) check(order(targets[i - 1], targets[i]) <= 0, 'targets are in order')
  for (const { toldBy } of targets) check(['a', 'n2', 'c', null].includes(toldBy), 'a node tells of itself alone')
}

const NEIGHBOURS: TargetsDeps = targetWorld([{ name: 'a' }, { name: 'n1' }], []).deps('a')

async function readQueues(input: Bytes): Promise<void> {
  const value = jsonOf(input)
  const { peers } = NEIGHBOURS
  const view = await queuesView('fleet', {
    reports: { deliveries: createReports().deliveries },
    self: 'a',
    peers,
    ask: async (_peer, _path, is) => (is(value) ? { ok: true, value } : { ok: false, reason: 'another shape' }),
    clock: { now: () => 0 },
  })
  check(isQueuesView(view), 'what is told has its shape')
  for (const { node } of view.queues) check(node === 'n1', 'a node tells of itself alone')
}

const SEARCHED = {
  url: 'http://10.0.0.7:9100/metrics?a=b',
  labels: ['instance', '10.0.0.7:9100', 'job', 'node', 'path', '**a*b\\c"d '.repeat(20)],
  error: 'connect 10.0.0.7:9100: refused',
}

function readSearch(input: Bytes): void {
  const typed = text(input)
  const parsed = parseSearch(typed)
  if (parsed.ok)
    check(typeof parsed.search.matches(SEARCHED, () => '0'.repeat(16)) === 'boolean', 'a search finds or not')
  else check(parsed.error.length > 20, 'a problem is told in a sentence')
  // What stands in quotes stands for itself.
  const exact = parseSearch(quoted('path', typed))
  if (quoted('path', typed).length > MAX_SEARCH_CHARACTERS) return
  check(exact.ok, 'any value can be looked for')
  const found = (value: string): boolean =>
    exact.search.matches({ url: '', labels: ['path', value], error: '' }, () => '')
  check(found(typed) && !found(`${typed}x`), 'and is found')
}

const JSON_TOKENS: readonly string[] = [
  ...['null', 'true', '-1', '1e999', '""', '[]', '{}', '[', ']', '{', '}', ',', ':', '"', '\\', '"__proto__":', '0.5'],
  ...['2026-13-01T00:00:00Z', '"+012026-01-01T00:00:00Z"', '"x\\u0000\\n"', 'n2', '"toldBy":"a"'],
]

const report = sampleReport('b', ['a', 'c'], {
  hold: { kind: 'too-small', size: 1, minimum: 3 },
  peersChanged: '2026-01-01T00:00:00Z',
  recentPeerChanges: 12,
  sought: ['10.0.0.9:80'],
  lamportTime: 900,
  healthScore: 3,
})

const SHAPES = 'core/api/shapes'

export const fleetParsers: readonly Parser[] = [
  {
    name: 'answer of a peer',
    covers: ['core/fleet/answer.ts:readAnswer'],
    seeds: texts(
      '{"a":1}',
      '400 {"error":"limit is a whole number"}',
      '404 404 page not found',
      '503 starting\r\n\tup',
    ),
    tokens: [...JSON_TOKENS, '\x00', '\r\n', '\u202e', '401 ', '500 ', '{"error":5}'],
    read: readPeer,
  },
  {
    name: 'shapes of answers',
    covers: [
      ...[`${SHAPES}/shape.ts:isTime`, `${SHAPES}/node.ts:isNodeReport`, `${SHAPES}/targets.ts:isTargetsPage`],
      ...[`${SHAPES}/queues.ts:isQueuesView`, `${SHAPES}/explanation.ts:isExplainAnswer`],
    ],
    seeds: asJson(...SAMPLES.map(({ value }) => value)),
    tokens: JSON_TOKENS,
    microsPerByte: 4,
    read: readShapes,
  },
  {
    name: 'reports of peers',
    covers: [
      'core/fleet/cluster-view.ts:createClusterViews',
      ...['doctor.ts:diagnose', 'facts.ts:factsOf', 'convergence.ts:notConverging'].map(
        (name) => `core/fleet/doctor/${name}`,
      ),
    ],
    seeds: asJson(
      report,
      sampleReport('b', ['a', 'c', 'd'], { configHash: 'other', state: 'terminating' }),
      sampleReport('a', ['x'], { address: '10.9.9.9:80', conflict: { name: 'a', rival: 'a:80' } }),
      sampleReport('z', ['y'], { gate: { minimum: 5, size: 2, open: false, timeoutSeconds: 60 } }),
    ),
    tokens: JSON_TOKENS,
    microsPerByte: 8,
    read: readReports,
  },
  {
    name: 'pages of targets of peers',
    covers: [
      ...['targets.ts:targetsPage', 'target-order.ts:rowOrder', 'merged-rows.ts:mergeRows'].map(
        (name) => `core/fleet/${name}`,
      ),
    ],
    seeds: asJson(
      PAGE,
      { ...PAGE, targets: [...PAGE.targets, ...PAGE.targets], matched: 9, total: 12 },
      { ...PAGE, targets: PAGE.targets.map((row) => ({ ...row, owner: null, toldBy: 'c', lastScrape: null })) },
    ),
    tokens: JSON_TOKENS,
    microsPerByte: 10,
    read: readPages,
  },
  {
    name: 'queues of peers',
    covers: ['core/fleet/queues.ts:queuesView'],
    seeds: asJson(QUEUES, { ...QUEUES, queues: [] }),
    tokens: JSON_TOKENS,
    read: readQueues,
  },
  {
    name: 'search for targets',
    covers: ['core/fleet/search.ts:parseSearch', 'core/fleet/pattern.ts:patternOf'],
    seeds: texts(
      'job=node instance!=10.0.0.7:9100',
      '"a b" path="**a*b\\\\c\\"d" *',
      'key=00c0ffee00c0ffee http://h/?a=b',
    ),
    tokens: ['*', '"', '\\', '=', '!=', '=~', ' ', '\t', '~', 'key=', 'a*', '*a', '""', 'é=', '\u0130'],
    read: readSearch,
  },
]
