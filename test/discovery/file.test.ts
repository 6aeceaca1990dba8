import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processPorts } from '../../adapters/shared/process-ports.ts'
import { fileDiscovery } from '../../core/discovery/file.ts'
import { MAX_TARGET_FILES } from '../../core/limits.ts'
import { peerClients } from '../adapters/shared/this-runtime.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { labelsOf, surroundingsOf, type Watched, watched } from './watching.ts'

const group = (address: string): string => JSON.stringify([{ targets: [address] }])

function start(...paths: string[]) {
  const fakes = fakePorts()
  const source = fileDiscovery({ files: paths, refreshMs: 300_000 }, surroundingsOf(fakes.ports))
  return { ...fakes, run: () => watched(source) }
}

describe('targets from files', () => {
  it('have the labels of their group and the path', async () => {
    const { files, clock, run } = start('/sd/a.json', '/sd/*.yml')
    files.put('/sd/a.json', '[{"targets": ["a:1", "a:2"], "labels": {"job": "x"}}]')
    files.put('/sd/b.yml', '- targets: [b:1]\n')
    files.put('/sd/c.txt', 'no')
    const watch = run()
    await clock.settle()
    expect(labelsOf(watch)).toEqual([
      { __address__: 'a:1', job: 'x', __meta_filepath: '/sd/a.json' },
      { __address__: 'a:2', job: 'x', __meta_filepath: '/sd/a.json' },
      { __address__: 'b:1', __meta_filepath: '/sd/b.yml' },
    ])
    expect(watch.groups.map(({ source }) => source)).toEqual(['/sd/a.json:0', '/sd/b.yml:0'])
    expect(files.watched).toEqual(['/sd/a.json', '/sd'])
    await watch.stop()
    expect(files.watched).toEqual([])
  })

  it('follow files as they come, change and go', async () => {
    const { files, clock, run } = start('/sd/*.json')
    files.put('/sd/a.json', group('a:1'))
    const { told, stop } = run()
    await clock.settle()
    files.put('/sd/b.json', group('b:1'))
    await clock.settle()
    files.put('/sd/a.json', group('a:2'))
    await clock.settle()
    files.put('/sd/a.json', undefined)
    await clock.settle()
    expect(told).toEqual(['a:1', 'a:1 b:1', 'a:2 b:1', 'b:1'])
    await stop()
  })

  it('are read again at intervals, noticed or not', async () => {
    const { files, clock, run } = start('/sd/a.json')
    files.put('/sd/a.json', group('a:1'))
    const { told, stop } = run()
    await clock.settle()
    files.putUnnoticed('/sd/a.json', group('a:2'))
    await clock.advance(299_999)
    expect(told).toEqual(['a:1'])
    await clock.advance(1)
    expect(told).toEqual(['a:1', 'a:2'])
    await stop()
  })

  it('stay when their file is damaged, and only those', async () => {
    const { files, clock, run } = start('/sd/*.json')
    files.put('/sd/a.json', group('a:1'))
    files.put('/sd/b.json', group('b:1'))
    const { told, stop } = run()
    await clock.settle()
    files.putUnnoticed('/sd/b.json', group('b:2'))
    files.put('/sd/a.json', '[\n{"targets"')
    await clock.settle()
    files.put('/sd/a.json', group('a:2'))
    await clock.settle()
    expect(told).toEqual(['a:1 b:1', 'a:1 b:2!/sd/a.json:2: is not valid JSON: expected ":"', 'a:2 b:2'])
    await stop()
  })

  it('are unknown, not none, as long as nothing could be read', async () => {
    const { files, clock, run } = start('/sd/a.json')
    const { told, stop } = run()
    await clock.settle()
    expect(told).toEqual(["!ENOENT: no such file or directory, open '/sd/a.json'"])
    files.put('/sd/a.json', 'oh')
    await clock.settle()
    expect(told[1]).toBe('!/sd/a.json:1: is not valid JSON: expected a value')
    files.put('/sd/a.json', group('a:1'))
    await clock.settle()
    expect(told[2]).toBe('a:1')
    await stop()
  })

  it('stay when their directory can not be listed any more', async () => {
    const { files, clock, run } = start('/sd/*.json', '/other/b.json')
    files.put('/sd/a.json', group('a:1'))
    files.put('/other/b.json', group('b:1'))
    const { told, stop } = run()
    await clock.settle()
    files.put('/other/b.json', undefined)
    await clock.settle()
    files.put('/sd/a.json', undefined)
    await clock.settle()
    const b = "a:1 b:1!ENOENT: no such file or directory, open '/other/b.json'"
    // What kept its targets without being read comes first.
    expect(told).toEqual(['a:1 b:1', b, "a:1 b:1!ENOENT: no such file or directory, scandir '/sd' (and 1 more)"])
    await stop()
  })

  it('of a file that is not there are none', async () => {
    const { files, clock, run } = start('/sd/a.json', '/sd/b.json')
    files.put('/sd/a.json', group('a:1'))
    const { told, stop } = run()
    await clock.settle()
    files.put('/sd/other', '')
    files.put('/sd/a.json', undefined)
    await clock.settle()
    expect(told).toEqual(['a:1', ''])
    await stop()
  })

  it('of too many files are not taken', async () => {
    const { files, clock, run } = start('/sd/*.json')
    for (let i = 0; i <= MAX_TARGET_FILES; i++) files.putUnnoticed(`/sd/${i}.json`, '[]')
    const { told, stop } = run()
    await clock.settle()
    expect(told[0]).toContain(`!there are ${MAX_TARGET_FILES + 1} files, more than ${MAX_TARGET_FILES}; `)
    await stop()
  })

  it('that change while they are read are read again', async () => {
    const { files, clock, ports } = start('/sd/a.json')
    files.put('/sd/a.json', group('a:1'))
    let reads = 0
    const changing = {
      ...files,
      async read(path: string) {
        const bytes = await files.read(path)
        if (++reads === 1) files.put(path, group('a:2'))
        return bytes
      },
    }
    const settings = { files: ['/sd/a.json'], refreshMs: 300_000 }
    const { told, stop } = watched(fileDiscovery(settings, surroundingsOf({ ...ports, files: changing })))
    await clock.settle()
    expect(told).toEqual(['a:1', 'a:2'])
    await stop()
  })
})

