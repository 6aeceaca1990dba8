/** Parsers that can only be reached through what is around them: discoveries, the series of a target, the server. */
import { consulDiscovery } from '../../../core/discovery/consul.ts'
import { consulAgentDiscovery } from '../../../core/discovery/consulagent.ts'
import { dockerDiscovery } from '../../../core/discovery/docker.ts'
import { apiAddress } from '../../../core/discovery/json-api.ts'
import { kubeletDiscovery } from '../../../core/discovery/kubernetes/kubelet.ts'
import { nomadDiscovery } from '../../../core/discovery/nomad.ts'
import type { Discovery, DiscoverySurroundings } from '../../../core/discovery/source.ts'
import type { Exposition } from '../../../core/exposition/content-type.ts'
import type { JwtSettings } from '../../../core/graph/http-settings.ts'
import { createHttpAuth } from '../../../core/http/auth.ts'
import { createKubernetesApi } from '../../../core/kubernetes/api.ts'
import { bodyOf, createBodies } from '../../../core/scrape/bodies.ts'
import { createSeriesCache, type SeriesCache } from '../../../core/scrape/series-cache.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { answer, fakePorts } from '../../components/fake-ports.ts'
import { fakeSurroundings } from '../../discovery/looking.ts'
import { bareApp } from '../../http/bare-app.ts'
import { TOKENS } from '../../http/token-settings.ts'
import { setup } from '../../outbound/setup.ts'
import { codecs } from '../../support/codecs.ts'
import { recordingLog } from '../../support/recording-log.ts'
import type { Bytes } from '../mutate.ts'
import { asJson, check, type Parser, text, texts } from '../parser.ts'

const DISCOVERY = 'core/discovery'

const SCRAPE = 'core/scrape'

const API = apiAddress('http://api.test:80', 'server')

const CONSUL = {
  address: API,
  outbound: {},
  token: '',
  services: [],
  tagSeparator: ',',
  datacenter: '',
  tags: [],
  refreshMs: 1000,
}

const DISCOVERIES: readonly ((surroundings: DiscoverySurroundings) => Discovery)[] = [
  (all) => consulDiscovery({ ...CONSUL, namespace: '', partition: '', nodeMeta: new Map(), allowStale: false }, all),
  (all) => consulAgentDiscovery(CONSUL, all),
  (all) =>
    nomadDiscovery(
      { address: API, outbound: {}, namespace: '*', region: '', tagSeparator: ',', allowStale: false, refreshMs: 1000 },
      all,
    ),
  (all) => kubeletDiscovery({ url: 'http://api.test:80', outbound: {}, refreshMs: 1000, namespaces: [] }, all),
  (all) =>
    dockerDiscovery(
      {
        host: 'tcp://api.test:80',
        outbound: {},
        port: 80,
        hostNetworkingHost: 'h',
        matchFirstNetwork: true,
        filters: [],
        refreshMs: 1000,
      },
      all,
    ),
]

/** Turns of the event loop in which all that isn't waiting for time happens. */
const TURNS = 12

/** The server answers every question alike. */
async function readAnswers(input: Bytes): Promise<void> {
  const surroundings = fakeSurroundings()
  surroundings.fakes.hosts.set('api.test', () => ({ ...answer('', { 'x-consul-index': '7' }), body: input }))
  for (const make of DISCOVERIES) {
    const control = new AbortController()
    const told: string[] = []
    const running = make(surroundings).run(control.signal, {
      found: (groups, problem) => {
        for (const { targets } of groups)
          for (const labels of targets) check(labels instanceof Map, 'a target has labels')
        if (problem !== undefined) told.push(problem)
      },
      failed: (message) => told.push(message),
    })
    for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve))
    control.abort()
    await running
    for (const message of told)
      check(!/is not a function|undefined|of null/.test(message), `a problem is for people: ${message}`)
  }
}

const ANSWERS = asJson(
  { consul: [], web: ['a', 'b'] },
  { one: { Service: 'web', Tags: ['a'], Port: 80 } },
  [{ Namespace: 'default', Services: [{ ServiceName: 'web', Tags: ['a'] }] }],
  { items: [{ metadata: { name: 'a', namespace: 'b' }, spec: { containers: [] }, status: { podIP: '10.0.0.1' } }] },
  [{ Id: 'c', Names: ['/web'], NetworkSettings: { Networks: { n: { IPAddress: '10.0.0.2' } } } }],
)

