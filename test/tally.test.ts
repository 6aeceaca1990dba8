/** The end of `.ci/run`: what it says when its output is all that is left of a run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

interface Report {
  readonly passed?: number
  readonly failed?: readonly { readonly name: string; readonly why: string }[]
  /** Why the file could not be loaded. */
  readonly broken?: string
}

/** What vitest's JSON reporter writes of one file. */
function report({ passed = 0, failed = [], broken }: Report): string {
  const assertionResults = [
    ...Array.from({ length: passed }, (_, i) => ({ status: 'passed', fullName: `passes ${i}`, failureMessages: [] })),
    ...failed.map(({ name, why }) => ({ status: 'failed', fullName: name, failureMessages: [why] })),
  ]
  const status = broken === undefined && failed.length === 0 ? 'passed' : 'failed'
  return JSON.stringify({
    testResults: [{ name: join(root, 'test/some/file.test.ts'), status, message: broken ?? '', assertionResults }],
  })
}

function tally(
  reports: Readonly<Record<string, Report>>,
  steps: readonly string[],
): { out: string; exit: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'skein-tally-'))
  folders.push(folder)
  for (const [suite, each] of Object.entries(reports)) writeFileSync(join(folder, `${suite}.json`), report(each))
  writeFileSync(join(folder, 'steps.tsv'), `${steps.join('\n')}\n`)
  const { stdout, status } = spawnSync('node', ['scripts/tally.mjs', folder], { cwd: root, encoding: 'utf8' })
  return { out: stdout, exit: status }
}

describe('the end of a run', () => {
  it('adds everything up', () => {
    const { out, exit } = tally({ unit: { passed: 3 }, deno: { passed: 2 } }, ['check\t0\t12', 'test\t0\t30'])
    expect(exit).toBe(0)
    expect(out).not.toContain('failed tests')
    expect(out.split('\n')).toEqual([
      '',
      '==> summary',
      '    deno             2 passed, 0 failed, 0 skipped',
      '    unit             3 passed, 0 failed, 0 skipped',
      '    check            ok, 12 s',
      '    test             ok, 30 s',
      '',
      '6 passed, 0 failed',
      '',
    ])
  })

  it('names the tests that failed right before, with how they begin to say why', () => {
    const why = Array.from({ length: 9 }, (_, i) => `line ${i + 1}${i === 5 ? '!'.repeat(1000) : ''}`).join('\n')
    const { out, exit } = tally(
      { unit: { passed: 1 }, deno: { failed: [{ name: 'peers meet', why }] }, bun: { broken: 'cannot be loaded' } },
      ['check\t0\t12', 'test:runtimes\t1\t30'],
    )
    expect(exit).toBe(1)
    expect(out.split('\n').slice(0, 18)).toEqual([
      '',
      '==> failed tests',
      '',
      '    bun: test/some/file.test.ts',
      '        cannot be loaded',
      '',
      '    deno: test/some/file.test.ts',
      '      peers meet',
      ...Array.from({ length: 5 }, (_, i) => `        line ${i + 1}`),
      `        line 6${'!'.repeat(294)}…`,
      '        … 3 more lines',
      '',
      '==> summary',
      '    bun              0 passed, 1 failed, 0 skipped',
    ])
    expect(out).toMatch(/\n2 passed, 2 failed\n$/)
  })

  it('does not name more of them than anyone would read', () => {
    const failed = Array.from({ length: 50 }, (_, i) => ({ name: `nth ${i}`, why: 'no' }))
    const { out } = tally({ unit: { failed } }, ['test\t1\t30'])
    expect(out.match(/nth \d+/g)).toHaveLength(40)
    expect(out).toContain('\n    … and 10 more\n\n==> summary\n')
    expect(out).toMatch(/\n0 passed, 50 failed\n$/)
  })

  it('counts steps that are not suites, and suites that broke without a failing test', () => {
    const { out, exit } = tally({ unit: { passed: 1 } }, ['build\t1\t3', 'test\t124\t720'])
    expect(exit).toBe(1)
    expect(out).toContain('    build            FAILED (1), 3 s\n    test             FAILED (124), 720 s\n')
    expect(out).toMatch(/\n1 passed, 2 failed\n$/)
  })
})
