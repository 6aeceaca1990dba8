import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPages } from '../../../adapters/shared/pages.ts'

let folder: string
let url: URL

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-pages-'))
  url = pathToFileURL(`${folder}/`)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function built(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await writeFile(
    join(folder, 'files.json'),
    JSON.stringify(Object.fromEntries(Object.keys(files).map((name) => [name, 'text/plain']))),
  )
}

describe('built pages', () => {
  it('are read once, with a compressed form where that is worth it', async () => {
    await built({ 'small.txt': 'small', 'large.txt': 'large '.repeat(1000) })
    const pages = createPages([url])
    const small = await pages.file('small.txt')
    expect(small).toMatchObject({ type: 'text/plain', gzip: undefined })
    await rm(folder, { recursive: true })
    const large = await pages.file('large.txt')
    expect(zlib.gunzipSync(large?.gzip as Uint8Array).toString()).toBe('large '.repeat(1000))
    expect(large?.etag).not.toBe(small?.etag)
    expect(await pages.file('small.txt')).toBe(small)
  })

  it('are those of the list alone', async () => {
    await built({ 'a.txt': 'a' })
    await writeFile(join(folder, 'b.txt'), 'b')
    const pages = createPages([url])
    for (const name of ['b.txt', 'files.json', '../a.txt', '', 'toString', '__proto__'])
      expect(await pages.file(name), name).toBeUndefined()
  })

  it('may be built while the agent runs', async () => {
    const pages = createPages([url])
    expect(await pages.file('a.txt')).toBeUndefined()
    await built({ 'a.txt': 'a' })
    expect(new TextDecoder().decode((await pages.file('a.txt'))?.body)).toBe('a')
  })

  it('are taken from the first folder that has all of them', async () => {
    await built({ 'a.txt': 'a' })
    await rm(join(folder, 'a.txt'))
    const other = await mkdtemp(join(tmpdir(), 'skein-pages-'))
    try {
      await writeFile(join(other, 'a.txt'), 'other')
      await writeFile(join(other, 'files.json'), '{"a.txt":"text/plain"}')
      const pages = createPages([new URL('nowhere/', url), url, pathToFileURL(`${other}/`)])
      expect(new TextDecoder().decode((await pages.file('a.txt'))?.body)).toBe('other')
    } finally {
      await rm(other, { recursive: true })
    }
  })

  it('are none where the list is nonsense', async () => {
    await writeFile(join(folder, 'files.json'), 'null')
    expect(await createPages([url]).file('a.txt')).toBeUndefined()
  })
})
