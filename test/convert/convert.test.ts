import { describe, expect, it } from 'vitest'
import { convertText, job, remarksOf, scrapeOf } from './converting.ts'

describe('fields of a job', () => {
  it.each([
    ['scrape_interval: 60s', []],
    ['scrape_interval: 1m30s', ['scrape_interval = "1m30s"']],
    ['scrape_interval: 0s', []],
    ['scrape_interval: 5s', ['scrape_interval = "5s"', 'scrape_timeout = "5s"']],
    ['scrape_timeout: 10s', []],
    ['honor_labels: no', []],
    ['honor_timestamps: False', ['honor_timestamps = false']],
    ['metrics_path: /metrics', []],
    ['metrics_path:', []],
    ['scheme: http', []],
    ['sample_limit: 0', []],
    ['sample_limit: 0x10', ['sample_limit = 16']],
    ['body_size_limit: 0', []],
    ['body_size_limit: 1.5MiB', ['body_size_limit = "1.5MiB"']],
    ['params: {a: b}', ['params = {', 'a = ["b"],', '}']],
    ['params: {}', []],
    ['enable_http2: true', []],
    ['scrape_protocols: [PrometheusProto]', ['scrape_protocols = ["PrometheusProto"]']],
    ['scrape_native_histograms: true', ['scrape_native_histograms = true']],
    ['always_scrape_classic_histograms: true', ['scrape_classic_histograms = true']],
    ['scrape_classic_histograms: true', ['scrape_classic_histograms = true']],
    ['convert_classic_histograms_to_nhcb: false', []],
    ['native_histogram_min_bucket_factor: 1.1', ['native_histogram_min_bucket_factor = 1.1']],
    ['scrape_fallback_protocol: PrometheusText0.0.4', []],
    ['metric_name_validation_scheme: legacy', []],
    ['metric_name_escaping_scheme: underscores', []],
    ['authorization: {credentials: x}', ['authorization {', 'type = "Bearer"', 'credentials = "x"', '}']],
    ['tls_config: {insecure_skip_verify: false}', []],
    ['http_headers: {A: {values: [b]}}', ['http_headers = {', 'A = ["b"],', '}']],
  ])('%s', async (field, expected) => {
    expect(await scrapeOf(job(field))).toEqual(expected)
  })

  it('has what is said once for all', async () => {
    const text = `global: {scrape_interval: 5s, sample_limit: 7, scrape_timeout: 4s}\n${job('scrape_interval: 3s')}`
    expect(await scrapeOf(text)).toEqual(['scrape_interval = "3s"', 'scrape_timeout = "3s"', 'sample_limit = 7'])
  })

  it('shares its targets with the cluster when told to', async () => {
    expect(await scrapeOf(job(), { clustering: true })).toEqual(['clustering {', 'enabled = true', '}'])
  })
})

describe('paths', () => {
  const field = 'bearer_token_file: '
  const fileOf = async (path: string, directory: string) =>
    (await scrapeOf(job(`${field}${path}`), { directory })).find((line) => line.startsWith('credentials_file'))

  it.each([
    ['token', '', 'token'],
    ['token', '/etc/p', '/etc/p/token'],
    ['./token', 'conf', 'conf/token'],
    ['../token', 'conf', 'token'],
    ['../../token', 'conf', '../token'],
    ['../token', '/', '/token'],
    ['/run/token', '/etc/p', '/run/token'],
    ['a//b', '/', '/a/b'],
  ])('%s in %s is %s', async (path, directory, expected) => {
    expect(await fileOf(path, directory)).toBe(`credentials_file = "${expected}"`)
  })
})

describe('external labels', () => {
  it.each([
    ['plain', '"plain"'],
    ['$HOST', 'sys.env("HOST")'],
    [`\${HOST}:1`, 'sys.env("HOST") + ":1"'],
    [`a\${B}$C`, '"a" + sys.env("B") + sys.env("C")'],
    ['$$', '"$"'],
    ['$$HOST', '"$HOST"'],
    ['5$', '"5$"'],
    ['$ 5', '"$ 5"'],
    ['$1', 'sys.env("1")'],
    [`\${}x`, '"x"'],
    ["''", '""'],
  ])('%s', async (value, expected) => {
    const { text } = await convertText(`global: {external_labels: {a: "${value.replaceAll("'", '')}"}}\n${job()}`)
    expect(text).toContain(`\t\ta = ${expected},\n`)
  })

  it('are said to come from the environment when they do', async () => {
    const said = async (value: string): Promise<boolean> => {
      const { remarks } = await convertText(`global: {external_labels: {a: '${value}'}}\n${job()}`)
      return remarks.some(({ summary }) => summary.includes('is taken from the environment'))
    }
    expect(await said(`a\${B}`)).toBe(true)
    expect(await said('sys.env("B")$$')).toBe(false)
  })

  it('are left as they are in static mode', async () => {
    const text = 'metrics: {global: {external_labels: {a: $B}}, configs: [{name: n, remote_write: [{url: http://r}]}]}'
    expect((await convertText(text, { format: 'static' })).text).toContain('a = "$B"')
  })
})

describe('names', () => {
  it('are quoted, or put between back quotes, as keys need it', async () => {
    const { text } = await convertText(job('params: {"a b": [x], "c\\"d": [y], "null": [z]}'))
    expect(text).toContain('"a b"  = ["x"]')
    expect(text).toContain('`c"d`  = ["y"]')
    expect(text).toContain('"null" = ["z"]')
  })

  it('that have no spelling prevent the conversion', async () => {
    expect(await remarksOf(job('params: {"a`\\"b": [x]}'))).toEqual([
      expect.stringMatching(/^\(Critical\) p\.yml:1:1: a name in it can not be written in the Alloy language/),
    ])
  })
})

