/** The scripts in the shells that they are for: bash is everywhere, zsh and fish are tested where they are installed. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandTable } from '../../../adapters/cli/command-table.ts'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

const run = promisify(execFile)

async function outcome(...argv: string[]) {
  const { runtime, seen } = setup()
  const code = await main(['completion', ...argv], runtime)
  return { code, out: seen.out, err: seen.err }
}

function installed(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Where the shells look for paths: `my files/`, `one config.alloy`, `two.alloy`. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-completion-'))
  mkdirSync(join(folder, 'my files'))
  for (const name of ['one config.alloy', 'two.alloy']) writeFileSync(join(folder, name), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const RUN = commandTable().find(({ command }) => command === 'run')?.flags ?? []
const OFFERED = RUN.filter(({ state }) => state !== 'refused')

describe('completion', () => {
  it.each([
    [[], 'name one shell: bash, zsh, fish'],
    [['bash', 'zsh'], 'name one shell'],
    [['fihs'], 'the shell is one of bash, zsh, fish, not "fihs"; did you mean fish?'],
    [['constructor'], 'is one of'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, err } = await outcome(...argv)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it.each(['bash', 'zsh', 'fish'])('of %s knows every command and every flag that can be changed', async (shell) => {
    const { code, out } = await outcome(shell)
    expect(code).toBe(0)
    for (const { command } of commandTable()) expect(out).toContain(command)
    for (const { name } of OFFERED) expect(out).toContain(name)
    for (const { name } of RUN.filter(({ state }) => state === 'refused')) expect(out).not.toContain(name)
  })
})

/** What bash offers for these words, the last of which is being typed. `=` is a word of its own, as bash has it. */
async function inBash(...words: string[]): Promise<readonly string[]> {
  const file = join(folder, '.completion.bash')
  writeFileSync(file, (await outcome('bash')).out)
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _skein; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = await run('bash', ['--norc', '-u', '-c', script, file, ...words], { cwd: folder })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe.skipIf(!installed('bash'))('in bash', () => {
  it('completes commands', async () => {
    expect(await inBash('skein', '')).toEqual(
      expect.arrayContaining(['run', 'validate', 'fmt', 'format', 'completion', 'version', 'help']),
    )
    expect(await inBash('skein', 'va')).toEqual(['validate'])
  })

  it('completes all flags, with = where a value belongs', async () => {
    const expected = OFFERED.map(({ name, kind }) => `--${name}${kind === 'boolean' ? '' : '='}`)
    expect(await inBash('skein', 'run', '--')).toEqual([...expected, '--help'])
    expect(await inBash('skein', 'fmt', '-')).toEqual(['--write', '-w', '--test', '-t', '--help'])
    expect(await inBash('skein', 'format', '--w')).toEqual(['--write'])
  })

  it.each([
    [
      ['run', '--stability.level', '=', ''],
      ['generally-available', 'public-preview', 'experimental'],
    ],
    [
      ['run', '--stability.level', '='],
      ['generally-available', 'public-preview', 'experimental'],
    ],
    [['run', '--stability.level', 'p'], ['public-preview']],
    [['validate', '--stability.level', '=', 'e'], ['experimental']],
    [
      ['run', '--cluster.enabled', '=', ''],
      ['true', 'false'],
    ],
    [['run', '--cluster.name', '=', 't'], []],
    [['run', '--cluster.tls-ca-path', '=', 't'], ['two.alloy']],
    [['run', '--storage.path', '=', ''], ['my files']],
    [['run', 'tw'], ['two.alloy']],
    [['run', '--disable-reporting', 'tw'], ['two.alloy']],
    [['fmt', '-w', 'o'], ['one config.alloy']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'ru'], ['run']],
    [
      ['targets', '--health', '=', ''],
      ['up', 'down', 'unknown'],
    ],
    [['targets', '--sort', 'l'], ['lastScrape']],
    [['doctor', '--tls-ca-file', '=', 't'], ['two.alloy']],
    [['version', ''], []],
    [['nonsense', ''], []],
  ])('completes %j', async (words, expected) => {
    expect(await inBash('skein', ...words)).toEqual(expected)
  })
})

describe.skipIf(!installed('fish'))('in fish', () => {
  it.each([
    ['va', ['validate']],
    ['run --stab', ['--stability.level']],
    ['run --stability.level e', ['experimental']],
    ['run --stability.level=pub', ['--stability.level=public-preview']],
    ['run --enable-graphql', []],
    ['run --storage.path=m', ['--storage.path=my files/']],
    ['run --disable-reporting tw', ['two.alloy']],
    ['fmt --w', ['--write']],
    ['format --w', ['--write']],
    ['completion z', ['zsh']],
    ['help va', ['validate']],
  ])('completes skein %s', async (line, expected) => {
    const file = join(folder, '.completion.fish')
    writeFileSync(file, (await outcome('fish')).out)
    const script = `source '${file}'; complete -C 'skein ${line}'`
    const { stdout, stderr } = await run('fish', ['--no-config', '-c', script], { cwd: folder })
    expect(stderr).toBe('')
    const offered = stdout.split('\n').filter((text) => text !== '')
    expect(offered.map((text) => text.split('\t')[0])).toEqual(expected)
  })
})

/** An interactive zsh on a terminal of its own: Tab, then a key that shows the line and empties it. */
const ZSHRC = `
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit
compinit -u -D
show() { print -r -- "<<$BUFFER>>"; BUFFER='' }
zle -N show
bindkey '^X' show
bindkey '^I' complete-word
print started
`
const DRIVER = `
zmodload zsh/zpty
zpty shell 'TERM=dumb zsh -d -i'
zpty -r shell answer '*started*'
for line in "$@"; do
  zpty -w -n shell "$line"$'\\t\\x18'
  zpty -r shell answer '*<<*>>*'
  print -r -- "\${\${answer##*<<}%%>>*}"
done
zpty -d shell
`

describe.skipIf(!installed('zsh'))('in zsh', () => {
  it('completes what has one completion', { timeout: 60_000 }, async () => {
    const home = join(folder, '.zsh')
    mkdirSync(home)
    writeFileSync(join(home, '_skein'), (await outcome('zsh')).out)
    writeFileSync(join(home, '.zshrc'), ZSHRC)
    writeFileSync(join(home, 'driver.zsh'), DRIVER)
    const lines: readonly (readonly [typed: string, completed: string])[] = [
      ['va', 'validate '],
      ['run --stab', 'run --stability.level='],
      ['run --stability.level=e', 'run --stability.level=experimental '],
      ['run --stability.level p', 'run --stability.level public-preview '],
      ['run --cluster.enabled=t', 'run --cluster.enabled=true '],
      ['run --storage.path=m', 'run --storage.path=my\\ files/'],
      ['run --disable-reporting tw', 'run --disable-reporting two.alloy '],
      ['run --server.http.enable-gr', 'run --server.http.enable-gr'],
      ['fmt -w tw', 'fmt -w two.alloy '],
      ['completion z', 'completion zsh '],
      ['help va', 'help validate '],
    ]
    const { stdout } = await run('zsh', ['-d', join(home, 'driver.zsh'), ...lines.map(([typed]) => `skein ${typed}`)], {
      cwd: folder,
      env: { ...process.env, ZDOTDIR: home },
      timeout: 50_000,
    })
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/\r$/, '')),
    ).toEqual(
      lines
        .map(([, completed]) => `skein ${completed}`)
        .map((line, i, all) => (i === all.length - 1 ? line.trimEnd() : line)),
    )
  })
})
