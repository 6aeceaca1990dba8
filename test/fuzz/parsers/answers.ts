/** What servers answer besides targets: tokens, redirects, remote configuration; and the files that are kept of it. */
import { signAssertion } from '../../../core/outbound/client-assertion.ts'
import { createOutbound } from '../../../core/outbound/outbound.ts'
import { nextHop } from '../../../core/outbound/redirect.ts'
import { createConfigCache } from '../../../core/remote-config/cache.ts'
import { call } from '../../../core/remote-config/connect.ts'
import { decodeConfigAnswer } from '../../../core/remote-config/messages.ts'
import { collectorId } from '../../../core/remote-config/seed.ts'
import { MAX_RETRY_AFTER_MS, retryAfter } from '../../../core/remote-write/sending/retry.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { answer, fakePorts } from '../../components/fake-ports.ts'
import { respond, setup } from '../../outbound/setup.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { fixture } from '../fixtures.ts'
import { type Bytes, latin1, utf8 } from '../mutate.ts'
import { check, type Parser, text, texts } from '../parser.ts'

const JSON_TOKENS: readonly string[] = [
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '""',
    '[]',
    '{}',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '"__proto__":',
    '"toString":',
  ],
]

const OAUTH = { clientId: 'me', clientSecret: 's3cret', tokenUrl: 'https://id.test/token' }

/** The status is in front. */
async function readToken(input: Bytes): Promise<void> {
  const source = text(input)
  const status = /^[2-5]\d\d /.test(source) ? Number(source.slice(0, 3)) : 200
  const body = status === 200 ? source : source.slice(4)
  const { get, sent } = setup({ oauth2: OAUTH }, ({ url }) =>
    url.hostname === 'id.test' ? respond(status, {}, body) : respond(200),
  )
  const result = await get()
  if (!result.ok)
    check(
      result.message.startsWith('oauth2: ') && result.message.length < 600,
      `a failure says where: ${result.message.slice(0, 200)}`,
    )
  if (!result.ok)
    check(
      !/Cannot|undefined is not|is not a function/.test(result.message),
      `a failure is for people: ${result.message}`,
    )
  for (const { headers } of sent)
    for (const [, value] of headers) check(typeof value === 'string', 'a header is a text')
}

async function readProcedure(input: Bytes): Promise<void> {
  const source = text(input)
  const status = /^[2-5]\d\d /.test(source) ? Number(source.slice(0, 3)) : 500
  const { ports, hosts, clock } = fakePorts()
  hosts.set('config.test', () => answer(source.slice(4), { 'content-type': source.slice(0, 40) }, status))
  const outbound = createOutbound({}, { ...ports, timers: createTimers(clock) })
  const result = await call(
    { outbound, clock, url: 'http://config.test', userAgent: 'x' },
    'GetConfig',
    new Uint8Array(0),
    1000,
  )
  if (!result.ok) check(result.message.length < 2000 && result.message !== '', 'a refusal is told in some lines')
}

async function readKept(input: Bytes): Promise<void> {
  const ports = fakePorts()
  const files = { ...ports.files, read: async () => input, replace: async () => {} }
  const id = await collectorId({ files, clock: ports.clock, log: recordingLog(), storagePath: '/s', version: '1' })
  check(id !== '', 'there is an id')
  const kept = await createConfigCache(files, '/s/c', recordingLog()).read()
  check(kept === undefined || Buffer.from(kept).equals(Buffer.from(input)), 'what was kept is the same')
}

const GET = { method: 'GET' as const, url: new URL('http://a.test/metrics'), headers: [], deadline: 0, maxBodyBytes: 1 }

const PROTOBUF_TOKENS: readonly string[] = [
  '\x0a',
  '\x12',
  '\x18\x01',
  '\x0a\xff\xff\xff\xff\x0f',
  '\x0b',
  '\x0c',
  '\x0d',
  '\x09',
  '\x80',
]

