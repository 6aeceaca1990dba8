import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkArchitecture } from '../../scripts/architecture/check.mjs'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const planted = fileURLToPath(new URL('./planted/', import.meta.url))

/** What each planted repository must be blamed for: `file:line rule`. */
const expected: Record<string, string[]> = {
  'core-imports-node': ['core/time/files.ts:1 core-stands-alone'],
  'core-imports-builtin': ['core/time/files.ts:1 core-stands-alone'],
  'core-imports-cloudflare': ['core/time/worker.ts:1 core-stands-alone'],
  'core-imports-adapter': ['core/time/timers.ts:1 core-stands-alone'],
  'core-imports-computed': ['core/time/load.ts:2 core-stands-alone'],
  'core-undeclared-package': ['core/http/app.ts:2 declared-package'],
  sideways: ['core/scrape/loop.ts:1 no-sideways-import'],
  upward: ['core/series/batch.ts:1 no-upward-import'],
  'ground-upward': ['core/errors.ts:1 no-upward-import'],
  cycle: ['core/graph/c.ts:1 no-cycle'],
  'unknown-room': ['core/attic/box.ts:1 unknown-room'],
  'adapter-sideways': ['adapters/deno/main.ts:1 adapter-imports'],
  'imports-test': ['core/time/timers.ts:1 no-test-import'],
  'too-long': ['core/labels/table.ts:401 one-room-per-file'],
  'empty-name': ['core/labels/stringUtils.ts:1 telling-names'],
  'empty-folder-name': ['test/helpers/wait.ts:1 telling-names'],
  'index-with-code': ['core/index.ts:2 index-re-exports'],
  'ui-imports': ['ui/main.ts:1 pages-stand-alone', 'ui/main.ts:2 pages-stand-alone'],
  harmless: [],
}

function blame(name: string): string[] {
  return checkArchitecture(`${planted}${name}`).violations.map(({ file, line, rule }) => `${file}:${line} ${rule}`)
}

describe('the architecture check', () => {
  it.each(Object.entries(expected))('finds what is planted in %s, and nothing else', (name, blamed) => {
    expect(blame(name)).toEqual(blamed)
  })

  it('finds every ambient name, however it is reached', () => {
    const { violations } = checkArchitecture(`${planted}ambient`)
    expect(violations.map(({ line, rule, what }) => `${line} ${rule} ${what.replace('core uses ', '')}`)).toEqual([
      '1 no-ambient the global process',
      '2 no-ambient the global Buffer',
      '3 no-ambient the global Deno',
      '4 no-ambient the global Bun',
      '5 no-ambient the global fetch',
      '6 no-ambient the global setTimeout',
      '7 no-ambient the global setInterval',
      '8 no-ambient the global setImmediate',
      '9 no-ambient Date.now',
      '10 no-ambient new Date() without arguments',
      '11 no-ambient Date()',
      '12 no-ambient Math.random',
      '13 no-ambient the global performance',
      '14 no-ambient the global console',
      '15 no-ambient the global globalThis',
      '16 no-ambient AbortSignal.timeout',
      '17 no-ambient Math as a value',
      '18 no-ambient Date as a value',
      '20 no-ambient the global setTimer',
      '21 no-ambient the global setTimeout',
      '22 no-ambient import.meta',
      '23 no-ambient the global XMLHttpRequest',
    ])
  })

  it('has an expectation for every planted repository', () => {
    expect(readdirSync(planted).sort()).toEqual([...Object.keys(expected), 'ambient'].sort())
  })

  it('says how to mend each', () => {
    for (const name of Object.keys(expected)) {
      for (const violation of checkArchitecture(`${planted}${name}`).violations) {
        expect(violation.mend.length).toBeGreaterThan(10)
      }
    }
  })

  it('passes this repository', () => {
    const { files, violations } = checkArchitecture(repository)
    expect(files).toBeGreaterThan(50)
    expect(violations.map(({ file, line, rule, what }) => `${file}:${line} ${rule}: ${what}`)).toEqual([])
  })
})
