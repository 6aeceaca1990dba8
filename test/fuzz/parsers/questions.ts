/** What askers of the API send: paths and queries of both APIs, and the tokens by which they prove who they are. */
import { Hono } from 'hono'
import type { TargetQuery } from '../../../core/api/targets.ts'
import { CodedError } from '../../../core/errors.ts'
import type { Fleet } from '../../../core/fleet/fleet.ts'
import type { ExplainQuery, Scope } from '../../../core/fleet/queries.ts'
import { type TargetsDeps, targetsPage } from '../../../core/fleet/targets.ts'
import type { ComponentDetails } from '../../../core/graph/info.ts'
import { apiV0 } from '../../../core/http/api-v0.ts'
import { apiV1 } from '../../../core/http/api-v1.ts'
import type { RequestContext } from '../../../core/http/cluster-routes.ts'
import { createTokenCheck, type TokenCheck } from '../../../core/http/jwt.ts'
import { NO_PAGES } from '../../../core/http/pages.ts'
import { QUESTIONS } from '../../../core/http/questions.ts'
import { MAX_TARGETS_PER_PAGE } from '../../../core/limits.ts'
import { createLive } from '../../../core/live/live.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { answer, fakePorts } from '../../components/fake-ports.ts'
import { target, targetWorld } from '../../fleet/target-world.ts'
import { TOKENS } from '../../http/token-settings.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { type Bytes, utf8 } from '../mutate.ts'
import { asJson, check, type Parser, text, texts } from '../parser.ts'

/** What stands behind the host, as a host would hand it on; undefined for what none lets through. */
function urlOf(base: string, input: Bytes): string | undefined {
  const typed = text(input)
  return /[\s#]/.test(typed) || !URL.canParse(`${base}${typed}`) ? undefined : `${base}${typed}`
}

const SCRAPED: TargetsDeps = targetWorld(
  [{ name: 'a' }],
  [{ component: 'x.y', shared: false, targets: ['one', 'two', 'three'].map((host) => target(`${host}:80`)) }],
).deps('a')

function checkTargets(query: TargetQuery): TargetQuery {
  const { offset, limit, health, sort, scope } = query
  const { parameters } = QUESTIONS.targets
  check(Number.isSafeInteger(offset) && offset >= 0, `an offset is a count: ${offset}`)
  check(Number.isSafeInteger(limit) && limit >= 0 && limit <= MAX_TARGETS_PER_PAGE, `a limit has its bound: ${limit}`)
  for (const [name, value] of Object.entries({ health, sort, scope })) {
    const words = parameters[name].kind as readonly string[]
    check(value === undefined || words.includes(value), `${name} is a known word: ${value}`)
  }
  return query
}

function askedOf(query: ExplainQuery | Scope): ExplainQuery | Scope {
  const texts = typeof query === 'string' ? [query] : Object.values(query)
  check(
    texts.every((value) => value === undefined || typeof value === 'string'),
    'a query is made of texts',
  )
  if (typeof query === 'object' && 'search' in query && query.search === 'no') throw new CodedError('config', 'no')
  return query
}

const FLEET = {
  ...Object.fromEntries(['node', 'cluster', 'doctor', 'ownership', 'ring'].map((name) => [name, () => ({ name })])),
  targets: (query: TargetQuery) => targetsPage(checkTargets(query), SCRAPED),
  explain: async (query: ExplainQuery) => askedOf(query),
  queues: async (scope: Scope) => ({ scope: askedOf(scope) }),
} as unknown as Fleet

const v1 = new Hono<RequestContext>()
apiV1(v1, '/', FLEET, NO_PAGES)

async function readV1(input: Bytes): Promise<void> {
  const url = urlOf('http://a.test/api/v1/', input)
  if (url === undefined) return
  const response = await v1.request(url)
  if (!new URL(url).pathname.startsWith('/api/v1/')) return
  check([200, 400, 404].includes(response.status), `a question is answered: ${response.status}`)
  const said = (await response.json()) as { readonly error?: unknown }
  check(response.status === 200 || (typeof said.error === 'string' && said.error !== ''), 'or it is told why not')
}

const COMPONENT: ComponentDetails = {
  id: 'm.one/a.b',
  name: 'a.b',
  label: '',
  module: 'm.one',
  kind: 'component',
  health: { state: 'healthy', message: 'fine', updatedAt: 0 },
  referencesTo: [],
  referencedBy: [],
  dataFlowTo: [],
  createdModuleIds: ['m.one/a.b/x'],
  liveDebugging: true,
  arguments: [],
  exports: [],
  debugInfo: undefined,
}

function webApp(): Hono<RequestContext> {
  const clock = createFakeClock()
  const live = createLive(clock, { next: () => 0.5 })
  live.setEnabled(true)
  const info = (id: string): ComponentDetails | undefined => (id === COMPONENT.id ? COMPONENT : undefined)
  const app = new Hono<RequestContext>()
  const { signal } = new AbortController()
  const timers = createTimers(clock)
  apiV0(app, '/', () => [], {
    components: () => [COMPONENT],
    info,
    component: info,
    live,
    clock,
    timers,
    stopping: signal,
  })
  return app
}
const v0 = webApp()

async function readV0(input: Bytes): Promise<void> {
  const url = urlOf('http://a.test/api/v0/web/', input)
  if (url === undefined) return
  const { pathname, searchParams } = new URL(url)
  const response = await v0.request(url)
  const endless = response.headers.get('content-type')?.startsWith('text/plain') && response.status === 200
  if (endless) await response.body?.cancel()
  if (!pathname.startsWith('/api/v0/web/')) return
  check([200, 400, 404].includes(response.status), `a question is answered: ${response.status}`)
  if (endless) {
    const asked = Number(searchParams.get('window') ?? 5)
    const part = Number(searchParams.get('sampleProb') ?? 1)
    check(pathname.includes('debug') ? part >= 0 && part <= 1 : asked >= 1 && asked <= 60, `as often as it may: ${url}`)
  } else if (response.status === 200) JSON.parse(await response.text())
  // At most 200 characters of the path, of which each may be shown as six.
  else check((await response.text()).length < 1500, 'a refusal is short')
}

const NOW_SECONDS: number = Date.UTC(2026, 0, 1) / 1000
const HEADER = { alg: 'ES256', kid: 'one', typ: 'JWT' }
const CLAIMS = { iss: TOKENS.issuer, aud: TOKENS.audience, exp: NOW_SECONDS + 300, nbf: NOW_SECONDS, sub: 'ann' }
const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

interface Issuer {
  readonly keySet: string
  token(header: string, claims: string): Promise<string>
}

let issuer: Promise<Issuer> | undefined

/** A key of its own in each run; what comes out doesn't depend on which. */
async function createIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  const part = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url')
  return {
    keySet: JSON.stringify({ keys: [{ kty, crv, x, y, kid: 'one', alg: 'ES256' }] }),
    async token(header, claims) {
      const signed = `${part(header)}.${part(claims)}`
      const signature = await crypto.subtle.sign(CURVE, privateKey, utf8(signed))
      return `${signed}.${part(new Uint8Array(signature))}`
    },
  }
}

