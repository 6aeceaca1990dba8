import { describe, expect, it } from 'vitest'
import { main } from '../../../adapters/cli/main.ts'
import type { CheckOptions, CheckResult } from '../../../core/agent-check.ts'
import type { Diagnostic } from '../../../core/syntax/diagnostic.ts'
import { setup } from './fake-runtime.ts'

const WARNING: Diagnostic = {
  severity: 'warning',
  file: 'a.alloy',
  start: { offset: 4, line: 2, column: 3 },
  end: { offset: 7, line: 2, column: 6 },
  message: 'old name',
  hint: 'use the new one',
}
const ERROR: Diagnostic = { severity: 'error', file: '', message: 'cycle: a, b' }

async function validate(result: CheckResult, ...args: string[]) {
  const { runtime, seen } = setup()
  const asked: CheckOptions[] = []
  const checking = {
    ...runtime,
    checkConfiguration: async (options: CheckOptions) => {
      asked.push(options)
      return result
    },
  }
  const code = await main(['validate', ...args], checking)
  return { code, out: seen.out, err: seen.err, asked }
}

const FINE: CheckResult = { ok: true, diagnostics: [], text: '' }
const WARNED: CheckResult = { ok: true, diagnostics: [WARNING], text: 'Warning: a.alloy:2:3: old name\n' }
const WRONG: CheckResult = { ok: false, diagnostics: [WARNING, ERROR], text: 'both of them\n' }

describe('validate', () => {
  it('has nothing to say about what is right', async () => {
    const { asked, ...rest } = await validate(FINE, 'a.alloy')
    expect(rest).toEqual({ code: 0, out: '', err: '' })
    expect(asked).toEqual([{ configPath: 'a.alloy', stability: 'generally-available', version: '1.2.3' }])
  })

  it('passes its flags on', async () => {
    const flags = ['--stability.level=experimental', '--feature.community-components.enabled']
    const { asked } = await validate(FINE, ...flags, '/etc/skein')
    expect(asked[0]).toMatchObject({ configPath: '/etc/skein', stability: 'experimental' })
  })

  it('takes other formats as skein run does', async () => {
    const flags = [
      '--config.format=static',
      '--config.bypass-conversion-errors',
      '--config.extra-args=--with-clustering',
    ]
    const { asked } = await validate(FINE, ...flags, 'agent.yml')
    expect(asked[0]?.convert).toEqual({ format: 'static', bypassErrors: true, extraArgs: '--with-clustering' })
    expect((await validate(FINE, '--config.format=prometheus', 'a')).asked[0]?.convert).toEqual({
      format: 'prometheus',
      bypassErrors: false,
      extraArgs: '',
    })
    expect((await validate(FINE, '--config.format=alloy', 'a')).asked[0]).not.toHaveProperty('convert')
  })

  it('shows warnings, which fail nothing', async () => {
    expect(await validate(WARNED, 'a')).toMatchObject({ code: 0, out: '', err: 'Warning: a.alloy:2:3: old name\n' })
  })

  it('shows all problems and fails', async () => {
    expect(await validate(WRONG, 'a')).toMatchObject({
      code: 1,
      out: '',
      err: 'both of them\nskein validate: validation failed\n',
    })
  })

  it('prints JSON for machines', async () => {
    const right = await validate(FINE, '--json', 'a')
    expect({ ...right, out: JSON.parse(right.out) }).toMatchObject({
      code: 0,
      out: { valid: true, diagnostics: [] },
      err: '',
    })
    const wrong = await validate(WRONG, '--json', 'a')
    expect(wrong).toMatchObject({ code: 1, err: 'skein validate: validation failed\n' })
    expect(JSON.parse(wrong.out)).toEqual({
      valid: false,
      diagnostics: [
        {
          severity: 'warning',
          file: 'a.alloy',
          start: { line: 2, column: 3 },
          end: { line: 2, column: 6 },
          message: 'old name',
          hint: 'use the new one',
        },
        { severity: 'error', file: '', message: 'cycle: a, b' },
      ],
    })
  })

  it('gives a point an end', async () => {
    const point: Diagnostic = { severity: 'error', file: 'a', start: { offset: 0, line: 1, column: 1 }, message: 'no' }
    const at = JSON.parse((await validate({ ok: false, diagnostics: [point], text: '' }, '--json', 'a')).out)
    expect(at.diagnostics[0]).toMatchObject({ start: { line: 1, column: 1 }, end: { line: 1, column: 1 } })
  })

  it.each([
    [[], 'name a configuration file'],
    [['a', 'b'], 'one configuration at a time'],
    [['--config.format=promtheus', 'a'], 'did you mean prometheus?'],
    [['--jsno', 'a'], 'did you mean --json?'],
    [['--stability.level=public-previw', 'a'], 'did you mean public-preview?'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await validate(FINE, ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
