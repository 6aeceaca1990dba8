import { describe, expect, it } from 'vitest'
import { type ConvertedLoadOptions, loadConverted } from '../../core/convert/load.ts'
import { recordingLog } from '../support/recording-log.ts'
import { disk, job } from './converting.ts'

const CLOUD = job('ec2_sd_configs: [{}]')

async function load(
  files: Readonly<Record<string, string>>,
  more: Partial<ConvertedLoadOptions> = {},
  clustered = false,
) {
  const log = recordingLog()
  const options = { format: 'prometheus', bypassErrors: false, extraArgs: '', clustered, ...more } as const
  return { loaded: await loadConverted(disk(files), 'conf/p.yml', options, log), lines: log.lines }
}

describe('loading another format', () => {
  it('hands on what was converted, as a text that is never shown', async () => {
    const { loaded, lines } = await load({ 'conf/p.yml': job('bearer_token_file: t') })
    expect(loaded).toMatchObject({ ok: true, sources: [{ file: 'conf/p.yml (converted)', secret: true }] })
    expect(loaded.ok && loaded.sources[0].content).toContain('credentials_file = "conf/t"')
    expect(lines).toEqual([])
  })

  it('logs what is missing, with its place', async () => {
    const { lines } = await load({ 'conf/p.yml': `rule_files: [a]\n${job()}` })
    expect(lines).toEqual([
      expect.stringMatching(/^warn The converter does not .* \{"at":"conf\/p\.yml:1:1","hint":"an agent /),
    ])
  })

  it('refuses errors unless told otherwise', async () => {
    const { loaded } = await load({ 'conf/p.yml': CLOUD })
    expect(loaded).toEqual({
      ok: false,
      message: expect.stringMatching(
        /^conf\/p\.yml can not be converted:\n\(Error\) conf\/p\.yml:3:5: .* ec2 service discovery\.\n\t.*\nTo run it .*--config\.bypass-conversion-errors$/,
      ),
      diagnostics: [
        {
          severity: 'error',
          file: 'conf/p.yml',
          start: { offset: 0, line: 3, column: 5 },
          message: expect.any(String),
          hint: expect.any(String),
        },
      ],
    })
    expect((await load({ 'conf/p.yml': CLOUD }, { bypassErrors: true })).loaded.ok).toBe(true)
  })

  it('refuses critical problems always', async () => {
    const { loaded } = await load({ 'conf/p.yml': 'scrape_configs: 1\n' }, { bypassErrors: true })
    expect(loaded).toEqual({
      ok: false,
      message:
        'conf/p.yml can not be converted:\n(Critical) conf/p.yml:1:17: scrape_configs must be a list, not a single value',
      diagnostics: [expect.objectContaining({ message: 'scrape_configs must be a list, not a single value' })],
    })
  })

  it.each([
    [{ 'conf/p.yml/a.alloy': '' }, 'conf/p.yml is a directory: a configuration in the prometheus format is one file'],
    [{}, "can't read the configuration conf/p.yml: no such file or directory"],
  ])('%j', async (files, message) => {
    expect((await load(files)).loaded).toEqual({ ok: false, message, diagnostics: [] })
  })

  it.each([
    ['', false],
    ['--with-clustering', true],
    [' -with-clustering ', true],
    ['--with-clustering=false', false],
  ])('%j shares targets: %s', async (extraArgs, expected) => {
    const { loaded, lines } = await load({ 'conf/p.yml': job() }, { extraArgs }, true)
    expect(loaded.ok && loaded.sources[0].content.includes('clustering {')).toBe(expected)
    expect(lines.some((line) => line.startsWith('warn every node of the cluster scrapes all targets'))).toBe(!expected)
  })

  it('knows no other argument', async () => {
    expect((await load({ 'conf/p.yml': job() }, { extraArgs: '--x y' })).loaded).toEqual({
      ok: false,
      message: '--config.extra-args: unknown argument "--x"; there is only --with-clustering',
      diagnostics: [],
    })
  })
})