describe('on a real disk', () => {
  let directory: string
  let watch: Watched | undefined
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'skein-sd-'))
  })
  afterEach(async () => {
    await watch?.stop()
    rmSync(directory, { recursive: true })
  })

  function watchReal(...names: string[]): Watched {
    const settings = { files: names.map((name) => join(directory, name)), refreshMs: 300_000 }
    watch = watched(fileDiscovery(settings, surroundingsOf(processPorts('test', peerClients))))
    return watch
  }

  it('files are noticed as they come, are replaced and go', async () => {
    writeFileSync(join(directory, 'a.json'), group('a:1'))
    const run = watchReal('*.json')
    expect(await run.next()).toBe('a:1')
    writeFileSync(join(directory, 'b.json'), group('b:1'))
    expect(await run.next()).toBe('a:1 b:1')
    writeFileSync(join(directory, 'new'), group('b:22'))
    renameSync(join(directory, 'new'), join(directory, 'b.json'))
    await expect.poll(() => run.told.at(-1), { timeout: 10_000 }).toBe('a:1 b:22')
    unlinkSync(join(directory, 'a.json'))
    await expect.poll(() => run.told.at(-1), { timeout: 10_000 }).toBe('b:22')
  })

  it('a ConfigMap is noticed, whose links are swapped', async () => {
    for (const [name, address] of [
      ['one', 'a:1'],
      ['two', 'a:2'],
    ]) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'sd.yaml'), `- targets: ["${address}"]\n`)
    }
    symlinkSync('one', join(directory, '..data'))
    symlinkSync('..data/sd.yaml', join(directory, 'sd.yaml'))
    const run = watchReal('sd.yaml')
    expect(await run.next()).toBe('a:1')
    symlinkSync('two', join(directory, '..tmp'))
    renameSync(join(directory, '..tmp'), join(directory, '..data'))
    expect(await run.next()).toBe('a:2')
  })
})
