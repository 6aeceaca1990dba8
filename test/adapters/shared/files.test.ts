import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { files } from '../../../adapters/shared/files.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'skein-files-'))
  folders.push(made)
  return made
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('replacing a file', () => {
  it('makes it, with the directories above', async () => {
    const root = folder()
    const path = join(root, 'a', 'b', 'file')
    await files.replace(path, utf8('content'))
    expect(readFileSync(path, 'utf8')).toBe('content')
    if (process.platform === 'win32') return
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700)
  })

  it('leaves nothing beside it, and never half of it', async () => {
    const root = folder()
    const path = join(root, 'file')
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000))
    let done = false
    const looking = (async () => {
      while (!done) {
        const seen = await files.read(path).catch(() => undefined)
        if (seen !== undefined) expect(texts).toContain(new TextDecoder().decode(seen))
      }
    })()
    await Promise.all(texts.map((text) => files.replace(path, utf8(text))))
    done = true
    await looking
    expect(texts).toContain(readFileSync(path, 'utf8'))
    expect(readdirSync(root)).toEqual(['file'])
  })

  it('takes away the rights that others had', async () => {
    const path = join(folder(), 'file')
    writeFileSync(path, 'old', { mode: 0o644 })
    await files.replace(path, utf8(''))
    expect(readFileSync(path, 'utf8')).toBe('')
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('rejects, naming the place, and leaves what was there', async () => {
    const root = folder()
    mkdirSync(join(root, 'directory', 'inside'), { recursive: true })
    await expect(files.replace(join(root, 'directory'), utf8('x'))).rejects.toThrow(/directory/)
    expect(readdirSync(root)).toEqual(['directory'])
    writeFileSync(join(root, 'file'), 'x')
    await expect(files.replace(join(root, 'file', 'below'), utf8('x'))).rejects.toThrow(/file/)
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('x')
  })
})
