/** Whatever a text contains, the conversion ends and says what is wrong; what it writes can be read. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConvertedFormat } from '../../core/convert/convert.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { anyText } from '../support/any-text.ts'
import { convertText, disk, job } from './converting.ts'

const format: fc.Arbitrary<ConvertedFormat> = fc.constantFrom('prometheus', 'static', 'instance')

async function check(text: string, of: ConvertedFormat): Promise<boolean> {
  const { text: alloy, remarks } = await convertText(text, { format: of, files: disk({ 'a.yml': text }) })
  if (alloy === undefined) {
    expect(remarks.some(({ weight }) => weight === 'critical')).toBe(true)
    return false
  }
  const parsed = parseFile('', alloy)
  expect(parsed.ok && printFile(parsed.file)).toBe(alloy)
  return true
}

const word: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'a',
    'x-y',
    'a.b',
    '1st',
    'true',
    'null',
    '',
    '$A',
    '$$',
    `\${B}c`,
    'été',
    'a b',
    '%',
    '-',
    '\\',
    '"',
    '`',
  ),
  fc.string({ maxLength: 8 }),
)
const duration = fc.constantFrom('15s', '1m', '1h30m', '2d', '0s')
const count = fc.nat({ max: 10_000 })
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] })
const labels = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), word, { maxKeys: 3 })

const login = fc.oneof(
  fc.constant({}),
  fc.record({ basic_auth: fc.record({ username: word, password: word }) }),
  fc.record({ authorization: some({ type: word, credentials_file: word }) }),
  fc.record({ bearer_token: word }),
  fc.record({ oauth2: fc.record({ client_id: word, token_url: word, scopes: fc.array(word, { maxLength: 2 }) }) }),
)
const http = some({
  tls_config: some({ ca_file: word, server_name: word, insecure_skip_verify: fc.boolean() }),
  proxy_url: word,
  follow_redirects: fc.boolean(),
  http_headers: fc.dictionary(word, some({ values: fc.array(word, { maxLength: 2 }) }), { maxKeys: 2 }),
})
const rule = fc.oneof(
  some({
    source_labels: fc.array(word, { maxLength: 3 }),
    separator: word,
    replacement: word,
    regex: fc.constantFrom('a.*', '(x)|y'),
  }).map((rest) => ({ ...rest, target_label: 'a' })),
  fc.constantFrom({ action: 'labelmap', regex: 'a_(.+)' }, { action: 'keep', source_labels: ['a'], regex: 'b' }),
  fc.record({
    action: fc.constant('hashmod'),
    source_labels: fc.constant(['a']),
    modulus: fc.integer({ min: 1, max: 9 }),
    target_label: fc.constant('b'),
  }),
)
const targets = fc.array(
  fc.record({
    targets: fc.array(
      word.filter((text) => !text.includes('/')),
      { maxLength: 3 },
    ),
    labels,
  }),
  { maxLength: 2 },
)
const discoveries = some({
  file_sd_configs: fc.array(
    fc.record({ files: fc.array(word, { minLength: 1, maxLength: 2 }), refresh_interval: duration }),
    { maxLength: 3 },
  ),
  http_sd_configs: fc.array(
    fc.tuple(fc.constant({ url: 'http://x' }), login).map(([a, b]) => ({ ...a, ...b })),
    { maxLength: 2 },
  ),
  dns_sd_configs: fc.constant([{ names: ['a'] }]),
  kubernetes_sd_configs: fc.array(fc.record({ role: fc.constantFrom('pod', 'node') }), { maxLength: 2 }),
  ec2_sd_configs: fc.constant([{}]),
})
const jobFields = some({
  scrape_interval: fc.constantFrom('15s', '1m'),
  metrics_path: word,
  scheme: fc.constantFrom('http', 'https'),
  honor_labels: fc.boolean(),
  sample_limit: count,
  params: fc.dictionary(word, fc.array(word, { maxLength: 2 }), { maxKeys: 2 }),
  relabel_configs: fc.array(rule, { maxLength: 3 }),
  metric_relabel_configs: fc.array(rule, { maxLength: 3 }),
  static_configs: targets,
})
const oneJob = fc.tuple(jobFields, login, http, discoveries).map(([a, b, c, d]) => ({ ...a, ...b, ...c, ...d }))
const jobs = fc
  .array(
    fc.tuple(
      word.filter((text) => text !== ''),
      oneJob,
    ),
    { maxLength: 4 },
  )
  .map((all) => [...new Map(all)].map(([job_name, fields]) => ({ ...fields, job_name })))
const receivers = fc.array(
  fc
    .tuple(
      some({
        remote_timeout: duration,
        headers: fc.dictionary(word, word, { maxKeys: 2 }),
        queue_config: some({ capacity: count, max_shards: count, batch_send_deadline: duration }),
        write_relabel_configs: fc.array(rule, { maxLength: 2 }),
      }),
      login,
      http,
    )
    .map(([a, b, c]) => ({ ...a, ...b, ...c, url: 'http://r/push' })),
  { maxLength: 3 },
)
const valid = fc.record({
  global: some({ scrape_interval: duration, external_labels: labels }),
  scrape_configs: jobs,
  remote_write: receivers,
})

/** Names that hold both kinds of quotes, or what no source text may hold, have no spelling in the Alloy language. */
const unspeakable = /a name in it can not be written|can not be converted/