function checkOf(keySet: Bytes): { readonly tokens: TokenCheck; readonly told: () => string } {
  const { ports, hosts } = fakePorts()
  hosts.set('login', () => ({ ...answer(''), body: keySet }))
  const log = recordingLog()
  return { tokens: createTokenCheck(TOKENS, { ...ports, log }), told: () => JSON.stringify(log.lines) }
}

const ENGINE = /is not a function|Cannot read|undefined is not|not iterable|call stack/

function checkRefusal(refusal: string | undefined): void {
  if (refusal === undefined) return
  check(refusal !== '' && refusal.length < 1000 && !ENGINE.test(refusal), `a refusal is for people: ${refusal}`)
}

let usual: TokenCheck | undefined

/** Header and claims, rightly signed whatever they are. */
async function readClaims(input: Bytes): Promise<void> {
  const { token, keySet } = await (issuer ??= createIssuer())
  usual ??= checkOf(utf8(keySet)).tokens
  const pair = pairOf(input)
  const refusal = await usual.refusal(await token(pair.header, pair.claims))
  checkRefusal(refusal)
  if (refusal !== undefined) return
  const { alg } = JSON.parse(pair.header)
  const { iss, aud, exp, nbf } = JSON.parse(pair.claims)
  check(alg === 'ES256' && iss === TOKENS.issuer, 'a token is of the issuer')
  check(aud === TOKENS.audience || (Array.isArray(aud) && aud.includes(TOKENS.audience)), 'and for this audience')
  check(typeof exp === 'number' && exp > NOW_SECONDS - 11, 'and has not expired')
  check(nbf === undefined || (typeof nbf === 'number' && nbf <= NOW_SECONDS + 10), 'and holds already')
}

/** `[header, claims]`; what is no JSON stands for claims. */
function pairOf(input: Bytes): { readonly header: string; readonly claims: string } {
  try {
    const [header, claims] = JSON.parse(text(input)) as readonly unknown[]
    return { header: JSON.stringify(header) ?? '', claims: JSON.stringify(claims) ?? '' }
  } catch {
    return { header: JSON.stringify(HEADER), claims: text(input) }
  }
}

/** Nothing that isn't signed is taken. */
async function readToken(input: Bytes): Promise<void> {
  const { keySet } = await (issuer ??= createIssuer())
  usual ??= checkOf(utf8(keySet)).tokens
  const refusal = await usual.refusal(text(input))
  check(refusal !== undefined, 'nobody signed it')
  checkRefusal(refusal)
}