const JSON_TOKENS: readonly string[] = [
  'null',
  '[]',
  '{}',
  '"',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '-1',
  '"__proto__":{}',
  '".."',
]

function cache(): SeriesCache {
  return createSeriesCache(
    {
      name: 't',
      reports: [['__name__', 'up', 'job', 'j']],
      admission: {
        target: ['instance', 'i:1', 'job', 'j'],
        honorLabels: false,
        names: 'utf8',
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        typeAndUnitLabels: true,
      },
      sampleLimit: 0,
      honorTimestamps: true,
      trackTimestampsStaleness: true,
      honorMetadata: true,
      startZeros: true,
      decoderOf: () => undefined,
      hashSeed: 42,
    },
    createBodies(codecs, 1 << 20),
  )
}

/** One scrape with the series cache, as the loop does it; what came of it. */
function scrape(of: SeriesCache, input: Bytes, format: Exposition, time: number): string {
  const room = new Uint8Array(input.length + 1)
  room.set(input)
  of.begin(bodyOf(room, input.length), format)
  for (let steps = 0; !of.step(); steps++) check(steps <= input.length, 'every step gets on')
  const { failure, scraped } = of.finish()
  if (failure === undefined) of.zeroBatch(time)
  const batch = failure === undefined ? of.batch(time, [1], time + 600_000) : of.failedBatch(time, [0])
  for (let i = 0; i < batch.count; i++) {
    const labels = of.source.labels(batch.slots[i])
    check(batch.slots[i] < 0 || labels === undefined || labels.length % 2 === 0, 'labels are pairs')
  }
  of.settle()
  return `${failure === undefined ? 'ok' : 'failed'} ${scraped} ${failure === undefined ? of.size : ''}`
}

/** With the series of the inputs before, and with none: the outcome is the same. */
function scraper(format: Exposition): (input: Bytes) => void {
  let lasting: SeriesCache | undefined
  let time = 1_700_000_000_000
  return (input) => {
    lasting ??= cache()
    time += 15_000
    const fresh = cache()
    const first = scrape(fresh, input, format, time)
    fresh.close()
    check(scrape(lasting, input, format, time) === first, 'what came before makes no difference')
  }
}

const SERVER_LOG = recordingLog()
/** Keys can't be had: what a token says is read all the same. */
const JWT: JwtSettings = { ...TOKENS, jwksUrl: '', jwksFile: '/no-keys' }

function server(): (path: string, authorization: string) => Response | Promise<Response> {
  const auth = createHttpAuth({ ...fakePorts().ports, log: SERVER_LOG })
  auth.use({
    basic: { username: 'ann', password: 'ge:heim' },
    jwt: JWT,
    paths: ['/metrics', '/api'],
    matching: true,
  })
  const app = bareApp({
    componentHandler: (id) => (id === 'a.b' ? () => new Response('x') : undefined),
    log: SERVER_LOG,
    auth: auth.middleware,
  })
  const connection = { remoteAddress: '192.0.2.7:4711', httpVersion: '1' as const }
  return (path, authorization) => app.request(path, { headers: { authorization } }, { connection })
}

const ask = server()

async function readRequest(input: Bytes): Promise<void> {
  const [path = '', authorization = ''] = text(input).split('\n')
  // What no host would let through.
  if (/[^\x20-\x7e]/.test(authorization) || !URL.canParse(`http://a.test/${path}`)) return
  const response = await ask(`/${path}`, authorization)
  check(response.status < 500 || response.status === 503, `a request is answered: ${response.status}`)
  const given = Buffer.from(authorization.replace(/^basic +/i, ''), 'base64').toString('latin1')
  const right = /^basic /i.test(authorization) && given === 'ann:ge:heim'
  check(response.status !== 200 || right || !/^(?:metrics|api)/.test(path), 'what is protected stays so')
}

async function readRefusal(input: Bytes): Promise<void> {
  const [head = '', ...rest] = text(input).split('\n')
  const { ports, hosts, clock } = fakePorts()
  const [status, after = ''] = head.split(' ')
  hosts.set('api:6443', () =>
    answer(rest.join('\n'), { 'retry-after': after }, Number(/^[2-5]\d\d$/.exec(status)?.[0] ?? 500)),
  )
  const access = { server: new URL('https://api:6443/'), http: {} }
  const api = createKubernetesApi(access, { ...ports, timers: createTimers(clock) }, 'x')
  const { signal } = new AbortController()
  const told = await api.get({ path: '/api/v1/pods', query: [], deadline: 1000, maxBodyBytes: 1 << 20, signal })
  api.close()
  if (told.ok) return
  check(told.message !== '' && told.message.length < 700, 'a refusal is told in some lines')
  check(told.retryAfterMs >= 0 && told.retryAfterMs <= 60_000, 'a wait has its bounds')
}