/** For machines that are busy with other things. */
const PATIENCE_MS = 60_000

describe('conversion', { timeout: PATIENCE_MS }, () => {
  it('converts whatever is valid', async () => {
    await fc.assert(
      fc.asyncProperty(valid, fc.boolean(), async (config, clustering) => {
        const { text, remarks } = await convertText(JSON.stringify(config), { clustering })
        const critical = remarks.filter(({ weight }) => weight === 'critical').map(({ summary }) => summary)
        expect(critical.filter((summary) => !unspeakable.test(summary))).toEqual([])
        if (text === undefined) return
        const parsed = parseFile('', text)
        expect(parsed.ok && printFile(parsed.file)).toBe(text)
        expect(text.match(/^prometheus\.scrape /gm)?.length ?? 0).toBe(config.scrape_configs.length)
      }),
      { numRuns: 60 },
    )
  })

  it('survives any values in the fields it knows', async () => {
    const anything = fc.jsonValue({ maxDepth: 3 })
    const known = fc.constantFrom(
      'global',
      'scrape_configs',
      'remote_write',
      'metrics',
      'server',
      'integrations',
      'configs',
      'job_name',
    )
    const broken = fc.dictionary(
      fc.oneof(known, word),
      fc.oneof(anything, fc.array(fc.dictionary(known, anything), { maxLength: 2 })),
    )
    await fc.assert(
      fc.asyncProperty(broken, format, async (config, of) => {
        await check(JSON.stringify(config), of)
      }),
      { numRuns: 150 },
    )
  })

  it('survives any text', async () => {
    const pieces = fc.constantFrom(
      'scrape_configs:',
      '\n',
      '  ',
      '- ',
      'job_name: ',
      'a',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '&a ',
      '*a',
      '<<: ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '!!int ',
      '---\n',
      '\t',
      '?',
      ',',
      '\u0000',
      '\ufeff',
    )
    const soup = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), anyText(), soup), format, async (text, of) => {
        await check(text, of)
      }),
      { numRuns: 300 },
    )
  })

  it('survives a valid text with one piece gone wrong', async () => {
    const base = job('relabel_configs: [{target_label: a}]', 'basic_auth: {username: u}', 'scrape_interval: 5s')
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: base.length }),
        fc.nat({ max: 9 }),
        fc.string({ maxLength: 5 }),
        async (at, gone, put) => {
          await check(base.slice(0, at) + put + base.slice(at + gone), 'prometheus')
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each([
    ['deep lists', '['.repeat(50_000)],
    ['deep maps', 'a: {'.repeat(20_000)],
    ['deep blocks', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    [
      'aliases of aliases',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n')}\n`,
    ],
    ['an alias in itself', 'scrape_configs: &a [*a]\n'],
    ['no anchor', 'scrape_configs: *a\n'],
    ['a merge of nothing', 'scrape_configs: [{<<: 1}]\n'],
    ['a map as a key', '{[a]: 1, {b: c}: 2}\n'],
    ['too much', `#${'x'.repeat(9_000_000)}`],
    ['bytes', '\u0000\u0001\ud800'],
  ])('ends with %s', async (_, text) => {
    const started = performance.now()
    await check(text, 'prometheus')
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
