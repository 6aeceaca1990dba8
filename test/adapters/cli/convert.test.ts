import { describe, expect, it } from 'vitest'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

const GOOD =
  'scrape_configs: [{job_name: a, static_configs: [{targets: [b:1]}], bearer_token_file: t}]\nremote_write: [{url: http://r}]\n'
const WARNING = `rule_files: [x]\n${GOOD}`
const ERROR = GOOD.replace('bearer', 'ec2_sd_configs: [{}], bearer')
const CRITICAL = 'scrape_configs: 5\n'
const RULES =
  '(Warning) d/p.yml:1:1: The converter does not support converting the provided rule_files config.\n\tan agent evaluates no rules: load them into the receiver\n'

async function convert(files: Readonly<Record<string, string>>, ...args: string[]) {
  const { runtime, seen, disk } = setup()
  for (const [path, text] of Object.entries(files)) disk.set(path, text)
  const code = await main(['convert', ...args], runtime)
  return { code, out: seen.out, err: seen.err, disk }
}

describe('convert', () => {
  it.each([
    [['-f', 'prometheus', 'd/p.yml'], 'd/t'],
    [['--source-format=prometheus', '-'], 't'],
    [['-f=prometheus'], 't'],
  ])('prints the configuration: %j', async (args, token) => {
    const { code, out, err } = await convert({ 'd/p.yml': GOOD, '-': GOOD }, ...args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^prometheus\.scrape "a" \{\n/)
    expect(out).toContain(`credentials_file = "${token}"`)
    expect(out).not.toContain('clustering')
  })

  it('reads static mode', async () => {
    const { code, out } = await convert(
      { '-': `metrics: {configs: [{name: n, ${'scrape_configs: [{job_name: a}]'}}]}` },
      '-f',
      'static',
    )
    expect(code).toBe(0)
    expect(out).toContain('prometheus.scrape "metrics_n_a" {')
  })

  it.each([['--with-clustering'], ['--extra-args=--with-clustering'], ['-e=--with-clustering']])('%s', async (flag) => {
    expect((await convert({ '-': GOOD }, '-f', 'prometheus', flag)).out).toContain(
      '\tclustering {\n\t\tenabled = true\n\t}\n',
    )
  })

  it('writes into files', async () => {
    const { code, out, err, disk } = await convert(
      { 'd/p.yml': WARNING },
      '-f',
      'prometheus',
      '-o',
      'o.alloy',
      '-r',
      'r',
      'd/p.yml',
    )
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: RULES })
    expect(disk.get('o.alloy')).toMatch(/^prometheus\.scrape/)
    expect(disk.get('r')).toBe(
      `${RULES}(Info) Converted scrape_configs job_name "a" into...\n\tA prometheus.scrape.a component\n(Info) Converted 1 remote_write[s] "" into...\n\tA prometheus.remote_write.default component\n\nThe configuration was written.\n`,
    )
  })

  it('writes nothing when something can not be converted, and says how to have it all the same', async () => {
    const files = { 'd/p.yml': ERROR }
    const refused = await convert(files, '-f', 'prometheus', '-r', 'r', '-o', 'o', 'd/p.yml')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(
      /^\(Error\) d\/p\.yml:1:\d+: .*ec2 service discovery\.\n\t.*\nskein convert: no configuration was written because of errors; --bypass-errors/,
    )
    expect(refused.disk.has('o')).toBe(false)
    expect(refused.disk.get('r')).toMatch(/ec2.*\n\t.*\n\nNo configuration was written because of errors/)
    const bypassed = await convert(files, '-f', 'prometheus', '-b', '-r', 'r', 'd/p.yml')
    expect(bypassed.code).toBe(0)
    expect(bypassed.err).toContain('ec2 service discovery')
    expect(bypassed.out).toContain('prometheus.scrape "a"')
    expect(bypassed.disk.get('r')).toContain('The configuration was written, without what the errors name.')
  })

  it('writes nothing for critical problems, whatever it is told', async () => {
    const { code, out, err, disk } = await convert({ p: CRITICAL }, '-f', 'prometheus', '-b', '-r', 'r', 'p')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      '(Critical) p:1:17: scrape_configs must be a list, not a single value\nskein convert: no configuration was written: critical problems prevent it\n',
    )
    expect(disk.get('r')).toMatch(
      /^\(Critical\) [^\n]*\n\nNo configuration was written: critical problems prevent it\.\n$/,
    )
  })

  it.each([
    [['none.yml'], "can't read the configuration none.yml: no such file or directory"],
    [['d'], 'd is a directory: a configuration in the prometheus format is one file'],
  ])('%j can not be read', async (args, message) => {
    const { code, err } = await convert({ 'd/p.yml': GOOD }, '-f', 'prometheus', ...args)
    expect({ code, err }).toEqual({ code: 1, err: `skein convert: ${message}\n` })
  })

  it('says what can not be written', async () => {
    const { runtime, seen, disk } = setup()
    disk.set('-', GOOD)
    const full = { ...runtime, overwrite: () => Promise.reject(new Error('ENOSPC: no space left')) }
    expect(await main(['convert', '-f', 'prometheus', '-o', 'x'], full)).toBe(1)
    expect(seen.err).toBe("skein convert: can't write the result: ENOSPC: no space left\n")
  })

  it.each([
    [[], 'say what it is written for: --source-format=prometheus'],
    [['-f', 'promtail', 'a'], 'is one of prometheus, static, not "promtail"'],
    [['-f', 'prometheus', 'a', 'b'], 'one configuration at a time, not 2: a b'],
    [['-f', 'prometheus', '-e=--x', 'a'], 'flag --extra-args: unknown argument "--x"; there is only --with-clustering'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await convert({}, ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe('run --config.format', () => {
  async function optionsOf(...flags: string[]) {
    const { runtime, seen, running, send } = setup()
    const ended = main(['run', ...flags, 'p.yml'], runtime)
    await running
    send('SIGTERM')
    await ended
    return seen.options?.convert
  }

  it('passes on how to convert', async () => {
    expect(await optionsOf()).toBeUndefined()
    expect(await optionsOf('--config.format=alloy')).toBeUndefined()
    expect(await optionsOf('--config.format=prometheus')).toEqual({
      format: 'prometheus',
      bypassErrors: false,
      extraArgs: '',
    })
    const flags = [
      '--config.format=static',
      '--config.bypass-conversion-errors',
      '--config.extra-args=--with-clustering',
    ]
    expect(await optionsOf(...flags)).toEqual({ format: 'static', bypassErrors: true, extraArgs: '--with-clustering' })
  })
})
