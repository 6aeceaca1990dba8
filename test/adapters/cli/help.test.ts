import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../adapters/cli/commands.ts'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

async function outcome(...argv: string[]) {
  const { runtime, seen } = setup()
  const code = await main(argv, runtime)
  return { code, out: seen.out, err: seen.err }
}

const NAMES = COMMANDS.map(({ name }) => name)

describe('help', () => {
  it('lists all commands', async () => {
    const { code, out } = await outcome('help')
    expect(code).toBe(0)
    expect(out).toContain('Usage: skein COMMAND')
    for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +${summary}`, 'm'))
    expect(out).toContain('Exit codes: 0 done, 1 failed')
    expect(out).toContain('NO_COLOR')
    for (const spelling of ['--help', '-h']) expect((await outcome(spelling)).out).toBe(out)
  })

  it.each(NAMES)('of %s fits a terminal and ends lines cleanly', async (name) => {
    const { code, out, err } = await outcome(name, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    // Examples are whole lines to copy.
    const lines = out.split('\n').filter((line) => !line.startsWith('  skein '))
    expect(lines.filter((line) => line.length > 96 || /\s$/.test(line))).toEqual([])
    expect(out.endsWith('.\n')).toBe(true)
    expect((await outcome('help', name)).out).toBe(out)
    expect((await outcome(name, '-h')).out).toBe(out)
  })

  it.each(NAMES)('of %s has usage, examples that are right usage, exit codes', async (name) => {
    const { out } = await outcome(name, '-help')
    expect(out).toMatch(new RegExp(`^Usage: skein ${name}`))
    expect(out).toContain('\nExamples:\n')
    expect(out).toContain('\nExit codes: 0 done, 1 failed, 2 wrong usage.\n')
  })

  it('groups flags with their defaults', async () => {
    const { out } = await outcome('run', '--help')
    expect(out).toMatch(
      /^HTTP server:\n {2}--server\.http\.listen-addr=HOST:PORT\n.*\n.*\(default 127\.0\.0\.1:12345\)/m,
    )
    expect(out).toMatch(/^ {2}--cluster\.wait-for-size=NUMBER {2}Peers needed/m)
    const sections = [...out.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading)
    expect(sections).toEqual([
      'Configuration and components',
      'HTTP server',
      'Cluster',
      "Alloy's, accepted without effect",
      'Examples',
    ])
  })

  it('leaves out what is refused', async () => {
    expect((await outcome('run', '--help')).out).not.toContain('graphql')
  })

  it('is asked for before the flags end only', async () => {
    const { code, out } = await outcome('validate', '--', '--help')
    expect({ code, out }).toEqual({ code: 0, out: '' })
  })

  it.each([
    ['rnu', 'did you mean run?'],
    ['convrt', 'did you mean'],
    ['formt', 'did you mean format?'],
    ['vlidate', 'did you mean validate?'],
    ['tools', 'no write-ahead log'],
    ['otel', 'no part of skein'],
    ['gql', 'no GraphQL API'],
    ['constructor', 'unknown command "constructor"\n'],
  ])('answers %s', async (name, message) => {
    for (const argv of [[name], ['help', name]]) {
      const { code, err } = await outcome(...argv)
      expect(code).toBe(2)
      expect(err).toContain(message)
    }
  })
})
