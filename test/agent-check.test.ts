/** What `skein validate` finds in files of other formats. What it finds in Alloy's language is tested where it is found. */
import { describe, expect, it } from 'vitest'
import { type CheckOptions, type CheckResult, checkConfiguration } from '../core/agent-check.ts'
import { fakePorts } from './components/fake-ports.ts'
import { job } from './convert/converting.ts'

const PATH = '/etc/p.yml'
const CLOUD: string = job('ec2_sd_configs: [{}]')

function check(text: string | undefined, convert: Partial<CheckOptions['convert']> = {}): Promise<CheckResult> {
  const { ports, files } = fakePorts()
  files.put(PATH, text)
  const options = { format: 'prometheus', bypassErrors: false, extraArgs: '', ...convert } as const
  return checkConfiguration(
    { configPath: PATH, convert: options, stability: 'generally-available', version: '1' },
    ports,
  )
}

describe('a configuration in another format', () => {
  it('is right when it can be converted', async () => {
    const right = { ok: true, diagnostics: [], text: '' }
    expect(await check(job())).toEqual(right)
    expect(await check(job(), { extraArgs: '--with-clustering' })).toEqual(right)
  })

  it('is told what it lacks, without failing', async () => {
    const { ok, diagnostics, text } = await check(`rule_files: [a]\n${job()}`)
    expect(ok).toBe(true)
    expect(diagnostics).toMatchObject([
      { severity: 'warning', file: PATH, start: { line: 1, column: 1 }, hint: expect.stringContaining('rules') },
    ])
    expect(text).toMatch(/^Warning: \/etc\/p\.yml:1:1: The converter does not .*\n {2}hint: .*\n$/)
  })

  it('fails by what has no counterpart, unless that is bypassed', async () => {
    const message = expect.stringContaining('ec2 service discovery')
    const refused = await check(CLOUD)
    expect(refused).toMatchObject({ ok: false, diagnostics: [{ severity: 'error', file: PATH, message }] })
    expect(refused.text).toMatch(/^Error: \/etc\/p\.yml:3:5: .*\n {2}hint: .*: --config\.bypass-conversion-errors\n$/)

    const bypassed = await check(CLOUD, { bypassErrors: true })
    expect(bypassed).toMatchObject({ ok: true, diagnostics: [{ severity: 'warning', file: PATH, message }] })
    expect(bypassed.text).not.toContain('bypass')
  })

  it('fails by what is wrong, bypassed or not', async () => {
    const { ok, diagnostics, text } = await check('scrape_configs: 1\nrule_files: [a]\n', { bypassErrors: true })
    expect(ok).toBe(false)
    expect(diagnostics).toHaveLength(1)
    expect(text).toBe('Error: /etc/p.yml:1:17: scrape_configs must be a list, not a single value\n')
  })

  it.each([
    ['--config.extra-args: unknown argument "--no"', job(), { extraArgs: '--no' }],
    [`can't read the configuration ${PATH}: `, undefined, {}],
  ])('that can not be converted at all: %s', async (problem, text, convert) => {
    const result = await check(text, convert)
    const message = expect.stringContaining(problem)
    expect(result).toMatchObject({ ok: false, diagnostics: [{ severity: 'error', file: '', message }] })
    expect(result.text).toContain(`Error: ${problem}`)
  })

  it('shows no line of a file that may hold a secret', async () => {
    for (const text of [
      job('authorization: {credentials: hunter2}', 'unheard_of: hunter2'),
      'a: *hunter2',
      'b: [hunter2: {',
    ]) {
      expect(JSON.stringify(await check(text))).not.toContain('hunter2')
    }
  })
})