async function readUrl(input: Bytes): Promise<void> {
  const url = `http://${text(input)}@a.test/`
  if (!URL.canParse(url)) return
  const { get, sent } = setup({})
  await get(url)
  const { username, password } = new URL(url)
  const header = sent[0]?.headers.find(([name]) => name === 'Authorization')
  check((header !== undefined) === (username !== '' || password !== ''), 'credentials become a header')
}

export const wholeParsers: readonly Parser[] = [
  {
    name: 'answers to discoveries',
    covers: [
      ...['consul', 'consulagent', 'nomad', 'docker-api'].map((name) => `${DISCOVERY}/${name}.ts:*`),
      `${DISCOVERY}/kubernetes/kubelet.ts:*`,
    ],
    seeds: ANSWERS,
    tokens: JSON_TOKENS,
    microsPerByte: 10,
    inputs: 80,
    read: readAnswers,
  },
  {
    name: 'scrapes of one target',
    covers: [
      ...[`${SCRAPE}/families.ts:readMark`, `${SCRAPE}/families.ts:readBlock`, `${SCRAPE}/starts.ts:readStarts`],
      ...[`${SCRAPE}/table.ts:parseFailure`, `${SCRAPE}/series-cache.ts:createSeriesCache`],
    ],
    seeds: texts(
      '# HELP a b\n# TYPE a counter\na{x="1"} 1.5\na{x="2"} 2 1700000000000\n# UNIT g_s s\ng_s 1\n',
      'a 1\nb 2\nc{l="v"} 3\nd 4\n',
    ),
    tokens: ['# TYPE ', '# HELP ', 'a ', '{', '}', '="', '",', '\n', ' 1\n', 'NaN', 'a 1\n', '\\', ' 1700000000000\n'],
    microsPerByte: 6,
    read: scraper('text'),
  },
  {
    name: 'scrapes of one target in OpenMetrics',
    covers: [`${SCRAPE}/series-cache.ts:createSeriesCache`],
    seeds: texts(
      '# TYPE a counter\na_total{x="1"} 1 # {t="y"} 1 2\na_created{x="1"} 1e9\n# TYPE b gauge\nb 1\n# EOF\n',
      '# TYPE h histogram\nh_bucket{le="1.0"} 1\nh_count 1\nh_sum 1\nh_created 1e9\n# EOF\n',
    ),
    tokens: ['# TYPE ', 'a_created ', '_total', '# {', '{', '}', '="', '",', '\n', ' 1\n', '# EOF\n', 'le="'],
    microsPerByte: 6,
    read: scraper('openmetrics'),
  },
  {
    name: 'request to the server',
    covers: ['core/http/app.ts:createApp', 'core/http/auth.ts:createHttpAuth'],
    seeds: texts(
      'metrics\nBasic YW5uOmdlOmhlaW0=',
      'api/v0/component/a.b/x%2fy\nbasic  eDp5',
      '-/ready\n',
      '%6detrics\nBearer x',
    ),
    tokens: ['%', '%2f', '%zz', '/', '..', '?', '#', 'Basic ', '=', ':', '\n', '//'],
    inputs: 150,
    microsPerByte: 10,
    longest: 16 * 1024,
    read: readRequest,
  },
  {
    name: 'refusal of a Kubernetes API',
    covers: ['core/kubernetes/api.ts:createKubernetesApi'],
    seeds: texts('403\n{"kind":"Status","message":"no rights","code":403}', '429 3\n', '410 x\n{"message":7}'),
    tokens: JSON_TOKENS,
    inputs: 150,
    read: readRefusal,
  },
  {
    name: 'credentials in a URL',
    covers: ['core/outbound/outbound.ts:createOutbound'],
    seeds: texts('user:pa%20ss', 'a:b:c', '%41'),
    tokens: ['%', '%zz', '%ff', ':', '@', '/'],
    inputs: 150,
    read: readUrl,
  },
]