describe('many jobs', () => {
  it('leave the event loop to others in between', async () => {
    let turns = 0
    const names = Array.from({ length: 20 }, (_, i) => `  - {job_name: j${i}, static_configs: [{targets: ["a:1"]}]}\n`)
    const turn = async (): Promise<void> => void turns++
    const { text } = await convertText(`scrape_configs:\n${names.join('')}`, { turn })
    expect(text?.match(/^prometheus\.scrape/gm)).toHaveLength(20)
    expect(turns).toBe(22)
  })
})

describe('one instance on its own', () => {
  it('is what the scraping service stores', async () => {
    const text =
      'name: a/b\nscrape_configs: [{job_name: c, static_configs: [{targets: [d:1]}]}]\nremote_write: [{url: http://r}]\n'
    const { text: alloy, remarks } = await convertText(text, { format: 'instance' })
    expect(remarks.every(({ weight }) => weight === 'info')).toBe(true)
    expect(alloy).toContain('prometheus.scrape "metrics_a_b_c" {')
    expect(alloy).toContain('forward_to = [prometheus.remote_write.metrics_a_b.receiver]')
  })
})

describe('remarks', () => {
  it('point at the byte, not the character', async () => {
    expect(await remarksOf(`{"ä€": 1, scrape_config: [], "😀x": 1, remote_write: [{url: u}]}`)).toEqual([
      '(Warning) p.yml:1:1: there is nothing to scrape | add scrape_configs',
      '(Warning) p.yml:1:2: unknown field "ä€" | it was left out',
      '(Warning) p.yml:1:14: unknown field "scrape_config" | it was left out | did you mean "scrape_configs"?',
      '(Warning) p.yml:1:33: unknown field "😀x" | it was left out',
    ])
  })

  it('never hold a secret', async () => {
    const secret = 'hunter2hunter2'
    const texts = [
      job(`basic_auth: {username: u, password: [${secret}]}`),
      job(`bearer_token: {${secret}: ${secret}}`),
      job(`authorization: ${secret}`),
      job().replace('a:1', `http://u:${secret}@a/metrics`),
      job(`basic_auth: {passwd: ${secret}}`),
      `remote_write: [{url: http://r, basic_auth: {password: "${secret}}]\n`,
      `remote_write: [{url: http://r}]\n${secret}\n`,
      `a: "${secret}" ${secret}\n`,
      `remote_write: [{url: http://r, bearer_token: *${secret}}]\n`,
      `remote_write: [{url: http://r, bearer_token: !${secret} x}]\n`,
      `remote_write: [{url: http://r, bearer_token: &${secret} [*${secret}]}]\n`,
      `password: !!int ${secret}\n`,
    ]
    for (const text of texts) {
      const remarks = (await remarksOf(text)).filter((line) => !line.includes(`unknown field "${secret}"`))
      expect(remarks.join('\n')).not.toContain(secret)
    }
  })

  it('tell of a second document', async () => {
    expect(await remarksOf(`${job()}---\n${job()}`)).toEqual([
      '(Warning) p.yml:5:1: only the first document of a file is read | put the rest into that one',
    ])
  })
})

describe('other files', () => {
  const alloy = 'prometheus.scrape "a" {\n  targets = []\n  forward_to = []\n}\n'
  it.each([
    [alloy, 'a configuration in the Alloy language, not a configuration of Prometheus'],
    ['logging {\n}\n', 'a configuration in the Alloy language'],
    ['{"a": 1}', 'this is JSON, but not a configuration of Prometheus'],
    ['[1, 2]', 'this is JSON'],
    ['- targets: [a:1]\n', 'this is a YAML list'],
    ['hello', 'this is a YAML text'],
    ['foo: 1\nbar: 2\n', 'this is YAML, but not a configuration of Prometheus'],
    ['apiVersion: v1\nkind: ConfigMap\ndata: {}\n', 'a Kubernetes manifest'],
    ['groups: []\n', 'a file of Prometheus rules'],
    ['route: {}\nreceivers: []\n', 'a configuration of Alertmanager'],
    ['receivers: {}\nexporters: {}\nservice: {}\n', 'OpenTelemetry Collector'],
    [
      'metrics: {configs: []}\n',
      "the agent's static mode, not a configuration of Prometheus | say that it is: the format is called static",
    ],
  ])('%j', async (text, expected) => {
    const remarks = await remarksOf(text)
    expect(remarks).toHaveLength(1)
    expect(remarks[0]).toMatch(/^\(Critical\) p\.yml:1:1: this is /)
    expect(remarks[0]).toContain(expected)
    expect((await convertText(text)).text).toBeUndefined()
  })

  it('knows the other way round, too', async () => {
    expect(await remarksOf(job(), { format: 'static' })).toEqual([
      expect.stringContaining('this is a configuration of Prometheus, not a configuration of the agent'),
    ])
  })

  it.each([
    ['{"scrape_configs": [], "remote_write": [{"url": "http://r"}]}'],
    ['scrape_configz: []\n'],
    ['{}'],
    ['# nothing'],
  ])('%j is meant to be one', async (text) => {
    expect((await convertText(text)).text).toBeDefined()
  })
})
