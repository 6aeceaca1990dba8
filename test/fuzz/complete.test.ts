/** No parser without an entry: whatever looks like one is in the table (parsers.ts), or says why not (excused.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXCUSED } from './excused.ts'
import { looksLikeParser, type Suspect, suspectsIn } from './looks.ts'
import { PARSERS } from './parsers.ts'

const ROOT = process.cwd()

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return sources(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

const files = [...sources('core'), ...sources('adapters')]
const suspects: readonly Suspect[] = files.flatMap((path) => suspectsIn(path, readFileSync(join(ROOT, path), 'utf8')))
const covered = new Set(PARSERS.flatMap(({ covers }) => covers))

/** Covered as a whole when any export of the file is: what it calls by itself is what is meant. */
function fileOf(name: string): string {
  return name.split(':')[0]
}
const coveredFiles = new Set([...covered].map(fileOf))

describe('the table of parsers', () => {
  it('has everything that looks like one, or a reason why not', () => {
    const missing = suspects
      .filter(({ name, whole }) => !covered.has(name) && !(whole && coveredFiles.has(fileOf(name))))
      .map(({ name }) => name)
      .filter((name) => EXCUSED[name] === undefined)
    expect(missing, 'add an entry to test/fuzz/parsers/, or a reason to test/fuzz/excused.ts').toEqual([])
  })

  it('has nothing that is not there any more', () => {
    const exported = (name: string): boolean => {
      const [path, what] = name.split(':')
      return (
        files.includes(path) &&
        new RegExp(`\\b${what.replace('*', '')}\\b`).test(readFileSync(join(ROOT, path), 'utf8'))
      )
    }
    expect([...covered, ...Object.keys(EXCUSED)].filter((name) => !exported(name))).toEqual([])
  })

  it('excuses nothing twice, nothing that it has, and nothing without words', () => {
    expect(Object.keys(EXCUSED).filter((name) => covered.has(name))).toEqual([])
    expect(Object.entries(EXCUSED).filter(([, reason]) => reason.split(' ').length < 3)).toEqual([])
  })

  it('has every parser once by name, and seeds that are read without complaint', async () => {
    expect(new Set(PARSERS.map(({ name }) => name)).size).toBe(PARSERS.length)
    for (const parser of PARSERS) {
      const seeds = await parser.seeds()
      expect(seeds.length, parser.name).toBeGreaterThan(0)
      let read = 0
      for (const seed of seeds) {
        try {
          await parser.read(seed.slice())
          read++
        } catch (thrown) {
          expect(parser.documented?.(thrown) ?? true, `${parser.name}: ${String(thrown)}`).toBe(true)
        }
      }
      expect(read, `${parser.name} reads none of its seeds`).toBeGreaterThan(0)
    }
  })
})

describe('what looks like a parser', () => {
  it('is told by the names of exports and by what a file calls', () => {
    for (const name of [
      'parseThing',
      'decodeThing',
      'readThing',
      'unpackThing',
      'inflateThing',
      'fromThing',
      'scanThing',
      'lzwDecode',
    ]) {
      expect(looksLikeParser(name), name).toBe(true)
    }
    for (const name of ['createThing', 'readable', 'parser', 'encodeThing', 'fromage', 'ready']) {
      expect(looksLikeParser(name), name).toBe(false)
    }
    const text = 'export function parseNew(text: string): string {\n  return JSON.parse(text)\n}\n'
    expect(suspectsIn('core/new.ts', text)).toEqual([
      { name: 'core/new.ts:parseNew', whole: false },
      { name: 'core/new.ts:*', whole: true },
    ])
    expect(
      suspectsIn('core/new.ts', 'export const decodeNew = (bytes: Uint8Array): string => String(bytes)\n'),
    ).toHaveLength(1)
    expect(suspectsIn('core/new.ts', '// JSON.parse( is not called here\n')).toEqual([])
  })
})
