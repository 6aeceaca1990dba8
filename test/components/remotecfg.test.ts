import { describe, expect, it } from 'vitest'
import { remoteConfigSettings } from '../../core/components/remotecfg.ts'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseFile } from '../../core/syntax/parser.ts'

function decoded(body: string, label = ''): ReturnType<typeof remoteConfigSettings> {
  const parsed = parseFile('a.alloy', `remotecfg ${label} {\n${body}\n}`)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'))
  const [block] = parsed.file.body
  if (block?.kind !== 'block') throw new Error('not a block')
  return remoteConfigSettings(block, new Map([['host', 'box']]))
}

describe('the remotecfg block', () => {
  it('is off without a URL', () => {
    expect(remoteConfigSettings(undefined, new Map())).toEqual({ settings: undefined, diagnostics: [] })
    expect(decoded('')).toEqual({ settings: undefined, diagnostics: [] })
    expect(decoded('url = ""\n poll_frequency = "30s"')).toEqual({ settings: undefined, diagnostics: [] })
  })

  it('has defaults', () => {
    expect(decoded('url = "https://fleet.test"')).toEqual({
      settings: {
        url: 'https://fleet.test',
        id: undefined,
        name: '',
        attributes: {},
        pollFrequencyMs: 60_000,
        client: { followRedirects: true, proxyFromEnvironment: false },
      },
      diagnostics: [],
    })
  })

  it('takes what Alloy takes, with the HTTP client among it', () => {
    const { settings } = decoded(`
      url = "https://fleet.test/base"
      id = host
      name = "one"
      attributes = { "zone" = "b", cluster = host }
      poll_frequency = "10s"
      basic_auth {
        username = "ann"
        password = "pw"
      }
      tls_config { insecure_skip_verify = true }
    `)
    expect(settings).toMatchObject({
      id: 'box',
      name: 'one',
      attributes: { zone: 'b', cluster: 'box' },
      pollFrequencyMs: 10_000,
      client: { basicAuth: { username: 'ann', password: 'pw' }, tls: { insecureSkipVerify: true } },
    })
  })

  it.each([
    ['url = "ftp://x"', ':2:1: url must be an http or https URL'],
    ['url = "https://ann:secret@"', 'url must be an http or https URL'],
    ['id = ""', 'id must not be empty'],
    ['poll_frequency = "9s"', 'poll_frequency must be at least "10s", got "9s"'],
    ['attributes = { "collector.os" = "x" }', '"collector" is a reserved namespace for remotecfg attribute keys'],
    ['bearer_token = "a"\n basic_auth { username = "b" }', 'at most one of basic_auth'],
    ['interval = "1m"', 'unrecognized attribute name "interval"'],
  ])('refuses %j', (body, message) => {
    const { settings, diagnostics } = decoded(body)
    expect(settings).toBeUndefined()
    expect(diagnostics.map(formatDiagnostic)).toEqual([expect.stringContaining(message)])
    expect(JSON.stringify(diagnostics)).not.toContain('secret')
  })

  it('has no label', () => {
    expect(decoded('', '"x"').diagnostics.map(formatDiagnostic)).toEqual([
      'a.alloy:1:11: block "remotecfg" does not support specifying labels',
    ])
  })
})