export const answerParsers: readonly Parser[] = [
  {
    name: 'token of OAuth2',
    covers: ['core/outbound/oauth2.ts:createTokenSource'],
    seeds: texts(
      '{"access_token":"t1","token_type":"bearer","expires_in":3600}',
      'access_token=t1&expires_in=5',
      '400 {"error":"invalid_client","error_description":"no"}',
      '{"access_token":"t1","expires_in":{"a":1},"token_type":[]}',
    ),
    tokens: [...JSON_TOKENS, '\\r\\n', '&', '=', '401 ', '500 ', '"valueOf":1'],
    inputs: 150,
    read: readToken,
  },
  {
    name: 'key of a client assertion',
    covers: ['core/outbound/client-assertion.ts:signAssertion'],
    seeds: () => [
      utf8('{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","alg":"HS256","kid":"1"}'),
      utf8(fixture('tls/client-key.pem')),
    ],
    tokens: [...JSON_TOKENS, '-----BEGIN PRIVATE KEY-----', '"alg":"none"'],
    inputs: 60,
    microsPerByte: 20,
    documented: () => true,
    async read(input) {
      const key = text(input)
      try {
        await signAssertion({} as never, key, 'me', 'https://id.test', 0)
      } catch (thrown) {
        // Whatever the library throws is told as it is: it must not repeat the key.
        const { message } = thrown as Error
        check(
          message !== '' && (key.length < 20 || !message.includes(key.slice(0, 20))),
          'a refusal has a reason, and no key',
        )
      }
    },
  },
  {
    name: 'redirect',
    covers: ['core/outbound/redirect.ts:nextHop'],
    seeds: texts('301 /x', '307 http://b.test/', '302 //c.test:80/../d?e#f', '308 javascript:1'),
    tokens: ['http://', 'https://', '//', '\\', '@', ':', '%', '..', '\t', ' '],
    read(input) {
      const source = text(input)
      const hop = nextHop(GET, respond(Number(/^\d{3}/.exec(source)?.[0] ?? 302), { location: source.slice(4) }))
      if (hop === undefined || !hop.ok) return
      check(/^https?:$/.test(hop.request.url.protocol), 'a redirect stays with HTTP')
      check(hop.leavesHost || hop.request.url.hostname === 'a.test', 'credentials stay with their host')
    },
  },
  {
    name: 'Retry-After',
    covers: ['core/remote-write/sending/retry.ts:retryAfter'],
    seeds: texts('120', 'Wed, 21 Oct 2026 07:28:00 GMT', '-1', '1e9'),
    tokens: ['0', '9', ' ', 'GMT', ',', ':', '-', '('],
    longest: 128 * 1024,
    read(input) {
      const ms = retryAfter(text(input), Date.UTC(2026, 9, 21))
      check(ms === undefined || (ms > 0 && ms <= MAX_RETRY_AFTER_MS), 'a wait has its bounds')
    },
  },
  {
    name: 'answer of a configuration server',
    covers: ['core/remote-config/messages.ts:decodeConfigAnswer'],
    seeds: () => ['\x0a\x0clogging { }\n\x12\x02h1', '\x12\x02h1\x18\x01', '\x2a\x03abc\x18\x01\x38\x01'].map(latin1),
    tokens: PROTOBUF_TOKENS,
    // Its one caller takes whatever it throws for "no such message".
    documented: (thrown) => thrown instanceof Error && !/call stack|too much recursion/i.test(thrown.message),
    read(input) {
      const { content, hash } = decodeConfigAnswer(input)
      check(content.length + hash.length <= input.length, 'text takes bytes')
    },
  },
  {
    name: 'refusal of a configuration server',
    covers: ['core/remote-config/connect.ts:call'],
    seeds: texts('404 {"code":"not_found","message":"no such collector"}', '503 <html>', '200 x'),
    tokens: [...JSON_TOKENS, '401 ', '200 '],
    inputs: 150,
    read: readProcedure,
  },
  {
    name: 'files of the remote configuration',
    covers: ['core/remote-config/seed.ts:collectorId', 'core/remote-config/cache.ts:createConfigCache'],
    seeds: texts('{"UID":"c1","created_at":"2026","version":"1"}', 'logging { }\n'),
    tokens: JSON_TOKENS,
    read: readKept,
  },
]