/** An issuer's keys, when a good token comes. */
async function readKeySet(input: Bytes): Promise<void> {
  const { token, keySet } = await (issuer ??= createIssuer())
  const { x, y } = JSON.parse(keySet).keys[0]
  const given = text(input).replaceAll('"XXX"', JSON.stringify(x)).replaceAll('"YYY"', JSON.stringify(y))
  const { tokens, told } = checkOf(utf8(given))
  const refusal = await tokens.refusal(await token(JSON.stringify(HEADER), JSON.stringify(CLAIMS)))
  checkRefusal(refusal)
  check(refusal !== undefined || (given.includes(x) && given.includes(y)), 'a token is taken by its key alone')
  check(!ENGINE.test(told()) && told().length < 2000, `what is logged is for people: ${told().slice(0, 300)}`)
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const JSON_TOKENS: readonly string[] = [
  ...['null', 'true', '-1', '1e999', '""', '[]', '{}', '[', ']', '{', '}', ',', ':', '"', '\\', '"__proto__":'],
  ...[
    '"none"',
    '"HS256"',
    '"crit":["b64"]',
    '"b64":false',
    '"aud":["skein"]',
    '"exp":1e300',
    '"jwk":{}',
    '"zip":"DEF"',
  ],
]

export const questionParsers: readonly Parser[] = [
  {
    name: 'question to /api/v1',
    covers: ['core/http/api-v1.ts:apiV1', 'core/http/questions.ts:QUESTIONS'],
    seeds: texts(
      'targets?search=job%3Dnode+up&health=down&owner=a&component=x.y&sort=samples&order=desc&offset=2&limit=50&scope=node',
      'explain?component=x.y&key=00c0ffee00c0ffee',
      'explain?search=no',
      'queues?scope=node',
      'node',
    ),
    tokens: [
      '%',
      '%2f',
      '%zz',
      '%00',
      '&',
      '=',
      '?',
      '+',
      '/',
      '..',
      'limit=',
      'offset=99999999',
      'toString=1',
      '__proto__=1',
    ],
    microsPerByte: 15,
    inputs: 150,
    longest: 16 * 1024,
    read: readV1,
  },
  {
    name: 'question to /api/v0/web',
    covers: ['core/http/api-v0.ts:apiV0'],
    seeds: texts(
      'components',
      'components/m.one/a.b',
      'modules/m.one%2Fa.b%2Fx/components',
      'remotecfg/components/m.one',
      'graph/m.one/a.b/x?window=5',
      'debug/m.one/a.b?sampleProb=0.5',
      'peers',
    ),
    tokens: [
      '%',
      '%2f',
      '%zz',
      '%ff',
      '/',
      '//',
      '..',
      '?',
      'window=',
      'sampleProb=',
      '1e9',
      '0x10',
      'graph/',
      'debug/',
    ],
    microsPerByte: 15,
    inputs: 150,
    longest: 16 * 1024,
    read: readV0,
  },
  {
    name: 'claims of a bearer token',
    covers: ['core/http/jwt.ts:createTokenCheck'],
    seeds: asJson([HEADER, CLAIMS], [HEADER, { ...CLAIMS, aud: ['other', 'skein'] }], [{ alg: 'none' }, CLAIMS]),
    tokens: JSON_TOKENS,
    microsPerByte: 20,
    inputs: 150,
    longest: 64 * 1024,
    read: readClaims,
  },
  {
    name: 'bearer token',
    covers: ['core/http/jwt.ts:createTokenCheck'],
    seeds: texts(
      `${encoded(HEADER)}.${encoded(CLAIMS)}.${'A'.repeat(86)}`,
      `${encoded({ ...HEADER, alg: 'none' })}.${encoded(CLAIMS)}.`,
      `${encoded({ ...HEADER, kid: 'two' })}.${encoded(CLAIMS)}.${'A'.repeat(86)}`,
    ),
    tokens: ['.', '..', '=', '-', '_', '+', '/', 'eyJ', encoded({ alg: 'HS256' }), '{}'],
    microsPerByte: 20,
    inputs: 150,
    longest: 64 * 1024,
    read: readToken,
  },
  {
    name: 'keys of an issuer',
    covers: ['core/http/jwt.ts:createTokenCheck'],
    seeds: asJson(
      { keys: [{ kty: 'EC', crv: 'P-256', x: 'XXX', y: 'YYY', kid: 'one', alg: 'ES256', use: 'sig' }] },
      {
        keys: [
          { kty: 'oct', k: 'AAAA', kid: 'one' },
          { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'one' },
        ],
      },
    ),
    tokens: [...JSON_TOKENS, '"kty":"EC"', '"kid":"one"', '"x":"XXX"', '"key_ops":["sign"]', '"d":"XXX"', '"ext":1'],
    microsPerByte: 20,
    inputs: 120,
    longest: 256 * 1024,
    read: readKeySet,
  },
]
