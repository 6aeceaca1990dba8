import { describe, expect, it } from 'vitest'
import { hashSources, readSources } from '../../core/graph/sources.ts'
import type { Files } from '../../core/ports.ts'

function filesOf(contents: Record<string, string>, directory?: string): Files {
  const read = async (path: string): Promise<Uint8Array> => {
    if (!(path in contents)) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return new TextEncoder().encode(contents[path])
  }
  const list = async (path: string): Promise<string[] | undefined> =>
    directory !== undefined && path.replace(/\/$/, '') === directory
      ? Object.keys(contents).map((name) => name.slice(directory.length + 1))
      : undefined
  return { read, list } as Files
}

describe('readSources', () => {
  it('reads one file', async () => {
    const result = await readSources(filesOf({ '/etc/a.alloy': 'x' }), '/etc/a.alloy')
    expect(result).toEqual({ ok: true, sources: [{ file: '/etc/a.alloy', content: Uint8Array.of(120) }] })
  })

  it('reads the *.alloy files of a directory in the order of their names', async () => {
    const files = filesOf({ '/etc/b.alloy': '', '/etc/a.alloy': '', '/etc/c.yaml': '', '/etc/alloy': '' }, '/etc')
    for (const path of ['/etc', '/etc/']) {
      const result = await readSources(files, path)
      expect(result.ok && result.sources.map(({ file }) => file)).toEqual(['/etc/a.alloy', '/etc/b.alloy'])
    }
  })

  it('says what is wrong', async () => {
    expect(await readSources(filesOf({}), '/gone')).toEqual({
      ok: false,
      message: "can't read the configuration /gone: no such file or directory",
    })
    expect(await readSources(filesOf({ '/etc/a.yaml': '' }, '/etc'), '/etc')).toEqual({
      ok: false,
      message: 'there is no *.alloy file in the directory /etc',
    })
  })
})

describe('hashSources', () => {
  it('is the SHA-256 of all bytes in their order', () => {
    // printf 'abc' | sha256sum
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(hashSources([{ file: 'a', content: 'abc' }])).toBe(abc)
    const parts = [
      { file: 'a', content: 'a' },
      { file: 'b', content: new TextEncoder().encode('bc') },
    ]
    expect(hashSources(parts)).toBe(abc)
    expect(hashSources(parts.reverse())).not.toBe(abc)
  })
})
