/** The built pages on disk: dist/ui, read at the first request for any of them, and kept with a compressed form of each. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { PageFile, Pages } from '../../core/http/pages.ts'

const gzip = promisify(zlib.gzip)

/** Below this a compressed answer saves less than its header costs. */
const WORTH_COMPRESSING_BYTES = 1024

/** Beside dist/agent.js; from the sources; from dist/adapters/shared. Which one it is shows its list of files. */
const FOLDERS: readonly string[] = ['./ui/', '../../dist/ui/', '../../ui/']

/** Written by scripts/ui.mjs: name and content type of each file. What isn't in it is never read. */
const LIST = 'files.json'

export const builtPages: Pages = createPages(FOLDERS.map((folder) => new URL(folder, import.meta.url)))

/** `folders`: where the pages may be; the first that has them counts. */
export function createPages(folders: readonly URL[]): Pages {
  let all: Promise<ReadonlyMap<string, PageFile>> | undefined
  return {
    async file(name) {
      all ??= readAll(folders)
      const files = await all
      // They may be built while the agent runs.
      if (files.size === 0) all = undefined
      return files.get(name)
    },
  }
}

async function readAll(folders: readonly URL[]): Promise<ReadonlyMap<string, PageFile>> {
  for (const folder of folders) {
    try {
      const list: unknown = JSON.parse(await readFile(new URL(LIST, folder), 'utf8'))
      if (typeof list !== 'object' || list === null) continue
      const files = Object.entries(list).map(
        async ([name, type]) => [name, await readOne(folder, name, `${type}`)] as const,
      )
      return new Map(await Promise.all(files))
    } catch {
      // Not there, or not whole: the next folder, then.
    }
  }
  return new Map()
}

async function readOne(folder: URL, name: string, type: string): Promise<PageFile> {
  const body = new Uint8Array(await readFile(new URL(`./${name}`, folder)))
  const zipped = body.length < WORTH_COMPRESSING_BYTES ? undefined : new Uint8Array(await gzip(body, { level: 9 }))
  return { type, body, gzip: zipped, etag: `W/"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"` }
}
